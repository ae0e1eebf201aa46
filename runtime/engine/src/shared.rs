//! What a run's tasks share across threads.

use crate::environment::Environment;
use crate::options::RunOptions;
use crate::program::Programs;
use nexus_graph::{TaskGraph, TaskId, TaskKind};
use nexus_store::output::look;
use nexus_store::{Digests, Known, OutputEntry, Store};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// Everything a blocking job may need.
pub(crate) struct Shared {
    pub graph: Arc<TaskGraph>,
    pub options: RunOptions,
    pub environment: Environment,
    pub programs: Programs,
    pub store: Arc<Store>,
    pub digests: Arc<Digests>,
    /// The project in the store's records.
    pub project: String,
    /// Name of the run.
    pub run: String,
    /// Outputs of the tasks that are over.
    produced: Mutex<HashMap<TaskId, Arc<Vec<OutputEntry>>>>,
    /// Identities of programs outside the project.
    pub tools: Mutex<HashMap<PathBuf, crate::resolve::Tool>>,
    /// Folders of the `PATH` outside the project.
    pub outside: Mutex<HashMap<PathBuf, Known>>,
}

impl Shared {
    /// For one run.
    pub fn new(
        graph: Arc<TaskGraph>,
        options: RunOptions,
        store: Arc<Store>,
        digests: Arc<Digests>,
        run: String,
    ) -> Self {
        let canonical = options
            .root
            .canonicalize()
            .unwrap_or_else(|_| options.root.clone());
        Shared {
            environment: Environment::new(std::env::vars_os(), &graph.pass_env),
            programs: Programs::default(),
            project: canonical.to_string_lossy().into_owned(),
            produced: Mutex::default(),
            tools: Mutex::default(),
            outside: Mutex::default(),
            graph,
            options,
            store,
            digests,
            run,
        }
    }

    /// A task's working folder.
    pub fn cwd(&self, id: TaskId) -> PathBuf {
        match self.graph.task(id).cwd.as_str() {
            "" => self.options.root.clone(),
            cwd => self.options.root.join(cwd),
        }
    }

    /// Notes what a task made, for its users.
    pub fn note_outputs(&self, id: TaskId, outputs: Vec<OutputEntry>) {
        lock(&self.produced).insert(id, Arc::new(outputs));
    }

    /// The outputs of a task that is over, as it left them.
    ///
    /// # Errors
    /// An output cannot be read.
    pub fn outputs_of(&self, id: TaskId) -> io::Result<Arc<Vec<OutputEntry>>> {
        if let Some(known) = lock(&self.produced).get(&id) {
            return Ok(known.clone());
        }
        let mut outputs = Vec::new();
        for output in &self.graph.task(id).outputs {
            if let Some(seen) = look(&self.digests, &self.options.root.join(&output.path))? {
                outputs.push(OutputEntry {
                    path: output.path.clone(),
                    content: seen.content,
                });
            }
        }
        let outputs = Arc::new(outputs);
        lock(&self.produced).insert(id, outputs.clone());
        Ok(outputs)
    }

    /// The tasks with work behind a dependency: itself, or what a group stands for.
    pub fn behind(&self, id: TaskId) -> Vec<TaskId> {
        if self.graph.task(id).kind == TaskKind::Work {
            return vec![id];
        }
        let mut seen = std::collections::BTreeSet::from([id]);
        let (mut stack, mut found) = (vec![id], Vec::new());
        while let Some(at) = stack.pop() {
            let task = self.graph.task(at);
            if task.kind == TaskKind::Work {
                found.push(at);
                continue;
            }
            stack.extend(task.deps.iter().map(|d| d.task).filter(|d| seen.insert(*d)));
        }
        found.sort();
        found
    }
}

/// A lock whose holder cannot have left half-done work behind.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}
