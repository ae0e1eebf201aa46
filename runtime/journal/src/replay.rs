//! A journal, read again to go on with its run: how far each task came whose commands are not simply
//! repeated.
//!
//! This is the one place that decides what is known of a command: it was completed, it failed, or it
//! was begun and nobody knows what it did. What is not mentioned was not begun.

use crate::record::Record;
use nexus_graph::event::{EventKind, LogLine, Outcome, Status};
use nexus_graph::progress::{StepProgress, StepState};
use nexus_graph::{Digest, Event, Progress};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a run left, by the paths of its tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// How far the tasks came that were begun by it or by a run it went on with. Tasks whose results
    /// are remembered elsewhere and that may be repeated at will are not among them.
    pub progress: BTreeMap<String, Progress>,
    /// Those of them that must not be repeated unasked.
    pub once: BTreeSet<String>,
}

impl Replay {
    /// From the records of a journal, or of any beginning of one.
    pub fn new(records: &[Record]) -> Replay {
        let mut replay = Replay::default();
        let mut paths: HashMap<u32, String> = HashMap::new();
        for record in records {
            match record {
                Record::Header(_) | Record::OutputLeftOut { .. } => {}
                Record::Progress {
                    task,
                    progress,
                    once,
                } => {
                    replay.progress.insert(task.clone(), progress.clone());
                    replay.note_once(task, *once);
                }
                Record::Event {
                    event,
                    digests,
                    once,
                    recorded,
                    ..
                } => {
                    if let EventKind::TaskStarted { id, task, .. } = &event.kind {
                        match recorded {
                            true => drop(paths.insert(id.0, task.clone())),
                            false => drop(paths.remove(&id.0)),
                        }
                        replay.note_once(task, *once);
                    }
                    replay.note(event, digests, &paths);
                }
            }
        }
        replay
    }

    /// Whether a start from the beginning would repeat a command that was completed, or one of which
    /// nobody knows and that must not be repeated unasked.
    pub fn would_repeat(&self) -> bool {
        let completed = self.progress.values().any(Progress::completed);
        completed || self.would_repeat_once()
    }

    /// The same of tasks that must not be repeated unasked.
    pub fn would_repeat_once(&self) -> bool {
        let had_effect = |progress: &Progress| {
            let on_hosts = progress.hosts.values().map(|host| &host.progress);
            let mut steps = on_hosts
                .chain([progress])
                .flat_map(|progress| progress.steps.values());
            steps.any(|step| step.state != StepState::Failed)
        };
        let mut once = self.once.iter().filter_map(|task| self.progress.get(task));
        once.any(had_effect)
    }

    fn note_once(&mut self, task: &str, once: bool) {
        match once {
            true => drop(self.once.insert(task.to_string())),
            false => drop(self.once.remove(task)),
        }
    }

    fn note(&mut self, event: &Event, digests: &[Digest], paths: &HashMap<u32, String>) {
        let Some(path) = task_of(&event.kind).and_then(|id| paths.get(&id)) else {
            return;
        };
        let keeps_log = self.once.contains(path);
        let progress = self.progress.entry(path.clone()).or_default();
        match &event.kind {
            EventKind::TaskStarted { basis, from, .. } => {
                progress.begin(*basis, *from, digests);
            }
            EventKind::StepStarted {
                host: None, step, ..
            } => progress.step(*step, digests, StepState::Begun),
            EventKind::StepSkipped {
                host: None, step, ..
            } => {
                progress.step(*step, digests, StepState::Completed);
            }
            EventKind::StepFinished {
                host: None,
                step,
                status,
                ..
            } => progress.ended(*step, *status),
            EventKind::Output {
                host: None,
                step,
                line,
                ..
            } if keeps_log => progress.printed(*step, line),
            EventKind::TaskFinished {
                outcome: Outcome::Succeeded,
                ..
            } => {
                progress.passed(u32::MAX);
                progress.finished = true;
            }
            kind => note_host(progress, kind, &event.run, digests),
        }
    }
}

/// What an event says about a host of a task.
fn note_host(task: &mut Progress, kind: &EventKind, run: &str, digests: &[Digest]) {
    let name = match kind {
        EventKind::StepStarted { host, .. }
        | EventKind::StepSkipped { host, .. }
        | EventKind::StepFinished { host, .. } => host.as_deref(),
        EventKind::HostConnected { host, .. } | EventKind::HostFinished { host, .. } => {
            Some(&**host)
        }
        _ => None,
    };
    let Some(name) = name else { return };
    let host = task.hosts.entry(name.to_string()).or_default();
    match kind {
        EventKind::HostConnected { boot, .. } if !host.given => host.boot.clone_from(boot),
        EventKind::StepStarted {
            step,
            attempt,
            begun_by,
            ..
        } => {
            host.progress.step(*step, digests, StepState::Begun);
            host.given = true;
            host.attempt = *attempt;
            host.run = begun_by.clone().unwrap_or_else(|| run.to_string());
        }
        EventKind::StepSkipped { step, .. } => {
            host.progress.step(*step, digests, StepState::Completed);
            host.given = false;
        }
        EventKind::StepFinished { step, status, .. } => {
            host.progress.ended(*step, *status);
            host.given = false;
        }
        EventKind::HostFinished { outcome, .. } if outcome.success() => {
            host.progress.passed(u32::MAX);
            host.progress.finished = true;
            host.given = false;
        }
        _ => {}
    }
}

/// The task that an event is about, as far as its progress is concerned.
fn task_of(kind: &EventKind) -> Option<u32> {
    match kind {
        EventKind::TaskStarted { id, .. }
        | EventKind::StepStarted { id, .. }
        | EventKind::StepSkipped { id, .. }
        | EventKind::StepFinished { id, .. }
        | EventKind::Output { id, .. }
        | EventKind::HostConnected { id, .. }
        | EventKind::HostFinished { id, .. }
        | EventKind::TaskFinished { id, .. } => Some(id.0),
        _ => None,
    }
}

/// What events do to the progress of their task.
trait Follow {
    fn begin(&mut self, basis: Option<Digest>, from: u32, digests: &[Digest]);
    fn step(&mut self, step: u32, digests: &[Digest], state: StepState);
    fn ended(&mut self, step: u32, status: Status);
    fn passed(&mut self, before: u32);
    fn printed(&mut self, step: u32, line: &LogLine);
}

impl Follow for Progress {
    /// The task starts at a step; those before it count as completed, whatever was known of them.
    fn begin(&mut self, basis: Option<Digest>, from: u32, digests: &[Digest]) {
        if self.basis != basis {
            self.hosts.clear();
        }
        self.basis = basis;
        self.finished = false;
        self.log.retain(|(step, _)| *step < from);
        let done = digests.iter().take(from as usize).zip(0..);
        self.steps = done
            .map(|(digest, step)| {
                let state = StepState::Completed;
                let digest = *digest;
                (step, StepProgress { digest, state })
            })
            .collect();
    }

    fn step(&mut self, step: u32, digests: &[Digest], state: StepState) {
        let Some(digest) = digests.first().copied() else {
            return;
        };
        self.passed(step);
        self.steps.insert(step, StepProgress { digest, state });
    }

    fn ended(&mut self, step: u32, status: Status) {
        let Some(known) = self.steps.get_mut(&step) else {
            return;
        };
        known.state = match status {
            Status::Exit(0) => StepState::Completed,
            // It said itself that it failed, or never ran.
            Status::Exit(_) | Status::NotStarted => StepState::Failed,
            // It was ended in the middle of what it did.
            Status::Signal(_) | Status::TimedOut | Status::Cancelled => StepState::Begun,
        };
    }

    /// Later steps run, so the failures before them were to be ignored.
    fn passed(&mut self, before: u32) {
        for (_, step) in self.steps.range_mut(..before) {
            step.state = StepState::Completed;
        }
    }

    fn printed(&mut self, step: u32, line: &LogLine) {
        self.log.push((step, line.clone()));
    }
}
