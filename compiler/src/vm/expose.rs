//! What built-ins use of the machine.

use super::equal::Equal;
use super::frame::Native;
use super::{Fault, Raise, Vm};
use crate::code::BinOp;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::Value;
use std::cmp::Ordering;

impl Vm<'_> {
    /// The built-in being run.
    pub(crate) fn running_id(&self) -> u32 {
        self.running
    }

    /// Whether two values are equal, as work to be done.
    pub(crate) fn equality(&self, a: Value, b: Value) -> Box<dyn Native> {
        Box::new(Equal::new(a, b))
    }

    /// The order of two computed scalars, if they have one.
    pub(crate) fn order_of(&self, a: Value, b: Value) -> Option<Ordering> {
        self.order(self.heap.resolve(a), self.heap.resolve(b))
            .flatten()
    }

    /// `a + b`
    pub(crate) fn add(&mut self, a: Value, b: Value) -> Result<Value, Raise> {
        self.binary(BinOp::Add, a, b)
    }

    /// That a function given to a built-in answers with the wrong thing.
    pub(crate) fn answer_wrong(&self, name: &str, needs: &str, got: Value) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "The function given to `{name}` must answer with {needs}, but it gives {}",
                self.describe(got)
            ),
        )
        .into()
    }
}
