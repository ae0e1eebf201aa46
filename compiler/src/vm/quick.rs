//! Running quick code.

use super::Vm;
use crate::code::{BinOp, QUICK_DEPTH, QuickOp};
use crate::value::Value;
use std::cmp::Ordering;

/// A function that has quick code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quick {
    entry: u32,
    env: u32,
}

/// What the slots of quick code are.
pub(super) trait Slots {
    fn slot(&self, vm: &Vm<'_>, index: u32) -> Value;
}

/// Those of a running chunk.
pub(super) struct Base(pub(super) u32);

impl Slots for Base {
    #[inline(always)]
    fn slot(&self, vm: &Vm<'_>, index: u32) -> Value {
        vm.stack[(self.0 + index) as usize]
    }
}

impl<const N: usize> Slots for [Value; N] {
    #[inline(always)]
    fn slot(&self, _: &Vm<'_>, index: u32) -> Value {
        self[index as usize]
    }
}

impl Vm<'_> {
    /// The quick code of a function of so many parameters.
    pub(crate) fn quick_function(&self, func: Value, arity: u32) -> Option<Quick> {
        let Value::Function(f) = self.heap.resolve(func) else {
            return None;
        };
        let chunk = &self.program.chunks[f.chunk as usize];
        (chunk.arity == arity).then_some(Quick {
            entry: chunk.quick?,
            env: f.env,
        })
    }

    /// What the function gives, if that can be told at once; nothing has happened otherwise.
    #[inline]
    pub(crate) fn quick_call<const N: usize>(
        &mut self,
        quick: Quick,
        args: [Value; N],
    ) -> Option<Value> {
        self.run_quick(quick.entry, args, quick.env)
    }

    /// Runs quick code; `None` when it gives up.
    pub(super) fn run_quick(&mut self, entry: u32, slots: impl Slots, env: u32) -> Option<Value> {
        let mut depth: usize = 0;
        let mut pc = entry as usize;
        // The compiler keeps the depth below the size of the array; the remainder says so here.
        macro_rules! push {
            ($value:expr) => {{
                self.scratch[depth % QUICK_DEPTH] = $value;
                depth += 1;
            }};
        }
        macro_rules! pop {
            () => {{
                depth -= 1;
                self.scratch[depth % QUICK_DEPTH]
            }};
        }
        loop {
            let op = *self.program.quick.get(pc)?;
            pc += 1;
            match op {
                QuickOp::Const(index) => push!(self.program.consts[index as usize]),
                QuickOp::Slot(index) => push!(self.computed(slots.slot(self, index))?),
                QuickOp::Env(index) => {
                    push!(self.computed(self.heap.slots[(env + index) as usize])?)
                }
                QuickOp::Local(index) => push!(self.scratch[index as usize % QUICK_DEPTH]),
                QuickOp::Select(site) => {
                    let record = pop!();
                    let field = match self.cached_field(site, record) {
                        Some(field) => field,
                        None => self.find_field(site, record)?,
                    };
                    push!(self.computed(field)?);
                }
                QuickOp::Binary(op) => {
                    let b = pop!();
                    let a = pop!();
                    let value = match Self::quick(op, &a, &b) {
                        Some(value) => value,
                        None => self.quick_order(op, a, b)?,
                    };
                    push!(value);
                }
                QuickOp::Equal => {
                    let b = pop!();
                    let a = pop!();
                    push!(Value::Bool(self.shallow_equal(a, b)?));
                }
                QuickOp::Not => match pop!() {
                    Value::Bool(value) => push!(Value::Bool(!value)),
                    _ => return None,
                },
                QuickOp::Negate => match pop!() {
                    Value::Int(value) => push!(Value::Int(value.checked_neg()?)),
                    Value::Float(value) => push!(Value::Float(-value)),
                    _ => return None,
                },
                QuickOp::CheckBool => match pop!() {
                    value @ Value::Bool(_) => push!(value),
                    _ => return None,
                },
                QuickOp::JumpIfFalse(target) => match pop!() {
                    Value::Bool(true) => {}
                    Value::Bool(false) => pc = target as usize,
                    _ => return None,
                },
                QuickOp::JumpIfTrue(target) => match pop!() {
                    Value::Bool(false) => {}
                    Value::Bool(true) => pc = target as usize,
                    _ => return None,
                },
                QuickOp::Jump(target) => pc = target as usize,
                QuickOp::Slide(count) => {
                    let value = pop!();
                    depth -= count as usize;
                    push!(value);
                }
                QuickOp::Done => return Some(pop!()),
            }
        }
    }

    #[inline(always)]
    fn computed(&self, value: Value) -> Option<Value> {
        match self.heap.resolve(value) {
            Value::Thunk(_) => None,
            value => Some(value),
        }
    }

    /// The order of strings and the like.
    fn quick_order(&self, op: BinOp, a: Value, b: Value) -> Option<Value> {
        let test: fn(Ordering) -> bool = super::compare::test(op)?;
        Some(Value::Bool(test(self.order(a, b)??)))
    }
}
