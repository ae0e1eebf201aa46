//! `std.list.scan`: a fold that keeps what it comes by.

use super::declare::builtins;
use crate::value::{List, Value};
use crate::vm::{Args, Native, Raise, Step, Vm};

builtins! {
    /// What is combined on the way of a fold, the start included. Each step is computed at once.
    ///
    /// `std.list.scan (sum: x: sum + x) 0 [ 1 2 3 ]` => `[ 0 1 3 6 ]`
    ["std.list.scan"] Function "(b -> a -> b) -> b -> [a] -> [b]" = scan(Value, Lazy, Value);
}

struct Scan {
    func: Value,
    list: List,
    /// One for each element that was taken, and the start.
    kept: Vec<Value>,
    waiting: bool,
}

impl Native for Scan {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        if std::mem::take(&mut self.waiting) {
            self.kept.push(returned);
        }
        let quick = vm.quick_function(self.func, 2);
        while self.kept.len() <= self.list.len() {
            let taken = self.kept.len() - 1;
            let args = [self.kept[taken], vm.heap.item(self.list, taken)];
            match quick.and_then(|quick| vm.quick_call(quick, args)) {
                Some(value) => self.kept.push(value),
                None => {
                    self.waiting = true;
                    return Ok(Step::Call(self.func, Args::two(args[0], args[1])));
                }
            }
        }
        vm.items(&self.kept)
    }
}

fn scan(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[2], "what to go through")?;
    let mut kept = Vec::with_capacity(list.len() + 1);
    kept.push(args[1]);
    Ok(Step::Become(Box::new(Scan {
        func: args[0],
        list,
        kept,
        waiting: false,
    })))
}
