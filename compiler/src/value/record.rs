//! Records seen alike, whichever way they are stored.

use super::shape::MergePlan;
use super::site::SiteId;
use super::{Dict, Heap, Record, Value};
use crate::symbol::Symbol;

/// Records made at run time with more fields than this are stored as trees.
const MAX_SHAPED: usize = 64;

/// Either kind of record.
#[derive(Clone, Copy, Debug)]
pub enum RecordView {
    /// Few fields.
    Shaped(Record),
    /// Many fields.
    Tree(Dict),
}

impl RecordView {
    /// The record as a value.
    pub fn value(self) -> Value {
        match self {
            RecordView::Shaped(r) => Value::Record(r),
            RecordView::Tree(d) => Value::Dict(d),
        }
    }

    /// Where it comes from.
    pub fn site(self) -> SiteId {
        match self {
            RecordView::Shaped(r) => r.site,
            RecordView::Tree(d) => d.site,
        }
    }
}

impl Value {
    /// The value as a record, if it is one.
    pub fn record(self) -> Option<RecordView> {
        match self {
            Value::Record(r) => Some(RecordView::Shaped(r)),
            Value::Dict(d) => Some(RecordView::Tree(d)),
            _ => None,
        }
    }
}

impl Heap {
    /// A field.
    pub fn get(&self, record: RecordView, key: Symbol) -> Option<Value> {
        match record {
            RecordView::Shaped(r) => {
                let index = self.shapes.get(r.shape).index_of(key)?;
                Some(self.slots[r.start as usize + index])
            }
            RecordView::Tree(d) => self.tree_get(d.root, key),
        }
    }

    /// The number of fields.
    pub fn record_len(&self, record: RecordView) -> usize {
        match record {
            RecordView::Shaped(r) => self.shapes.get(r.shape).keys.len(),
            RecordView::Tree(d) => self.tree_len(d.root),
        }
    }

    /// The fields by symbol number.
    pub fn entries(&self, record: RecordView) -> Vec<(Symbol, Value)> {
        match record {
            RecordView::Shaped(r) => {
                let keys = &self.shapes.get(r.shape).keys;
                let start = r.start as usize;
                keys.iter()
                    .copied()
                    .zip(self.slots[start..start + keys.len()].iter().copied())
                    .collect()
            }
            RecordView::Tree(d) => self.tree_entries(d.root),
        }
    }

    /// The fields in the order of their names.
    pub fn entries_by_name(&self, record: RecordView) -> Vec<(Symbol, Value)> {
        match record {
            RecordView::Shaped(r) => {
                let shape = self.shapes.get(r.shape);
                shape
                    .by_name()
                    .iter()
                    .map(|&i| (shape.keys[i as usize], self.slots[(r.start + i) as usize]))
                    .collect()
            }
            RecordView::Tree(d) => {
                let mut all: Vec<_> = self
                    .tree_entries(d.root)
                    .into_iter()
                    .map(|(k, v)| (k.as_str(), k, v))
                    .collect();
                all.sort_unstable_by_key(|entry| entry.0);
                all.into_iter().map(|(_, k, v)| (k, v)).collect()
            }
        }
    }

    /// A record of these fields; for a name given twice the later wins.
    pub fn record_from(&mut self, mut entries: Vec<(Symbol, Value)>, site: SiteId) -> RecordView {
        if !entries.windows(2).all(|w| w[0].0 < w[1].0) {
            // Stable, so the last of equal names stays the last.
            entries.sort_by_key(|e| e.0);
            entries.reverse();
            entries.dedup_by_key(|e| e.0);
            entries.reverse();
        }
        if entries.len() > MAX_SHAPED {
            let root = self.tree_build(&entries);
            return RecordView::Tree(Dict { root, site });
        }
        let keys: Vec<Symbol> = entries.iter().map(|e| e.0).collect();
        let shape = self.shapes.intern(&keys);
        let start = self.alloc(entries.len());
        for (i, (_, value)) in entries.into_iter().enumerate() {
            self.slots[start as usize + i] = value;
        }
        RecordView::Shaped(Record { shape, start, site })
    }

    /// `a // b`
    pub fn merge(&mut self, a: RecordView, b: RecordView) -> RecordView {
        if self.record_len(b) == 0 {
            return a;
        }
        if self.record_len(a) == 0 {
            return b;
        }
        let site = self.sites.merge(a.site(), b.site());
        if let (RecordView::Shaped(x), RecordView::Shaped(y)) = (a, b)
            && self.record_len(a) + self.record_len(b) <= MAX_SHAPED
        {
            let MergePlan { shape, from } = self.shapes.merge(x.shape, y.shape);
            let start = self.alloc(from.len());
            for (i, &f) in from.iter().enumerate() {
                let source = match f & MergePlan::RIGHT {
                    0 => x.start + f,
                    _ => y.start + (f & !MergePlan::RIGHT),
                };
                self.slots[start as usize + i] = self.slots[source as usize];
            }
            return RecordView::Shaped(Record { shape, start, site });
        }
        let (x, y) = (self.tree_of(a), self.tree_of(b));
        let root = self.tree_union(x, y);
        RecordView::Tree(Dict { root, site })
    }

    fn tree_of(&mut self, record: RecordView) -> u32 {
        match record {
            RecordView::Tree(d) => d.root,
            RecordView::Shaped(_) => {
                let entries = self.entries(record);
                self.tree_build(&entries)
            }
        }
    }

    /// The same fields, known as coming from elsewhere.
    pub fn with_site(&self, record: RecordView, site: SiteId) -> RecordView {
        match record {
            RecordView::Shaped(r) => RecordView::Shaped(Record { site, ..r }),
            RecordView::Tree(d) => RecordView::Tree(Dict { site, ..d }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(names: &[&str]) -> Vec<(Symbol, Value)> {
        names
            .iter()
            .enumerate()
            .map(|(i, n)| (Symbol::new(n), Value::Int(i as i64)))
            .collect()
    }

    #[test]
    fn the_later_of_equal_names_wins() {
        let mut heap = Heap::default();
        let record = heap.record_from(symbols(&["z", "a", "z"]), 0);
        assert_eq!(heap.record_len(record), 2);
        assert!(matches!(
            heap.get(record, Symbol::new("z")),
            Some(Value::Int(2))
        ));
    }

    #[test]
    fn merging_goes_over_to_trees() {
        let mut heap = Heap::default();
        let mut all = heap.record_from(Vec::new(), 0);
        for i in 0..1000 {
            let one = heap.record_from(vec![(Symbol::new(&format!("k{i}")), Value::Int(i))], 0);
            all = heap.merge(all, one);
        }
        assert!(matches!(all, RecordView::Tree(_)));
        assert_eq!(heap.record_len(all), 1000);
        let names: Vec<_> = heap
            .entries_by_name(all)
            .iter()
            .map(|e| e.0.as_str())
            .collect();
        assert!(names.is_sorted());
        assert!(matches!(
            heap.get(all, Symbol::new("k77")),
            Some(Value::Int(77))
        ));
    }
}
