//! What is known about the tasks that run at the moment.

use super::lines::Lines;
use nexus_graph::event::{EventKind, HostName, HostOutcome, Status};
use nexus_graph::{Event, TaskId};
use std::collections::HashMap;

/// A task between its start and its end.
#[derive(Clone, Debug)]
pub struct Running {
    /// Its path.
    pub task: String,
    /// The steps begun so far, when it runs here.
    pub steps: Vec<StepRun>,
    /// The hosts begun so far, when it runs on hosts.
    pub hosts: Vec<HostRun>,
    /// Positions in `hosts`: every line of output is one of a host.
    known: HashMap<HostName, usize>,
}

/// A host of a task.
#[derive(Clone, Debug)]
pub struct HostRun {
    /// Its name.
    pub name: HostName,
    /// The steps begun there so far.
    pub steps: Vec<StepRun>,
    /// How it ended there, and how long it took in microseconds.
    pub ended: Option<(HostOutcome, u64)>,
}

/// So many bytes of what a step printed are kept of its beginning, and of its end.
const KEPT: usize = 1 << 20;

/// The same of a step on a host: there may be many hosts.
const KEPT_OF_HOST: usize = 64 * 1024;

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
    /// What it printed, over all attempts; of a step on a host less of it.
    pub lines: Lines,
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

    /// The steps here, or on a host.
    fn steps_on(&mut self, host: Option<&HostName>) -> &mut Vec<StepRun> {
        match host {
            None => &mut self.steps,
            Some(name) => &mut self.host(name).steps,
        }
    }

    fn host(&mut self, name: &HostName) -> &mut HostRun {
        let at = self.known.get(name).copied();
        let at = at.unwrap_or_else(|| {
            self.known.insert(name.clone(), self.hosts.len());
            self.hosts.push(HostRun {
                name: name.clone(),
                steps: Vec::new(),
                ended: None,
            });
            self.hosts.len() - 1
        });
        &mut self.hosts[at]
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
                    hosts: Vec::new(),
                    known: HashMap::new(),
                };
                self.tasks.insert(*id, running);
            }
            EventKind::StepStarted {
                id,
                host,
                step,
                command,
                attempt,
                ..
            } => {
                let Some(running) = self.tasks.get_mut(id) else {
                    return;
                };
                let steps = running.steps_on(host.as_ref());
                match at(steps, *step) {
                    Some(known) => {
                        known.attempt = *attempt;
                        known.ended = None;
                    }
                    None => steps.push(StepRun {
                        index: *step,
                        command: command.clone(),
                        attempt: *attempt,
                        ended: None,
                        skipped: None,
                        lines: Lines::default(),
                    }),
                }
            }
            EventKind::StepSkipped {
                id,
                host,
                step,
                command,
                because,
            } => {
                if let Some(running) = self.tasks.get_mut(id) {
                    running.steps_on(host.as_ref()).push(StepRun {
                        index: *step,
                        command: command.clone(),
                        attempt: 0,
                        ended: None,
                        skipped: Some(because.clone()),
                        lines: Lines::default(),
                    });
                }
            }
            EventKind::Output {
                id,
                host,
                step,
                line,
            } if self.keep_lines => {
                let Some(running) = self.tasks.get_mut(id) else {
                    return;
                };
                if let Some(step) = at(running.steps_on(host.as_ref()), *step) {
                    let most = match host {
                        Some(_) => KEPT_OF_HOST,
                        None => KEPT,
                    };
                    step.lines.push(line, most);
                }
            }
            EventKind::StepFinished {
                id,
                host,
                step,
                status,
                micros,
                ..
            } => {
                let Some(running) = self.tasks.get_mut(id) else {
                    return;
                };
                if let Some(step) = at(running.steps_on(host.as_ref()), *step) {
                    step.ended = Some((*status, *micros));
                }
            }
            EventKind::HostConnected { id, host, .. } => {
                if let Some(running) = self.tasks.get_mut(id) {
                    running.host(host);
                }
            }
            EventKind::HostFinished {
                id,
                host,
                outcome,
                micros,
            } => {
                if let Some(running) = self.tasks.get_mut(id) {
                    running.host(host).ended = Some((outcome.clone(), *micros));
                }
            }
            _ => {}
        }
    }
}

fn at(steps: &mut [StepRun], index: u32) -> Option<&mut StepRun> {
    steps.iter_mut().rev().find(|s| s.index == index)
}
