//! Frames: what waits for a value.

use super::{Raise, Vm};
use crate::value::Value;

/// Something waiting for the value being computed. 16 bytes.
#[derive(Clone, Copy, Debug)]
pub enum Frame {
    /// Code goes on with the value on the stack.
    Code {
        /// The next instruction.
        pc: u32,
        /// First slot of the chunk.
        base: u32,
        /// First captured value.
        env: u32,
    },
    /// A thunk keeps the value.
    Update(u32),
    /// The value is a function, to be applied to the arguments in these slots.
    Rest {
        /// First argument.
        start: u32,
        /// How many.
        count: u32,
    },
    /// The topmost native frame goes on.
    Native,
    /// If a look-up finds nothing, the code below goes on at its alternative.
    Catch {
        /// The alternative.
        target: u32,
        /// The height of the value stack there.
        height: u32,
    },
}

/// What the machine does next.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// Give a value to the topmost frame.
    Value(Value),
    /// Run code.
    Code {
        /// First instruction.
        pc: u32,
        /// First slot.
        base: u32,
        /// First captured value.
        env: u32,
    },
}

/// A built-in at work that needs values computed or functions called on the way.
pub trait Native {
    /// Goes on: `returned` is what the last step asked for (`null` at first).
    ///
    /// # Errors
    /// Whatever the built-in finds wrong.
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise>;
}

/// What a built-in does next.
pub enum Step {
    /// Finished; the value is computed.
    Done(Value),
    /// Compute this, then go on.
    Force(Value),
    /// Call this, then go on.
    Call(Value, Args),
    /// Let another one work, then go on.
    Sub(Box<dyn Native>),
    /// The result is what this gives when computed.
    TailForce(Value),
    /// The result is what this call gives.
    TailCall(Value, Args),
    /// The result is what this other one gives.
    Become(Box<dyn Native>),
}

/// One or two arguments.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    values: [Value; 2],
    len: u8,
}

impl Args {
    /// One argument.
    pub fn one(a: Value) -> Self {
        Args {
            values: [a, Value::Null],
            len: 1,
        }
    }

    /// Two arguments.
    pub fn two(a: Value, b: Value) -> Self {
        Args {
            values: [a, b],
            len: 2,
        }
    }

    /// The arguments.
    pub fn as_slice(&self) -> &[Value] {
        &self.values[..self.len as usize]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn frames_are_sixteen_bytes() {
        assert_eq!(size_of::<super::Frame>(), 16);
    }
}
