//! Writing a journal while the run goes on.
//!
//! Whatever decides what happened (a step began, a step or a task ended) is handed to the system
//! at once, so it survives `kill -9` of this process. It is not forced to the disk: after a power
//! cut the last moments may be missing, which costs a look at a result that is stored anyway.

use crate::line;
use crate::place::{EXTENSION, project_folder};
use crate::record::{Header, Record};
use nexus_graph::event::{EventKind, Outcome};
use nexus_graph::{Event, TaskGraph, TaskId};
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
    file: Option<File>,
    /// Nothing can be written any more.
    failed: bool,
    buffer: Vec<u8>,
    output: HashMap<TaskId, usize>,
    running: HashSet<TaskId>,
}

impl Journal {
    /// For a run of `graph` in the state folder.
    pub fn new(state: &Path, project: &Path, header: Header, graph: Arc<TaskGraph>) -> Journal {
        Journal {
            folder: project_folder(state, project),
            header,
            graph,
            file: None,
            failed: false,
            buffer: Vec::new(),
            output: HashMap::new(),
            running: HashSet::new(),
        }
    }

    /// Notes an event. A journal that cannot be written is given up with one message in the log:
    /// it never disturbs the run.
    pub fn record(&mut self, event: &Event) {
        if self.failed {
            return;
        }
        let decisive = self.put(event);
        if self.file.is_none() && matches!(event.kind, EventKind::TaskStarted { .. }) {
            match self.create(&event.run) {
                Ok(file) => self.file = Some(file),
                Err(error) => return self.give_up(&error),
            }
        }
        if let Some(file) = &mut self.file
            && (decisive || self.buffer.len() > MOST_OUTPUT / 4)
        {
            match file.write_all(&self.buffer) {
                Ok(()) => self.buffer.clear(),
                Err(error) => self.give_up(&error),
            }
        }
    }

    fn give_up(&mut self, error: &io::Error) {
        tracing::warn!(%error, folder = %self.folder.display(), "the journal cannot be written");
        self.failed = true;
        self.buffer = Vec::new();
    }

    /// Whether the event decides what has happened.
    fn put(&mut self, event: &Event) -> bool {
        let mut after = Vec::new();
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
            EventKind::TaskStarted { id, .. } => {
                self.running.insert(*id);
                after = self.waited_for(*id);
                // Its first step follows at once.
                false
            }
            // What it printed when it ran is in the journal of that run.
            EventKind::TaskCached { log, .. } if !log.is_empty() => {
                let mut event = event.clone();
                if let EventKind::TaskCached { log, .. } = &mut event.kind {
                    log.clear();
                }
                line::put(&Record::Event { event, after }, &mut self.buffer);
                return false;
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
        let event = event.clone();
        line::put(&Record::Event { event, after }, &mut self.buffer);
        decisive
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

    fn create(&self, run: &str) -> io::Result<File> {
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{run}.{EXTENSION}"));
        let mut file = File::create_new(path)?;
        // Held as long as we live: a journal without an end that nobody holds was interrupted.
        file.lock()?;
        let mut header = Vec::new();
        line::put(&Record::Header(self.header.clone()), &mut header);
        file.write_all(&header)?;
        // Now and then is enough, and a look at every start would cost more than the journal.
        if run.bytes().fold(0u8, |sum, b| sum.wrapping_add(b)) % 16 == 0 {
            tidy(&self.folder);
        }
        Ok(file)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(file) = &mut self.file {
            // Whoever ends without a last word has nothing decisive left to say.
            let _ = file.write_all(&self.buffer);
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
}
