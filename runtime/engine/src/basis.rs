//! What a result rests on, as the snapshot of the run remembers it: when none of it looks
//! different next time, the task is up to date without a further look.

use crate::resolve::{Resolution, expand};
use crate::shared::Shared;
use nexus_graph::{Digest, TaskId};
use nexus_store::Known;
use nexus_store::snapshot::TaskState;
use std::path::PathBuf;

/// Everything that decided the key of a task that is up to date, and its outputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Basis {
    /// Path, what was there, whether links are followed.
    files: Vec<(PathBuf, Known, bool)>,
    /// Folders that were listed, relative to the project.
    folders: Vec<String>,
    /// What the inputs stood for.
    inputs: Vec<String>,
}

impl Basis {
    /// From what was resolved, what was discovered, and the outputs.
    pub fn new(
        resolution: Resolution,
        discovered: Vec<(PathBuf, Known)>,
        outputs: Vec<(PathBuf, Known, bool)>,
    ) -> Self {
        let decided = resolution
            .files
            .into_iter()
            .chain(resolution.programs)
            .chain(discovered);
        let mut files: Vec<_> = decided.map(|(path, known)| (path, known, true)).collect();
        files.extend(outputs);
        let inputs = match resolution.folders.is_empty() {
            true => Vec::new(),
            false => resolution
                .resolved
                .inputs
                .into_iter()
                .map(|(path, _)| path)
                .collect(),
        };
        Basis {
            files,
            folders: resolution.folders,
            inputs,
        }
    }

    /// At the end of the run, when all outputs are made: many of them lie in folders that globs
    /// search. The folders as they are now count if the globs still give the same in them.
    /// `None` when they do not, so that the task is looked at again next time.
    pub fn settle(mut self, shared: &Shared, id: TaskId, key: Digest) -> Option<TaskState> {
        // A new folder is one more to look into next time, so it is looked at once more.
        for _ in 0..TRIES {
            let mut folders = Vec::with_capacity(self.folders.len());
            for folder in &self.folders {
                let path = shared.options.root.join(folder);
                // Before the globs are expanded: what changes in between is seen next time.
                let known = shared.digests.file(&path).ok()?;
                folders.push((path, known, true));
            }
            if !folders.is_empty() {
                let now = expand(shared, shared.graph.task(id)).ok()?;
                if now.files != self.inputs {
                    return None;
                }
                if now.folders != self.folders {
                    self.folders = now.folders;
                    continue;
                }
            }
            self.files.extend(folders);
            return Some(TaskState {
                key,
                files: self.files,
            });
        }
        None
    }
}

/// Somebody who makes folders faster than they can be looked at is not followed.
const TRIES: usize = 3;
