//! Writing a journal while the run goes on.
//!
//! Whatever decides what happened (a step began, a step or a task ended) is handed to the system
//! at once, so it survives `kill -9` of this process. It is forced to the disk for those who ask
//! ([`Recorder::flush`](crate::Recorder::flush)): after a power cut the last moments of others may be
//! missing, which costs a look at a result that is stored anyway.

use crate::line;
use crate::open::{clear_mark, marked, set_mark, supersede};
use crate::place::{EXTENSION, project_folder};
use crate::record::{Header, Record};
use crate::replay::Replay;
use nexus_graph::event::{EventKind, Outcome};
use nexus_graph::progress::step_digest;
use nexus_graph::{Digest, Event, TaskGraph, TaskId};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Output of one task beyond this is left out.
const MOST_OUTPUT: usize = 1 << 20;

/// Journals kept for each project.
const KEPT: usize = 500;

/// The journal of one run. Its file is made when the first task starts: a run that executes
/// nothing leaves none.
pub struct Journal {
    folder: PathBuf,
    header: Header,
    graph: Arc<TaskGraph>,
    /// The run that this one goes on with, and what it left.
    before: Option<(String, Replay)>,
    run: String,
    file: Option<Arc<File>>,
    /// Why nothing can be written any more.
    failed: Option<io::Error>,
    buffer: Vec<u8>,
    output: HashMap<TaskId, usize>,
    running: HashSet<TaskId>,
    /// Positions of the hosts by their names.
    hosts: HashMap<String, u32>,
}

impl Journal {
    /// For a run of `graph` in the state folder.
    pub fn new(state: &Path, project: &Path, header: Header, graph: Arc<TaskGraph>) -> Journal {
        let hosts = graph.inventory.hosts.iter().zip(0..);
        Journal {
            folder: project_folder(state, project),
            header,
            hosts: hosts.map(|(host, at)| (host.name.clone(), at)).collect(),
            graph,
            before: None,
            run: String::new(),
            file: None,
            failed: None,
            buffer: Vec::new(),
            output: HashMap::new(),
            running: HashSet::new(),
        }
    }

    /// The same for a run that goes on with another one and what it left.
    pub fn going_on(mut self, run: String, left: Replay) -> Journal {
        self.before = Some((run, left));
        self
    }

    /// Notes an event. A journal that cannot be written is given up, see [`failed`](Self::failed):
    /// it never disturbs the run.
    pub fn record(&mut self, event: &Event) {
        if self.run.is_empty() {
            self.run.clone_from(&event.run);
        }
        if self.failed.is_some() {
            return;
        }
        let decisive = self.put(event);
        if matches!(event.kind, EventKind::TaskStarted { .. }) && self.open().is_none() {
            return;
        }
        if let Some(file) = &self.file
            && (decisive || self.buffer.len() > MOST_OUTPUT / 4)
        {
            match (&**file).write_all(&self.buffer) {
                Ok(()) => self.buffer.clear(),
                Err(error) => self.give_up(error),
            }
        }
        if let EventKind::RunFinished {
            summary,
            interrupted: false,
            ..
        } = &event.kind
            && summary.complete()
        {
            self.close();
        }
    }

    /// The file, made if it was not yet; `None` when it cannot be.
    pub fn open(&mut self) -> Option<Arc<File>> {
        if self.file.is_none() && self.failed.is_none() {
            match self.create() {
                Ok(file) => {
                    self.file = Some(Arc::new(file));
                    self.buffer.clear();
                }
                Err(error) => self.give_up(error),
            }
        }
        self.file.clone().filter(|_| self.failed.is_none())
    }

    /// Where the file is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why nothing more is written.
    pub fn failed(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }

    fn give_up(&mut self, error: io::Error) {
        tracing::warn!(%error, folder = %self.folder.display(), "the journal cannot be written");
        self.failed = Some(error);
        self.buffer = Vec::new();
    }

    /// Everything asked for is done: there is nothing to go on with.
    fn close(&self) {
        if self.file.is_some() {
            clear_mark(&self.folder, &self.run);
        }
        if let Some((before, _)) = &self.before {
            clear_mark(&self.folder, before);
        }
    }

    /// Whether the event decides what has happened.
    fn put(&mut self, event: &Event) -> bool {
        let mut record = Record::of(event.clone());
        let decisive = match &event.kind {
            EventKind::Output { id, line, .. } => {
                let length = self.output.entry(*id).or_default();
                let before = *length;
                *length += line.text.len() + 1;
                if *length > MOST_OUTPUT {
                    if before <= MOST_OUTPUT {
                        line::put(&Record::OutputLeftOut { id: id.0 }, &mut self.buffer);
                    }
                    return false;
                }
                false
            }
            EventKind::TaskStarted { id, from, .. } => {
                self.running.insert(*id);
                let waited_for = self.waited_for(*id);
                if let Record::Event {
                    after,
                    digests,
                    once,
                    recorded,
                    ..
                } = &mut record
                {
                    *after = waited_for;
                    *digests = self.digests(*id, None, 0..*from);
                    *recorded = self.is_recorded(*id);
                    *once = *recorded && !self.graph.task(*id).idempotent;
                }
                // Its first step follows at once. What is not done again is not to be lost before.
                *from > 0
            }
            EventKind::StepStarted { id, host, step, .. }
            | EventKind::StepSkipped { id, host, step, .. } => {
                if let Record::Event { digests, .. } = &mut record {
                    let step = *step..step.saturating_add(1);
                    *digests = self.digests(*id, host.as_deref(), step);
                }
                true
            }
            // What it printed when it ran is in the journal of that run.
            EventKind::TaskCached { log, .. } if !log.is_empty() => {
                if let Record::Event { event, .. } = &mut record
                    && let EventKind::TaskCached { log, .. } = &mut event.kind
                {
                    log.clear();
                }
                false
            }
            EventKind::TaskCached { .. }
            | EventKind::Warning { .. }
            | EventKind::Uploading { .. } => false,
            // Its last step was written when it ended.
            EventKind::TaskFinished {
                outcome: Outcome::Succeeded,
                ..
            } => false,
            _ => true,
        };
        line::put(&record, &mut self.buffer);
        decisive
    }

    /// Whether the commands of a task are not simply repeated when the run breaks off.
    fn is_recorded(&self, id: TaskId) -> bool {
        let task = self.graph.task(id);
        !task.cached || !task.idempotent
    }

    /// What some steps of a recorded task run.
    fn digests(&self, id: TaskId, host: Option<&str>, steps: std::ops::Range<u32>) -> Vec<Digest> {
        if !self.is_recorded(id) {
            return Vec::new();
        }
        let task = self.graph.task(id);
        let target = host.and_then(|host| {
            let at = *self.hosts.get(host)?;
            let mut targets = task.remote.as_ref()?.targets.iter();
            targets.find(|target| target.host == at)
        });
        let all = target.map_or(&task.steps[..], |target| task.steps_on(target));
        let steps = all.get(steps.start as usize..(steps.end as usize).min(all.len()));
        let steps = steps.into_iter().flatten();
        steps.map(|step| step_digest(task, step)).collect()
    }

    /// The tasks of this run that a task had to wait for, groups seen through.
    fn waited_for(&self, id: TaskId) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut stack = vec![id];
        while let Some(at) = stack.pop() {
            for dep in &self.graph.task(at).deps {
                if !seen.insert(dep.task) {
                    continue;
                }
                if self.running.contains(&dep.task) {
                    found.push(self.graph.task(dep.task).path.clone());
                } else {
                    stack.push(dep.task);
                }
            }
        }
        found.sort();
        found
    }

    fn create(&self) -> io::Result<File> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{}.{EXTENSION}", self.run));
        let mut file = File::create_new(path)?;
        // Held as long as we live: a journal without an end that nobody holds was interrupted.
        file.lock()?;
        let mut first = Vec::new();
        line::put(&Record::Header(self.header.clone()), &mut first);
        if let Some((_, left)) = &self.before {
            for (task, progress) in &left.progress {
                let record = Record::Progress {
                    task: task.clone(),
                    progress: progress.clone(),
                    once: left.once.contains(task),
                };
                line::put(&record, &mut first);
            }
        }
        first.extend_from_slice(&self.buffer);
        file.write_all(&first)?;
        if let Some(asked) = &self.header.asked {
            // Without the mark nobody would be asked about the run, so it comes before the first
            // command; those that it replaces are only given up when it is there.
            set_mark(&self.folder, &self.run)?;
            supersede(&self.folder, &self.run, asked);
        }
        if let Some((before, _)) = &self.before {
            clear_mark(&self.folder, before);
        }
        // Now and then is enough, and a look at every start would cost more than the journal.
        if self.run.bytes().fold(0u8, |sum, b| sum.wrapping_add(b)) % 16 == 0 {
            tidy(&self.folder);
        }
        Ok(file)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Whoever ends without a last word has nothing decisive left to say.
            let _ = (&**file).write_all(&self.buffer);
        }
    }
}

/// Removes the oldest journals. Their names begin with the time.
fn tidy(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut journals: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == EXTENSION))
        .collect();
    journals.sort();
    for old in journals.iter().rev().skip(KEPT) {
        let _ = std::fs::remove_file(old);
    }
    for run in marked(folder) {
        if !folder.join(format!("{run}.{EXTENSION}")).exists() {
            clear_mark(folder, &run);
        }
    }
}
