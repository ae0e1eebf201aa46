//! One host of a task: connecting to it, and its steps one after the other.

use super::Shared;
use crate::output::KeptLog;
use crate::run::Run;
use nexus_executor::{Executor, Failure, FailureKind, Session, Stop, Stopper, Urgency};
use nexus_graph::event::{EventKind, HostFailure, HostName, HostOutcome, LogLine, Status};
use nexus_graph::{Host, Step, TaskId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// What a run has open on hosts.
pub(crate) struct Sessions {
    executor: Option<Arc<dyn Executor>>,
    places: Semaphore,
    open: RefCell<HashMap<String, Arc<dyn Session>>>,
    /// Hosts with a job of which nobody knows how it ended, and when they were started as far as that is
    /// known: what is kept there is needed.
    doubtful: RefCell<Vec<(String, Option<String>)>>,
    stopper: Stopper,
    pub stop: Stop,
    /// The run that is gone on with.
    before: Option<String>,
    /// What happens is written down, so that the run can be gone on with.
    pub journaled: bool,
}

impl Sessions {
    /// Nothing open yet.
    pub fn new(
        executor: Option<Arc<dyn Executor>>,
        parallel: usize,
        before: Option<String>,
        journaled: bool,
    ) -> Self {
        let (stopper, stop) = Stopper::new();
        Sessions {
            executor,
            places: Semaphore::new(parallel.max(1)),
            open: RefCell::default(),
            doubtful: RefCell::default(),
            stopper,
            stop,
            before,
            journaled,
        }
    }

    /// Waits until one more host may be worked on.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// What runs is to end.
    pub fn stop(&self) {
        self.stopper.ask(Urgency::Gently);
    }

    async fn open(&self, host: &Arc<Host>) -> Result<Arc<dyn Session>, Failure> {
        let Some(executor) = &self.executor else {
            return Err(nobody(host));
        };
        let session = executor.open(host, &self.stop).await?;
        let mut open = self.open.borrow_mut();
        open.insert(host.name.clone(), session.clone());
        Ok(session)
    }

    /// Ends everything at the end of a run, and removes what nobody will ask for any more.
    pub async fn close(&self, run: &str) {
        let Some(executor) = &self.executor else {
            return;
        };
        let doubtful = self.doubtful.take();
        let open = self.open.take();
        // Two hosts of a project may be one machine, which is told by when it was started.
        let needed: Vec<Option<String>> = doubtful
            .iter()
            .flat_map(|(host, boot)| {
                let now = open.get(host).map(|session| session.facts().boot_id);
                [Some(boot.clone()), now].into_iter().flatten()
            })
            .collect();
        let mut forgetting = tokio::task::JoinSet::new();
        for (_, session) in open {
            if needed.contains(&session.facts().boot_id) {
                continue;
            }
            let run = run.to_string();
            let before = self.before.clone();
            forgetting.spawn_local(async move {
                session.forget(&run).await;
                if let Some(before) = before {
                    session.forget(&before).await;
                }
            });
        }
        let patience = Duration::from_secs(2);
        let all = async { while forgetting.join_next().await.is_some() {} };
        // What is left is removed by a later run.
        let _ = tokio::time::timeout(patience, all).await;
        executor.close().await;
    }
}

fn nobody(host: &Host) -> Failure {
    Failure {
        kind: FailureKind::Settings,
        code: "NX0854".into(),
        title: "tasks on hosts cannot be run here".into(),
        message: String::new(),
        tried: Vec::new(),
        help: Vec::new(),
        host: host.name.clone(),
        hop: None,
        user: host.user.clone().unwrap_or_default(),
        address: host.address.clone(),
        port: host.port.unwrap_or(22),
    }
}

/// The work on one host.
pub(super) struct OnHost<'a> {
    pub run: &'a Rc<Run>,
    pub shared: &'a Rc<Shared>,
    pub host: &'a Arc<Host>,
    pub name: HostName,
    /// How many steps there are.
    pub steps: u32,
    /// What was printed, when the task's result is kept.
    pub log: Option<Arc<Mutex<KeptLog>>>,
}

/// What was done on a host.
pub(super) enum Work {
    /// Everything.
    Done { idle: bool },
    /// A run that is gone on with had done it.
    Kept,
}

/// Why the steps of a host do not go on.
pub(super) enum Halt {
    /// A step ended in a way that ends the task there.
    Failed(u32, Status),
    /// There is nobody to give a step to.
    Unusable(Failure),
    /// A step was begun and its end is not known.
    Lost(u32, Failure),
    /// The run is to stop.
    Cancelled,
}

impl<'a> OnHost<'a> {
    pub fn new(
        run: &'a Rc<Run>,
        shared: &'a Rc<Shared>,
        host: &'a Arc<Host>,
        name: HostName,
        steps: usize,
    ) -> Self {
        let kept = run.graph().task(shared.id).cached;
        OnHost {
            run,
            shared,
            host,
            name,
            steps: u32::try_from(steps).unwrap_or(u32::MAX),
            log: kept.then(Arc::default),
        }
    }

    /// What was printed.
    pub fn log(&self) -> Option<Vec<LogLine>> {
        let log = self.log.as_ref()?;
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        Some(std::mem::take(&mut *log).finish())
    }

    pub fn id(&self) -> TaskId {
        self.shared.id
    }

    /// Connects and runs every step.
    pub async fn all(&self, steps: &[Step]) -> HostOutcome {
        let outcome = self.outcome(steps).await;
        let boot = self.boot_then();
        let unknown = match &outcome {
            HostOutcome::Lost { .. } => true,
            HostOutcome::Unreachable { .. } | HostOutcome::Cancelled => boot.is_some(),
            _ => false,
        };
        if unknown {
            let mut doubtful = self.run.sessions.doubtful.borrow_mut();
            doubtful.push((self.host.name.clone(), boot.flatten()));
        }
        outcome
    }

    async fn outcome(&self, steps: &[Step]) -> HostOutcome {
        match self.connected(steps).await {
            Ok(Work::Done { idle }) => HostOutcome::Succeeded { idle },
            Ok(Work::Kept) => HostOutcome::Kept,
            Err(Halt::Failed(step, status)) => HostOutcome::Failed { step, status },
            Err(Halt::Cancelled) => HostOutcome::Cancelled,
            Err(Halt::Unusable(failure)) => HostOutcome::Unreachable {
                failure: told(&failure),
            },
            Err(Halt::Lost(step, failure)) => HostOutcome::Lost {
                step,
                failure: told(&failure),
            },
        }
    }

    async fn connected(&self, steps: &[Step]) -> Result<Work, Halt> {
        if self.is_kept(steps) {
            return Ok(Work::Kept);
        }
        let begin = Instant::now();
        let opening = self.run.sessions.open(self.host);
        let opened = match self.shared.deadline {
            None => opening.await,
            Some(deadline) => tokio::select! {
                biased;
                opened = opening => opened,
                () = self.run.clock.until(deadline) => {
                    return Err(Halt::Failed(0, Status::TimedOut));
                }
            },
        };
        let session = opened.map_err(|failure| match failure.kind {
            FailureKind::Cancelled => Halt::Cancelled,
            _ => Halt::Unusable(failure),
        })?;
        let connected = EventKind::HostConnected {
            id: self.id(),
            host: self.name.clone(),
            boot: session.facts().boot_id,
            micros: begin.elapsed().as_micros() as u64,
        };
        self.run.sink.event(connected).await;
        let first = self.resume(&*session, steps).await?;
        let mut idle = first == 0;
        for (number, step) in steps.iter().enumerate().skip(first as usize) {
            idle &= !self.step(&*session, number as u32, step).await?;
        }
        Ok(Work::Done { idle })
    }
}

/// A failure as events tell it.
fn told(failure: &Failure) -> HostFailure {
    let at = match failure.address.contains(':') {
        true => format!("[{}]:{}", failure.address, failure.port),
        false => format!("{}:{}", failure.address, failure.port),
    };
    let tried = failure.tried.iter();
    HostFailure {
        code: failure.code.clone(),
        title: failure.title.clone(),
        message: failure.message.clone(),
        tried: tried.map(|t| (t.what.clone(), t.result.clone())).collect(),
        help: failure.help.clone(),
        peer: match failure.user.is_empty() {
            true => at,
            false => format!("{}@{at}", failure.user),
        },
        hop: failure.hop.clone(),
        timed_out: failure.kind == FailureKind::Timeout,
    }
}
