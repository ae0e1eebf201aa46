//! The incremental database: from the text of files to what is wrong with them.
//!
//! `parse → lower → (module | positions | mistakes)`, then names, types and checks of
//! modules, which have no positions: an edit of blanks or comments ends at the module.
//! Positions are put to problems last.

mod compiler;
mod helpers;
mod input;
mod query;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod trees;

pub use compiler::Compiler;
pub use input::{FileState, Project, Role, SourceFile, normalize, resolve};
pub use query::{
    Definition, body, definitions, garbled, import_paths, is_broken, lowered, parse, source_map,
    syntax, type_table,
};
pub(crate) use query::{namespaces, unit_body};
pub use trees::Trees;

use nexus_grammar::Entry;
use rustc_hash::FxHashMap;
use salsa::Durability;
use std::path::Path;
use std::sync::{Arc, RwLock};

/// What queries may ask of the database.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The input of a path, which is missing until somebody says otherwise.
    fn file(&self, path: &Path) -> SourceFile;

    /// The trees of edited files as they last were, to be read anew only in part. What is computed
    /// does not depend on them, only how long that takes.
    fn trees(&self) -> &Trees;
}

/// All files ever asked for, and everything computed from them. Clones share both; one that
/// sets an input waits until all others are gone.
#[salsa::db]
#[derive(Clone, Default)]
pub struct Database {
    storage: salsa::Storage<Self>,
    files: Arc<RwLock<FxHashMap<Arc<Path>, SourceFile>>>,
    trees: Arc<Trees>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn file(&self, path: &Path) -> SourceFile {
        if let Some(file) = read(&self.files).get(path) {
            return *file;
        }
        let mut files = self.files.write().unwrap_or_else(|e| e.into_inner());
        if let Some(file) = files.get(path) {
            return *file;
        }
        let path: Arc<Path> = Arc::from(path);
        let file = SourceFile::builder(
            path.clone(),
            FileState::Missing,
            Arc::from(""),
            Arc::from([]),
            Entry::File,
            Role::Library,
            false,
        )
        .durability(Durability::MEDIUM)
        .path_durability(Durability::NEVER_CHANGE)
        .new(self);
        files.insert(path, file);
        file
    }

    fn trees(&self) -> &Trees {
        &self.trees
    }
}

impl Database {
    /// A database that reports what salsa does.
    #[cfg(test)]
    fn with_events(callback: impl Fn(salsa::Event) + Send + Sync + 'static) -> Self {
        Database {
            storage: salsa::Storage::new(Some(Box::new(callback))),
            files: Arc::default(),
            trees: Arc::default(),
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|e| e.into_inner())
}
