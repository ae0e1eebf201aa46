//! The state of a workspace at one moment, to be read on any thread.

use crate::check;
use crate::db::{Database, Db, FileState, SourceFile, import_paths, normalize};
use crate::diagnostic::{self, Diagnostic};
use rustc_hash::FxHashSet;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

/// Why an answer was not computed to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The workspace is being changed.
    Edited,
    /// Nobody wants the answer any more.
    Asked,
}

/// Everything as it was at one moment. The workspace cannot change while one exists.
pub struct Snapshot {
    db: Database,
    read: Arc<FxHashSet<SourceFile>>,
    roots: Arc<[SourceFile]>,
    open: Vec<SourceFile>,
}

/// Ends the work on a snapshot, from another thread.
#[derive(Clone, Debug)]
pub struct Canceller(salsa::CancellationToken);

impl Canceller {
    /// Asks for the end; soon after, [`Snapshot::run`] gives [`Cancelled::Asked`].
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl Snapshot {
    pub(super) fn new(
        db: Database,
        read: Arc<FxHashSet<SourceFile>>,
        roots: Arc<[SourceFile]>,
        open: Vec<SourceFile>,
    ) -> Self {
        Snapshot {
            db,
            read,
            roots,
            open,
        }
    }

    /// The database.
    pub fn db(&self) -> &dyn Db {
        &self.db
    }

    /// The input of a path.
    pub fn file(&self, path: &Path) -> SourceFile {
        self.db.file(&normalize(path))
    }

    /// The text of a file that is there, or of one of the libraries.
    pub fn source(&self, path: &Path) -> Option<Arc<str>> {
        if let Some(library) = crate::library::at(path) {
            return Some(Arc::from(library.text));
        }
        let file = self.file(path);
        (file.state(&self.db) == FileState::Present).then(|| file.text(&self.db))
    }

    /// Whether it is known what is in a file.
    pub fn is_read(&self, file: SourceFile) -> bool {
        self.read.contains(&file)
    }

    /// All files of which it is known what is in them, by path.
    pub fn files(&self) -> Vec<SourceFile> {
        let mut files: Vec<_> = self.read.iter().copied().collect();
        files.sort_by_cached_key(|file| file.path(&self.db));
        files
    }

    /// The files that were asked for by name.
    pub fn roots(&self) -> &[SourceFile] {
        &self.roots
    }

    /// The open files.
    pub(super) fn open(&self) -> &[SourceFile] {
        &self.open
    }

    /// What open files import and nobody has read yet; answers are worth more afterwards.
    pub fn unread(&self) -> Vec<Arc<Path>> {
        let mut paths = Vec::new();
        for file in &self.open {
            let imports = import_paths(&self.db, *file);
            let unread = |path: &&Arc<Path>| !self.read.contains(&self.db.file(path));
            paths.extend(imports.iter().filter(unread).cloned());
        }
        paths
    }

    /// Lets another thread end the work on this snapshot.
    pub fn canceller(&self) -> Canceller {
        Canceller(salsa::Database::cancellation_token(&self.db))
    }

    /// Computes an answer.
    ///
    /// # Errors
    /// When it was ended before.
    pub fn run<T>(&self, question: impl FnOnce(&Snapshot) -> T) -> Result<T, Cancelled> {
        salsa::Cancelled::catch(AssertUnwindSafe(|| question(self))).map_err(|why| match why {
            salsa::Cancelled::Local => Cancelled::Asked,
            _ => Cancelled::Edited,
        })
    }

    /// Ends the work here if somebody asked for that: for long work that asks the database nothing.
    pub fn check_cancelled(&self) {
        salsa::Database::unwind_if_revision_cancelled(&self.db);
    }
}

/// All that is wrong with a file, in the order of its text, each once.
#[salsa::tracked(returns(clone))]
pub fn diagnostics(db: &dyn Db, file: SourceFile) -> Arc<Vec<Diagnostic>> {
    let mut found = check::diagnostics(db, file).to_vec();
    diagnostic::sort(&mut found);
    Arc::new(found)
}

/// A file and everything it imports, importers first.
#[salsa::tracked(returns(clone))]
pub fn project_files(db: &dyn Db, root: SourceFile) -> Arc<[SourceFile]> {
    let mut files = vec![root];
    let mut seen: FxHashSet<SourceFile> = files.iter().copied().collect();
    let mut next = 0;
    while let Some(file) = files.get(next).copied() {
        next += 1;
        for path in import_paths(db, file).iter() {
            let file = db.file(path);
            if seen.insert(file) {
                files.push(file);
            }
        }
    }
    files.into()
}
