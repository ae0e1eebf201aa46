//! The dispatcher: the one place that decides what starts, that numbers events and that knows how
//! the run is going. Everything else runs beside it and sends messages.
//!
//! After a failure nothing new is started, and what runs is allowed to finish: its result is
//! kept, so the time it took is not lost. With `continue_on_error` everything that does not
//! depend on the failure still runs. When cancelled, what runs is ended at once.

use crate::emit::Emitter;
use crate::error::EngineError;
use crate::execute::left_behind;
use crate::message::Message;
use crate::plan::Plan;
use crate::run::Run;
use crate::task::{self, End, Finished};
use nexus_graph::event::{EventKind, LogLine, Outcome, Summary};
use nexus_graph::{TaskId, TaskKind};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Instant;
use tokio::sync::mpsc;

/// How a run went.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// Identifies the run in its events.
    pub run: String,
    /// Counts over the tasks with work.
    pub summary: Summary,
    /// Tasks that ended otherwise than they should, in the order they ended.
    pub failures: Vec<(TaskId, Outcome)>,
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
    over: Vec<bool>,
    /// Nothing new is started.
    stopping: bool,
    report: RunReport,
    begin: Instant,
}

impl<'a> Dispatcher<'a> {
    /// Plans the run.
    pub fn new(run: Rc<Run>, targets: &[TaskId], emitter: Emitter<'a>) -> Self {
        let report = RunReport {
            run: emitter.run().to_string(),
            summary: Summary::default(),
            failures: Vec::new(),
            cancelled: false,
            micros: 0,
        };
        Dispatcher {
            plan: Plan::new(&run.graph, targets),
            over: vec![false; run.graph.tasks.len()],
            running: HashSet::new(),
            stopping: false,
            begin: Instant::now(),
            emitter,
            report,
            run,
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
        loop {
            if run.cancel.is_cancelled() && !self.report.cancelled {
                self.report.cancelled = true;
                self.stop();
            }
            self.start_what_may();
            if self.plan.is_over() {
                break;
            }
            tokio::select! {
                biased;
                () = run.cancel.cancelled(), if !self.report.cancelled => {}
                message = messages.recv() => match message {
                    Some(message) => self.take(message)?,
                    // Every task holds a sender, and so does the run.
                    None => break,
                },
            }
        }
        if let Some(guard) = run.started_guard() {
            for leftover in guard.finish().await.unwrap_or_default() {
                self.emitter.emit(left_behind(None, &leftover));
            }
        }
        self.report.micros = self.begin.elapsed().as_micros() as u64;
        let (summary, micros) = (self.report.summary, self.report.micros);
        self.emitter
            .emit(EventKind::RunFinished { summary, micros });
        Ok(self.report)
    }

    fn announce(&mut self, targets: &[TaskId]) {
        let graph = &self.run.graph;
        let work = |id: &TaskId| graph.task(*id).kind == TaskKind::Work;
        let tasks = graph.closure(targets).iter().filter(|id| work(id)).count() as u32;
        let started = EventKind::RunStarted {
            targets: targets
                .iter()
                .map(|id| graph.task(*id).path.clone())
                .collect(),
            tasks,
            parallel: self.run.options.parallel as u32,
        };
        self.emitter.emit(started);
    }

    fn start_what_may(&mut self) {
        while !self.stopping && self.running.len() < self.run.options.parallel.max(1) {
            let Some(id) = self.plan.next() else { return };
            match self.run.graph.task(id).kind {
                TaskKind::Group => {
                    self.over[id.index()] = true;
                    self.plan.succeeded(id);
                }
                TaskKind::Work => {
                    self.running.insert(id);
                    tokio::task::spawn_local(task::run(self.run.clone(), id));
                }
            }
        }
    }

    fn take(&mut self, message: Message<Finished>) -> Result<(), EngineError> {
        match message {
            Message::Event(kind) => self.emitter.emit(kind),
            Message::Lines { id, step, lines } => {
                for line in lines {
                    self.output(id, step, line);
                }
            }
            Message::Done(Finished { id, end }) => {
                self.running.remove(&id);
                self.over[id.index()] = true;
                match end {
                    Ok(end) => self.finished(id, end),
                    Err(_) => return Err(self.run.guard_error()),
                }
            }
        }
        Ok(())
    }

    fn output(&mut self, id: TaskId, step: u32, line: LogLine) {
        self.emitter.emit(EventKind::Output { id, step, line });
    }

    fn finished(&mut self, id: TaskId, end: End) {
        let summary = &mut self.report.summary;
        match end {
            End::Cached { restored } => {
                summary.cached += 1;
                summary.restored += u32::from(restored);
                self.plan.succeeded(id);
            }
            End::Executed(Outcome::Succeeded) => {
                summary.executed += 1;
                self.plan.succeeded(id);
            }
            End::Executed(outcome) => {
                match outcome {
                    Outcome::Cancelled => summary.cancelled += 1,
                    _ => summary.failed += 1,
                }
                let failed = !matches!(outcome, Outcome::Cancelled);
                self.report.failures.push((id, outcome));
                let because = self.run.graph.task(id).path.clone();
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
                if failed && !self.run.options.continue_on_error {
                    self.stop();
                }
            }
        }
    }

    /// Starts nothing new from here on.
    fn stop(&mut self) {
        self.stopping = true;
        let (running, over) = (&self.running, &self.over);
        let lost = self
            .plan
            .abandon(|id| running.contains(&id), |id| over[id.index()]);
        for id in lost {
            self.never_ran(id, Outcome::Cancelled);
        }
    }

    fn never_ran(&mut self, id: TaskId, outcome: Outcome) {
        self.over[id.index()] = true;
        let task = self.run.graph.task(id);
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
        });
    }
}
