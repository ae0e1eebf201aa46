//! The life of one task.

use crate::basis::Basis;
use crate::cached;
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::resolve::{Resolution, resolve};
use crate::run::Run;
use crate::sandbox;
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
    let end = if run.graph().task(id).cached {
        cached::run(&run, id, force).await
    } else {
        uncached(&run, id).await
    };
    run.sink.done(Finished { id, end }).await;
}

async fn uncached(run: &Rc<Run>, id: TaskId) -> Result<End, GuardLost> {
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
    let (end, _log) = sandbox::execute(run, id, &resolution).await?;
    let (outcome, idle) = match end {
        StepsEnd::Succeeded { idle } => (cached::check_outputs(run, id), idle),
        end => {
            run.failed();
            (end.outcome(), false)
        }
    };
    drop(slot);
    Ok(finished(run, id, outcome, begin, None, idle).await)
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
    };
    run.sink.event(event).await;
    End::Executed {
        outcome,
        idle,
        basis: None,
    }
}
