//! Computing the arguments of a built-in before it runs.

use super::deep::DeepForce;
use super::frame::{Native, Step};
use super::{Raise, Vm};
use crate::builtins;
use crate::value::Value;

/// Arguments a built-in takes at most.
pub(super) const MAX_ARGS: usize = 4;

/// How far an argument is computed before the built-in runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Not at all.
    Lazy,
    /// As far as its outermost constructor.
    Value,
    /// A list and each of its elements.
    Items,
    /// Everything in it.
    Deep,
}

/// Computes arguments one after another, then runs the built-in.
pub(super) struct ForceArgs {
    id: u32,
    args: [Value; MAX_ARGS],
    /// The argument being computed.
    at: usize,
    /// The next element of it to compute; `None` before the argument itself is.
    item: Option<usize>,
    waiting: bool,
}

impl ForceArgs {
    pub(super) fn new(id: u32, args: [Value; MAX_ARGS], at: usize) -> Self {
        ForceArgs {
            id,
            args,
            at,
            item: None,
            waiting: false,
        }
    }
}

impl Native for ForceArgs {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        let builtin = builtins::get(self.id);
        if self.waiting && self.item.is_none() {
            self.args[self.at] = returned;
        }
        self.waiting = false;
        while let Some(&mode) = builtin.args.get(self.at) {
            if mode == Arg::Lazy {
                self.at += 1;
                continue;
            }
            let value = vm.heap.resolve(self.args[self.at]);
            self.args[self.at] = value;
            if let Value::Thunk(_) = value {
                self.waiting = true;
                return Ok(Step::Force(value));
            }
            match (mode, value) {
                (Arg::Items, Value::List(list)) => {
                    let from = self.item.unwrap_or(0);
                    for i in from..list.len() {
                        let item = vm.heap.resolve(vm.heap.item(list, i));
                        if let Value::Thunk(_) = item {
                            self.item = Some(i + 1);
                            return Ok(Step::Force(item));
                        }
                    }
                }
                (Arg::Deep, value) if self.item.is_none() => {
                    self.item = Some(0);
                    return Ok(Step::Sub(Box::new(DeepForce::new(value))));
                }
                _ => {}
            }
            self.item = None;
            self.at += 1;
        }
        vm.running = self.id;
        (builtin.run)(vm, &self.args[..builtin.args.len()])
    }
}
