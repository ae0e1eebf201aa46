//! The way of one cached task through a run.

use super::decide::{
    Claim, Decision, Hit, Miss, Prepared, claim, decide, decide_at_once, locks, restore,
};
use super::finish::{Executed, Finish, Kept, finish, look_at_outputs, remember_failure};
use super::outputs::{InPlace, clear};
use super::remote::fetch;
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::resolve::broken;
use crate::resume::{self, Begin, Start};
use crate::run::Run;
use crate::sandbox;
use crate::slots::Slot;
use crate::task::{End, finished};
use crate::verify;
use nexus_graph::TaskId;
use nexus_graph::event::{EventKind, Outcome, Reason};
use nexus_store::KeyLock;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A task that waited longer than this for its turn is looked at again before it runs.
const STALE: Duration = Duration::from_millis(100);

/// Brings a cached task up to date, and checks its result when that is asked for.
pub(crate) async fn run(run: &Rc<Run>, id: TaskId, force: bool) -> Result<End, GuardLost> {
    let end = bring(run, id, force).await?;
    match verify::wanted(run, id, &end) {
        true => verify::again(run, id, end).await,
        false => Ok(end),
    }
}

async fn bring(run: &Rc<Run>, id: TaskId, force: bool) -> Result<End, GuardLost> {
    let begin = Instant::now();
    let mut slot = None;
    let mut asked = None;
    loop {
        let miss = match decided(run, id, force).await {
            Some(Decision::Miss(miss)) => miss,
            Some(Decision::Hit(hit)) => return Ok(cached(run, id, *hit).await),
            Some(Decision::Broken(outcome)) => {
                return Ok(finished(run, id, outcome, begin, None, false).await);
            }
            None => return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await),
        };
        // Elsewhere, once for each key; nothing is held meanwhile.
        let static_key = miss.prepared.static_key;
        if !force && run.shared.remote.cache.is_some() && asked != Some(static_key) {
            asked = Some(static_key);
            drop(slot.take());
            if fetch(run, id, &miss.prepared).await {
                continue;
            }
        }
        // Before the slot, so that a free one is not kept waiting. Who has a slot waits for no lock,
        // so nobody waits in a circle.
        let lock = match claim(&run.shared, id, &miss) {
            Claim::Ours(lock) => lock,
            Claim::Done => continue,
            Claim::Busy => {
                drop(slot.take());
                let keys = locks(&run.shared, id, &miss.prepared);
                let released = run.blocking(move |shared| drop(shared.store.lock(&keys)));
                unless_cancelled(run, released).await;
                continue;
            }
        };
        let ready = Instant::now();
        let waits = slot.is_none();
        if waits {
            slot = run.slot(id).await;
        }
        let Some(permit) = slot.take() else {
            return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await);
        };
        if waits && ready.elapsed() > STALE {
            slot = Some(permit);
            continue;
        }
        return execute(run, id, permit, *miss, lock).await;
    }
}

/// Decides; `None` when the run is cancelled meanwhile.
async fn decided(run: &Run, id: TaskId, force: bool) -> Option<Decision> {
    if !run.shared.is_small(id) {
        let decided = run.blocking(move |shared| decide(shared, id, force));
        return unless_cancelled(run, decided).await;
    }
    match decide_at_once(&run.shared, id, force) {
        Ok(decision) => Some(decision),
        Err(known) => {
            let restored = run.blocking(move |shared| restore(shared, id, *known));
            unless_cancelled(run, restored).await
        }
    }
}

/// The answer of a job that may be waiting for another process, perhaps for hours; `None` when
/// the run is cancelled.
pub(crate) async fn unless_cancelled<T>(
    run: &Run,
    job: impl Future<Output = Option<T>>,
) -> Option<T> {
    tokio::select! {
        biased;
        answer = job => answer,
        () = run.cancel.cancelled() => None,
    }
}

async fn cached(run: &Rc<Run>, id: TaskId, hit: Hit) -> End {
    let restored = !hit.restored.is_empty();
    let shared = hit.origin.is_some();
    run.shared.note_outputs(id, hit.outputs);
    let event = EventKind::TaskCached {
        id,
        task: run.graph().task(id).path.clone(),
        key: hit.key,
        restored: hit.restored,
        log: hit.log,
        saved: Some(hit.micros),
        shared: hit.origin,
    };
    run.sink.event(event).await;
    End::Cached {
        restored,
        shared,
        basis: Some((hit.key, hit.basis)),
    }
}

async fn execute(
    run: &Rc<Run>,
    id: TaskId,
    slot: Slot<'_>,
    miss: Miss,
    mut lock: Option<KeyLock>,
) -> Result<End, GuardLost> {
    let begin = Instant::now();
    let Miss {
        mut prepared,
        mut reason,
        last,
        ..
    } = miss;
    let mut slot = Some(slot);
    // A task that may be repeated at will starts at its first command, so that its result, which is
    // kept and perhaps shared, comes from one execution.
    let idempotent = run.graph().task(id).idempotent;
    let start = match idempotent {
        true => Ok(Begin::At(Start::default())),
        false => resume::begin(run, id, Some(prepared.static_key)).await,
    };
    let mut start = match start {
        Ok(Begin::At(start)) => start,
        Ok(Begin::Done { .. }) => Start {
            step: run.graph().task(id).steps.len() as u32,
            ..Start::default()
        },
        Err(outcome) => {
            run.failed();
            return Ok(finished(run, id, outcome, begin, None, false).await);
        }
    };
    // What must not be repeated is not repeated because somebody edits a file meanwhile.
    let mut second = !idempotent;
    loop {
        let task = run.graph().task(id).path.clone();
        run.sink
            .event(EventKind::TaskStarted {
                id,
                task: task.clone(),
                reason: reason.clone(),
                basis: (!idempotent).then_some(prepared.static_key),
                from: start.step,
            })
            .await;
        if start.step == 0
            && let Err(error) = clear(&run.shared, id)
        {
            let message = format!("the way for the outputs of `{task}` cannot be cleared: {error}");
            let outcome = broken("NX0504", message, None);
            return Ok(finished(run, id, outcome, begin, None, false).await);
        }
        let started = nexus_store::stamp::now();
        let start = std::mem::take(&mut start);
        let (end, log) = sandbox::execute(run, id, &prepared.resolution, start).await?;
        let micros = begin.elapsed().as_micros() as u64;
        let StepsEnd::Succeeded { idle } = end else {
            run.failed();
            return Ok(failed(run, id, begin, &prepared, reason, end).await);
        };
        // Others may run while this result is kept.
        drop(slot.take());
        // And start before it.
        tokio::task::yield_now().await;
        let executed = Executed {
            prepared,
            last: last.clone(),
            lock,
            reason,
            log,
            started,
            micros,
        };
        let done = run
            .looking(id, move |shared| finish(shared, id, executed))
            .await;
        match done {
            None => return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await),
            Some(Finish::Broken(outcome)) => {
                return Ok(finished(run, id, outcome, begin, None, false).await);
            }
            Some(Finish::Kept(kept)) => return Ok(kept_result(run, id, begin, *kept, idle).await),
            Some(Finish::Edited { path, in_place, .. }) if second => {
                return Ok(gave_up(run, id, begin, &path, in_place).await);
            }
            Some(Finish::Edited { path, executed, .. }) => {
                second = true;
                // The same key may still be wanted by others: the lock of the first stays.
                let held = executed.lock;
                let again = run
                    .blocking(move |shared| super::decide::prepare(shared, id))
                    .await;
                match again {
                    Some(Ok(now)) => prepared = now,
                    Some(Err(outcome)) => {
                        return Ok(finished(run, id, outcome, begin, None, false).await);
                    }
                    None => {
                        return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await);
                    }
                }
                slot = run.slot(id).await;
                if slot.is_none() {
                    return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await);
                }
                lock = held;
                reason = Reason::InputEdited { path };
            }
        }
    }
}

async fn kept_result(run: &Rc<Run>, id: TaskId, begin: Instant, kept: Kept, idle: bool) -> End {
    let task = run.graph().task(id).path.clone();
    if let Some(message) = kept.not_stored {
        let help = Some("the run goes on; the task will run again next time".to_string());
        let warning = EventKind::Warning {
            task: Some(task.clone()),
            code: "NX0511".into(),
            message,
            help,
        };
        run.sink.event(warning).await;
    }
    run.shared.note_outputs(id, kept.outputs);
    let event = EventKind::TaskFinished {
        id,
        task,
        outcome: Outcome::Succeeded,
        micros: begin.elapsed().as_micros() as u64,
        key: Some(kept.key),
        unchanged: kept.unchanged,
        idle,
        steps: 0,
    };
    run.sink.event(event).await;
    End::Executed {
        outcome: Outcome::Succeeded,
        idle,
        basis: Some((kept.key, kept.basis)),
    }
}

/// The inputs changed under the last execution there may be: its result is used but not kept.
async fn gave_up(run: &Rc<Run>, id: TaskId, begin: Instant, path: &str, in_place: InPlace) -> End {
    let task = run.graph().task(id).path.clone();
    let warning = EventKind::Warning {
        task: Some(task.clone()),
        code: "NX0506".into(),
        message: format!(
            "`{path}`, an input of `{task}`, changed {} the task ran, so its result is not remembered",
            match run.graph().task(id).idempotent {
                true => "both times while",
                false => "while",
            }
        ),
        help: Some(format!(
            "if the task itself writes `{path}`, declare it in `outputs` or say `cache = false`"
        )),
    };
    run.sink.event(warning).await;
    run.shared.note_outputs(id, in_place.entries);
    finished(run, id, Outcome::Succeeded, begin, None, false).await
}

async fn failed(
    run: &Rc<Run>,
    id: TaskId,
    begin: Instant,
    prepared: &Prepared,
    reason: Reason,
    end: StepsEnd,
) -> End {
    let outcome = end.outcome();
    if outcome != Outcome::Cancelled {
        let micros = begin.elapsed().as_micros() as u64;
        remember_failure(&run.shared, id, prepared, reason, outcome.clone(), micros);
    }
    finished(run, id, outcome, begin, None, false).await
}

/// An uncached task that declares outputs must make them as well.
pub(crate) fn check_outputs(run: &Run, id: TaskId) -> Outcome {
    let shared = &run.shared;
    let task = shared.graph.task(id);
    for output in &task.outputs {
        shared
            .digests
            .forget(&shared.options.root.join(&output.path));
    }
    match look_at_outputs(shared, task) {
        Ok(_) => Outcome::Succeeded,
        Err(outcome) => outcome,
    }
}
