//! From a project to its task graph, and through the engine: what `run`, `build`, `why`, `list`
//! and `graph` have in common.

mod engine;
mod how;
mod look;
mod mistakes;
mod remembered;

pub use how::How;
pub use mistakes::{mistakes, rendered};

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::noop::Last;
use crate::observed::Observed;
use crate::project::Project;
use crate::resume::GoingOn;
use crate::shared::SharedOptions;
use engine::{Engine, Shown};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::plan::{self, Outcome, Setting};
use nexus_compiler::world::{Disk, Recorder};
use nexus_engine::guard::GuardProcess;
use nexus_engine::{Cancel, Now, Observer, RunOptions, RunReport};
use nexus_graph::event::{Outcome as TaskOutcome, Status};
use nexus_graph::{Digest, Inventory, TaskGraph, TaskId};
use nexus_journal::Asked;
use nexus_store::snapshot::{self, Selection};
use nexus_store::{Digests, Kind, Store, default_cache_dir};
use remembered::Affected;
use std::cell::{Cell, OnceCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Sources of which a run remembers the contents.
const MOST_SOURCES: usize = 256;

/// A task graph and what it was planned from.
pub struct Planned {
    /// The graph.
    pub graph: Arc<TaskGraph>,
    /// `config.parallel_limit`.
    pub parallel: Option<u32>,
    /// What `config` says, when it was planned anew.
    pub settings: Vec<Setting>,
    /// What was warned about, when it was planned anew.
    pub warnings: Vec<Diagnostic>,
    /// What the plan read; `None` when it must not be remembered.
    observed: Option<Observed>,
    /// Tasks whose outputs the plan lacks; the graph is not whole then.
    pub missing: Vec<String>,
    /// The graph is that of the last snapshot, so what it says about tasks applies.
    same_graph: bool,
    /// The graph is only a part of that of the last snapshot.
    part: Option<Affected>,
}

/// Everything a command needs around one project.
pub struct Session<'a> {
    context: &'a Context,
    /// The project.
    pub project: Project,
    cache: PathBuf,
    digests: Arc<Digests>,
    last: Option<Last>,
    /// Whether the process goes on after a run.
    pub goes_on: bool,
    /// What the command line says about a cache shared with other machines.
    pub shared: SharedOptions,
    /// `--hosts`: the hosts that tasks are limited to; all of theirs when empty.
    pub hosts: Vec<String>,
    /// `--on`: the hosts that tasks run on instead of those they name; those when empty.
    on: Vec<String>,
    /// What is asked for, so that somebody may go on with the run.
    pub asked: Option<Asked>,
    /// The run to go on with.
    pub going_on: Option<GoingOn>,
    /// Sees what one of the tasks uses.
    pub observer: Option<Arc<Observer>>,
    /// The graph that was run.
    ran: OnceCell<Arc<TaskGraph>>,
}

/// The graph of the project of the command line, for commands that run nothing.
///
/// # Errors
/// As [`Session::plan`].
pub fn planned(context: &Context) -> Result<Planned, CliError> {
    let session = Session::open(context, &Selection::Named(&[]))?;
    let planned = session.plan()?;
    planned.note_missing(context);
    Ok(planned)
}

impl Planned {
    /// The files that the plan was made from, as far as they are remembered.
    pub fn sources(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let files = self.observed.iter().flat_map(|observed| &observed.files);
        files.map(|(path, _)| path.clone())
    }

    /// The same with the digests of their contents, those inside the project relative to it. Of very
    /// many, some.
    pub fn source_digests(&self, root: &Path) -> Vec<(String, Digest)> {
        let files = self.observed.iter().flat_map(|observed| &observed.files);
        let files = files.filter(|(_, known)| known.stamp.kind == Kind::File);
        let name = |path: &Path| {
            let path = path.strip_prefix(root).unwrap_or(path);
            path.to_string_lossy().into_owned()
        };
        let digests = files.map(|(path, known)| (name(path), known.digest));
        digests.take(MOST_SOURCES).collect()
    }

    /// Tells when the graph is not whole.
    pub fn note_missing(&self, context: &Context) {
        if !self.missing.is_empty() {
            context.note(&format!(
                "some tasks are not known before {} has run\n",
                listed(&self.missing)
            ));
        }
    }
}

impl<'a> Session<'a> {
    /// For the project of the command line; `last` is what was already looked at.
    pub fn new(context: &'a Context, project: Project, last: Option<Last>) -> Self {
        let digests = match &last {
            Some(last) => Digests::after(last.snapshot.clone()),
            None => Digests::default(),
        };
        let digests = Arc::new(digests);
        Session {
            context,
            project,
            cache: default_cache_dir(),
            digests,
            last,
            goes_on: false,
            shared: SharedOptions::default(),
            hosts: Vec::new(),
            on: Vec::new(),
            asked: None,
            going_on: None,
            observer: None,
            ran: OnceCell::new(),
        }
    }

    /// For the project of the command line, with what the last run left of `selection`.
    ///
    /// # Errors
    /// NX0710 when there is no project.
    pub fn open(context: &'a Context, selection: &Selection) -> Result<Self, CliError> {
        let project = Project::find(context.global.config.as_deref())?;
        let last = Last::look(&project, &default_cache_dir(), selection);
        Ok(Session::new(context, project, last))
    }

    /// Has tasks run on these hosts instead of those they name.
    pub fn move_to(&mut self, on: &[String]) {
        self.on = on.to_vec();
        if !on.is_empty() {
            // What is remembered is about the project as it is written.
            self.last = None;
        }
    }

    /// The number of tasks asked for, when nothing needs to be done for them.
    pub fn nothing_to_do(&self) -> Option<usize> {
        self.last.as_ref()?.up_to_date()
    }

    /// Whether the last plan still holds.
    pub fn plan_holds(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.plan_holds)
    }

    /// Whether everything that the tasks asked for were made of when they last ran is as it was. Of
    /// tasks that `failed` this is not known, and assumed.
    pub fn nothing_new(&self, failed: bool) -> bool {
        let known = |last: &Last| failed || last.snapshot.knows_all(&last.check);
        let last = self.last.as_ref();
        last.is_some_and(|last| last.check.is_unchanged() && known(last))
    }

    /// The files that the tasks asked for were seen to read when they last ran, inside the project.
    pub fn files_read(&self) -> Vec<PathBuf> {
        let Some(last) = &self.last else {
            return Vec::new();
        };
        let files = last.snapshot.files_of(&last.check);
        files
            .filter(|path| path.starts_with(&self.project.root))
            .collect()
    }

    /// The graph, without running anything: tasks that planning needs count as done when the last
    /// run left them so.
    ///
    /// # Errors
    /// Everything that is wrong with the project file.
    pub fn plan(&self) -> Result<Planned, CliError> {
        if let Some(planned) = self.remembered() {
            return Ok(planned);
        }
        let mut done: BTreeSet<String> = match &self.last {
            Some(last) if !last.check.plan_changed => {
                last.snapshot.plan.realised.iter().cloned().collect()
            }
            _ => BTreeSet::new(),
        };
        loop {
            let planned = self.plan_with(&done)?;
            let before = done.len();
            done.extend(self.in_place(&planned));
            if done.len() == before {
                return Ok(planned);
            }
        }
    }

    /// Of the tasks that planning lacks, those whose outputs are there already.
    fn in_place(&self, planned: &Planned) -> Vec<String> {
        if planned.missing.is_empty() {
            return Vec::new();
        }
        let graph = &planned.graph;
        let tasks: Vec<TaskId> = planned
            .missing
            .iter()
            .filter_map(|name| graph.find(name))
            .collect();
        let options = self.options(planned, How::default());
        let context = self.engine_context(planned, How::default());
        nexus_engine::forecast(graph, &tasks, &options, &context)
            .into_iter()
            .filter(|(id, now)| tasks.contains(id) && *now == Now::UpToDate)
            .map(|(id, _)| graph.task(id).path.clone())
            .collect()
    }

    fn plan_with(&self, realised: &BTreeSet<String>) -> Result<Planned, CliError> {
        let inputs = Recorder::new(&Disk);
        let mut compiler = Compiler::new();
        compiler.load(&self.project.file, &inputs);
        let unknown = Cell::new(None);
        let elsewhere = |inventory: &mut Inventory| {
            let chosen = crate::hosts::chosen_or_written(inventory, &self.on);
            chosen.map_err(|error| unknown.set(Some(error))).ok()
        };
        let outcome = plan::plan_on(
            &mut compiler,
            &self.project.file,
            &self.project.root,
            &inputs,
            &|task| realised.contains(task),
            (!self.on.is_empty()).then_some(&elsewhere),
        );
        if let Some(error) = unknown.take() {
            return Err(error);
        }
        let (plan, missing) = match outcome {
            Outcome::Done(plan) => (plan, Vec::new()),
            Outcome::Needs { tasks, plan } => (plan, tasks),
            Outcome::Failed(diagnostics) => {
                return Err(mistakes(
                    self.context,
                    &self.project,
                    &compiler,
                    &diagnostics,
                ));
            }
        };
        // A plan that is not whole is made once more, and would warn once more.
        if missing.is_empty() && !self.context.json() && !plan.warnings.is_empty() {
            self.context.note(&rendered(
                self.context,
                &self.project,
                &compiler,
                &plan.warnings,
            ));
        }
        let mut observed = Observed::new(inputs.observations(), &self.digests);
        if let Some(observed) = &mut observed {
            observed.plan.realised = realised.iter().cloned().collect();
            observed.plan.parallel = plan.parallel;
        }
        let last = self.last.as_ref().map(|last| last.snapshot.graph_digest());
        let same_graph = last.is_some() && snapshot::graph_digest(&plan.graph) == last;
        Ok(Planned {
            graph: Arc::new(plan.graph),
            parallel: plan.parallel,
            settings: plan.settings,
            warnings: plan.warnings,
            observed,
            missing,
            same_graph,
            part: None,
        })
    }

    /// Plans, running what planning needs, then runs the tasks that `choose` picks.
    ///
    /// # Errors
    /// What is wrong with the project, the names, or the machine. A failed task is an exit code.
    pub fn run(
        &self,
        how: How,
        choose: impl Fn(&TaskGraph) -> Result<Vec<TaskId>, CliError>,
    ) -> Result<Exit, CliError> {
        self.run_until(how, choose, Cancel::new())
    }

    /// The same, until `cancel` says so.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_until(
        &self,
        how: How,
        choose: impl Fn(&TaskGraph) -> Result<Vec<TaskId>, CliError>,
        cancel: Cancel,
    ) -> Result<Exit, CliError> {
        let reporter = match self.observer.is_some() {
            true => self.context.reporter_aside(),
            false => self.context.reporter(),
        };
        let (stop, notifier) = (cancel.clone(), reporter.notifier());
        let stopping = move |signal: &'static str| {
            stop.cancel_by(signal);
            notifier.say("stopping what runs; once more to end at once\n");
        };
        let notifier = reporter.notifier();
        let pause = cancel.clone();
        let _signals =
            crate::signals::during(stopping, move || notifier.state(), move || pause.stop())
                .map_err(|e| CliError::new("NX0790", format!("signals cannot be handled: {e}")))?;
        // Something will run, most likely: the guard starts while the rest gets ready.
        let options = RunOptions::new(&self.project.root);
        let guard = GuardProcess::start(&options.guard_program, &options.guard_arguments);
        // If it cannot start, it is tried again when it is needed, and reported then.
        let guard = Arc::new(Mutex::new(guard.ok()));
        let store = Arc::new(Store::open(&self.cache));
        let engine = Engine {
            session: self,
            how,
            cancel,
            store,
            guard,
            cache: OnceCell::new(),
        };
        let mut planned = match self.affected(how).or_else(|| self.remembered()) {
            Some(planned) => planned,
            None => self.plan_with(&BTreeSet::new())?,
        };
        let mut realised = BTreeSet::new();
        while !planned.missing.is_empty() {
            let targets: Vec<TaskId> = planned
                .missing
                .iter()
                .filter_map(|name| planned.graph.find(name))
                .collect();
            let new = planned.missing.iter().any(|name| !realised.contains(name));
            if targets.len() < planned.missing.len() || !new {
                reporter.finish();
                return Err(cannot_realise(&planned.missing));
            }
            let shown = Shown::WhenExecuting;
            let report = engine.run(&planned, &targets, &reporter, shown, None)?;
            if !report.success() {
                reporter.finish();
                return Ok(exit_of(&report));
            }
            realised.extend(std::mem::take(&mut planned.missing));
            planned = self.plan_with(&realised)?;
        }
        if self.observer.is_some() {
            self.ran.get_or_init(|| planned.graph.clone());
        }
        let chosen = match &planned.part {
            Some(part) => Ok(part.targets.clone()),
            None => choose(&planned.graph),
        };
        let targets = match chosen {
            Ok(targets) => targets,
            Err(error) => {
                reporter.finish();
                return Err(error);
            }
        };
        if self
            .observer
            .as_ref()
            .is_some_and(|observer| observer.is_done())
        {
            // Planning needed what it makes.
            reporter.finish();
            return Ok(Exit::Done);
        }
        let going_on = self.going_on.as_ref();
        let decided = going_on.map(|run| run.decide(self.context, &planned.graph, &targets));
        let resumption = match decided.transpose() {
            Ok(resumption) => resumption,
            Err(error) => {
                reporter.finish();
                return Err(error);
            }
        };
        let shown = Shown::Always;
        let report = engine.run(&planned, &targets, &reporter, shown, resumption.as_ref());
        reporter.finish();

        let report = report?;
        let exit = exit_of(&report);
        // What ran without its sandbox, or on some of its hosts, is not up to date for a run with it or
        // on all of them, and of what was observed no result is kept.
        if !how.no_sandbox && self.observer.is_none() && self.hosts.is_empty() && self.on.is_empty()
        {
            self.remember(&planned, report);
        }
        engine.store.close();
        if !self.goes_on {
            // The process is about to end: taking a large graph apart piece by piece, and having
            // SQLite tidy up, would cost more than the rest of a small run.
            std::mem::forget((planned, engine.store));
        }
        Ok(exit)
    }

    /// How the engine is to run things.
    fn options(&self, planned: &Planned, how: How) -> RunOptions {
        let mut options = RunOptions::new(&self.project.root);
        let configured = planned.parallel.map(|n| n as usize).filter(|n| *n > 0);
        let said = how.parallel.or(configured);
        options.parallel = said.unwrap_or(options.parallel);
        options.parallel_with_hosts = said.is_some();
        options.continue_on_error = how.continue_on_error;
        options.sandbox = !how.no_sandbox;
        options.verify = how.verify;
        options.announce_known = !self.context.mode().is_brief();
        options
    }

    fn engine_context(&self, planned: &Planned, how: How) -> nexus_engine::Context {
        let mut context = nexus_engine::Context::new(Arc::new(Store::open(&self.cache)));
        context.digests = self.digests.clone();
        if !how.force {
            context.up_to_date = self.up_to_date(planned);
        }
        context
    }
}

/// What runs commands on hosts for the project in a folder.
pub fn executor(root: &Path) -> Arc<dyn nexus_executor::Executor> {
    let prompt = Arc::new(crate::prompt::Terminal::default());
    Arc::new(nexus_ssh::SshExecutor::new(root, prompt))
}

/// The exit code that a run leads to.
pub fn exit_of(report: &RunReport) -> Exit {
    let timed_out = |outcome: &TaskOutcome| {
        matches!(
            outcome,
            TaskOutcome::Failed {
                status: Status::TimedOut,
                ..
            } | TaskOutcome::Hosts {
                timed_out: true,
                ..
            }
        )
    };
    // No command failed; there was nobody to give one to.
    let unreachable = |outcome: &TaskOutcome| match outcome {
        TaskOutcome::Hosts { counts, .. } => {
            counts.failed == 0 && counts.unreachable + counts.lost > 0
        }
        TaskOutcome::Skipped { .. } | TaskOutcome::Cancelled => true,
        _ => false,
    };
    if report.cancelled {
        Exit::Interrupted
    } else if report
        .failures
        .iter()
        .any(|(_, outcome)| timed_out(outcome))
    {
        Exit::Timeout
    } else if report.success() {
        Exit::Done
    } else if (report.failures.iter()).all(|(_, outcome)| unreachable(outcome)) {
        Exit::Connection
    } else {
        Exit::TaskFailed
    }
}

fn cannot_realise(tasks: &[String]) -> CliError {
    CliError::new(
        "NX0407",
        format!(
            "planning needs the outputs of {}, which cannot be planned without them",
            listed(tasks)
        ),
    )
    .help("a file name read while planning must not decide about the task that makes the file")
}

fn listed(tasks: &[String]) -> String {
    tasks
        .iter()
        .map(|t| format!("`{t}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
