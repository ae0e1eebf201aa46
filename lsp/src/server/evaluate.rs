//! Evaluating projects once nothing is typed any more: what only that finds is told, too.

use super::job::{After, Event, Job};
use super::view::View;
use nexus_compiler::diagnostic::registry::project::UNSUPPORTED_VERSION;
use nexus_compiler::diagnostic::{self, Diagnostic};
use nexus_compiler::ide::{Cancelled, Planning};
use nexus_compiler::world::Disk;
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// How long nothing changes before projects are evaluated, if the client says nothing else.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// What takes longer is not evaluated to its end, if the client says nothing else.
pub(super) const LONGEST: Duration = Duration::from_secs(10);

/// What evaluation has found, by file, with what the checker says of these files.
pub(super) type Planned = FxHashMap<PathBuf, Vec<Diagnostic>>;

/// When projects are evaluated, and what came of it.
#[derive(Default)]
pub(super) struct Evaluation {
    /// When it begins.
    due: Option<Instant>,
    /// What is going on, or has yet to notice that it is over.
    running: Option<Running>,
    /// What was found in the state of things as it is.
    pub(super) planned: Arc<Planned>,
}

struct Running {
    stop: Arc<AtomicBool>,
    /// When it is given up.
    until: Instant,
}

impl Evaluation {
    /// Something has changed: what was found is no longer so, and is looked for `pause` from now.
    pub(super) fn touched(&mut self, pause: Option<Duration>) {
        self.planned = Arc::default();
        if let Some(running) = &self.running {
            running.stop.store(true, Ordering::Relaxed);
        }
        self.due = pause.map(|pause| Instant::now() + pause);
    }

    /// Projects could not be taken out for evaluation: it is tried once more.
    pub(super) fn again(&mut self) {
        self.due = Some(Instant::now());
    }

    /// When something is to be done here, if nothing happens before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let running = self.running.as_ref();
        let given_up = running.filter(|running| !running.stop.load(Ordering::Relaxed));
        match given_up {
            Some(running) => Some(running.until),
            // One at a time: the end of the last one is heard of.
            None if running.is_some() => None,
            None => self.due,
        }
    }

    /// Time has passed. True when projects are to be evaluated now.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        if let Some(running) = &self.running {
            if running.until <= now {
                running.stop.store(true, Ordering::Relaxed);
            }
            return false;
        }
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            self.due = None;
        }
        is_due
    }

    /// Evaluates projects, on a thread of its own, for as long as it may take.
    pub(super) fn start(
        &mut self,
        projects: Vec<Planning>,
        revision: u64,
        longest: Duration,
        events: Sender<Event>,
    ) {
        if projects.is_empty() || self.running.is_some() {
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let started = nexus_compiler::stack::spawn("nexus-lsp-evaluate", move || {
            let work = AssertUnwindSafe(|| run(&projects, &seen));
            let found = std::panic::catch_unwind(work).unwrap_or_default();
            // Without the queue nobody wants to know.
            _ = events.send(Event::Evaluated(revision, found));
        });
        match started {
            Ok(_) => {
                let until = Instant::now() + longest;
                self.running = Some(Running { stop, until });
            }
            Err(error) => tracing::error!("no thread for evaluation: {error}"),
        }
    }

    /// It has ended.
    pub(super) fn ended(&mut self) {
        self.running = None;
    }
}

impl Drop for Evaluation {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.store(true, Ordering::Relaxed);
        }
    }
}

fn run(projects: &[Planning], stop: &AtomicBool) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for project in projects {
        let found = project.run(&Disk, stop).unwrap_or_default();
        let files: FxHashSet<_> = found.iter().map(|d| d.primary.file.clone()).collect();
        let checked = project.checked().iter();
        all.extend(checked.filter(|d| files.contains(&d.primary.file)).cloned());
        all.extend(found);
    }
    all
}

/// By file, each once: projects may share files.
pub(super) fn by_file(found: Vec<Diagnostic>) -> Planned {
    let mut planned = Planned::default();
    for diagnostic in found {
        let file = diagnostic.primary.file.to_path_buf();
        let known = planned.entry(file).or_default();
        if !known.contains(&diagnostic) {
            known.push(diagnostic);
        }
    }
    planned
}

/// What the checker says of a file together with what evaluation has found.
pub(super) fn together(checked: &[Diagnostic], more: &[Diagnostic]) -> Arc<Vec<Diagnostic>> {
    // A file that is written for another version may be read differently there.
    let unsupported = |d: &&Diagnostic| d.code == UNSUPPORTED_VERSION;
    let mut all: Vec<Diagnostic> = match more.iter().find(unsupported) {
        Some(only) => vec![only.clone()],
        None => checked.iter().chain(more).cloned().collect(),
    };
    diagnostic::sort(&mut all);
    Arc::new(all)
}

/// Takes projects out of a snapshot, for evaluation.
pub(super) struct Prepare {
    pub(super) projects: Vec<PathBuf>,
    pub(super) events: Sender<Event>,
}

impl Job for Prepare {
    fn is_urgent(&self) -> bool {
        false
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    /// Another pause begins with each change.
    fn overtaken(self: Box<Self>) -> Option<Box<dyn Job>> {
        None
    }

    fn run(self: Box<Self>, view: View) -> After {
        let revision = view.revision;
        let work = AssertUnwindSafe(|| {
            view.snapshot.run(|snapshot| {
                let projects = self.projects.iter();
                let taken = projects.filter_map(|path| Planning::of(snapshot, snapshot.file(path)));
                taken.collect::<Vec<_>>()
            })
        });
        let outcome = std::panic::catch_unwind(work);
        drop(view);
        match outcome {
            Ok(Ok(projects)) => {
                // Without the queue nobody wants to know.
                _ = self.events.send(Event::Prepared(revision, projects));
                After::Nothing
            }
            Ok(Err(Cancelled::Edited)) => {
                _ = self.events.send(Event::Unprepared(revision));
                After::Nothing
            }
            Ok(Err(Cancelled::Asked)) | Err(_) => After::Nothing,
        }
    }
}
