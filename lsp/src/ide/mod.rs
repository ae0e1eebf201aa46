//! What editors ask, one feature a file: questions in byte offsets, answers in plain data.
//!
//! Nothing here knows the protocol, and nothing changes anything: every function reads a
//! [`Snapshot`](nexus_compiler::ide::Snapshot).

pub mod actions;
pub mod calls;
pub mod completion;
mod describe;
pub mod files;
pub mod folding;
pub mod format;
pub mod goto;
pub mod hover;
pub mod inlay;
pub mod lens;
pub mod linked;
pub mod links;
pub mod refer;
pub mod rename;
pub mod selection;
pub mod signature;
mod source;
pub mod standard;
pub mod symbols;
pub mod tokens;

use nexus_compiler::hir::Span;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileRange {
    /// The file; `std:/…` for those inside of the program.
    pub path: PathBuf,
    /// Where in it.
    pub span: Span,
}

/// Changes of files: ranges do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(pub BTreeMap<PathBuf, Vec<(Span, String)>>);

impl Edits {
    /// Of one file.
    pub fn one(path: &Path, edits: Vec<(Span, String)>) -> Self {
        Edits(BTreeMap::from([(path.to_path_buf(), edits)]))
    }

    /// One more.
    pub fn add(&mut self, path: &Path, span: Span, text: impl Into<String>) {
        let edits = self.0.entry(path.to_path_buf()).or_default();
        edits.push((span, text.into()));
    }

    /// The texts afterwards; nothing when a range is not in its text or ranges overlap.
    pub fn apply(
        &self,
        source: impl Fn(&Path) -> Option<Arc<str>>,
    ) -> Option<BTreeMap<PathBuf, Arc<str>>> {
        let mut after = BTreeMap::new();
        for (path, edits) in &self.0 {
            let text = source(path)?;
            let fix = nexus_compiler::diagnostic::Fix {
                title: String::new(),
                file: Arc::from(path.as_path()),
                edits: edits.clone(),
                certain: true,
            };
            let text = nexus_compiler::diagnostic::fix::apply(&text, &fix)?;
            after.insert(path.clone(), Arc::from(text));
        }
        Some(after)
    }
}
