//! What a run's tasks share across threads.

use crate::cached::Remote;
use crate::environment::Environment;
use crate::options::RunOptions;
use crate::program::Programs;
use crate::run::{Context, Whole};
use nexus_graph::path::{is_glob, is_within};
use nexus_graph::{Dependency, Task, TaskGraph, TaskId, TaskKind};
use nexus_store::output::look;
use nexus_store::{Digests, Known, OutputEntry, Store};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// More paths than this are looked at beside the dispatcher.
const SMALL_PATHS: usize = 16;

/// Hashing so many bytes takes about 20 µs.
const SMALL_FILE: u64 = 64 << 10;

/// Everything a blocking job may need.
pub(crate) struct Shared {
    pub graph: Arc<TaskGraph>,
    /// When `graph` is a part of a project: gives all of it.
    whole: Option<Whole>,
    pub options: RunOptions,
    pub environment: Environment,
    pub programs: Programs,
    pub store: Arc<Store>,
    pub digests: Arc<Digests>,
    /// The project in the store's records.
    pub project: String,
    /// The project folder without links, as the system shows paths.
    pub project_root: PathBuf,
    /// Name of the run.
    pub run: String,
    /// Outputs of the tasks that are over.
    produced: Mutex<HashMap<TaskId, Arc<Vec<OutputEntry>>>>,
    /// Identities of programs outside the project.
    pub tools: Mutex<HashMap<PathBuf, crate::resolve::Tool>>,
    /// Folders of the `PATH` outside the project.
    pub outside: Mutex<HashMap<PathBuf, Known>>,
    /// The cache shared with other machines.
    pub remote: Remote,
}

impl Shared {
    /// For one run.
    pub fn new(graph: Arc<TaskGraph>, options: RunOptions, context: &Context, run: String) -> Self {
        let canonical = options
            .root
            .canonicalize()
            .unwrap_or_else(|_| options.root.clone());
        Shared {
            environment: Environment::new(std::env::vars_os(), &graph.pass_env),
            programs: Programs::default(),
            project: canonical.to_string_lossy().into_owned(),
            project_root: canonical,
            produced: Mutex::default(),
            tools: Mutex::default(),
            outside: Mutex::default(),
            remote: Remote::new(context.cache.clone()),
            graph,
            options,
            store: context.store.clone(),
            digests: context.digests.clone(),
            whole: context.besides.whole.clone(),
            run,
        }
    }

    /// Whether a task's inputs and outputs are a few small files at most.
    pub fn is_small(&self, id: TaskId) -> bool {
        let task = self.graph.task(id);
        let paths = task.inputs.len() + task.outputs.len() + task.deps.len();
        if paths > SMALL_PATHS || task.inputs.iter().any(|input| is_glob(input)) {
            return false;
        }
        let small = |path: &String| {
            let path = self.options.root.join(path);
            // What is not there, or cannot be looked at, costs nothing to read.
            path.metadata()
                .map_or(true, |found| found.is_file() && found.len() <= SMALL_FILE)
        };
        let outputs = task.outputs.iter().map(|output| &output.path);
        let depfiles = task.steps.iter().any(|step| step.depfile.is_some());
        let groups = |dep: &Dependency| self.graph.task(dep.task).kind == TaskKind::Group;
        !depfiles && !task.deps.iter().any(groups) && task.inputs.iter().chain(outputs).all(small)
    }

    /// The path of another task that makes `path`, declared as an output or inside one.
    pub fn maker(&self, task: &str, path: &str) -> Option<String> {
        let maker = |graph: &TaskGraph| {
            let makes = |other: &&Task| other.outputs.iter().any(|o| is_within(path, &o.path));
            let mut others = graph.tasks.iter().filter(|other| other.path != task);
            others.find(makes).map(|other| other.path.clone())
        };
        match &self.whole {
            Some(whole) => maker(&whole()?),
            None => maker(&self.graph),
        }
    }

    /// Whether the steps of a task run in a sandbox.
    pub fn sandboxed(&self, id: TaskId) -> bool {
        self.graph.task(id).sandbox && self.options.sandbox
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
