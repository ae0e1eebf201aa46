//! Projects in temporary folders, written as Rust values, and runs of them.

use nexus_engine::{Cancel, Context, EngineError, Resumption, RunOptions, RunReport};
use nexus_executor::Executor;
use nexus_graph::event::{Event, EventKind, Outcome, Reason};
use nexus_graph::{Dependency, Output, Step, Task, TaskGraph, TaskId, TaskKind, Used};
use nexus_store::Store;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A test and its name.
pub type Test = (&'static str, fn());

/// Something that happens to a project, and its name.
pub type Happening = (&'static str, fn(&Project));

/// Lists functions as tests under their own names.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub const TESTS: &[$crate::support::Test] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}

/// A project folder and its tasks.
pub struct Project {
    folder: tempfile::TempDir,
    pub graph: TaskGraph,
    /// Who runs commands on hosts.
    pub executor: Option<Arc<dyn Executor>>,
    /// The run that is gone on with.
    pub resumption: Option<Arc<Resumption>>,
}

/// What a run told.
#[derive(Debug)]
pub struct Ran {
    pub report: RunReport,
    pub events: Vec<Event>,
}

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        Project {
            folder,
            graph: TaskGraph::default(),
            executor: None,
            resumption: None,
        }
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    /// Adds a task; `deps` are paths of earlier tasks, used as a whole.
    pub fn task(
        &mut self,
        path: &str,
        deps: &[&str],
        lines: &[&str],
        change: impl FnOnce(&mut Task),
    ) {
        let mut task = Task::new(path);
        task.kind = if lines.is_empty() {
            TaskKind::Group
        } else {
            TaskKind::Work
        };
        task.steps = lines.iter().map(|line| Step::line(*line)).collect();
        task.deps = deps
            .iter()
            .map(|dep| Dependency {
                task: self.id(dep),
                used: Used::All,
            })
            .collect();
        task.deps.sort_by_key(|d| d.task);
        change(&mut task);
        task.cached |= !task.inputs.is_empty() || !task.outputs.is_empty();
        self.graph.tasks.push(task);
    }

    /// A cached task.
    pub fn cached(
        &mut self,
        path: &str,
        deps: &[&str],
        inputs: &[&str],
        outputs: &[&str],
        line: &str,
    ) {
        self.task(path, deps, &[line], |task| {
            task.inputs = inputs.iter().map(|i| i.to_string()).collect();
            task.outputs = outputs
                .iter()
                .map(|o| Output {
                    name: None,
                    path: o.to_string(),
                })
                .collect();
        });
    }

    /// The task with this path, to be changed.
    pub fn change(&mut self, path: &str) -> &mut Task {
        self.graph
            .tasks
            .iter_mut()
            .find(|t| t.path == path)
            .unwrap()
    }

    pub fn id(&self, path: &str) -> TaskId {
        let at = self.graph.tasks.iter().position(|t| t.path == path);
        TaskId(at.unwrap_or_else(|| panic!("no task {path}")) as u32)
    }

    pub fn context(&self) -> Context {
        let mut context = Context::new(Arc::new(Store::open(&self.cache())));
        context.executor = self.executor.clone();
        context.resumption = self.resumption.clone();
        context
    }

    pub fn options(&self) -> RunOptions {
        let mut options = RunOptions::new(self.root());
        options.parallel = 4;
        options.guard_program = std::env::current_exe().unwrap();
        options
    }

    /// Runs some tasks.
    pub fn run(&self, targets: &[&str]) -> Ran {
        self.run_with(targets, &self.options(), &Cancel::new(), |_| {})
    }

    /// Runs some tasks, which must succeed.
    pub fn ok(&self, targets: &[&str]) -> Ran {
        let ran = self.run(targets);
        assert!(ran.report.success(), "{ran:#?}");
        ran
    }

    /// Runs some tasks and watches.
    pub fn run_with(
        &self,
        targets: &[&str],
        options: &RunOptions,
        cancel: &Cancel,
        watch: impl FnMut(&Event),
    ) -> Ran {
        self.try_run(targets, options, cancel, watch).unwrap()
    }

    pub fn try_run(
        &self,
        targets: &[&str],
        options: &RunOptions,
        cancel: &Cancel,
        mut watch: impl FnMut(&Event),
    ) -> Result<Ran, EngineError> {
        let ids: Vec<TaskId> = targets.iter().map(|t| self.id(t)).collect();
        let mut events = Vec::new();
        let graph = Arc::new(self.graph.clone());
        let context = self.context();
        let report = nexus_engine::run(&graph, &ids, options, &context, cancel, &mut |event| {
            watch(event);
            events.push(event.clone());
        })?;
        Ok(Ran { report, events })
    }

    /// Starts another process that runs some tasks as this project would.
    pub fn start(&self, targets: &[&str]) -> std::process::Child {
        // By rename: another process may be reading the last one.
        let (new, file) = (
            self.folder.path().join("graph.new"),
            self.folder.path().join("graph.json"),
        );
        std::fs::write(&new, serde_json::to_vec(&self.graph).unwrap()).unwrap();
        std::fs::rename(new, file).unwrap();
        std::process::Command::new(std::env::current_exe().unwrap())
            .arg("__engine")
            .arg(self.folder.path())
            .args(targets)
            .spawn()
            .unwrap()
    }
}

/// The main function of [`Project::start`].
pub fn engine_process() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let folder = Path::new(&arguments[0]);
    let graph: TaskGraph =
        serde_json::from_slice(&std::fs::read(folder.join("graph.json")).unwrap()).unwrap();
    let graph = Arc::new(graph);
    let ids: Vec<TaskId> = arguments[1..]
        .iter()
        .map(|t| {
            graph
                .tasks
                .iter()
                .position(|x| x.path == *t)
                .map(|i| TaskId(i as u32))
                .unwrap()
        })
        .collect();
    let options = RunOptions::new(folder.join("project"));
    let context = Context::new(Arc::new(Store::open(&folder.join("cache"))));
    let report = nexus_engine::run(
        &graph,
        &ids,
        &options,
        &context,
        &Cancel::new(),
        &mut |_| {},
    );
    match report {
        Ok(report) if report.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

impl Ran {
    /// Paths of the tasks that were executed, in the order they started.
    pub fn executed(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::TaskStarted { task, .. } => Some(task.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The outcome of an executed or skipped task.
    pub fn outcome(&self, path: &str) -> Option<&Outcome> {
        self.events.iter().rev().find_map(|e| match &e.kind {
            EventKind::TaskFinished { task, outcome, .. } if task == path => Some(outcome),
            _ => None,
        })
    }

    /// All printed lines.
    pub fn lines(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::Output { line, .. } => Some(line.text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Paths of the tasks found up to date or restored.
    pub fn cached(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::TaskCached { task, .. } => Some(task.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Outputs that were written back.
    pub fn restored(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::TaskCached { restored, .. } => Some(restored),
                _ => None,
            })
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// Why a task was executed the last time.
    pub fn reason(&self, path: &str) -> Option<&Reason> {
        self.events.iter().rev().find_map(|e| match &e.kind {
            EventKind::TaskStarted { task, reason, .. } if task == path => Some(reason),
            _ => None,
        })
    }

    /// Warnings as code and message.
    pub fn warnings(&self) -> Vec<(&str, &str)> {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::Warning { code, message, .. } => Some((code.as_str(), message.as_str())),
                _ => None,
            })
            .collect()
    }
}

/// Whether a process exists and is no zombie.
pub fn alive(pid: i32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat
            .rsplit_once(')')
            .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')),
        Err(_) => false,
    }
}

/// Waits for something that must come; fails after half a minute.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// A number a task wrote into a file, once it is there completely.
pub fn pid_in(project: &Project, name: &str) -> i32 {
    wait_until(name, || {
        std::fs::read_to_string(project.path(name)).is_ok_and(|text| text.ends_with('\n'))
    });
    project.read(name).trim().parse().unwrap()
}
