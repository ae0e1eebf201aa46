//! Equality: structural, computing no more than it must. Functions equal nothing.

use super::frame::{Native, Step};
use super::{Failure, Raise, Vm};
use crate::value::Value;
use rustc_hash::FxHashSet;

/// From this many comparisons on, pairs already met are remembered, so that values which hold
/// themselves come to an end.
const REMEMBER: usize = 10_000;

impl Vm<'_> {
    /// Whether two computed values are equal.
    ///
    /// # Errors
    /// As the evaluation of what is in them fails.
    pub(crate) fn equal(&mut self, a: Value, b: Value) -> Result<bool, Failure> {
        if let Some(equal) = self.shallow_equal(a, b) {
            return Ok(equal);
        }
        let equal = self.work(Box::new(Equal::new(a, b)))?;
        Ok(matches!(equal, Value::Bool(true)))
    }

    /// Equality when no element has to be looked at.
    pub(super) fn shallow_equal(&self, a: Value, b: Value) -> Option<bool> {
        use Value::*;
        Some(match (a, b) {
            (Null, Null) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Float(a), Float(b)) => a == b,
            (Int(a), Float(b)) | (Float(b), Int(a)) => a as f64 == b,
            (Duration(a), Duration(b)) | (Size(a), Size(b)) => a == b,
            (Str(a), Str(b)) | (Path(a), Path(b)) => self.heap.str(a) == self.heap.str(b),
            (List(a), List(b)) => {
                if a.len != b.len {
                    return Some(false);
                }
                if a.is_empty() {
                    return Some(true);
                }
                return None;
            }
            (Record(_) | Dict(_), Record(_) | Dict(_)) => {
                let (Some(x), Some(y)) = (a.record(), b.record()) else {
                    return Some(false);
                };
                if self.heap.record_len(x) != self.heap.record_len(y) {
                    return Some(false);
                }
                if self.heap.record_len(x) == 0 {
                    return Some(true);
                }
                return None;
            }
            _ => false,
        })
    }
}

/// Compares two values.
pub(crate) struct Equal {
    todo: Vec<(Value, Value)>,
    compared: usize,
    seen: FxHashSet<(u32, u32, u32, u32)>,
}

impl Equal {
    pub(crate) fn new(a: Value, b: Value) -> Self {
        Equal {
            todo: vec![(a, b)],
            compared: 0,
            seen: FxHashSet::default(),
        }
    }

    fn met(&mut self, a: Value, b: Value) -> bool {
        self.compared += 1;
        let id = |v: Value| match v {
            Value::List(l) => (l.start, l.len),
            Value::Record(r) => (r.start, r.shape),
            Value::Dict(d) => (d.root, u32::MAX),
            _ => (0, 0),
        };
        let ((a, x), (b, y)) = (id(a), id(b));
        self.compared > REMEMBER && !self.seen.insert((a, x, b, y))
    }
}

impl Native for Equal {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        while let Some((a, b)) = self.todo.pop() {
            let (a, b) = (vm.heap.resolve(a), vm.heap.resolve(b));
            for side in [a, b] {
                if let Value::Thunk(_) = side {
                    self.todo.push((a, b));
                    return Ok(Step::Force(side));
                }
            }
            match vm.shallow_equal(a, b) {
                Some(true) => continue,
                Some(false) => return Ok(Step::Done(Value::Bool(false))),
                None => {}
            }
            if self.met(a, b) {
                continue;
            }
            if let (Value::List(a), Value::List(b)) = (a, b) {
                let pairs = vm.heap.items(a).iter().zip(vm.heap.items(b)).rev();
                self.todo.extend(pairs.map(|(a, b)| (*a, *b)));
            } else if let (Some(a), Some(b)) = (a.record(), b.record()) {
                let (x, y) = (vm.heap.entries(a), vm.heap.entries(b));
                if x.iter().zip(&y).any(|(x, y)| x.0 != y.0) {
                    return Ok(Step::Done(Value::Bool(false)));
                }
                self.todo
                    .extend(x.into_iter().zip(y).rev().map(|(x, y)| (x.1, y.1)));
            }
        }
        Ok(Step::Done(Value::Bool(true)))
    }
}
