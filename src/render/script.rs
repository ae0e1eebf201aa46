//! Event scripts for the tests of renderers: a run told step by step, with a clock of its own.

use super::Renderer;
use super::look::{Glyphs, Look};
use nexus_graph::event::{EventKind, LogLine, Outcome, Reason, Status, Stream, Summary};
use nexus_graph::{Digest, Event, TaskId};

/// When every script begins, in microseconds since the epoch.
const BEGIN: u64 = 1_700_000_000_000_000;

/// The time `millis` after the beginning.
pub fn at(millis: u64) -> u64 {
    BEGIN + millis * 1000
}

/// A run in the making.
pub struct Script {
    events: Vec<Event>,
    time: u64,
    names: Vec<(u32, String)>,
    summary: Summary,
}

impl Script {
    /// A run of `targets` with `tasks` tasks.
    pub fn new(targets: &[&str], tasks: u32) -> Self {
        let mut script = Script {
            events: Vec::new(),
            time: BEGIN,
            names: Vec::new(),
            summary: Summary::default(),
        };
        script.add(EventKind::RunStarted {
            targets: targets.iter().map(|t| t.to_string()).collect(),
            tasks,
            parallel: 4,
            project: "/p".into(),
            nexus: "0".into(),
            resumes: None,
        });
        script
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub fn add(&mut self, kind: EventKind) -> &mut Self {
        self.events.push(Event {
            run: "r1".into(),
            sequence: self.events.len() as u64,
            time: self.time,
            kind,
        });
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, millis: u64) -> &mut Self {
        self.time += millis * 1000;
        self
    }

    pub fn cached(&mut self, id: u32, task: &str, restored: &[&str], log: &[&str]) -> &mut Self {
        self.summary.cached += 1;
        self.summary.restored += u32::from(!restored.is_empty());
        self.add(EventKind::TaskCached {
            id: TaskId(id),
            task: task.into(),
            key: Digest([id as u8; 32]),
            restored: restored.iter().map(|r| r.to_string()).collect(),
            log: log.iter().map(|l| line(l)).collect(),
            saved: None,
            shared: None,
        })
    }

    pub fn start(&mut self, id: u32, task: &str) -> &mut Self {
        self.start_because(id, task, Reason::FirstRun)
    }

    pub fn start_because(&mut self, id: u32, task: &str, reason: Reason) -> &mut Self {
        self.names.push((id, task.into()));
        self.add(EventKind::TaskStarted {
            id: TaskId(id),
            task: task.into(),
            reason,
            basis: None,
            from: 0,
        })
    }

    pub fn step(&mut self, id: u32, step: u32, command: &str) -> &mut Self {
        self.attempt(id, step, command, 1)
    }

    pub fn attempt(&mut self, id: u32, step: u32, command: &str, attempt: u32) -> &mut Self {
        self.add(EventKind::StepStarted {
            id: TaskId(id),
            host: None,
            step,
            command: command.into(),
            attempt,
            user: None,
            begun_by: None,
        })
    }

    pub fn skip_step(&mut self, id: u32, step: u32, command: &str, because: &str) -> &mut Self {
        self.add(EventKind::StepSkipped {
            id: TaskId(id),
            host: None,
            step,
            command: command.into(),
            because: because.into(),
        })
    }

    pub fn print(&mut self, id: u32, step: u32, text: &str) -> &mut Self {
        self.add(EventKind::Output {
            id: TaskId(id),
            host: None,
            step,
            line: line(text),
        })
    }

    pub fn end_step(&mut self, id: u32, step: u32, status: Status, millis: u64) -> &mut Self {
        self.end_attempt(id, step, status, millis, false)
    }

    pub fn end_attempt(
        &mut self,
        id: u32,
        step: u32,
        status: Status,
        millis: u64,
        will_retry: bool,
    ) -> &mut Self {
        self.wait(millis);
        self.add(EventKind::StepFinished {
            id: TaskId(id),
            host: None,
            step,
            status,
            micros: millis * 1000,
            will_retry,
            attempt: 1,
        })
    }

    pub fn finish(&mut self, id: u32, outcome: Outcome, millis: u64) -> &mut Self {
        let task = self
            .names
            .iter()
            .find(|(known, _)| *known == id)
            .map_or_else(|| format!("task_{id}"), |(_, name)| name.clone());
        self.finish_named(id, &task, outcome, millis)
    }

    pub fn finish_named(
        &mut self,
        id: u32,
        task: &str,
        outcome: Outcome,
        millis: u64,
    ) -> &mut Self {
        match &outcome {
            Outcome::Succeeded => self.summary.executed += 1,
            Outcome::Failed { .. } | Outcome::Hosts { .. } | Outcome::Broken { .. } => {
                self.summary.failed += 1
            }
            Outcome::Skipped { .. } => self.summary.skipped += 1,
            Outcome::Cancelled => self.summary.cancelled += 1,
        }
        self.add(EventKind::TaskFinished {
            id: TaskId(id),
            task: task.into(),
            outcome,
            micros: millis * 1000,
            key: Some(Digest([id as u8; 32])),
            unchanged: false,
            idle: false,
            steps: 0,
        })
    }

    /// A task of which no step was necessary.
    pub fn finish_idle(&mut self, id: u32, millis: u64) -> &mut Self {
        self.finish(id, Outcome::Succeeded, millis);
        self.summary.executed -= 1;
        self.summary.idle += 1;
        if let Some(Event {
            kind: EventKind::TaskFinished { idle, .. },
            ..
        }) = self.events.last_mut()
        {
            *idle = true;
        }
        self
    }

    /// A task with one step that succeeds.
    pub fn whole(&mut self, id: u32, task: &str, command: &str, millis: u64) -> &mut Self {
        self.start(id, task)
            .step(id, 0, command)
            .end_step(id, 0, Status::Exit(0), millis)
            .finish(id, Outcome::Succeeded, millis)
    }

    /// A step that exits with `code` and with it the task.
    pub fn fail(&mut self, id: u32, step: u32, code: i32, millis: u64) -> &mut Self {
        let status = Status::Exit(code);
        self.end_step(id, step, status, millis)
            .finish(id, Outcome::Failed { step, status }, millis)
    }

    /// Ends the run.
    pub fn done(&mut self) -> &mut Self {
        let (summary, micros) = (self.summary, self.time - BEGIN);
        self.add(EventKind::RunFinished {
            summary,
            micros,
            interrupted: false,
        })
    }

    /// The whole report.
    pub fn render(&self, mut renderer: impl Renderer) -> String {
        let mut out = String::new();
        for event in &self.events {
            renderer.event(event, &mut out);
        }
        out
    }
}

pub fn line(text: &str) -> LogLine {
    LogLine {
        stream: if text.starts_with("warning") {
            Stream::Stderr
        } else {
            Stream::Stdout
        },
        text: text.into(),
    }
}

/// Symbols, no colours, 80 columns.
pub fn terminal() -> Look {
    Look::test(Glyphs::Unicode, Some(80))
}
