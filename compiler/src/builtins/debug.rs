//! `std.debug`: stopping, and saying what happens.

use super::declare::builtins;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::Value;
use crate::vm::{DeepForce, Fault, Native, Raise, Step, Vm};

builtins! {
    /// Stops evaluation with a message.
    ///
    /// `if 1 < 2 then "fine" else throw "arithmetic is broken"` => `"fine"`
    ["std.debug.throw", "throw"] Function "String -> a" = throw(Value);

    /// Shows the first argument on standard error when the second one is needed, and gives that.
    ///
    /// `trace "looking" 42` => `42`
    ["std.debug.trace", "trace"] Function "Any -> a -> a" = trace(Deep, Lazy);

    /// Computes the first argument completely before giving the second.
    ///
    /// `std.debug.deep_seq [ (1 + 1) ] "done"` => `"done"`
    ["std.debug.deep_seq"] Function "Any -> a -> a" = deep_seq(Lazy, Lazy);

    /// Computes the first argument's outermost part before giving the second.
    ///
    /// `std.debug.seq 1 "done"` => `"done"`
    ["std.debug.seq"] Function "Any -> a -> a" = seq(Value, Lazy);

    /// The value as the language writes it, on one line.
    ///
    /// `std.debug.show { a = [ 1 "x" ]; }` => `"{ a = [ 1 \"x\" ]; }"`
    ["std.debug.show"] Function "Any -> String" = show(Deep);
}

fn throw(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let message = vm.to_text(args[0])?;
    Err(Fault::new(codes::THROWN, vm.heap.str(message)).into())
}

fn trace(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = match vm.heap.resolve(args[0]) {
        Value::Str(s) => vm.heap.str(s).to_owned(),
        value => crate::eval::print_flat(vm, value),
    };
    (vm.world.trace)(&text);
    Ok(Step::TailForce(args[1]))
}

/// Computes one value, then gives another.
struct Then {
    first: Option<Value>,
    second: Value,
}

impl Native for Then {
    fn step(&mut self, _: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        match self.first.take() {
            Some(first) => Ok(Step::Sub(Box::new(DeepForce::new(first)))),
            None => Ok(Step::TailForce(self.second)),
        }
    }
}

fn deep_seq(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Become(Box::new(Then {
        first: Some(args[0]),
        second: args[1],
    })))
}

fn seq(_: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::TailForce(args[1]))
}

fn show(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = crate::eval::print_flat(vm, args[0]);
    vm.text(&text, 0)
}
