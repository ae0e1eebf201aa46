//! The outputs of a task on disk: looking at them, clearing the way for new ones, putting old
//! ones back.

use crate::shared::Shared;
use nexus_graph::{Task, TaskId};
use nexus_store::output::{Seen, look};
use nexus_store::{ActionResult, Known, OutputEntry};
use std::io;
use std::path::{Path, PathBuf};

/// Outputs that are as they should be.
#[derive(Clone, Debug, Default)]
pub(crate) struct InPlace {
    pub entries: Vec<OutputEntry>,
    /// Everything looked at: path, state, whether links are followed.
    pub files: Vec<(PathBuf, Known, bool)>,
}

impl InPlace {
    pub fn add(&mut self, path: &str, seen: Seen) {
        self.entries.push(OutputEntry {
            path: path.to_string(),
            content: seen.content,
        });
        // Of an output folder, links are looked at as links.
        let of_link = |known: &Known| known.stamp.kind == nexus_store::Kind::Link;
        self.files
            .extend(seen.files.into_iter().map(|(path, known)| {
                let follow = !of_link(&known);
                (path, known, follow)
            }));
    }
}

/// Compares the disk with a result: the outputs that are right, and those that are not.
///
/// Editable outputs are right however they look, as long as they are there.
pub(crate) fn compare(
    shared: &Shared,
    task: &Task,
    result: &ActionResult,
) -> (InPlace, Vec<OutputEntry>) {
    let (mut right, mut wrong) = (InPlace::default(), Vec::new());
    for entry in &result.outputs {
        match look(&shared.digests, &shared.options.root.join(&entry.path)) {
            Ok(Some(seen)) if seen.content == entry.content || task.editable => {
                right.add(&entry.path, seen)
            }
            _ => wrong.push(entry.clone()),
        }
    }
    (right, wrong)
}

/// Puts outputs back from the store; `Err` names the one that cannot be.
pub(crate) fn restore(shared: &Shared, entries: &[OutputEntry]) -> Result<InPlace, String> {
    let mut restored = InPlace::default();
    for entry in entries {
        let path = shared.options.root.join(&entry.path);
        shared.digests.forget(&path);
        match shared.store.restore(&shared.options.root, entry) {
            Ok(true) => {}
            _ => return Err(entry.path.clone()),
        }
        match look(&shared.digests, &path) {
            Ok(Some(seen)) if seen.content == entry.content => restored.add(&entry.path, seen),
            _ => return Err(entry.path.clone()),
        }
    }
    Ok(restored)
}

/// Removes declared outputs, so that what is there after the task was made by it, and makes the
/// folders they lie in. Editable outputs stay.
///
/// # Errors
/// Something is in the way and cannot be removed; the text names it.
pub(crate) fn clear(shared: &Shared, id: TaskId) -> io::Result<()> {
    let task = shared.graph.task(id);
    for output in &task.outputs {
        let path = shared.options.root.join(&output.path);
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", output.path));
        if !task.editable && task.cached {
            shared.digests.forget(&path);
            match remove(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => {
                    other.map_err(named)?;
                    continue;
                }
            }
        }
        if let Some(parent) = path.parent()
            && !parent.is_dir()
        {
            std::fs::create_dir_all(parent).map_err(named)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        // What `unlink` says of a folder.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::IsADirectory | io::ErrorKind::PermissionDenied
            ) =>
        {
            if path.symlink_metadata()?.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                Err(error)
            }
        }
        other => other,
    }
}
