//! Does a task have to run? Everything here reads and restores, nothing is executed.

use super::outputs::{self, InPlace};
use crate::key::{Discovered, digest_of, key_of};
use crate::resolve::{Resolution, discovered, resolve};
use crate::shared::Shared;
use nexus_graph::event::{LogLine, Outcome, Reason};
use nexus_graph::key::{Change, Manifest};
use nexus_graph::{Digest, TaskId};
use nexus_store::{ActionResult, KeyLock, Known, LastRun, TryLock};
use std::path::PathBuf;

/// A task whose key is known as far as it can be before running.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub resolution: Resolution,
    /// The key without discovered inputs.
    pub static_key: Digest,
}

/// The answer.
pub(crate) enum Decision {
    /// The result is known and in place.
    Hit(Box<Hit>),
    /// It has to run. Its outputs have been removed.
    Execute {
        prepared: Box<Prepared>,
        /// Keeps other processes from running the same.
        lock: Option<KeyLock>,
        reason: Reason,
    },
    /// It cannot run as declared.
    Broken(Outcome),
}

/// A result that need not be computed.
pub(crate) struct Hit {
    pub key: Digest,
    pub log: Vec<LogLine>,
    pub restored: Vec<String>,
    pub in_place: InPlace,
    /// Everything else that decided the key.
    pub files: Vec<(PathBuf, Known)>,
}

/// A stored result and the key it was found under.
struct Found {
    key: Digest,
    result: ActionResult,
    discovered: Vec<(PathBuf, Known)>,
}

/// Decides, restoring outputs that are missing or damaged. May wait for another process that is
/// executing the same.
pub(crate) fn decide(shared: &Shared, id: TaskId, force: bool) -> Decision {
    let prepared = match prepare(shared, id) {
        Ok(prepared) => prepared,
        Err(outcome) => return Decision::Broken(outcome),
    };
    let mut lost = None;
    if !force && let Some(found) = find(shared, id, &prepared) {
        // In place already: no lock needed, nothing is written.
        let (in_place, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
        if wrong.is_empty() {
            return hit(shared, id, &prepared, found, in_place, Vec::new());
        }
    }
    let lock = match shared.store.try_lock(&prepared.static_key) {
        Some(TryLock::Held(lock)) => Some(lock),
        Some(TryLock::Busy(_)) => shared.store.lock(&prepared.static_key),
        None => None,
    };
    // Whoever held the lock may have left the result, or the outputs.
    if !force && let Some(found) = find(shared, id, &prepared) {
        let (mut in_place, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
        match outputs::restore(shared, &wrong) {
            Ok(restored) => {
                in_place.entries.extend(restored.entries);
                in_place.files.extend(restored.files);
                let paths = wrong.into_iter().map(|entry| entry.path).collect();
                return hit(shared, id, &prepared, found, in_place, paths);
            }
            Err(output) => lost = Some(output),
        }
    }
    let reason = match (force, lost) {
        (true, _) => Reason::Forced,
        (false, Some(output)) => Reason::ResultLost { output },
        (false, None) => reason(shared, id, &prepared),
    };
    Decision::Execute {
        prepared: Box::new(prepared),
        lock,
        reason,
    }
}

/// What [`decide`] would find, without changing anything.
pub(crate) enum Peek {
    /// Known and in place.
    UpToDate,
    /// Known; these outputs would be put back.
    WouldRestore {
        outputs: Vec<String>,
        result: ActionResult,
    },
    /// It would be executed.
    WouldRun(Reason),
    /// It cannot run as declared.
    Broken(Outcome),
}

/// Looks only.
pub(crate) fn peek(shared: &Shared, id: TaskId) -> Peek {
    let prepared = match prepare(shared, id) {
        Ok(prepared) => prepared,
        Err(outcome) => return Peek::Broken(outcome),
    };
    let Some(found) = find(shared, id, &prepared) else {
        return Peek::WouldRun(reason(shared, id, &prepared));
    };
    let (_, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
    if let Some(lost) = wrong
        .iter()
        .find(|entry| !shared.store.can_restore(&entry.content))
    {
        return Peek::WouldRun(Reason::ResultLost {
            output: lost.path.clone(),
        });
    }
    if wrong.is_empty() {
        return Peek::UpToDate;
    }
    Peek::WouldRestore {
        outputs: wrong.into_iter().map(|entry| entry.path).collect(),
        result: found.result,
    }
}

/// Resolves a task and makes its static key.
pub(crate) fn prepare(shared: &Shared, id: TaskId) -> Result<Prepared, Outcome> {
    let resolution = resolve(shared, id)?;
    let static_key = digest_of(
        shared.graph.task(id),
        &resolution.resolved,
        &Discovered::new(),
    );
    Ok(Prepared {
        resolution,
        static_key,
    })
}

/// The stored result, if there is one. A task with a dependency file may have several sets of
/// discovered inputs; the first that gives the key of a known result counts.
fn find(shared: &Shared, id: TaskId, prepared: &Prepared) -> Option<Found> {
    let task = shared.graph.task(id);
    if task.steps.iter().all(|s| s.depfile.is_none()) {
        let key = prepared.static_key;
        let result = shared.store.action(&key)?;
        return Some(Found {
            key,
            result,
            discovered: Vec::new(),
        });
    }
    for paths in shared.store.discovered(&prepared.static_key) {
        let Ok((set, files)) = discovered(&shared.options.root, &shared.digests, &paths) else {
            continue;
        };
        let key = digest_of(task, &prepared.resolution.resolved, &set);
        if let Some(result) = shared.store.action(&key) {
            return Some(Found {
                key,
                result,
                discovered: files,
            });
        }
    }
    None
}

fn hit(
    shared: &Shared,
    id: TaskId,
    prepared: &Prepared,
    found: Found,
    in_place: InPlace,
    restored: Vec<String>,
) -> Decision {
    let path = &shared.graph.task(id).path;
    let last = shared.store.last_run(&shared.project, path);
    // So that the next explanation compares with what is on disk now.
    if last
        .as_ref()
        .is_none_or(|last| last.key != found.key || last.outcome != Outcome::Succeeded)
    {
        let run = LastRun {
            key: found.key,
            reason: last.map_or(Reason::FirstRun, |last| last.reason),
            outcome: Outcome::Succeeded,
            run: shared.run.clone(),
            at: crate::emit::now() / 1_000_000,
            micros: found.result.micros,
            executed: false,
        };
        shared.store.put_last_run(&shared.project, path, &run);
    }
    shared.store.touch_action(&found.key);
    let mut files = prepared.resolution.files.clone();
    files.extend(found.discovered);
    Decision::Hit(Box::new(Hit {
        key: found.key,
        log: found.result.log,
        restored,
        in_place,
        files,
    }))
}

/// What differs from the last time.
fn reason(shared: &Shared, id: TaskId, prepared: &Prepared) -> Reason {
    let path = &shared.graph.task(id).path;
    let Some(last) = shared.store.last_run(&shared.project, path) else {
        return Reason::FirstRun;
    };
    let changes = changes_since(shared, id, prepared, &last.key);
    match (changes, &last.outcome) {
        (None, _) => Reason::FirstRun,
        (Some(changes), outcome) if changes.is_empty() && *outcome != Outcome::Succeeded => {
            Reason::LastFailed
        }
        (Some(changes), _) if changes.is_empty() => Reason::ResultLost {
            output: shared
                .graph
                .task(id)
                .outputs
                .first()
                .map_or(String::new(), |o| o.path.clone()),
        },
        (Some(changes), _) => Reason::Changed { changes },
    }
}

/// What differs between a remembered key and now. The discovered inputs of then are looked at as
/// they are now.
fn changes_since(
    shared: &Shared,
    id: TaskId,
    prepared: &Prepared,
    key: &Digest,
) -> Option<Vec<Change>> {
    let then = shared.store.manifest(key)?;
    Some(then.changes(&manifest_like(shared, id, prepared, &then)))
}

fn manifest_like(shared: &Shared, id: TaskId, prepared: &Prepared, then: &Manifest) -> Manifest {
    let paths: Vec<String> = then
        .parts
        .iter()
        .filter(|(section, ..)| section == "discovered")
        .map(|(_, name, _)| name.clone())
        .collect();
    let set = discovered(&shared.options.root, &shared.digests, &paths)
        .map(|(set, _)| set)
        .unwrap_or_default();
    key_of(shared.graph.task(id), &prepared.resolution.resolved, &set).1
}
