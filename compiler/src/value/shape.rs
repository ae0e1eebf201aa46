//! Shapes: the interned sets of field names of records. Two records with the same names share
//! one shape, so a selection site remembers a position, and `a // b` of known shapes is a plan
//! made once.

use crate::symbol::Symbol;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};

/// A set of field names.
#[derive(Debug)]
pub struct Shape {
    /// Sorted by symbol number; the order of the slots.
    pub keys: Arc<[Symbol]>,
    by_name: OnceLock<Box<[u32]>>,
}

impl Shape {
    /// Where the field is.
    pub fn index_of(&self, key: Symbol) -> Option<usize> {
        if self.keys.len() <= 8 {
            self.keys.iter().position(|&k| k == key)
        } else {
            self.keys.binary_search(&key).ok()
        }
    }

    /// The positions of the fields in the order of their names.
    pub fn by_name(&self) -> &[u32] {
        self.by_name.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.keys.len() as u32).collect();
            order.sort_by_cached_key(|&i| self.keys[i as usize].as_str());
            order.into()
        })
    }
}

/// How to make the fields of `a // b`.
#[derive(Clone, Debug)]
pub struct MergePlan {
    /// The shape of the result.
    pub shape: u32,
    /// For each field its position: on the left, or on the right with [`MergePlan::RIGHT`] set.
    pub from: Arc<[u32]>,
}

impl MergePlan {
    /// Marks a position in the right record.
    pub const RIGHT: u32 = 1 << 31;
}

/// Plans kept at most; when full they are all forgotten.
const MAX_PLANS: usize = 1 << 16;

/// The interned shapes of one evaluation. Shape 0 is empty.
#[derive(Debug)]
pub struct Shapes {
    shapes: Vec<Shape>,
    ids: FxHashMap<Arc<[Symbol]>, u32>,
    plans: FxHashMap<(u32, u32), MergePlan>,
    /// Bytes held by names of shapes, for the memory limit.
    pub(super) bytes: usize,
}

impl Default for Shapes {
    fn default() -> Self {
        let mut shapes = Shapes {
            shapes: Vec::new(),
            ids: FxHashMap::default(),
            plans: FxHashMap::default(),
            bytes: 0,
        };
        shapes.intern(&[]);
        shapes
    }
}

impl Shapes {
    /// The shape with these names, which are sorted by symbol number and distinct.
    pub fn intern(&mut self, keys: &[Symbol]) -> u32 {
        debug_assert!(keys.windows(2).all(|w| w[0] < w[1]));
        if let Some(&id) = self.ids.get(keys) {
            return id;
        }
        let id = self.shapes.len() as u32;
        let keys: Arc<[Symbol]> = keys.into();
        self.bytes += 96 + keys.len() * 4;
        self.shapes.push(Shape {
            keys: keys.clone(),
            by_name: OnceLock::new(),
        });
        self.ids.insert(keys, id);
        id
    }

    /// The shape with a number.
    pub fn get(&self, id: u32) -> &Shape {
        &self.shapes[id as usize]
    }

    /// How `a // b` is made; the right side wins.
    pub fn merge(&mut self, a: u32, b: u32) -> MergePlan {
        if let Some(plan) = self.plans.get(&(a, b)) {
            return plan.clone();
        }
        let (left, right) = (self.get(a).keys.clone(), self.get(b).keys.clone());
        let mut keys = Vec::with_capacity(left.len() + right.len());
        let mut from = Vec::with_capacity(left.len() + right.len());
        let (mut i, mut j) = (0, 0);
        while i < left.len() || j < right.len() {
            if j == right.len() || (i < left.len() && left[i] < right[j]) {
                keys.push(left[i]);
                from.push(i as u32);
                i += 1;
            } else {
                if i < left.len() && left[i] == right[j] {
                    i += 1;
                }
                keys.push(right[j]);
                from.push(j as u32 | MergePlan::RIGHT);
                j += 1;
            }
        }
        let plan = MergePlan {
            shape: self.intern(&keys),
            from: from.into(),
        };
        if self.plans.len() >= MAX_PLANS {
            self.plans.clear();
        }
        self.plans.insert((a, b), plan.clone());
        plan
    }
}
