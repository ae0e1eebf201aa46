//! The no-op path: compares the snapshot of the last run with the disk before anything heavier
//! is touched.

use crate::project::Project;
use nexus_store::snapshot::{Check, Selection, Snapshot};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the last run left, and how it compares with the disk.
pub struct Last {
    /// The snapshot.
    pub snapshot: Arc<Snapshot>,
    /// Its comparison with the disk.
    pub check: Check,
    /// The plan still holds: nothing it read has changed.
    pub plan_holds: bool,
    file: PathBuf,
}

impl Last {
    /// Reads and compares the snapshot; `None` when there is none that can be used.
    pub fn look(project: &Project, cache: &Path, selection: &Selection) -> Option<Last> {
        let file = project.snapshot_file(cache);
        let snapshot = Arc::new(Snapshot::open(&file, &project.root)?);
        let check = snapshot.check(selection);
        let same = |(name, value): &(String, Option<String>)| std::env::var(name).ok() == *value;
        let plan_holds = !check.plan_changed && snapshot.plan.env.iter().all(same);
        Some(Last {
            snapshot,
            check,
            plan_holds,
            file,
        })
    }

    /// Whether programs are still looked up in the same folders.
    pub fn same_search_path(&self) -> bool {
        self.snapshot.search_path == search_path()
    }

    /// The number of tasks asked for, when nothing needs to be done for them.
    pub fn up_to_date(&self) -> Option<usize> {
        (self.plan_holds && self.same_search_path() && self.check.up_to_date())
            .then(|| self.check.count(&self.snapshot))
    }

    /// Keeps the new time stamps of files that were only touched.
    pub fn note_touched(&self) {
        self.snapshot.note_touched(&self.check, &self.file);
    }
}

/// `PATH`, as the snapshot remembers it.
pub fn search_path() -> Option<String> {
    std::env::var("PATH").ok()
}
