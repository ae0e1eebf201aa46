//! Finding out what a task uses: it is executed once, watched, and what it did beyond what it
//! declares becomes a proposal.

mod group;
mod made;
mod proposal;

use crate::cached::{check_outputs, clear, locks, prepare, unless_cancelled};
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::options::RunOptions;
use crate::resolve::{broken, resolve};
use crate::resume::{self, Begin, Start};
use crate::run::Context;
use crate::run::Run;
use crate::sandbox::{self, Watched};
use crate::shared::{Shared, lock};
use crate::task::{End, finished};
use nexus_graph::event::{EventKind, Outcome, Reason};
use nexus_graph::{TaskGraph, TaskId, TaskKind};
pub use proposal::{Input, Remark, Trace};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Asks what a task uses.
#[derive(Debug)]
pub struct Observer {
    task: String,
    found: Mutex<Option<Watched>>,
}

impl Observer {
    /// For a task by its path.
    pub fn new(task: impl Into<String>) -> Observer {
        Observer {
            task: task.into(),
            found: Mutex::default(),
        }
    }

    /// The task.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// Whether the task has been seen.
    pub fn is_done(&self) -> bool {
        lock(&self.found).is_some()
    }

    /// What the task should declare in `graph`, which is that of the whole project; `None` when the
    /// task did not run to its end.
    pub fn propose(
        &self,
        graph: &Arc<TaskGraph>,
        options: &RunOptions,
        context: &Context,
    ) -> Option<Trace> {
        let id = graph.find(&self.task)?;
        let watched = lock(&self.found).take()?;
        let shared = Shared::new(graph.clone(), options.clone(), context, String::new());
        Some(proposal::proposal(&shared, id, &watched))
    }
}

/// Executes a task and notes what it uses. Its result is used but not kept: it rests on more than
/// its key says.
pub(crate) async fn execute(
    run: &Rc<Run>,
    id: TaskId,
    observer: &Observer,
) -> Result<End, GuardLost> {
    let begin = Instant::now();
    let task = run.graph().task(id);
    debug_assert_eq!(task.kind, TaskKind::Work);
    let cancelled = || finished(run, id, Outcome::Cancelled, begin, None, false);
    let start = match resume::begin(run, id, None).await {
        Ok(Begin::At(start)) => start,
        Ok(Begin::Done { .. }) => Start::default(),
        Err(outcome) => return Ok(finished(run, id, outcome, begin, None, false).await),
    };
    // Who makes the same waits, and is waited for.
    let mut held = None;
    if task.cached {
        match run.looking(id, move |shared| prepare(shared, id)).await {
            Some(Ok(prepared)) => {
                let keys = locks(&run.shared, id, &prepared);
                let taken = run.blocking(move |shared| shared.store.lock(&keys));
                let Some(taken) = unless_cancelled(run, taken).await else {
                    return Ok(cancelled().await);
                };
                held = taken;
            }
            Some(Err(outcome)) => return Ok(finished(run, id, outcome, begin, None, false).await),
            None => return Ok(cancelled().await),
        }
    }
    let Some(slot) = run.slot(id).await else {
        return Ok(cancelled().await);
    };
    let started = EventKind::TaskStarted {
        id,
        task: task.path.clone(),
        reason: Reason::Observation,
        basis: None,
        from: start.step,
    };
    run.sink.event(started).await;
    let outcome = observe(run, id, observer, start).await?;
    drop(slot);
    drop(held);
    if outcome != Outcome::Succeeded {
        run.failed();
    }
    Ok(finished(run, id, outcome, begin, None, false).await)
}

async fn observe(
    run: &Rc<Run>,
    id: TaskId,
    observer: &Observer,
    start: Start,
) -> Result<Outcome, GuardLost> {
    let resolution = match run.looking(id, move |shared| resolve(shared, id)).await {
        Some(Ok(resolution)) => resolution,
        Some(Err(outcome)) => return Ok(outcome),
        None => return Ok(Outcome::Cancelled),
    };
    if start.step == 0
        && let Err(error) = clear(&run.shared, id)
    {
        let task = &run.graph().task(id).path;
        let message = format!("the way for the outputs of `{task}` cannot be cleared: {error}");
        return Ok(broken("NX0504", message, None));
    }
    let (end, watched) = sandbox::watch(run, id, &resolution, start).await?;
    *lock(&observer.found) = watched;
    Ok(match end {
        StepsEnd::Succeeded { .. } => check_outputs(run, id),
        end => end.outcome(),
    })
}
