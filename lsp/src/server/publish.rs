//! Looking for mistakes after a change, and telling them.

use super::convert;
use super::extract;
use super::job::{After, Event, Job};
use super::view::View;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::ide::{self, project_files};
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tower_lsp::ls_types;

/// What the client was told of each file, and of which version of it.
pub(super) type Known = FxHashMap<PathBuf, (Arc<Vec<Diagnostic>>, Option<i32>)>;

/// What is wrong with some files.
pub(super) struct Round {
    /// The state of things in which it is so.
    pub(super) revision: u64,
    /// By file.
    pub(super) found: Vec<Found>,
    /// All files that may have mistakes are among them.
    pub(super) is_whole: bool,
    /// Nothing more comes of it.
    pub(super) is_last: bool,
}

/// What is wrong with one file.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) found: Arc<Vec<Diagnostic>>,
    /// The same for the client; left out when it knows.
    pub(super) shown: Option<Vec<ls_types::Diagnostic>>,
}

/// Looks for mistakes: in open files first, then in everything the projects import.
pub(super) struct Publish {
    projects: Vec<PathBuf>,
    known: Arc<Known>,
    events: Sender<Event>,
}

impl Publish {
    pub(super) fn new(
        (projects, known): (Vec<PathBuf>, Arc<Known>),
        events: Sender<Event>,
    ) -> Self {
        Publish {
            projects,
            known,
            events,
        }
    }

    fn look(&self, view: &View) -> Round {
        let mut open: Vec<_> = view.documents.keys().cloned().collect();
        open.retain(|path| !extract::is_extracted(path));
        open.sort_unstable();
        let db = view.snapshot.db();
        let mut found: Vec<Found> = open
            .iter()
            .map(|path| self.of(view, path.clone()))
            .collect();
        let mut seen: FxHashSet<PathBuf> = open.into_iter().collect();
        // What is being edited is told at once.
        _ = self.events.send(Event::Found(Round {
            revision: view.revision,
            found: found.iter().map(Found::again).collect(),
            is_whole: false,
            is_last: false,
        }));
        for project in &self.projects {
            let root = view.snapshot.file(project);
            for file in project_files(db, root).iter() {
                let path = file.path(db).to_path_buf();
                if seen.insert(path.clone()) {
                    found.push(self.of(view, path));
                }
            }
        }
        Round {
            revision: view.revision,
            found,
            is_whole: true,
            is_last: true,
        }
    }

    fn of(&self, view: &View, path: PathBuf) -> Found {
        let file = view.snapshot.file(&path);
        let found = ide::diagnostics(view.snapshot.db(), file);
        let known = self.known.get(&path).map(|known| &known.0);
        let version = view.documents.contains_key(&path);
        let same = known.is_some_and(|known| Arc::ptr_eq(known, &found)) && !version;
        let nothing = found.is_empty() && known.is_none_or(|known| known.is_empty()) && !version;
        let shown = (!same && !nothing).then(|| {
            let shown = found.iter().filter_map(|d| convert::diagnostic(view, d));
            shown.collect()
        });
        Found { path, found, shown }
    }
}

impl Found {
    /// Nothing is known of a file but what evaluation has found.
    pub(super) fn nothing(path: &Path) -> Found {
        Found {
            path: path.to_path_buf(),
            found: Arc::default(),
            shown: None,
        }
    }

    fn again(&self) -> Found {
        Found {
            path: self.path.clone(),
            found: self.found.clone(),
            shown: self.shown.clone(),
        }
    }
}

impl Job for Publish {
    fn is_urgent(&self) -> bool {
        true
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn overtaken(self: Box<Self>) -> Option<Box<dyn Job>> {
        Some(self)
    }

    fn run(self: Box<Self>, view: View) -> After {
        let revision = view.revision;
        let work = AssertUnwindSafe(|| {
            view.snapshot.run(|snapshot| {
                let unread = snapshot.unread();
                match unread.is_empty() {
                    true => Ok(self.look(&view)),
                    false => Err(unread),
                }
            })
        });
        let outcome = std::panic::catch_unwind(work);
        drop(view);
        match outcome {
            Ok(Ok(Ok(round))) => After::Found(round),
            Ok(Ok(Err(unread))) => After::Again(self, unread),
            // What has changed is looked at in another round.
            Ok(Err(_)) | Err(_) => After::Found(Round {
                revision,
                found: Vec::new(),
                is_whole: false,
                is_last: true,
            }),
        }
    }
}
