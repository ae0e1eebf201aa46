//! One run: what all its tasks share, and the entry point.

use crate::Cancel;
use crate::dispatch::{Dispatcher, RunReport};
use crate::emit::Emitter;
use crate::environment::Environment;
use crate::error::EngineError;
use crate::guard::{GuardClient, GuardLost};
use crate::message::{self, Sink};
use crate::options::RunOptions;
use crate::program::Programs;
use nexus_graph::{Event, TaskGraph, TaskId};
use std::cell::{OnceCell, RefCell};
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// Threads for work that blocks: digests, the store, locks.
const BLOCKING_THREADS: usize = 8;

/// What the tasks of a run share. Everything here lives on the dispatcher's thread.
pub(crate) struct Run {
    pub graph: Arc<TaskGraph>,
    pub options: RunOptions,
    pub environment: Environment,
    pub programs: Programs,
    pub cancel: Cancel,
    pub sink: Sink,
    guard: OnceCell<GuardClient>,
    guard_error: RefCell<Option<io::Error>>,
}

impl Run {
    /// The guard, started when the first process is about to be: a run that finds everything up
    /// to date never starts it.
    pub fn guard(&self) -> Result<GuardClient, GuardLost> {
        if let Some(guard) = self.guard.get() {
            return Ok(guard.clone());
        }
        match GuardClient::start(&self.options.guard_program, &self.options.guard_arguments) {
            Ok(guard) => Ok(self.guard.get_or_init(|| guard).clone()),
            Err(error) => {
                self.guard_error.replace(Some(error));
                Err(GuardLost)
            }
        }
    }

    /// The guard if it was started.
    pub fn started_guard(&self) -> Option<&GuardClient> {
        self.guard.get()
    }

    /// Why the guard is lost.
    pub fn guard_error(&self) -> EngineError {
        match self.guard_error.take() {
            Some(error) => EngineError::GuardStart(error),
            None => EngineError::GuardLost,
        }
    }

    /// A task's working folder.
    pub fn cwd(&self, id: TaskId) -> PathBuf {
        match self.graph.task(id).cwd.as_str() {
            "" => self.options.root.clone(),
            cwd => self.options.root.join(cwd),
        }
    }
}

/// Runs `targets` of `graph` and everything they depend on, and returns when all of it is over
/// and no process of it is left. Blocks; to be called outside of any tokio runtime.
///
/// # Errors
/// When running is not possible at all; tasks that fail are part of the report.
pub fn run(
    graph: &Arc<TaskGraph>,
    targets: &[TaskId],
    options: &RunOptions,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Result<RunReport, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(EngineError::Start)?;
    let (sender, messages) = message::channel();
    let run = Rc::new(Run {
        graph: graph.clone(),
        options: options.clone(),
        environment: Environment::new(std::env::vars_os(), &graph.pass_env),
        programs: Programs::default(),
        cancel: cancel.clone(),
        sink: Sink::new(sender),
        guard: OnceCell::new(),
        guard_error: RefCell::new(None),
    });
    let local = tokio::task::LocalSet::new();
    let dispatcher = Dispatcher::new(run, targets, Emitter::new(on_event));
    local.block_on(&runtime, dispatcher.all(targets, messages))
}
