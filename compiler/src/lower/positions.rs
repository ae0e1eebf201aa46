//! Where the parts of a lowered file are, found out when somebody asks.

use super::{IsGlobal, Keep, run};
use crate::hir::SourceMap;
use crate::stack::on_big_stack;
use nexus_grammar::{Entry, SyntaxKind, Tree, parse_shared};
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The positions of a lowered file. They are a sixth of what is kept of it, and nobody needs them
/// as long as nothing is to be said about the file: then its text is read once more.
pub struct Positions {
    text: Arc<str>,
    entry: Entry,
    is_global: IsGlobal,
    /// How deeply expressions were allowed to nest; what is deeper has no parts.
    limit: usize,
    map: OnceLock<Arc<SourceMap>>,
}

impl Positions {
    pub(super) fn of(
        tree: &Tree,
        is_global: IsGlobal,
        limit: usize,
        map: Option<Arc<SourceMap>>,
    ) -> Self {
        Positions {
            text: tree.source().clone(),
            entry: match tree.kind(tree.root()) {
                SyntaxKind::File => Entry::File,
                _ => Entry::Expression,
            },
            is_global,
            limit,
            map: map.map(OnceLock::from).unwrap_or_default(),
        }
    }
}

impl Deref for Positions {
    type Target = SourceMap;

    fn deref(&self) -> &SourceMap {
        self.map.get_or_init(|| {
            on_big_stack(|| {
                let tree = parse_shared(self.text.clone(), self.entry).tree;
                // What is wrong was found the first time.
                let file = Arc::from(Path::new(""));
                let done = run(&tree, &file, self.is_global, self.limit, Keep::Positions);
                Arc::new(done.map)
            })
        })
    }
}

/// Those of the same text are the same.
impl PartialEq for Positions {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.entry == other.entry && self.limit == other.limit
    }
}

impl Eq for Positions {}

impl fmt::Debug for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Positions")
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}
