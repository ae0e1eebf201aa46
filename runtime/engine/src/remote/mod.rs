//! Executing the steps of a task on other machines.
//!
//! Every host is worked on by itself: what one does or fails to do keeps no other one waiting, unless
//! the project says that the others are to stop. How a command gets to a host is the executor's
//! business ([`nexus_executor`]).

mod host;
mod outlet;
mod resuming;
mod steps;

pub(crate) use host::Sessions;

use crate::clock::Deadline;
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::run::Run;
use host::OnHost;
use nexus_graph::event::{EventKind, HostCounts, HostName, HostOutcome, LogLine, Outcome, Status};
use nexus_graph::{OnFailure, Strategy, TaskId};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Hosts that are worked on at the same time, unless the project says otherwise.
pub(crate) const PARALLEL: usize = 100;

/// What the hosts of a task share.
struct Shared {
    id: TaskId,
    deadline: Option<Deadline>,
    /// What hosts did in a run that broke off counts.
    resumes: bool,
    /// A host failed, and the others are to stop.
    stopped: Cell<bool>,
    /// What was printed, by host; only kept when the task's result is.
    logs: RefCell<BTreeMap<u32, Vec<LogLine>>>,
}

/// Executes a task on its hosts. `resumes`: what they did in a run that is gone on with counts. Gives how that ended and what they printed.
pub(crate) async fn execute(
    run: &Rc<Run>,
    id: TaskId,
    resumes: bool,
) -> Result<(StepsEnd, Vec<LogLine>), GuardLost> {
    let task = run.graph().task(id);
    let Some(remote) = &task.remote else {
        return Ok((StepsEnd::Succeeded { idle: true }, Vec::new()));
    };
    if remote.targets.is_empty() {
        return Ok((StepsEnd::Broken(nowhere(&task.path)), Vec::new()));
    }
    let shared = Rc::new(Shared {
        id,
        deadline: task
            .timeout
            .map(|nanos| run.clock.after(Duration::from_nanos(nanos))),
        resumes,
        stopped: Cell::new(false),
        logs: RefCell::default(),
    });
    // Hosts begin in their order.
    let turn = Rc::new(Semaphore::new(match remote.strategy {
        Strategy::Parallel => Semaphore::MAX_PERMITS,
        Strategy::Serial => 1,
    }));
    let mut hosts = JoinSet::new();
    for at in 0..remote.targets.len() {
        let (run, shared, turn) = (run.clone(), shared.clone(), turn.clone());
        hosts.spawn_local(async move {
            let _turn = turn.acquire().await;
            on_host(&run, &shared, at).await
        });
    }
    let mut tally = Tally::default();
    while let Some(ended) = hosts.join_next().await {
        // A panic has been reported by itself; the host did not succeed.
        tally.add(&ended.unwrap_or(HostOutcome::Cancelled));
    }
    let log = std::mem::take(&mut *shared.logs.borrow_mut());
    let log = log.into_values().flatten().collect();
    Ok((tally.end(), log))
}

/// One host, from its turn to its end.
async fn on_host(run: &Rc<Run>, shared: &Rc<Shared>, at: usize) -> HostOutcome {
    let task = run.graph().task(shared.id);
    let target = task
        .remote
        .as_ref()
        .and_then(|remote| remote.targets.get(at));
    let host = target.and_then(|target| run.graph().inventory.host(target));
    let (Some(target), Some(host)) = (target, host) else {
        return HostOutcome::Cancelled;
    };
    let name: HostName = host.name.as_str().into();
    let place = tokio::select! {
        biased;
        () = run.cancel.cancelled() => None,
        place = run.sessions.place() => place,
    };
    let begin = Instant::now();
    let outcome = match place {
        None => HostOutcome::Cancelled,
        Some(_) if run.cancel.is_cancelled() => HostOutcome::Cancelled,
        Some(_) if shared.stopped.get() => HostOutcome::NotBegun,
        Some(_place) => {
            let steps = task.steps_on(target);
            let on = OnHost::new(run, shared, host, name.clone(), steps.len());
            let outcome = on.all(steps).await;
            if let Some(log) = on.log() {
                shared.logs.borrow_mut().insert(at as u32, log);
            }
            outcome
        }
    };
    let failed = !outcome.success() && outcome != HostOutcome::NotBegun;
    let stop = task.remote.as_ref().map(|remote| remote.on_failure) == Some(OnFailure::Stop);
    if failed && stop {
        shared.stopped.set(true);
    }
    let finished = EventKind::HostFinished {
        id: shared.id,
        host: name,
        outcome: outcome.clone(),
        micros: begin.elapsed().as_micros() as u64,
    };
    run.sink.event(finished).await;
    outcome
}

/// How the hosts of a task ended, together.
#[derive(Default)]
struct Tally {
    counts: HostCounts,
    busy: bool,
    failures: u32,
    out_of_time: u32,
}

impl Tally {
    fn add(&mut self, outcome: &HostOutcome) {
        self.counts.add(outcome);
        self.busy |= matches!(outcome, HostOutcome::Succeeded { idle: false });
        let timed_out = match outcome {
            HostOutcome::Failed { status, .. } => *status == Status::TimedOut,
            HostOutcome::Unreachable { failure } | HostOutcome::Lost { failure, .. } => {
                failure.timed_out
            }
            _ => return,
        };
        self.failures += 1;
        self.out_of_time += u32::from(timed_out);
    }

    fn end(self) -> StepsEnd {
        if self.counts.ok == self.counts.all() {
            return StepsEnd::Succeeded { idle: !self.busy };
        }
        if self.failures == 0 && self.counts.not_begun == 0 {
            return StepsEnd::Cancelled;
        }
        StepsEnd::Broken(Outcome::Hosts {
            counts: self.counts,
            timed_out: self.failures > 0 && self.out_of_time == self.failures,
        })
    }
}

fn nowhere(task: &str) -> Outcome {
    Outcome::Broken {
        code: "NX0854".into(),
        message: format!("`{task}` has no host to run on"),
        help: Some(
            "name its hosts: `on = hosts.web;`, or check what `--hosts` leaves of them".into(),
        ),
    }
}
