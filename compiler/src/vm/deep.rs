//! Computing everything inside a value.

use super::frame::{Native, Step};
use super::{Raise, Vm};
use crate::value::Value;
use rustc_hash::FxHashSet;

/// Computes a value and all it holds; gives the value. Records that hold themselves are visited
/// once.
pub struct DeepForce {
    root: Value,
    todo: Vec<Value>,
    seen: FxHashSet<(bool, u32, u32)>,
}

impl DeepForce {
    /// To compute `root`.
    pub fn new(root: Value) -> Self {
        DeepForce {
            root,
            todo: vec![root],
            seen: FxHashSet::default(),
        }
    }
}

impl Native for DeepForce {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        while let Some(value) = self.todo.pop() {
            match vm.heap.resolve(value) {
                value @ Value::Thunk(_) => {
                    // Looked at again when computed.
                    self.todo.push(value);
                    return Ok(Step::Force(value));
                }
                Value::List(list) => {
                    if !list.is_empty() && self.seen.insert((true, list.start, list.len)) {
                        let items = vm.heap.items(list);
                        self.todo.extend(items.iter().rev().filter(|v| !done(**v)));
                    }
                }
                value => {
                    let Some(record) = value.record() else {
                        continue;
                    };
                    let id = match value {
                        Value::Record(r) => (false, r.start, r.shape),
                        Value::Dict(d) => (false, d.root, u32::MAX),
                        _ => continue,
                    };
                    if vm.heap.record_len(record) > 0 && self.seen.insert(id) {
                        let fields = vm.heap.entries_by_name(record);
                        self.todo
                            .extend(fields.iter().rev().map(|(_, v)| *v).filter(|v| !done(*v)));
                    }
                }
            }
        }
        Ok(Step::Done(vm.heap.resolve(self.root)))
    }
}

fn done(value: Value) -> bool {
    !matches!(
        value,
        Value::Thunk(_) | Value::List(_) | Value::Record(_) | Value::Dict(_)
    )
}
