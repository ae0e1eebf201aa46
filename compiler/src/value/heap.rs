//! The memory of one evaluation: growing tables, no garbage collector, dropped at once.

use super::dict::Node;
use super::site::Sites;
use super::{Contexts, List, Shapes, Str, Value};

/// What a thunk is at the moment.
#[derive(Clone, Copy, Debug)]
pub enum Thunk {
    /// Computed.
    Done(Value),
    /// Code to run with captured values.
    Wait {
        /// The code.
        chunk: u32,
        /// First captured value.
        env: u32,
    },
    /// A function to apply to one argument; both are slots.
    Call {
        /// The function.
        func: u32,
        /// The argument.
        arg: u32,
    },
    /// Being computed: needing it now is a cycle.
    Hole,
    /// Failed, by number in the machine's list of failures.
    Failed(u32),
}

/// Near the limit tables grow by this many bytes instead of doubling.
const STEP: usize = 64 << 20;

/// A table with address space for `bytes`, or as much as can be had. Pages cost memory only when
/// they are written, so a table that grows need not be copied.
fn spacious<T>(bytes: usize) -> Vec<T> {
    let mut table = Vec::new();
    for shift in [0, 2, 4] {
        let entries = (bytes >> shift) / size_of::<T>();
        if table.try_reserve_exact(entries).is_ok() {
            break;
        }
    }
    table
}

/// The tables.
#[derive(Debug)]
pub struct Heap {
    pub(crate) thunks: Vec<Thunk>,
    /// Elements of lists, fields of records, captured values.
    pub(crate) slots: Vec<Value>,
    pub(crate) text: String,
    pub(super) nodes: Vec<Node>,
    pub(crate) shapes: Shapes,
    pub(crate) contexts: Contexts,
    pub(crate) sites: Sites,
    limit: usize,
    /// The limit was passed; the machine stops at its next look.
    pub(crate) exhausted: bool,
}

impl Default for Heap {
    fn default() -> Self {
        Heap::new(4 << 30)
    }
}

impl Heap {
    /// A heap that may hold about `limit` bytes (at most 32 GiB; all texts together at most
    /// 4 GiB).
    pub fn new(limit: usize) -> Self {
        let limit = limit.min(32 << 30);
        let mut nodes = spacious(limit / 8);
        nodes.push(Node::NIL);
        Heap {
            thunks: spacious(limit / 4),
            slots: spacious(limit / 4),
            text: String::from_utf8(spacious(limit / 4)).unwrap_or_default(),
            nodes,
            shapes: Shapes::default(),
            contexts: Contexts::default(),
            sites: Sites::default(),
            limit,
            exhausted: false,
        }
    }

    /// The most bytes the heap may hold.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes held.
    pub fn used(&self) -> usize {
        self.thunks.len() * 16
            + self.slots.len() * 16
            + self.text.len()
            + self.nodes.len() * 32
            + self.shapes.bytes
    }

    /// Whether `bytes` more are allowed; if not, the heap is exhausted.
    pub fn allows(&mut self, bytes: usize) -> bool {
        if self.used().saturating_add(bytes) > self.limit {
            self.exhausted = true;
        }
        !self.exhausted
    }

    /// Called when a table is full: how many entries of `size` bytes to reserve.
    #[cold]
    fn more(&mut self, len: usize, extra: usize, size: usize) -> usize {
        let used = self.used();
        if used.saturating_add(extra * size) > self.limit {
            self.exhausted = true;
        }
        let doubled = len.max(64) * size;
        let room = if doubled > STEP && used + doubled > self.limit {
            STEP
        } else {
            doubled
        };
        (room / size).max(extra)
    }

    #[inline]
    pub(crate) fn thunk(&mut self, thunk: Thunk) -> Value {
        if self.thunks.len() == self.thunks.capacity() {
            let more = self.more(self.thunks.len(), 1, 16);
            self.thunks.reserve_exact(more);
        }
        self.thunks.push(thunk);
        Value::Thunk((self.thunks.len() - 1) as u32)
    }

    fn grow_slots(&mut self, extra: usize) {
        if self.slots.len() + extra > self.slots.capacity() {
            let more = self.more(self.slots.len(), extra, 16);
            self.slots.reserve_exact(more);
        }
    }

    pub(super) fn grow_check_nodes(&mut self) {
        if self.nodes.len() == self.nodes.capacity() {
            let more = self.more(self.nodes.len(), 1, 32);
            self.nodes.reserve_exact(more);
        }
    }

    /// Slots holding `null`.
    pub(crate) fn alloc(&mut self, len: usize) -> u32 {
        self.grow_slots(len);
        let start = self.slots.len();
        self.slots.resize(start + len, Value::Null);
        start as u32
    }

    /// One more slot.
    #[inline]
    pub(crate) fn slot(&mut self, value: Value) -> u32 {
        self.grow_slots(1);
        self.slots.push(value);
        (self.slots.len() - 1) as u32
    }

    /// Slots holding these values.
    pub(crate) fn slots_from(&mut self, values: &[Value]) -> u32 {
        self.grow_slots(values.len());
        let start = self.slots.len() as u32;
        self.slots.extend_from_slice(values);
        start
    }

    /// A list of these elements.
    pub fn list(&mut self, values: &[Value]) -> List {
        List {
            start: self.slots_from(values),
            len: values.len() as u32,
        }
    }

    /// The elements of a list, as far as they are computed.
    pub fn items(&self, list: List) -> &[Value] {
        &self.slots[list.start as usize..(list.start + list.len) as usize]
    }

    /// An element of a list.
    #[inline]
    pub fn item(&self, list: List, index: usize) -> Value {
        self.slots[list.start as usize + index]
    }

    /// `a ++ b`
    pub fn concat(&mut self, a: List, b: List) -> List {
        if a.len == 0 {
            return b;
        }
        if b.len == 0 {
            return a;
        }
        let (x, y) = (a.start as usize, b.start as usize);
        self.grow_slots((a.len + b.len) as usize);
        // A list at the end of the table is extended where it is: what others see of it stays.
        let start = if x + a.len as usize == self.slots.len() {
            a.start
        } else {
            let start = self.slots.len() as u32;
            self.slots.extend_from_within(x..x + a.len as usize);
            start
        };
        self.slots.extend_from_within(y..y + b.len as usize);
        List {
            start,
            len: a.len + b.len,
        }
    }

    /// The text of a string or path.
    #[inline]
    pub fn str(&self, s: Str) -> &str {
        &self.text[s.start as usize..(s.start + s.len) as usize]
    }

    /// A string without context.
    pub fn new_str(&mut self, text: &str) -> Str {
        self.new_str_in(text, 0)
    }

    /// A string with an interned context.
    pub fn new_str_in(&mut self, text: &str, context: u32) -> Str {
        let start = self.text_mark();
        self.push_text(text);
        self.text_since(start, context)
    }

    /// Where the next text begins.
    pub(crate) fn text_mark(&self) -> usize {
        self.text.len()
    }

    /// Adds to the text being built.
    pub(crate) fn push_text(&mut self, text: &str) {
        if self.grow_text(text.len()) {
            self.text.push_str(text);
        }
    }

    /// Adds a copy of a string to the text being built.
    pub(crate) fn push_str(&mut self, s: Str) {
        if self.grow_text(s.len as usize) {
            let start = s.start as usize;
            self.text.extend_from_within(start..start + s.len as usize);
        }
    }

    /// The string built since `mark`.
    pub(crate) fn text_since(&self, mark: usize, context: u32) -> Str {
        Str {
            start: mark as u32,
            len: (self.text.len() - mark) as u32,
            context,
        }
    }

    fn grow_text(&mut self, extra: usize) -> bool {
        let len = self.text.len();
        if len + extra > u32::MAX as usize {
            self.exhausted = true;
            return false;
        }
        if len + extra > self.text.capacity() {
            let more = self.more(len, extra, 1);
            if self.exhausted && extra > STEP {
                return false;
            }
            self.text.reserve_exact(more);
        }
        true
    }

    /// Follows thunks that are computed; what is left is a value or a thunk still to force.
    #[inline]
    pub fn resolve(&self, mut value: Value) -> Value {
        while let Value::Thunk(id) = value {
            match self.thunks[id as usize] {
                Thunk::Done(inner) => value = inner,
                _ => break,
            }
        }
        value
    }

    /// The items of a context.
    pub fn context(&self, s: Str) -> &[super::ContextItem] {
        self.contexts.get(s.context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concat_in_place_keeps_what_others_see() {
        let mut heap = Heap::default();
        let one = heap.list(&[Value::Int(1)]);
        let a = heap.list(&[Value::Int(1)]);
        let ab = heap.concat(a, one);
        let ac = heap.concat(a, ab);
        assert_eq!(a.len(), 1);
        assert_eq!(heap.items(ab).len(), 2);
        assert_eq!(heap.items(ac).len(), 3);
        assert!(heap.items(ac).iter().all(|v| matches!(v, Value::Int(1))));
    }

    #[test]
    fn the_limit_is_noticed() {
        let mut heap = Heap::new(1 << 20);
        for _ in 0..100_000 {
            heap.slot(Value::Null);
        }
        assert!(heap.exhausted);
        let mut heap = Heap::new(1 << 20);
        let text = "x".repeat(100_000);
        for _ in 0..20 {
            heap.new_str(&text);
        }
        assert!(heap.exhausted);
    }
}
