//! What is known about the tasks that run at the moment.

use nexus_graph::event::{EventKind, LogLine, Status};
use nexus_graph::{Event, TaskId};
use std::collections::HashMap;

/// A task between its start and its end.
#[derive(Clone, Debug)]
pub struct Running {
    /// Its path.
    pub task: String,
    /// The steps begun so far.
    pub steps: Vec<StepRun>,
}

/// One step of it.
#[derive(Clone, Debug)]
pub struct StepRun {
    /// Position in the task.
    pub index: u32,
    /// The command.
    pub command: String,
    /// The attempt it is at, from 1.
    pub attempt: u32,
    /// How the last attempt ended and how long it took in microseconds.
    pub ended: Option<(Status, u64)>,
    /// Why it was not needed.
    pub skipped: Option<String>,
    /// Everything it printed, over all attempts.
    pub lines: Vec<LogLine>,
}

impl StepRun {
    /// Whether it failed and the task went on all the same, once a later step runs.
    pub fn forgiven(&self) -> Option<Status> {
        self.ended
            .map(|(status, _)| status)
            .filter(|status| !status.success())
    }
}

impl Running {
    /// The step at `index`.
    pub fn step(&self, index: u32) -> Option<&StepRun> {
        self.steps.iter().rev().find(|s| s.index == index)
    }

    /// The step that `index` follows, if it was executed.
    pub fn before(&self, index: u32) -> Option<&StepRun> {
        let before = self.steps.iter().rev().find(|s| s.index < index);
        before.filter(|step| step.ended.is_some())
    }

    fn step_mut(&mut self, index: u32) -> Option<&mut StepRun> {
        self.steps.iter_mut().rev().find(|s| s.index == index)
    }
}

/// The running tasks by id. Fed with every event; a finished task is taken out by its renderer.
#[derive(Debug, Default)]
pub struct Track {
    tasks: HashMap<TaskId, Running>,
    /// Whether output lines are kept.
    keep_lines: bool,
}

impl Track {
    /// Remembers tasks, steps and everything they print.
    pub fn with_lines() -> Self {
        Track {
            tasks: HashMap::new(),
            keep_lines: true,
        }
    }

    /// Remembers tasks and steps only.
    pub fn without_lines() -> Self {
        Track::default()
    }

    /// A running task.
    pub fn get(&self, id: TaskId) -> Option<&Running> {
        self.tasks.get(&id)
    }

    /// A task that has ended.
    pub fn take(&mut self, id: TaskId) -> Option<Running> {
        self.tasks.remove(&id)
    }

    /// Takes note of `event`.
    pub fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::TaskStarted { id, task, .. } => {
                let running = Running {
                    task: task.clone(),
                    steps: Vec::new(),
                };
                self.tasks.insert(*id, running);
            }
            EventKind::StepStarted {
                id,
                step,
                command,
                attempt,
                ..
            } => {
                let Some(running) = self.tasks.get_mut(id) else {
                    return;
                };
                match running.step_mut(*step) {
                    Some(known) => {
                        known.attempt = *attempt;
                        known.ended = None;
                    }
                    None => running.steps.push(StepRun {
                        index: *step,
                        command: command.clone(),
                        attempt: *attempt,
                        ended: None,
                        skipped: None,
                        lines: Vec::new(),
                    }),
                }
            }
            EventKind::StepSkipped {
                id,
                step,
                command,
                because,
            } => {
                if let Some(running) = self.tasks.get_mut(id) {
                    running.steps.push(StepRun {
                        index: *step,
                        command: command.clone(),
                        attempt: 0,
                        ended: None,
                        skipped: Some(because.clone()),
                        lines: Vec::new(),
                    });
                }
            }
            EventKind::Output { id, step, line } if self.keep_lines => {
                let step = self.tasks.get_mut(id).and_then(|t| t.step_mut(*step));
                if let Some(step) = step {
                    step.lines.push(line.clone());
                }
            }
            EventKind::StepFinished {
                id,
                step,
                status,
                micros,
                ..
            } => {
                let step = self.tasks.get_mut(id).and_then(|t| t.step_mut(*step));
                if let Some(step) = step {
                    step.ended = Some((*status, *micros));
                }
            }
            _ => {}
        }
    }
}
