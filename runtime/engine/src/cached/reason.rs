//! Why a task would run, seen without changing anything.

use super::decide::{Prepared, find, prepare};
use super::outputs;
use crate::key::key_of;
use crate::resolve::discovered;
use crate::shared::Shared;
use nexus_graph::event::{Outcome, Reason};
use nexus_graph::key::Change;
use nexus_graph::key::Manifest;
use nexus_graph::{Digest, TaskId};
use nexus_store::{ActionResult, LastRun};
use std::path::PathBuf;

/// What [`decide`](super::decide::decide) would find.
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
        let last = shared
            .store
            .last_run(&shared.project, &shared.graph.task(id).path);
        return Peek::WouldRun(reason(shared, id, &prepared, last.as_ref()));
    };
    let (_, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
    let gone = wrong
        .iter()
        .find(|entry| !shared.store.can_restore(&entry.content));
    if let Some(gone) = gone {
        let output = gone.path.clone();
        return Peek::WouldRun(Reason::ResultLost { output });
    }
    if wrong.is_empty() {
        return Peek::UpToDate;
    }
    Peek::WouldRestore {
        outputs: wrong.into_iter().map(|entry| entry.path).collect(),
        result: found.result,
    }
}

/// What a task was found to read besides what it declares.
pub(crate) enum Beyond {
    /// It reads nothing else.
    Nothing,
    /// These files, absolute.
    Files(Vec<PathBuf>),
    /// Something, but it has not been executed as it is now.
    Unknown,
}

/// Looks up what the task's depfiles listed when it ran as it is now.
pub(crate) fn beyond(shared: &Shared, id: TaskId) -> Beyond {
    let task = shared.graph.task(id);
    if task.steps.iter().all(|step| step.depfile.is_none()) {
        return Beyond::Nothing;
    }
    let found = match task.cached {
        true => prepare(shared, id).ok(),
        false => None,
    };
    match found.and_then(|prepared| find(shared, id, &prepared)) {
        Some(found) => Beyond::Files(found.discovered.into_iter().map(|(p, _)| p).collect()),
        None => Beyond::Unknown,
    }
}

/// What differs from the last time, for a task without a known result.
pub(super) fn reason(
    shared: &Shared,
    id: TaskId,
    prepared: &Prepared,
    last: Option<&LastRun>,
) -> Reason {
    let changes = last.and_then(|last| changes_since(shared, id, prepared, &last.key));
    match (changes, last) {
        (None, _) | (_, None) => Reason::FirstRun,
        (Some(changes), _) if !changes.is_empty() => Reason::Changed { changes },
        (Some(_), Some(last)) if last.outcome != Outcome::Succeeded => Reason::LastFailed,
        (Some(_), Some(_)) => Reason::ResultLost {
            output: shared
                .graph
                .task(id)
                .outputs
                .first()
                .map_or(String::new(), |o| o.path.clone()),
        },
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
