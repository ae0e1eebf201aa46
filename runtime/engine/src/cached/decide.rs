//! Does a task have to run? Everything here reads and restores, nothing is executed.
//!
//! Locks between processes are held while outputs are restored or a task executes, and never
//! waited for by someone who holds a slot: otherwise two runs could wait for each other.

use super::outputs::{self, InPlace};
use super::reason::reason;
use crate::basis::Basis;
use crate::key::{Discovered, digest_of};
use crate::resolve::{Resolution, discovered, resolve};
use crate::shared::Shared;
use nexus_graph::event::{LogLine, Origin, Outcome, Reason};
use nexus_graph::{Digest, TaskId};
use nexus_store::{ActionResult, KeyLock, Known, LastRun, OutputEntry, TryLock};
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
    /// It has to run.
    Miss(Box<Miss>),
    /// It cannot run as declared.
    Broken(Outcome),
}

/// A result that need not be computed.
pub(crate) struct Hit {
    pub key: Digest,
    pub log: Vec<LogLine>,
    pub restored: Vec<String>,
    pub outputs: Vec<OutputEntry>,
    pub basis: Basis,
    /// How long executing it took, in microseconds.
    pub micros: u64,
    /// Where the result comes from, when it was fetched in this run.
    pub origin: Option<Origin>,
}

/// A task to execute.
pub(crate) struct Miss {
    pub prepared: Prepared,
    pub reason: Reason,
    /// The last run of the task.
    pub last: Option<LastRun>,
    /// A stored result is of no use, so it is not looked for again.
    ignore_stored: bool,
}

/// A stored result and the key it was found under.
pub(super) struct Found {
    pub key: Digest,
    pub result: ActionResult,
    pub discovered: Vec<(PathBuf, Known)>,
}

/// Decides, restoring outputs that are missing or damaged, for which it may wait for a lock.
pub(crate) fn decide(shared: &Shared, id: TaskId, force: bool) -> Decision {
    match decide_at_once(shared, id, force) {
        Ok(decision) => decision,
        Err(found) => restore(shared, id, *found),
    }
}

/// Decides, unless outputs have to be restored.
pub(crate) fn decide_at_once(
    shared: &Shared,
    id: TaskId,
    force: bool,
) -> Result<Decision, Box<ToRestore>> {
    let prepared = match prepare(shared, id) {
        Ok(prepared) => prepared,
        Err(outcome) => return Ok(Decision::Broken(outcome)),
    };
    let last = shared
        .store
        .last_run(&shared.project, &shared.graph.task(id).path);
    if force {
        return Ok(miss(prepared, Reason::Forced, last, true));
    }
    let Some(found) = find(shared, id, &prepared) else {
        let reason = reason(shared, id, &prepared, last.as_ref());
        return Ok(miss(prepared, reason, last, false));
    };
    // In place already: no lock needed, nothing is written.
    let (in_place, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
    if wrong.is_empty() {
        let hit = hit(shared, id, prepared, found, in_place, Vec::new(), last);
        return Ok(hit);
    }
    Err(Box::new(ToRestore {
        prepared,
        last,
        found,
    }))
}

/// A known result whose outputs are not in place.
pub(crate) struct ToRestore {
    prepared: Prepared,
    last: Option<LastRun>,
    found: Found,
}

/// Puts the outputs back.
pub(crate) fn restore(shared: &Shared, id: TaskId, known: ToRestore) -> Decision {
    let ToRestore {
        prepared,
        last,
        found,
    } = known;
    let _lock = shared.store.lock(&locks(shared, id, &prepared));
    // Whoever held the lock may have put them back.
    let (mut in_place, wrong) = outputs::compare(shared, shared.graph.task(id), &found.result);
    match outputs::restore(shared, &wrong) {
        Ok(restored) => {
            in_place.entries.extend(restored.entries);
            in_place.files.extend(restored.files);
            let paths = wrong.into_iter().map(|entry| entry.path).collect();
            hit(shared, id, prepared, found, in_place, paths, last)
        }
        Err(output) => miss(prepared, Reason::ResultLost { output }, last, true),
    }
}

fn miss(
    prepared: Prepared,
    reason: Reason,
    last: Option<LastRun>,
    ignore_stored: bool,
) -> Decision {
    Decision::Miss(Box::new(Miss {
        prepared,
        reason,
        last,
        ignore_stored,
    }))
}

/// What only one may do at a time: the work that the key stands for, and writing the outputs. What
/// a killed run left running counts until it has ended.
pub(crate) fn locks(shared: &Shared, id: TaskId, prepared: &Prepared) -> Vec<Digest> {
    let outputs = shared.graph.task(id).outputs.iter();
    let place = |path: &str| format!("output\0{}\0{path}", shared.project);
    let of_output = outputs.map(|output| Digest::of(place(&output.path).as_bytes()));
    std::iter::once(prepared.static_key)
        .chain(of_output)
        .collect()
}

/// For the snapshot, what a result rests on that is known and in place.
pub(crate) fn basis_of(shared: &Shared, id: TaskId) -> Option<(Digest, Basis)> {
    match decide_at_once(shared, id, false) {
        Ok(Decision::Hit(hit)) => Some((hit.key, hit.basis)),
        _ => None,
    }
}

/// The right to execute a task.
pub(crate) enum Claim {
    /// Ours; without a usable store there is nothing to hold.
    Ours(Option<KeyLock>),
    /// Another run executes the same at this moment.
    Busy,
    /// Another run has just finished it.
    Done,
}

/// Claims the execution of a task, without waiting.
pub(crate) fn claim(shared: &Shared, id: TaskId, miss: &Miss) -> Claim {
    let lock = match shared.store.try_lock(&locks(shared, id, &miss.prepared)) {
        Some(TryLock::Held(lock)) => Some(lock),
        Some(TryLock::Busy) => return Claim::Busy,
        None => None,
    };
    if !miss.ignore_stored && find(shared, id, &miss.prepared).is_some() {
        return Claim::Done;
    }
    Claim::Ours(lock)
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
pub(super) fn find(shared: &Shared, id: TaskId, prepared: &Prepared) -> Option<Found> {
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
    prepared: Prepared,
    found: Found,
    in_place: InPlace,
    restored: Vec<String>,
    last: Option<LastRun>,
) -> Decision {
    let path = &shared.graph.task(id).path;
    let same = |last: &LastRun| last.key == found.key && last.outcome == Outcome::Succeeded;
    let origin = shared.remote.take_origin(&found.key);
    // So that the next explanation compares with what is on disk now.
    if origin.is_some() || !last.as_ref().is_some_and(same) {
        let run = LastRun {
            key: found.key,
            reason: last.map_or(Reason::FirstRun, |last| last.reason),
            outcome: Outcome::Succeeded,
            run: shared.run.clone(),
            at: crate::emit::now() / 1_000_000,
            micros: found.result.micros,
            executed: false,
            origin: origin.clone(),
        };
        shared.store.put_last_run(&shared.project, path, &run);
    }
    shared.store.touch_action(&found.key);
    let basis = Basis::new(prepared.resolution, found.discovered, in_place.files);
    Decision::Hit(Box::new(Hit {
        key: found.key,
        log: found.result.log,
        micros: found.result.micros,
        restored,
        outputs: in_place.entries,
        basis,
        origin,
    }))
}
