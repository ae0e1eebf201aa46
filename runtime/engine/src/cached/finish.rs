//! After the steps of a cached task succeeded: is the result what the key stands for, and if so,
//! keeping it.

use super::decide::Prepared;
use super::outputs::InPlace;
use crate::basis::Basis;
use crate::depfile::prerequisites;
use crate::key::{Discovered, key_of};
use crate::resolve::{broken, discovered, expand, identity};
use crate::shared::Shared;
use nexus_graph::event::{LogLine, Outcome, Reason};
use nexus_graph::path::{is_glob, is_within, normalise};
use nexus_graph::{Digest, Task, TaskId};
use nexus_store::output::{Seen, look};
use nexus_store::{ActionResult, Digests, KeyLock, Kind, Known, LastRun, OutputEntry};
use std::io;
use std::path::PathBuf;

/// What was executed.
pub(crate) struct Executed {
    pub prepared: Prepared,
    /// The last run of the task before this one.
    pub last: Option<LastRun>,
    pub lock: Option<KeyLock>,
    pub reason: Reason,
    pub log: Vec<LogLine>,
    /// When the first step started, nanoseconds since the epoch.
    pub started: i64,
    pub micros: u64,
}

/// What became of it.
pub(crate) enum Finish {
    /// The result is kept.
    Kept(Box<Kept>),
    /// An input changed meanwhile. What is needed to go on is given back.
    Edited {
        path: String,
        executed: Box<Executed>,
        in_place: InPlace,
    },
    /// The task broke its word.
    Broken(Outcome),
}

/// A result that counts.
pub(crate) struct Kept {
    pub key: Digest,
    pub outputs: Vec<OutputEntry>,
    pub basis: Basis,
    /// The outputs are the same as those of the task's last result.
    pub unchanged: bool,
    /// Why it could not be put into the store.
    pub not_stored: Option<String>,
}

/// Checks and keeps. Every process of the task is dead.
pub(crate) fn finish(shared: &Shared, id: TaskId, executed: Executed) -> Finish {
    let task = shared.graph.task(id);
    let seen = match look_at_outputs(shared, task) {
        Ok(seen) => seen,
        Err(outcome) => return Finish::Broken(outcome),
    };
    let paths = match discovered_paths(shared, id, task) {
        Ok(paths) => paths,
        Err(outcome) => return Finish::Broken(outcome),
    };
    // Not through the run's cache: what it knows is from before the task.
    let now = discovered(&shared.options.root, &Digests::default(), &paths);
    let (set, discovered_files) = match now {
        Ok(found) => found,
        Err(error) => {
            let message = format!(
                "an input that `{}` was seen to read cannot be read: {error}",
                task.path
            );
            return Finish::Broken(broken("NX0512", message, None));
        }
    };
    let edited = edited_input(shared, task, &executed.prepared)
        .or_else(|| edited_discovery(&set, &discovered_files, executed.started));
    let mut in_place = InPlace::default();
    if let Some(path) = edited {
        for (path, seen) in seen {
            in_place.add(&path, seen);
        }
        return Finish::Edited {
            path,
            executed: Box::new(executed),
            in_place,
        };
    }
    let (key, manifest) = key_of(task, &executed.prepared.resolution.resolved, &set);
    let before = executed
        .last
        .and_then(|last| shared.store.action(&last.key));
    let mut not_stored = None;
    for (path, seen) in seen {
        if let Err(error) = shared.store.keep(&shared.options.root.join(&path), &seen) {
            not_stored.get_or_insert_with(|| {
                format!(
                    "the output `{path}` of `{}` could not be stored: {error}",
                    task.path
                )
            });
        }
        in_place.add(&path, seen);
    }
    let unchanged = before.is_some_and(|before| before.outputs == in_place.entries);
    let at = crate::emit::now() / 1_000_000;
    if not_stored.is_none() {
        if !paths.is_empty() || task.steps.iter().any(|s| s.depfile.is_some()) {
            shared
                .store
                .put_discovered(&executed.prepared.static_key, &paths);
        }
        shared.store.put_manifest(&key, &manifest);
        let result = ActionResult {
            outputs: in_place.entries.clone(),
            log: executed.log,
            micros: executed.micros,
            stored_at: at,
        };
        let run = LastRun {
            key,
            reason: executed.reason,
            outcome: Outcome::Succeeded,
            run: shared.run.clone(),
            at,
            micros: executed.micros,
            executed: true,
            origin: None,
        };
        shared.store.put_last_run(&shared.project, &task.path, &run);
        // Last, because it releases the lock: whoever waits for it finds everything.
        shared.store.put_action(&key, &result, executed.lock);
        let static_key = executed.prepared.static_key;
        shared.remote.offer(task, static_key, key, &shared.run);
    }
    let basis = Basis::new(
        executed.prepared.resolution,
        discovered_files,
        in_place.files,
    );
    Finish::Kept(Box::new(Kept {
        key,
        outputs: in_place.entries,
        basis,
        unchanged,
        not_stored,
    }))
}

/// Remembers an execution that gave no result, for explanations.
pub(crate) fn remember_failure(
    shared: &Shared,
    id: TaskId,
    prepared: &Prepared,
    reason: Reason,
    outcome: Outcome,
    micros: u64,
) {
    let task = shared.graph.task(id);
    let (key, manifest) = key_of(task, &prepared.resolution.resolved, &Discovered::new());
    shared.store.put_manifest(&key, &manifest);
    let run = LastRun {
        key,
        reason,
        outcome,
        run: shared.run.clone(),
        at: crate::emit::now() / 1_000_000,
        micros,
        executed: true,
        origin: None,
    };
    shared.store.put_last_run(&shared.project, &task.path, &run);
}

/// Every declared output as it is, or why the task broke its word.
pub(crate) fn look_at_outputs(
    shared: &Shared,
    task: &Task,
) -> Result<Vec<(String, Seen)>, Outcome> {
    let mut found = Vec::with_capacity(task.outputs.len());
    for output in &task.outputs {
        let path = shared.options.root.join(&output.path);
        match look(&shared.digests, &path) {
            Ok(Some(seen)) => found.push((output.path.clone(), seen)),
            Ok(None) => {
                let message = format!(
                    "`{}` succeeded without making its output `{}`",
                    task.path, output.path
                );
                let help = "outputs are relative to the project folder, whatever `cwd` is; check what the commands write";
                return Err(broken("NX0504", message, help.to_string()));
            }
            Err(error) => {
                let message = format!(
                    "the output `{}` of `{}` cannot be kept: {error}",
                    output.path, task.path
                );
                return Err(broken("NX0504", message, None));
            }
        }
    }
    Ok(found)
}

/// The first declared input that is not what it was when the key was made.
fn edited_input(shared: &Shared, task: &Task, prepared: &Prepared) -> Option<String> {
    let resolution = &prepared.resolution;
    for ((path, before), (absolute, _)) in resolution.resolved.inputs.iter().zip(&resolution.files)
    {
        match shared.digests.file(absolute) {
            Ok(known) if identity(&known) == *before => {}
            _ => return Some(path.clone()),
        }
    }
    let open_ended = |input: &String| is_glob(input) || shared.options.root.join(input).is_dir();
    if !task.inputs.iter().any(open_ended) {
        return None;
    }
    let now = expand(shared, task).ok()?.files;
    let before: Vec<&String> = resolution
        .resolved
        .inputs
        .iter()
        .map(|(path, _)| path)
        .collect();
    let new = now.iter().find(|path| before.binary_search(path).is_err());
    new.cloned()
}

/// The first discovered input that was written after the task started.
fn edited_discovery(set: &Discovered, files: &[(PathBuf, Known)], started: i64) -> Option<String> {
    let written_since =
        |known: &Known| known.stamp.kind == Kind::File && known.stamp.ctime >= started;
    let at = files.iter().position(|(_, known)| written_since(known))?;
    Some(set[at].0.clone())
}

/// What the dependency files list: relative to the project when inside, without declared inputs,
/// own outputs and the dependency files themselves, sorted.
pub(crate) fn discovered_paths(
    shared: &Shared,
    id: TaskId,
    task: &Task,
) -> Result<Vec<String>, Outcome> {
    let cwd = shared.cwd(id);
    let root = &shared.options.root;
    let mut found = std::collections::BTreeSet::new();
    for depfile in task.steps.iter().filter_map(|s| s.depfile.as_ref()) {
        let text = match std::fs::read(cwd.join(depfile)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                let message = format!(
                    "`{}` did not write its dependency file `{depfile}`: {}",
                    task.path,
                    plain(&error)
                );
                let help = "compilers write it with `-MD -MF FILE`; `depfile` is relative to `cwd`";
                return Err(broken("NX0510", message, help.to_string()));
            }
        };
        for path in prerequisites(&text) {
            let absolute = cwd.join(&path);
            let inside = absolute
                .strip_prefix(root)
                .ok()
                .and_then(|p| p.to_str())
                .and_then(|p| normalise(p).ok());
            match inside {
                Some(path) if task.inputs.contains(&path) => {}
                Some(path) if task.outputs.iter().any(|o| is_within(&path, &o.path)) => {}
                Some(path) => drop(found.insert(path)),
                None => drop(found.insert(absolute.to_string_lossy().into_owned())),
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_string(),
        _ => error.to_string(),
    }
}
