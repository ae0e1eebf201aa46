//! The life of one task.

use crate::execute::{Execution, StepsEnd};
use crate::guard::GuardLost;
use crate::run::Run;
use nexus_graph::TaskId;
use nexus_graph::event::{EventKind, Outcome, Reason};
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
    },
    /// It was executed, or could not be.
    Executed(Outcome),
}

/// Does whatever the task needs and reports its end.
pub(crate) async fn run(run: Rc<Run>, id: TaskId) {
    let end = uncached(&run, id).await;
    run.sink.done(Finished { id, end }).await;
}

async fn uncached(run: &Rc<Run>, id: TaskId) -> Result<End, GuardLost> {
    let task = run.graph.task(id).path.clone();
    let begin = Instant::now();
    let started = EventKind::TaskStarted {
        id,
        task: task.clone(),
        reason: Reason::Always,
    };
    run.sink.event(started).await;
    let (end, _log) = Execution::new(run.clone(), id).all().await?;
    let outcome = outcome_of(end);
    let micros = begin.elapsed().as_micros() as u64;
    let finished = EventKind::TaskFinished {
        id,
        task,
        outcome: outcome.clone(),
        micros,
        key: None,
        unchanged: false,
    };
    run.sink.event(finished).await;
    Ok(End::Executed(outcome))
}

fn outcome_of(end: StepsEnd) -> Outcome {
    match end {
        StepsEnd::Succeeded => Outcome::Succeeded,
        StepsEnd::Failed { step, status } => Outcome::Failed { step, status },
        StepsEnd::Cancelled => Outcome::Cancelled,
    }
}
