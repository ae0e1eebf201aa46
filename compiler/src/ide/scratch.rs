//! What would be wrong if some files were different.

use super::{Snapshot, project_files};
use crate::db::{Compiler, Role, SourceFile};
use crate::diagnostic::Diagnostic;
use crate::inputs::{FileKind, GlobResult, Inputs};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A copy of what a change of some files concerns, to try the change on.
pub struct Scratch {
    compiler: Compiler,
}

/// Tries new texts of some files out, in a copy of everything that reaches them.
pub fn scratch(snapshot: &Snapshot, changed: &BTreeMap<PathBuf, Arc<str>>) -> Scratch {
    let inputs = Changed { snapshot, changed };
    let files: Vec<SourceFile> = changed.keys().map(|path| snapshot.file(path)).collect();
    let mut compiler = Compiler::new();
    let db = snapshot.db();
    for root in snapshot.roots() {
        let reached = project_files(db, *root);
        if files.iter().any(|file| reached.contains(file)) {
            let path = root.path(db);
            match root.role(db) {
                Role::Project => compiler.load(&path, &inputs),
                _ => compiler.load_library(&path, &inputs),
            }
        }
    }
    Scratch { compiler }
}

impl Scratch {
    /// All that would be wrong.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.compiler.diagnostics()
    }

    /// What was loaded, for further questions.
    pub fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}

/// A snapshot with other texts in some files.
struct Changed<'a> {
    snapshot: &'a Snapshot,
    changed: &'a BTreeMap<PathBuf, Arc<str>>,
}

impl Inputs for Changed<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(text) = self.changed.get(path) {
            return Ok(text.as_bytes().to_vec());
        }
        match self.snapshot.source(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        match self.changed.contains_key(path) || self.snapshot.source(path).is_some() {
            true => FileKind::File,
            false => FileKind::Missing,
        }
    }

    fn glob(&self, _: &Path, _: &str) -> io::Result<GlobResult> {
        Ok(GlobResult::default())
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }
}
