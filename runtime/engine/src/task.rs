//! The life of one task.

use crate::basis::Basis;
use crate::cached;
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::resolve::{Resolution, resolve};
use crate::resume::{self, Begin};
use crate::run::Run;
use crate::sandbox;
use crate::trace;
use nexus_graph::event::{EventKind, Outcome, Reason};
use nexus_graph::{Digest, TaskId};
use std::rc::Rc;
use std::time::Instant;

/// A task that is over.
pub(crate) struct Finished {
    pub id: TaskId,
    pub end: Result<End, GuardLost>,
}

/// How it ended.
pub(crate) enum End {
    /// Nothing was executed.
    Cached {
        /// Outputs were written back.
        restored: bool,
        /// The result was made elsewhere and fetched in this run.
        shared: bool,
        /// For the snapshot.
        basis: Option<(Digest, Basis)>,
    },
    /// The run that this one goes on with had completed it.
    Kept,
    /// Its result is known and in place, and it was executed once more.
    Verified {
        /// Whether that made the same.
        outcome: Outcome,
        /// For the snapshot.
        basis: Option<(Digest, Basis)>,
    },
    /// It was executed, or could not be.
    Executed {
        outcome: Outcome,
        /// It succeeded, and no step was necessary.
        idle: bool,
        /// For the snapshot, when its result counts.
        basis: Option<(Digest, Basis)>,
    },
}

/// Does whatever the task needs and reports its end.
pub(crate) async fn run(run: Rc<Run>, id: TaskId, force: bool) {
    let path = &run.graph().task(id).path;
    let observer = run
        .observer
        .clone()
        .filter(|observer| observer.task() == path);
    let end = match observer {
        Some(observer) => trace::execute(&run, id, &observer).await,
        None if run.graph().task(id).cached => cached::run(&run, id, force).await,
        None => uncached(&run, id).await,
    };
    run.sink.done(Finished { id, end }).await;
}

async fn uncached(run: &Rc<Run>, id: TaskId) -> Result<End, GuardLost> {
    let basis = resume::basis(run, id).await;
    let start = match resume::begin(run, id, basis).await {
        Ok(start) => start,
        Err(outcome) => {
            run.failed();
            return Ok(finished(run, id, outcome, Instant::now(), None, false).await);
        }
    };
    let start = match start {
        Begin::At(start) => start,
        Begin::Done { run: before } => return Ok(kept(run, id, basis, before).await),
    };
    let Some(slot) = run.slot(id).await else {
        return Ok(finished(run, id, Outcome::Cancelled, Instant::now(), None, false).await);
    };
    let begin = Instant::now();
    let task = run.graph().task(id).path.clone();
    run.sink
        .event(EventKind::TaskStarted {
            id,
            task,
            reason: Reason::Always,
            basis,
            from: start.step,
        })
        .await;
    let resolution = match run.shared.sandboxed(id) {
        false => Resolution::default(),
        true => match run.looking(id, move |shared| resolve(shared, id)).await {
            Some(Ok(resolution)) => resolution,
            Some(Err(outcome)) => return Ok(finished(run, id, outcome, begin, None, false).await),
            None => return Ok(finished(run, id, Outcome::Cancelled, begin, None, false).await),
        },
    };
    let (end, _log) = sandbox::execute(run, id, &resolution, start).await?;
    let (outcome, idle) = match end {
        StepsEnd::Succeeded { idle } => {
            resume::note_done(run, id, basis);
            (cached::check_outputs(run, id), idle)
        }
        end => {
            run.failed();
            (end.outcome(), false)
        }
    };
    drop(slot);
    Ok(finished(run, id, outcome, begin, None, idle).await)
}

/// A task of which nothing is left to do. Its outputs are checked all the same.
async fn kept(run: &Rc<Run>, id: TaskId, basis: Option<Digest>, before: String) -> End {
    let outcome = cached::check_outputs(run, id);
    if outcome != Outcome::Succeeded {
        run.failed();
        return finished(run, id, outcome, Instant::now(), None, false).await;
    }
    resume::note_done(run, id, basis);
    let task = run.graph().task(id).path.clone();
    let event = EventKind::TaskKept {
        id,
        task,
        run: before,
    };
    run.sink.event(event).await;
    End::Kept
}

/// Tells that a task is over without a result to keep; `idle` when no step was necessary.
pub(crate) async fn finished(
    run: &Rc<Run>,
    id: TaskId,
    outcome: Outcome,
    begin: Instant,
    key: Option<Digest>,
    idle: bool,
) -> End {
    let idle = idle && outcome == Outcome::Succeeded;
    let event = EventKind::TaskFinished {
        id,
        task: run.graph().task(id).path.clone(),
        outcome: outcome.clone(),
        micros: begin.elapsed().as_micros() as u64,
        key,
        unchanged: false,
        idle,
        steps: 0,
    };
    run.sink.event(event).await;
    End::Executed {
        outcome,
        idle,
        basis: None,
    }
}
