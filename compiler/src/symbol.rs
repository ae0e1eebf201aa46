//! Interned names. A [`Symbol`] means the same everywhere in the process, so position-free code
//! stays equal when unrelated text moves, and the VM compares field names as integers.

use rustc_hash::FxHashMap;
use std::sync::{OnceLock, RwLock};

/// An interned name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// The names by number, to be read without a lock: shelf `i` has room for `2^(i + FIRST)` names.
static NAMES: [OnceLock<Box<[OnceLock<&'static str>]>>; SHELVES] =
    [const { OnceLock::new() }; SHELVES];

/// Enough for all numbers.
const SHELVES: usize = 33 - FIRST as usize;

/// The first shelf has room for 1,024 names.
const FIRST: u32 = 10;

/// The shelf of a name, and its place there.
fn place(id: u32) -> (usize, usize) {
    let number = u64::from(id) + (1 << FIRST);
    let shelf = number.ilog2();
    ((shelf - FIRST) as usize, (number - (1 << shelf)) as usize)
}

/// Numbers by name.
type Table = FxHashMap<&'static str, u32>;

fn table() -> &'static RwLock<Table> {
    static TABLE: OnceLock<RwLock<Table>> = OnceLock::new();
    TABLE.get_or_init(RwLock::default)
}

impl Symbol {
    /// Interns a name. Names live as long as the process.
    pub fn new(name: &str) -> Self {
        if let Some(&id) = table().read().unwrap_or_else(|e| e.into_inner()).get(name) {
            return Symbol(id);
        }
        let mut table = table().write().unwrap_or_else(|e| e.into_inner());
        if let Some(&id) = table.get(name) {
            return Symbol(id);
        }
        let id = table.len() as u32;
        let name: &'static str = Box::leak(name.into());
        let (shelf, at) = place(id);
        let room = || (0..1usize << (shelf as u32 + FIRST)).map(|_| OnceLock::new());
        let shelf = NAMES[shelf].get_or_init(|| room().collect());
        // It is the first name with this number.
        _ = shelf[at].set(name);
        table.insert(name, id);
        Symbol(id)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        let (shelf, at) = place(self.0);
        let name = NAMES[shelf].get().and_then(|shelf| shelf[at].get());
        name.copied().unwrap_or_default()
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
