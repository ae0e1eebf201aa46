//! The order of lists: by the first elements that differ.

use super::frame::{Native, Step};
use super::{Fault, Raise, Vm};
use crate::code::BinOp;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{List, Value};
use std::cmp::Ordering;

/// What an operator asks of an order.
pub(super) type Test = fn(Ordering) -> bool;

pub(super) fn test(op: BinOp) -> Option<Test> {
    Some(match op {
        BinOp::Less => Ordering::is_lt,
        BinOp::LessEqual => Ordering::is_le,
        BinOp::Greater => Ordering::is_gt,
        BinOp::GreaterEqual => Ordering::is_ge,
        _ => return None,
    })
}

/// Compares two lists, computing no more than it must.
pub(super) struct Compare {
    /// Lists inside lists, outermost first, each with the position reached.
    stack: Vec<(List, List, usize)>,
    test: Test,
}

impl Compare {
    pub(super) fn new(a: List, b: List, test: Test) -> Self {
        Compare {
            stack: vec![(a, b, 0)],
            test,
        }
    }
}

impl Native for Compare {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        let answer = |order| Ok(Step::Done(Value::Bool((self.test)(order))));
        while let Some((a, b, at)) = self.stack.last_mut() {
            if *at == a.len() || *at == b.len() {
                match a.len().cmp(&b.len()) {
                    Ordering::Equal => {
                        self.stack.pop();
                        continue;
                    }
                    order => return answer(order),
                }
            }
            let x = vm.heap.resolve(vm.heap.item(*a, *at));
            let y = vm.heap.resolve(vm.heap.item(*b, *at));
            if let Value::Thunk(_) = x {
                return Ok(Step::Force(x));
            }
            if let Value::Thunk(_) = y {
                return Ok(Step::Force(y));
            }
            *at += 1;
            if let (Value::List(x), Value::List(y)) = (x, y) {
                self.stack.push((x, y, 0));
                continue;
            }
            match vm.order(x, y) {
                Some(Some(Ordering::Equal)) => {}
                Some(Some(order)) => return answer(order),
                Some(None) => return Ok(Step::Done(Value::Bool(false))),
                None => {
                    return Err(Fault::new(
                        codes::WRONG_TYPE,
                        format!(
                            "{} and {} have no order, so the lists they are in cannot be compared",
                            vm.capital(x),
                            vm.describe(y)
                        ),
                    )
                    .into());
                }
            }
        }
        answer(Ordering::Equal)
    }
}
