//! The dispatcher: the one place that decides what starts, that numbers events and that knows how
//! the run is going. Everything else runs beside it and sends messages.
//!
//! After a failure nothing new is started, and what runs is allowed to finish: its result is
//! kept, so the time it took is not lost. With `continue_on_error` everything that does not
//! depend on the failure still runs. When cancelled, what runs is ended at once.

use crate::basis::Basis;
use crate::cached::settle;
use crate::durable::Durable;
use crate::emit::Emitter;
use crate::error::EngineError;
use crate::execute::left_behind;
use crate::limits::Shortage;
use crate::message::Message;
use crate::plan::Plan;
use crate::run::{Context, Run};
use crate::task::{self, End, Finished};
use nexus_graph::event::{EventKind, Outcome, Summary};
use nexus_graph::{Digest, TaskId, TaskKind};
use nexus_store::snapshot::TaskState;
use nix::sys::signal::{Signal, raise};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// Tasks that may be under way with a shared cache.
pub(crate) const ASKING: usize = 32;
/// Tasks on hosts that are under way at the same time, beside those that are done here.
const APART: usize = 256;

/// How a run went.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Identifies the run in its events.
    pub run: String,
    /// Counts over the tasks with work.
    pub summary: Summary,
    /// Tasks that ended otherwise than they should, in the order they ended.
    pub failures: Vec<(TaskId, Outcome)>,
    /// For the next snapshot: what decided each task that is up to date now, except those that
    /// were known to be before.
    pub states: Vec<(TaskId, TaskState)>,
    /// Whether it was cancelled from outside.
    pub cancelled: bool,
    /// Wall time in microseconds.
    pub micros: u64,
}

impl RunReport {
    /// Whether every target is done.
    pub fn success(&self) -> bool {
        self.failures.is_empty() && !self.cancelled
    }
}

/// State of a run in progress.
pub(crate) struct Dispatcher<'a> {
    run: Rc<Run>,
    plan: Plan,
    emitter: Emitter<'a>,
    running: HashSet<TaskId>,
    /// How many of them are on hosts and take no slot.
    apart: usize,
    over: Vec<bool>,
    forced: HashSet<TaskId>,
    up_to_date: &'a [Option<Digest>],
    bases: Vec<(TaskId, Digest, Basis)>,
    report: RunReport,
    begin: Instant,
    shortage: Option<Shortage>,
    /// Steps executed so far, by position of the task in the graph.
    steps: Vec<u32>,
    durable: Option<Arc<dyn Durable>>,
}

impl<'a> Dispatcher<'a> {
    /// Plans the run.
    pub fn new(
        run: Rc<Run>,
        targets: &[TaskId],
        context: &'a Context,
        emitter: Emitter<'a>,
        shortage: Option<Shortage>,
    ) -> Self {
        let up_to_date = context.up_to_date.as_slice();
        let report = RunReport {
            run: emitter.run().to_string(),
            summary: Summary {
                cached: context.besides.known,
                ..Summary::default()
            },
            failures: Vec::new(),
            states: Vec::new(),
            cancelled: false,
            micros: 0,
        };
        // What is forced may change what its users find, so then nothing is certain.
        let force = run.shared.options.force;
        let known = |id: TaskId| match force {
            true => None,
            false => up_to_date.get(id.index()).copied().flatten(),
        };
        let mut plan = Plan::new(run.graph(), targets, |id| known(id).is_some());
        if !run.shared.options.parallel_with_hosts {
            plan.set_apart(|id| run.graph().task(id).remote.is_some());
        }
        Dispatcher {
            plan,
            over: vec![false; run.graph().tasks.len()],
            steps: vec![0; run.graph().tasks.len()],
            forced: forced(&run, targets),
            up_to_date,
            running: HashSet::new(),
            apart: 0,
            begin: Instant::now(),
            bases: Vec::new(),
            durable: context.durable.clone(),
            emitter,
            report,
            run,
            shortage,
        }
    }

    /// Runs everything to its end.
    pub async fn all(
        mut self,
        targets: &[TaskId],
        mut messages: mpsc::Receiver<Message<Finished>>,
    ) -> Result<RunReport, EngineError> {
        self.announce(targets);
        let run = self.run.clone();
        let mut stops = run.cancel.stops();
        loop {
            if run.cancel.is_cancelled() && !self.report.cancelled {
                self.report.cancelled = true;
                run.sessions.stop();
                self.shut_down();
            }
            self.start_what_may();
            if self.plan.is_over() {
                break;
            }
            tokio::select! {
                biased;
                () = run.cancel.cancelled(), if !self.report.cancelled => {}
                // The sender lives as long as the run.
                Ok(()) = stops.changed() => stop_for_a_while(&run).await,
                message = messages.recv() => match message {
                    Some(message) => if let Err(error) = self.take(message) {
                        self.aborted(&error);
                        return Err(error);
                    },
                    // Every task holds a sender, and so does the run.
                    None => break,
                },
            }
        }
        run.sessions.close(&self.report.run).await;
        if let Some(guard) = run.started_guard() {
            for leftover in guard.finish().await.unwrap_or_default() {
                self.emitter.emit(left_behind(None, &leftover));
            }
        }
        let settled = std::mem::take(&mut self.bases)
            .into_iter()
            .filter_map(|(id, key, basis)| Some((id, basis.settle(&run.shared, id, key)?)));
        self.report.states = settled.collect();
        let mut warnings = run.shared.store.take_warnings();
        if let Some(cache) = &run.shared.remote.cache {
            settle(&run, cache, |event| self.emitter.emit(event)).await;
            let totals = cache.take_totals();
            if totals.hits + totals.misses + totals.written + totals.unwritten > 0 {
                self.emitter.emit(EventKind::SharedCache(totals));
            }
            warnings.extend(cache.take_warning());
        }
        for warning in warnings {
            let (code, message, help) = (warning.code.to_string(), warning.message, warning.help);
            self.emitter.emit(EventKind::Warning {
                task: None,
                code,
                message,
                help,
            });
        }
        self.report.micros = self.begin.elapsed().as_micros() as u64;
        let (summary, micros) = (self.report.summary, self.report.micros);
        self.emitter.emit(EventKind::RunFinished {
            summary,
            micros,
            interrupted: self.report.cancelled,
        });
        Ok(self.report)
    }

    /// Tells that the run begins, and what needs no look.
    fn announce(&mut self, targets: &[TaskId]) {
        let graph = self.run.graph();
        let work = |id: &TaskId| graph.task(*id).kind == TaskKind::Work;
        let each = self.run.shared.options.announce_known;
        let known = if each { self.plan.known.len() } else { 0 };
        let tasks = known + self.plan.open().filter(work).count();
        let started = EventKind::RunStarted {
            targets: targets
                .iter()
                .map(|id| graph.task(*id).path.clone())
                .collect(),
            tasks: tasks as u32,
            parallel: self.run.shared.options.parallel as u32,
            project: self.run.shared.project.clone(),
            nexus: env!("CARGO_PKG_VERSION").to_string(),
            resumes: self.run.resumption.as_ref().map(|r| r.run.clone()),
        };
        self.emitter.emit(started);
        if let Some(shortage) = self.shortage.take() {
            self.emitter.emit(shortage.warning());
        }
        for id in std::mem::take(&mut self.plan.known) {
            let Some(key) = self.up_to_date[id.index()] else {
                continue;
            };
            self.over[id.index()] = true;
            self.report.summary.cached += 1;
            if !each {
                continue;
            }
            self.emitter.emit(EventKind::TaskCached {
                id,
                task: self.run.graph().task(id).path.clone(),
                key,
                restored: Vec::new(),
                log: Vec::new(),
                saved: None,
                shared: None,
            });
        }
    }

    fn start_what_may(&mut self) {
        // Twice as many as may execute: the next ones get ready while the others run. Those that
        // wait for a network are no work for anybody here.
        let most = self.run.shared.options.parallel.max(1) * 2;
        let most = match self.run.shared.remote.cache {
            Some(_) => most.max(ASKING),
            None => most,
        };
        while !self.run.stopping.get() {
            let here = self.running.len() - self.apart < most;
            let Some(id) = self.plan.next_of(here, self.apart < APART) else {
                return;
            };
            match self.run.graph().task(id).kind {
                TaskKind::Group => {
                    self.over[id.index()] = true;
                    self.plan.succeeded(id);
                }
                TaskKind::Work => {
                    self.running.insert(id);
                    self.apart += usize::from(self.plan.is_apart(id));
                    let force = self.forced.contains(&id);
                    tokio::task::spawn_local(task::run(self.run.clone(), id, force));
                }
            }
        }
    }

    fn take(&mut self, message: Message<Finished>) -> Result<(), EngineError> {
        match message {
            Message::Event(kind) => self.event(kind),
            Message::Lines {
                id,
                host,
                step,
                lines,
            } => {
                for line in lines {
                    let host = host.clone();
                    self.emitter.emit(EventKind::Output {
                        id,
                        host,
                        step,
                        line,
                    });
                }
            }
            Message::Told { durable, answer } => match &self.durable {
                Some(subscriber) if durable => subscriber.flush(Box::new(move || {
                    // Who asked may have been cancelled.
                    let _ = answer.send(());
                })),
                _ => drop(answer.send(())),
            },
            Message::Done(Finished { id, end }) => {
                if self.running.remove(&id) {
                    self.apart -= usize::from(self.plan.is_apart(id));
                }
                self.over[id.index()] = true;
                match end {
                    Ok(end) => self.finished(id, end),
                    Err(_) => return Err(self.run.guard_error()),
                }
            }
        }
        Ok(())
    }

    /// Emits what a task tells, and counts its steps.
    fn event(&mut self, mut kind: EventKind) {
        match &mut kind {
            EventKind::StepFinished {
                id,
                will_retry: false,
                ..
            } => self.steps[id.index()] += 1,
            EventKind::TaskFinished { id, steps, .. } => *steps = self.steps[id.index()],
            _ => {}
        }
        self.emitter.emit(kind);
    }

    fn aborted(&mut self, error: &EngineError) {
        self.emitter.emit(EventKind::RunAborted {
            code: error.code().to_string(),
            message: error.to_string(),
            micros: self.begin.elapsed().as_micros() as u64,
        });
    }

    fn finished(&mut self, id: TaskId, end: End) {
        let summary = &mut self.report.summary;
        match end {
            End::Cached {
                restored,
                shared,
                basis,
            } => {
                summary.cached += 1;
                summary.restored += u32::from(restored);
                summary.shared += u32::from(shared);
                self.made(id, basis);
                self.plan.succeeded(id);
            }
            End::Executed {
                outcome: Outcome::Succeeded,
                idle,
                basis,
            } => {
                match idle {
                    true => summary.idle += 1,
                    false => summary.executed += 1,
                }
                self.made(id, basis);
                self.plan.succeeded(id);
            }
            End::Kept => {
                summary.kept += 1;
                self.plan.succeeded(id);
            }
            End::Verified { outcome, basis } => {
                match &outcome {
                    Outcome::Succeeded => summary.verified += 1,
                    Outcome::Cancelled => summary.cancelled += 1,
                    _ => summary.failed += 1,
                }
                if outcome != Outcome::Succeeded {
                    self.report.failures.push((id, outcome));
                }
                // What was there before is there again, so its users can go on.
                self.made(id, basis);
                self.plan.succeeded(id);
            }
            End::Executed { outcome, .. } => {
                match outcome {
                    Outcome::Cancelled => summary.cancelled += 1,
                    _ => summary.failed += 1,
                }
                let failed = !matches!(outcome, Outcome::Cancelled);
                self.report.failures.push((id, outcome));
                let because = self.run.graph().task(id).path.clone();
                for lost in self.plan.failed(id) {
                    let because = because.clone();
                    self.never_ran(
                        lost,
                        if failed {
                            Outcome::Skipped { because }
                        } else {
                            Outcome::Cancelled
                        },
                    );
                }
                if failed && !self.run.shared.options.continue_on_error {
                    self.stop();
                }
            }
        }
    }

    /// Notes the result of a cached task.
    fn made(&mut self, id: TaskId, basis: Option<(Digest, Basis)>) {
        if let Some((key, basis)) = basis {
            self.run.made.borrow_mut()[id.index()] = Some(key);
            self.bases.push((id, key, basis));
        }
    }

    /// Tells that the run was told to stop, and stops it.
    fn shut_down(&mut self) {
        let mut running: Vec<TaskId> = self.running.iter().copied().collect();
        running.sort_unstable();
        let graph = self.run.graph();
        let running = running.iter().map(|id| graph.task(*id).path.clone());
        let shutdown = EventKind::Shutdown {
            signal: self.run.cancel.signal().map(str::to_string),
            running: running.collect(),
        };
        self.emitter.emit(shutdown);
        self.stop();
    }

    /// Starts nothing new from here on.
    fn stop(&mut self) {
        self.run.stopping.set(true);
        let (running, over) = (&self.running, &self.over);
        let lost = self
            .plan
            .abandon(|id| running.contains(&id) || over[id.index()]);
        for id in lost {
            self.never_ran(id, Outcome::Cancelled);
        }
    }

    fn never_ran(&mut self, id: TaskId, outcome: Outcome) {
        self.over[id.index()] = true;
        let task = self.run.graph().task(id);
        if task.kind == TaskKind::Group {
            return;
        }
        match outcome {
            Outcome::Skipped { .. } => self.report.summary.skipped += 1,
            _ => self.report.summary.cancelled += 1,
        }
        self.report.failures.push((id, outcome.clone()));
        let task = task.path.clone();
        self.emitter.emit(EventKind::TaskFinished {
            id,
            task,
            outcome,
            micros: 0,
            key: None,
            unchanged: false,
            idle: false,
            steps: 0,
        });
    }
}

/// Stops what runs and then this process; goes on when somebody lets it.
async fn stop_for_a_while(run: &Run) {
    let guard = run.started_guard();
    if let Some(guard) = guard {
        // A guard that is gone is noticed by the tasks.
        let _ = guard.stop(true).await;
    }
    // Nothing happens here before SIGCONT.
    let _ = raise(Signal::SIGSTOP);
    if let Some(guard) = guard {
        let _ = guard.stop(false).await;
    }
}

/// The tasks to execute whatever is known: the targets, and what groups among them stand for.
fn forced(run: &Run, targets: &[TaskId]) -> HashSet<TaskId> {
    if !run.shared.options.force {
        return HashSet::new();
    }
    let kept = |id: &TaskId| {
        let path = &run.graph().task(*id).path;
        let known = run.resumption.as_ref().and_then(|r| r.progress.get(path));
        known.is_some_and(|progress| progress.finished)
    };
    targets
        .iter()
        .flat_map(|id| run.shared.behind(*id))
        .filter(|id| !kept(id))
        .collect()
}
