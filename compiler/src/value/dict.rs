//! Records of many fields: a persistent treap over symbol numbers. The priority of a key is a
//! hash of it, so equal key sets have equal trees, an update copies a logarithmic path, and a
//! union is linear at worst.

use super::{Heap, Value};
use crate::symbol::Symbol;
use std::cmp::Ordering;

/// A node; number 0 is the empty tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    key: Symbol,
    left: u32,
    right: u32,
    size: u32,
    value: Value,
}

impl Node {
    pub(super) const NIL: Node = Node {
        key: Symbol(0),
        left: 0,
        right: 0,
        size: 0,
        value: Value::Null,
    };
}

/// Ties are impossible: the mixing is a bijection of 32-bit numbers.
fn priority(key: Symbol) -> u32 {
    let mut x = key.0;
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

impl Heap {
    fn node(&mut self, key: Symbol, value: Value, left: u32, right: u32) -> u32 {
        let size = 1 + self.nodes[left as usize].size + self.nodes[right as usize].size;
        self.grow_check_nodes();
        self.nodes.push(Node {
            key,
            left,
            right,
            size,
            value,
        });
        (self.nodes.len() - 1) as u32
    }

    pub(super) fn tree_len(&self, root: u32) -> usize {
        self.nodes[root as usize].size as usize
    }

    pub(super) fn tree_get(&self, mut root: u32, key: Symbol) -> Option<Value> {
        while root != 0 {
            let node = &self.nodes[root as usize];
            match key.cmp(&node.key) {
                Ordering::Less => root = node.left,
                Ordering::Greater => root = node.right,
                Ordering::Equal => return Some(node.value),
            }
        }
        None
    }

    /// Builds a tree from entries sorted by key, keys distinct.
    pub(super) fn tree_build(&mut self, entries: &[(Symbol, Value)]) -> u32 {
        // The right spine, root first. Sizes are filled in afterwards, children first.
        let first = self.nodes.len() as u32;
        let mut spine: Vec<u32> = Vec::new();
        for &(key, value) in entries {
            let id = self.node(key, value, 0, 0);
            let mut below = 0;
            while let Some(&top) = spine.last() {
                if priority(self.nodes[top as usize].key) > priority(key) {
                    break;
                }
                below = top;
                spine.pop();
            }
            self.nodes[id as usize].left = below;
            if let Some(&top) = spine.last() {
                self.nodes[top as usize].right = id;
            }
            spine.push(id);
        }
        let Some(&root) = spine.first() else { return 0 };
        let mut order = Vec::with_capacity(entries.len());
        let mut todo = vec![root];
        while let Some(id) = todo.pop() {
            order.push(id);
            let node = &self.nodes[id as usize];
            todo.extend([node.left, node.right].into_iter().filter(|&c| c >= first));
        }
        for id in order.into_iter().rev() {
            let node = self.nodes[id as usize];
            self.nodes[id as usize].size =
                1 + self.nodes[node.left as usize].size + self.nodes[node.right as usize].size;
        }
        root
    }

    /// Keys below, the value at, and keys above `key`. Recursion is as deep as the tree:
    /// logarithmic in its size.
    fn tree_split(&mut self, root: u32, key: Symbol) -> (u32, Option<Value>, u32) {
        if root == 0 {
            return (0, None, 0);
        }
        let node = self.nodes[root as usize];
        match key.cmp(&node.key) {
            Ordering::Equal => (node.left, Some(node.value), node.right),
            Ordering::Less => {
                let (below, found, above) = self.tree_split(node.left, key);
                let above = self.node(node.key, node.value, above, node.right);
                (below, found, above)
            }
            Ordering::Greater => {
                let (below, found, above) = self.tree_split(node.right, key);
                let below = self.node(node.key, node.value, node.left, below);
                (below, found, above)
            }
        }
    }

    /// `a // b`: the values of `b` win.
    pub(super) fn tree_union(&mut self, a: u32, b: u32) -> u32 {
        if b == 0 || a == b {
            return a;
        }
        if a == 0 {
            return b;
        }
        let (x, y) = (self.nodes[a as usize], self.nodes[b as usize]);
        if priority(x.key) > priority(y.key) {
            let (below, found, above) = self.tree_split(b, x.key);
            let left = self.tree_union(x.left, below);
            let right = self.tree_union(x.right, above);
            self.node(x.key, found.unwrap_or(x.value), left, right)
        } else {
            let (below, _, above) = self.tree_split(a, y.key);
            let left = self.tree_union(below, y.left);
            let right = self.tree_union(above, y.right);
            self.node(y.key, y.value, left, right)
        }
    }

    /// All entries, by symbol number.
    pub(super) fn tree_entries(&self, root: u32) -> Vec<(Symbol, Value)> {
        let mut out = Vec::with_capacity(self.tree_len(root));
        let mut path = Vec::new();
        let mut at = root;
        loop {
            while at != 0 {
                path.push(at);
                at = self.nodes[at as usize].left;
            }
            let Some(id) = path.pop() else { return out };
            let node = &self.nodes[id as usize];
            out.push((node.key, node.value));
            at = node.right;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn entries(map: &BTreeMap<u32, i64>) -> Vec<(Symbol, Value)> {
        map.iter()
            .map(|(&k, &v)| (Symbol(k), Value::Int(v)))
            .collect()
    }

    fn plain(entries: Vec<(Symbol, Value)>) -> Vec<(u32, i64)> {
        entries
            .into_iter()
            .map(|(k, v)| match v {
                Value::Int(v) => (k.0, v),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn union_is_right_biased(
            a in proptest::collection::btree_map(0u32..200, any::<i64>(), 0..80),
            b in proptest::collection::btree_map(0u32..200, any::<i64>(), 0..80),
        ) {
            let mut heap = Heap::default();
            let (x, y) = (heap.tree_build(&entries(&a)), heap.tree_build(&entries(&b)));
            let union = heap.tree_union(x, y);
            let mut expected = a.clone();
            expected.extend(&b);
            prop_assert_eq!(heap.tree_len(union), expected.len());
            for (&k, &v) in &expected {
                prop_assert!(matches!(heap.tree_get(union, Symbol(k)), Some(Value::Int(w)) if w == v));
            }
            prop_assert_eq!(plain(heap.tree_entries(union)), expected.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(plain(heap.tree_entries(x)), a.into_iter().collect::<Vec<_>>());
        }
    }
}
