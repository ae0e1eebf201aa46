//! A table that mostly has few entries: looking through them costs less than hashing.

use rustc_hash::FxHashMap;
use std::hash::Hash;

/// So many are looked through.
const FEW: usize = 8;

/// Values by key; each key is put in once.
pub(crate) struct Few<K, V> {
    few: Vec<(K, V)>,
    /// All of them, when they are not few.
    many: FxHashMap<K, V>,
}

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Few {
            few: Vec::new(),
            many: FxHashMap::default(),
        }
    }
}

impl<K: Copy + Eq + Hash, V> Few<K, V> {
    /// The value of a key.
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        if self.many.is_empty() {
            let found = self.few.iter().find(|(known, _)| *known == key);
            return found.map(|(_, value)| value);
        }
        self.many.get(&key)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// Puts in what was not there.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.many.is_empty() && self.few.len() < FEW {
            self.few.push((key, value));
            return;
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_found() {
        let mut table = Few::default();
        for i in 0..50 {
            assert_eq!(table.get(i), None);
            table.insert(i, i * 2);
            assert_eq!(table.len(), i + 1);
            assert!((0..=i).all(|i| table.get(i) == Some(&(i * 2))));
        }
    }
}
