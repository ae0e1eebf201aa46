//! From the project's value to a task graph.
//!
//! [`plan`] loads the checked project into the VM, reads every task ([`read`], [`step`]), resolves
//! what they depend on ([`assemble()`]) and validates the graph. Everything that is wrong is reported
//! together: what the checker found, what evaluation found, and cycles.

mod assemble;
mod cache;
mod hosts;
mod problem;
mod raw;
mod read;
mod report;
mod resources;
mod settings;
mod step;
mod wait;

pub use assemble::assemble;
pub use problem::Problem;
pub use settings::Setting;

use crate::db::Compiler;
use crate::diagnostic::Diagnostic;
use crate::eval::SourceModules;
use crate::inputs::Inputs;
use crate::symbol::Symbol;
use crate::value::{TaskPath, Value};
use crate::vm::{Limits, Modules, Vm, World};
use nexus_graph::{CacheConfig, Inventory, TaskGraph};
use read::{Owner, Reader};
use resources::Resources;
use settings::Found;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A planned project.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The tasks.
    pub graph: TaskGraph,
    /// `config.parallel_limit`.
    pub parallel: Option<u32>,
    /// What the checker warned about, and names that were given up.
    pub warnings: Vec<Diagnostic>,
    /// What `config` says, by name.
    pub settings: Vec<Setting>,
}

/// How planning ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The whole project is planned.
    Done(Plan),
    /// Some of it can only be planned when these tasks have run; the plan holds the rest.
    Needs {
        /// Paths of the tasks.
        tasks: Vec<String>,
        /// What could be planned.
        plan: Plan,
    },
    /// Nothing may run: at least one error.
    Failed(Vec<Diagnostic>),
}

/// Chooses the hosts that all tasks with `on` run on instead of those they name. It is given the hosts
/// and groups of the project, may add hosts, and gives positions; `None` when that is not possible.
pub type Elsewhere<'a> = dyn Fn(&mut Inventory) -> Option<Vec<u32>> + 'a;

/// Plans the project in `file`, which `compiler` has loaded, with paths relative to `root`.
/// `realised` says which tasks' outputs may be read while planning.
pub fn plan(
    compiler: &mut Compiler,
    file: &Path,
    root: &Path,
    inputs: &dyn Inputs,
    realised: &(dyn Fn(&str) -> bool + Sync),
) -> Outcome {
    plan_on(compiler, file, root, inputs, realised, None)
}

/// Like [`plan`], with tasks on other hosts than they name. Fails without a diagnostic when `elsewhere`
/// gives none.
pub fn plan_on(
    compiler: &mut Compiler,
    file: &Path,
    root: &Path,
    inputs: &dyn Inputs,
    realised: &(dyn Fn(&str) -> bool + Sync),
    elsewhere: Option<&Elsewhere<'_>>,
) -> Outcome {
    let found = compiler.diagnostics();
    let modules = SourceModules::new(compiler, inputs);
    run(Job {
        file,
        root,
        found,
        modules: &modules,
        inputs,
        realised,
        elsewhere,
        limits: Limits::default(),
        stop: None,
    })
}

/// Gives the texts of files.
pub(crate) trait Texts {
    /// The text of a file that planning has read.
    fn source(&self, path: &Path) -> Option<Arc<str>>;
}

/// Something to plan.
pub(crate) struct Job<'a, M> {
    /// The project file.
    pub(crate) file: &'a Path,
    /// Its folder.
    pub(crate) root: &'a Path,
    /// What checking has found.
    pub(crate) found: Vec<Diagnostic>,
    /// The files of the project.
    pub(crate) modules: &'a M,
    /// Everything else.
    pub(crate) inputs: &'a dyn Inputs,
    /// Which tasks' outputs may be looked at.
    pub(crate) realised: &'a (dyn Fn(&str) -> bool + Sync),
    /// Where tasks run instead of where they say.
    pub(crate) elsewhere: Option<&'a Elsewhere<'a>>,
    /// How far evaluation may go.
    pub(crate) limits: Limits,
    /// Ends evaluation when it becomes true; the outcome means nothing then.
    pub(crate) stop: Option<&'a AtomicBool>,
}

/// Plans.
pub(crate) fn run<M: Modules + Texts>(job: Job<'_, M>) -> Outcome {
    let Job {
        file,
        root,
        found,
        modules,
        inputs,
        realised,
        elsewhere,
        limits,
        stop,
    } = job;
    let broken = found.iter().any(Diagnostic::is_error);
    let is_realised = |task: &TaskPath| realised(task.as_str());
    let world = World {
        inputs,
        modules,
        realised: &is_realised,
        trace: &|_| {},
        root,
    };
    let mut vm = Vm::new(world, limits);
    if let Some(stop) = stop {
        vm.stop_when(stop);
    }
    let mut reader = Reader::new(&mut vm, file);
    let configured = read_project(&mut reader, file, elsewhere);
    let mut config = configured.found;
    reader.apply(&configured.resources);
    let Reader {
        tasks,
        needs,
        mut diagnostics,
        hosts,
        ..
    } = reader;
    if hosts.is_nowhere() {
        return Outcome::Failed(Vec::new());
    }
    let (graph, mut graph_errors) = {
        let (mut graph, problems) = assemble(tasks.clone(), configured.pass);
        graph.pools = configured.resources.pools;
        graph.cache = configured.cache;
        graph.inventory = hosts.inventory;
        let mut errors = report::of_graph(&graph, &tasks, file);
        if !broken && diagnostics.is_empty() {
            // A task that could not be read is missing from the graph, so this would mislead.
            errors.extend(report::of_problems(&problems, &tasks, &needs, file));
        }
        (report::with_places(graph, &tasks, modules, root), errors)
    };
    if let Some(unsupported) = config.unsupported.take() {
        return Outcome::Failed(vec![unsupported]);
    }
    if broken {
        // What evaluation says about a broken file mostly follows from what is already reported.
        diagnostics.clear();
    }
    let mut all = found;
    all.append(&mut diagnostics);
    all.append(&mut graph_errors);
    all.extend(config.warnings(modules));
    crate::diagnostic::sort(&mut all);
    if all.iter().any(Diagnostic::is_error) {
        return Outcome::Failed(all);
    }
    let plan = Plan {
        graph,
        parallel: configured.parallel,
        warnings: all,
        settings: config.placed(modules, root),
    };
    if needs.is_empty() {
        Outcome::Done(plan)
    } else {
        Outcome::Needs {
            tasks: needs.into_iter().collect(),
            plan,
        }
    }
}

/// What `config` says.
#[derive(Default)]
struct Configured {
    parallel: Option<u32>,
    /// `env.pass`
    pass: Vec<String>,
    resources: Resources,
    cache: Option<CacheConfig>,
    found: Found,
}

/// Reads `tasks` and `config`.
fn read_project(reader: &mut Reader, file: &Path, elsewhere: Option<&Elsewhere<'_>>) -> Configured {
    let value = match reader.vm.file(file, true) {
        Ok(value) => value,
        Err(errors) => {
            reader.diagnostics.extend(errors);
            return Configured::default();
        }
    };
    let Ok(mut value) = reader.force(value) else {
        return Configured::default();
    };
    if matches!(value, Value::Function(_)) {
        // A project with parameters gets their defaults.
        let nothing = reader
            .vm
            .heap
            .record_from(Vec::new(), Default::default())
            .value();
        match reader.call(value, nothing) {
            Ok(project) => value = project,
            Err(_) => return Configured::default(),
        }
    }
    let Some(project) = value.record() else {
        return Configured::default();
    };
    reader.hosts(project);
    if let Some(elsewhere) = elsewhere {
        reader.move_to(elsewhere);
    }
    if let Some(tasks) = reader.vm.heap.get(project, Symbol::new("tasks")) {
        reader.tasks(tasks);
    }
    let mut configured = Configured::default();
    if let Ok(Some(config)) = reader
        .field(project, "config")
        .map(|v| v.and_then(Value::record))
    {
        let owner = Owner {
            record: config,
            task: "config",
        };
        let limit = reader.count(owner, "parallel_limit").ok().flatten();
        configured.parallel = limit.or_else(|| reader.count(owner, "parallel").ok().flatten());
        configured.resources = reader.pools(owner);
        configured.cache = reader.cache(owner);
        if let Ok(Some(sandbox)) = reader.boolean(owner, "sandbox") {
            for task in &mut reader.tasks {
                task.sandbox.get_or_insert(sandbox);
            }
        }
        configured.found = reader.settings(owner);
        if let Ok(Some(env)) = reader
            .field(config, "env")
            .map(|v| v.and_then(Value::record))
        {
            let owner = Owner {
                record: env,
                task: "config",
            };
            configured.pass = reader
                .strings(owner, "pass")
                .unwrap_or_default()
                .into_iter()
                .map(|t| t.text)
                .collect();
        }
    }
    configured
}
