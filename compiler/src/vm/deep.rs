//! Computing everything inside a value.

use super::frame::{Native, Step};
use super::{Raise, Vm};
use crate::symbol::Symbol;
use crate::value::Value;
use rustc_hash::FxHashSet;

/// Computes a value and all it holds, fields in the order of their names; gives the value. What
/// is held twice, or holds itself, is visited once.
pub struct DeepForce {
    root: Value,
    todo: Vec<Part>,
    /// One bit for each slot that was visited.
    visited: Vec<u64>,
    /// Trees that were visited.
    trees: FxHashSet<u32>,
}

/// Something whose elements are being visited.
enum Part {
    /// The value itself.
    Root,
    /// Slots.
    List { at: u32, end: u32 },
    /// The fields of a shape, by name; slots from `start` on.
    Record { shape: u32, start: u32, at: u32 },
    /// The fields of a tree.
    Dict(std::vec::IntoIter<(Symbol, Value)>, Option<Value>),
}

impl DeepForce {
    /// To compute `root`.
    pub fn new(root: Value) -> Self {
        DeepForce {
            root,
            todo: vec![Part::Root],
            visited: Vec::new(),
            trees: FxHashSet::default(),
        }
    }

    /// Whether a slot is visited for the first time.
    fn first_visit(&mut self, slot: u32) -> bool {
        let (word, bit) = (slot as usize / 64, 1 << (slot % 64));
        if word >= self.visited.len() {
            self.visited.resize((word + 1).next_power_of_two(), 0);
        }
        let first = self.visited[word] & bit == 0;
        self.visited[word] |= bit;
        first
    }

    /// Goes into a list or record.
    fn open(&mut self, vm: &Vm<'_>, value: Value) {
        match value {
            Value::List(list) if !list.is_empty() => self.todo.push(Part::List {
                at: list.start,
                end: list.start + list.len,
            }),
            Value::Record(record) => self.todo.push(Part::Record {
                shape: record.shape,
                start: record.start,
                at: 0,
            }),
            Value::Dict(dict) => {
                if self.trees.insert(dict.root)
                    && let Some(record) = value.record()
                {
                    let fields = vm.heap.entries_by_name(record).into_iter();
                    self.todo.push(Part::Dict(fields, None));
                }
            }
            _ => {}
        }
    }
}

impl Native for DeepForce {
    fn step(&mut self, vm: &mut Vm<'_>, _: Value) -> Result<Step, Raise> {
        while let Some(part) = self.todo.last_mut() {
            // The next value, and the slot it is in.
            let (value, slot) = match part {
                Part::Root => (self.root, None),
                Part::List { at, end } if at == end => {
                    self.todo.pop();
                    continue;
                }
                Part::List { at, .. } => (vm.heap.slots[*at as usize], Some(*at)),
                Part::Record { shape, start, at } => {
                    let Some(index) = vm.heap.shapes.get(*shape).by_name().get(*at as usize) else {
                        self.todo.pop();
                        continue;
                    };
                    let slot = *start + index;
                    (vm.heap.slots[slot as usize], Some(slot))
                }
                Part::Dict(fields, waiting) => {
                    let next = waiting.take().or_else(|| fields.next().map(|f| f.1));
                    let Some(value) = next else {
                        self.todo.pop();
                        continue;
                    };
                    (value, None)
                }
            };
            let value = vm.heap.resolve(value);
            if let Value::Thunk(_) = value {
                // Looked at again when computed.
                if let Part::Dict(_, waiting) = part {
                    *waiting = Some(value);
                }
                return Ok(Step::Force(value));
            }
            match part {
                Part::Root => {
                    self.root = value;
                    self.todo.pop();
                }
                Part::List { at, .. } | Part::Record { at, .. } => *at += 1,
                Part::Dict(..) => {}
            }
            if let Some(slot) = slot {
                vm.heap.slots[slot as usize] = value;
            }
            let scalar = !matches!(value, Value::List(_) | Value::Record(_) | Value::Dict(_));
            if !scalar && slot.is_none_or(|slot| self.first_visit(slot)) {
                self.open(vm, value);
            }
        }
        Ok(Step::Done(self.root))
    }
}
