//! String context: which task outputs a text mentions. Sets are interned, so a string carries a
//! number, and a union seen before costs one look-up.

use super::TaskPath;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One mentioned output.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextItem {
    /// The producing task.
    pub task: TaskPath,
    /// The position in its `outputs`; for a record of outputs, in name order.
    pub output: u32,
}

/// The interned sets of one evaluation. Set 0 is empty.
#[derive(Debug)]
pub struct Contexts {
    sets: Vec<Arc<[ContextItem]>>,
    ids: FxHashMap<Arc<[ContextItem]>, u32>,
    unions: FxHashMap<(u32, u32), u32>,
}

impl Default for Contexts {
    fn default() -> Self {
        let empty: Arc<[ContextItem]> = Arc::from([]);
        Contexts {
            sets: vec![empty.clone()],
            ids: FxHashMap::from_iter([(empty, 0)]),
            unions: FxHashMap::default(),
        }
    }
}

impl Contexts {
    /// The set of one output.
    pub fn single(&mut self, item: ContextItem) -> u32 {
        self.intern(Arc::from([item]))
    }

    fn intern(&mut self, set: Arc<[ContextItem]>) -> u32 {
        if let Some(&id) = self.ids.get(&set) {
            return id;
        }
        let id = self.sets.len() as u32;
        self.sets.push(set.clone());
        self.ids.insert(set, id);
        id
    }

    /// Everything in either set.
    pub fn union(&mut self, a: u32, b: u32) -> u32 {
        if a == b || b == 0 {
            return a;
        }
        if a == 0 {
            return b;
        }
        let key = (a.min(b), a.max(b));
        if let Some(&id) = self.unions.get(&key) {
            return id;
        }
        let mut all: Vec<ContextItem> = self.get(a).iter().chain(self.get(b)).cloned().collect();
        all.sort_unstable();
        all.dedup();
        let id = self.intern(all.into());
        self.unions.insert(key, id);
        id
    }

    /// The members, sorted.
    pub fn get(&self, id: u32) -> &[ContextItem] {
        &self.sets[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unions_are_sets() {
        let item = |task: &str, output| ContextItem {
            task: TaskPath::new(task),
            output,
        };
        let mut contexts = Contexts::default();
        let a = contexts.single(item("a", 0));
        let b = contexts.single(item("b", 1));
        let ab = contexts.union(a, b);
        assert_eq!(contexts.union(b, a), ab);
        assert_eq!(contexts.union(ab, a), ab);
        assert_eq!(contexts.union(0, a), a);
        assert_eq!(contexts.get(ab), [item("a", 0), item("b", 1)]);
    }
}
