//! What tasks read besides the inputs they declare: programs of the project, and what the last
//! execution found out.

use crate::cached::{self, Beyond};
use crate::options::RunOptions;
use crate::program::programs_of;
use crate::resolve::interpreter;
use crate::run::Context;
use crate::shared::Shared;
use nexus_graph::{TaskGraph, TaskId, TaskKind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What one task reads besides its declared inputs, as far as it lies in one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Files, absolute. Some may not exist: a program that would be found there.
    pub files: BTreeSet<PathBuf>,
    /// It reads files that only an execution tells (`depfile`), and of the task as it is now none is
    /// remembered.
    pub unknown: bool,
}

/// What each task of `graph`, by position, reads below `folder` besides its declared inputs.
pub fn reads(
    graph: &Arc<TaskGraph>,
    folder: &Path,
    options: &RunOptions,
    context: &Context,
) -> Vec<Reads> {
    let shared = Shared::new(graph.clone(), options.clone(), context, String::new());
    let one = |id| {
        let mut reads = Reads {
            files: programs(&shared, id),
            unknown: false,
        };
        match cached::beyond(&shared, id) {
            Beyond::Nothing => {}
            Beyond::Files(files) => reads.files.extend(files),
            Beyond::Unknown => reads.unknown = true,
        }
        reads.files.retain(|file| file.starts_with(folder));
        reads
    };
    graph.ids().map(one).collect()
}

/// The programs that a task's commands name, and the interpreters of those that are scripts.
fn programs(shared: &Shared, id: TaskId) -> BTreeSet<PathBuf> {
    let task = shared.graph.task(id);
    let mut found = BTreeSet::new();
    if task.kind != TaskKind::Work {
        return found;
    }
    let path = shared.environment.get(task, "PATH").unwrap_or_default();
    let cwd = shared.cwd(id);
    let steps = task.steps.iter();
    let mut words: Vec<String> = steps.flat_map(|step| programs_of(&step.command)).collect();
    words.extend(task.tools.iter().cloned());
    let mut seen = BTreeSet::new();
    while let Some(word) = words.pop() {
        if !seen.insert(word.clone()) {
            continue;
        }
        let search = shared.programs.search(&word, &path, &cwd);
        // A program may have been found elsewhere before one came here, or after it went.
        found.extend(search.passed.iter().map(|folder| folder.join(&word)));
        if word.contains('/') {
            found.insert(cwd.join(&word));
        }
        if let Some(program) = &search.program {
            words.extend(interpreter(program));
            found.insert(program.clone());
        }
    }
    let real = found.iter().filter_map(|file| file.canonicalize().ok());
    let real: Vec<PathBuf> = real.collect();
    found.extend(real);
    found
}
