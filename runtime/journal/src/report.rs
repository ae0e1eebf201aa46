//! What a journal amounts to: each task with its times and its end, and the run as a whole.

use crate::history::Ended;
use crate::record::{Header, Record};
use nexus_graph::event::{EventKind, LogLine, Origin, Outcome, Reason, SharedTotals, Summary};
use nexus_graph::{Digest, Event};
use std::collections::BTreeMap;

/// How far a task came.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskState {
    /// Nothing of it was executed: its result was known.
    Cached,
    /// Nothing of it was executed: this run, with which the run went on, had completed it.
    Kept(String),
    /// It was running when the journal ends.
    Running,
    /// It ended.
    Ended(Outcome),
}

/// One task of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRun {
    /// Its path.
    pub task: String,
    /// How far it came.
    pub state: TaskState,
    /// Start, microseconds since the Unix epoch.
    pub started: u64,
    /// Wall time in microseconds.
    pub micros: u64,
    /// Why it ran.
    pub reason: Option<Reason>,
    /// Its key, if it has one.
    pub key: Option<Digest>,
    /// Tasks of the run it waited for.
    pub after: Vec<String>,
    /// Retries of its steps.
    pub retries: u32,
    /// What it printed.
    pub log: Vec<LogLine>,
    /// Not everything it printed was kept.
    pub log_cut: bool,
    /// Where its result comes from, when it was fetched in this run.
    pub origin: Option<Origin>,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was known at its start.
    pub header: Header,
    /// Its name.
    pub run: String,
    /// Tasks asked for.
    pub targets: Vec<String>,
    /// Start, microseconds since the Unix epoch.
    pub started: u64,
    /// Wall time in microseconds: to the end, or to the last event.
    pub micros: u64,
    /// Its counts; `None` when it did not come to its end.
    pub summary: Option<Summary>,
    /// It was told to stop before everything was done.
    pub interrupted: bool,
    /// The run that it goes on with.
    pub resumes: Option<String>,
    /// The tasks in the order they started.
    pub tasks: Vec<TaskRun>,
    /// What a shared cache did.
    pub shared: Option<SharedTotals>,
}

impl Report {
    /// From what was read.
    pub fn new(header: Header, records: Vec<Record>) -> Report {
        let mut report = Report {
            header,
            run: String::new(),
            targets: Vec::new(),
            started: 0,
            micros: 0,
            summary: None,
            interrupted: false,
            resumes: None,
            tasks: Vec::new(),
            shared: None,
        };
        let mut by_id = BTreeMap::new();
        for record in records {
            match record {
                Record::Header(_) | Record::Progress { .. } => {}
                Record::OutputLeftOut { id } => {
                    if let Some(at) = by_id.get(&id) {
                        report.task(*at).log_cut = true;
                    }
                }
                Record::Event { event, after, .. } => report.note(event, after, &mut by_id),
            }
        }
        report
    }

    fn task(&mut self, at: usize) -> &mut TaskRun {
        &mut self.tasks[at]
    }

    fn note(&mut self, event: Event, after: Vec<String>, by_id: &mut BTreeMap<u32, usize>) {
        let now = event.time;
        if self.run.is_empty() {
            self.run = event.run;
            self.started = now;
        }
        self.micros = now.saturating_sub(self.started);
        match event.kind {
            EventKind::RunStarted {
                targets, resumes, ..
            } => {
                self.targets = targets;
                self.resumes = resumes;
            }
            EventKind::TaskCached {
                task, key, shared, ..
            } => self.tasks.push(TaskRun {
                key: Some(key),
                micros: shared.as_ref().map_or(0, |origin| origin.micros),
                origin: shared,
                state: TaskState::Cached,
                ..TaskRun::new(task, now)
            }),
            EventKind::TaskKept { task, run, .. } => self.tasks.push(TaskRun {
                state: TaskState::Kept(run),
                ..TaskRun::new(task, now)
            }),
            EventKind::TaskStarted {
                id, task, reason, ..
            } => {
                // A second start is the same task once more: an input was edited meanwhile.
                let at = *by_id.entry(id.0).or_insert_with(|| {
                    self.tasks.push(TaskRun::new(task, now));
                    self.tasks.len() - 1
                });
                let run = self.task(at);
                run.reason = Some(reason);
                run.after = after;
            }
            EventKind::Output { id, line, .. } => {
                if let Some(at) = by_id.get(&id.0) {
                    self.task(*at).log.push(line);
                }
            }
            EventKind::StepFinished { id, will_retry, .. } => {
                if let Some(at) = by_id.get(&id.0) {
                    self.task(*at).retries += u32::from(will_retry);
                }
            }
            EventKind::TaskFinished {
                id,
                task,
                outcome,
                micros,
                key,
                ..
            } => {
                let at = *by_id.entry(id.0).or_insert_with(|| {
                    self.tasks.push(TaskRun::new(task, now));
                    self.tasks.len() - 1
                });
                let run = self.task(at);
                run.micros = micros;
                run.key = key;
                run.state = TaskState::Ended(outcome);
            }
            EventKind::RunFinished {
                summary,
                micros,
                interrupted,
            } => {
                self.summary = Some(summary);
                self.interrupted = interrupted;
                self.micros = micros;
            }
            EventKind::SharedCache(totals) => self.shared = Some(totals),
            EventKind::Uploading { .. }
            | EventKind::HostConnected { .. }
            | EventKind::HostFinished { .. }
            | EventKind::StepStarted { .. }
            | EventKind::StepSkipped { .. }
            | EventKind::StepRetrying { .. }
            | EventKind::Shutdown { .. }
            | EventKind::RunAborted { .. }
            | EventKind::TaskVerified { .. }
            | EventKind::Warning { .. } => {}
        }
        // What never ends is measured to the last thing heard.
        for task in &mut self.tasks {
            if task.state == TaskState::Running {
                task.micros = now.saturating_sub(task.started);
            }
        }
    }

    /// How the run ended; `None` when the journal does not say.
    pub fn ended(&self) -> Option<Ended> {
        let summary = self.summary?;
        Some(match () {
            () if self.interrupted => Ended::Cancelled,
            () if summary.failed > 0 => Ended::Failed,
            () if !summary.complete() => Ended::Cancelled,
            () => Ended::Succeeded,
        })
    }

    /// The task with this path.
    pub fn find(&self, task: &str) -> Option<&TaskRun> {
        self.tasks.iter().find(|t| t.task == task)
    }

    /// The tasks that were executed, the longest first.
    pub fn slowest(&self) -> Vec<&TaskRun> {
        let mut tasks: Vec<&TaskRun> = self.tasks.iter().filter(|t| t.executed()).collect();
        tasks.sort_by(|a, b| b.micros.cmp(&a.micros).then(a.task.cmp(&b.task)));
        tasks
    }
}

impl TaskRun {
    fn new(task: String, started: u64) -> TaskRun {
        TaskRun {
            task,
            state: TaskState::Running,
            started,
            micros: 0,
            reason: None,
            key: None,
            after: Vec::new(),
            retries: 0,
            log: Vec::new(),
            log_cut: false,
            origin: None,
        }
    }

    /// Whether it was executed and did what it should.
    pub fn succeeded(&self) -> bool {
        self.executed() && self.state == TaskState::Ended(Outcome::Succeeded)
    }

    /// Whether anything of it was executed.
    pub fn executed(&self) -> bool {
        self.reason.is_some()
    }
}
