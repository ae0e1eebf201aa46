//! Executing a task in its sandbox, and finding out afterwards what it lacked.

use super::aside::Aside;
use super::declared;
use super::finding::{Findings, depfiles, findings, is_output};
use super::mechanism::Mechanism;
use super::policy::{Policy, Reach};
use super::private::Private;
use super::region::Region;
use super::system::Toolchain;
use crate::execute::{Execution, StepsEnd};
use crate::guard::GuardLost;
use crate::program::{Invocation, is_current_user};
use crate::resolve::{Resolution, broken};
use crate::resume::Start;
use crate::run::Run;
use crate::shared::Shared;
use crate::tracer::{self, Order, Report};
use nexus_graph::event::{EventKind, LogLine, Outcome, Status};
use nexus_graph::{Task, TaskId};
use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where the steps of one execution run: with a policy, in a private folder, perhaps watched.
pub(crate) struct Confined {
    policy: Option<Policy>,
    tools: Toolchain,
    pub(super) private: Private,
    /// The environment leads into the private folder.
    adapts: bool,
    /// Every step runs under the tracer.
    watched: bool,
    /// Nobody is told of steps and output.
    pub quiet: bool,
    steps: Cell<u32>,
    report: RefCell<Report>,
    /// A step could not be watched.
    blind: Cell<bool>,
}

impl Confined {
    fn new(shared: &Shared, id: TaskId, resolution: &Resolution) -> io::Result<Confined> {
        let private = Private::new()?;
        let (policy, tools) = declared::policy(shared, id, resolution, &private);
        Ok(Confined {
            policy: Some(policy),
            tools,
            private,
            adapts: true,
            watched: false,
            quiet: false,
            steps: Cell::new(0),
            report: RefCell::default(),
            blind: Cell::new(false),
        })
    }

    /// Where a task runs that may do everything and is only watched.
    pub(super) fn watching(
        shared: &Shared,
        id: TaskId,
        resolution: &Resolution,
    ) -> io::Result<Confined> {
        let confined = Confined::new(shared, id, resolution)?;
        Ok(Confined {
            policy: None,
            watched: true,
            adapts: shared.sandboxed(id),
            ..confined
        })
    }

    /// What was seen; `None` when a step could not be watched.
    pub(super) fn report(&self) -> Option<Report> {
        (!self.blind.get()).then(|| self.report.take())
    }

    /// The environment of the task in here.
    pub fn environment(&self, env: Vec<Vec<u8>>, task: &Task) -> Vec<Vec<u8>> {
        if !self.adapts {
            return env;
        }
        self.private.adapt(env, &task.env, &self.tools)
    }

    /// What is really started in place of a program, and the policy the guard has to put on it.
    pub fn enter(
        &self,
        invocation: Invocation,
        helper: &Path,
    ) -> io::Result<(Invocation, Option<Policy>)> {
        if !self.watched {
            return Ok((invocation, self.policy.clone()));
        }
        let number = self.steps.get() + 1;
        self.steps.set(number);
        let file = self.private.file(&format!("order-{number}"));
        Order {
            program: invocation.program.into(),
            argv: invocation.argv,
            policy: self.policy.clone(),
            report: self.report_file(number).into(),
        }
        .write(&file)?;
        let watched = Invocation {
            program: helper.to_path_buf(),
            argv: vec![
                "nexus".into(),
                tracer::ARGUMENT.into(),
                file.to_string_lossy().into_owned(),
            ],
        };
        Ok((watched, None))
    }

    /// Takes the report of what was entered last.
    pub fn leave(&self) {
        if !self.watched {
            return;
        }
        match Report::read(&self.report_file(self.steps.get())) {
            Ok(report) => self.report.borrow_mut().append(report),
            Err(_) => self.blind.set(true),
        }
    }

    fn report_file(&self, number: u32) -> PathBuf {
        self.private.file(&format!("report-{number}"))
    }
}

/// Executes the steps of a task, in a sandbox when it asks for one; gives how they ended and what
/// they printed.
pub(crate) async fn execute(
    run: &Rc<Run>,
    id: TaskId,
    resolution: &Resolution,
    start: Start,
) -> Result<(StepsEnd, Vec<LogLine>), GuardLost> {
    if run.graph().task(id).remote.is_some() {
        return crate::remote::execute(run, id, !start.other).await;
    }
    if !run.shared.sandboxed(id) {
        let execution = Execution::new(run.clone(), id).starting_at(start);
        return execution.all().await;
    }
    let refused = |outcome| Ok((StepsEnd::Broken(outcome), Vec::new()));
    if let Some(outcome) = impossible(run.graph().task(id)) {
        return refused(outcome);
    }
    let mut confined = match Confined::new(&run.shared, id, resolution) {
        Ok(confined) => confined,
        Err(error) => return refused(no_room(run.graph().task(id), &error)),
    };
    for place in declared::places_of_outputs(&run.shared, id) {
        if let Err(error) = std::fs::create_dir_all(&place) {
            return refused(no_room(run.graph().task(id), &error));
        }
    }
    let beside = Beside::new(&run.shared, id);
    let before = beside.look();
    // What lies beside the outputs can be read as well as written. When that is sources, only
    // watching tells.
    confined.watched = beside.foreign(&run.shared, id, resolution, &before);
    let confined = Rc::new(confined);
    let (end, log) = Execution::confined(run.clone(), id, confined.clone())
        .starting_at(start)
        .all()
        .await?;
    let end = match end {
        StepsEnd::Succeeded { .. } if confined.watched => {
            if confined.blind.get() {
                return refused(blind(run.graph().task(id)));
            }
            let found = undeclared(&run.shared, id, resolution, &confined);
            verdict(run, id, end, &found)
        }
        StepsEnd::Succeeded { .. } if !before.changes(&beside.look()).is_empty() => {
            // Something else may have been written by somebody else: who it was shows when the
            // task is watched.
            let aside = beside.clear_away(&before, &confined.private);
            match observe(run, id, resolution, false, aside).await? {
                Some((_, found)) => verdict(run, id, end, &found),
                None => end,
            }
        }
        StepsEnd::Failed {
            status: Status::Exit(_) | Status::Signal(_),
            ..
        } => {
            let aside = beside.clear_away(&before, &confined.private);
            explain(run, id, resolution, end, aside).await?
        }
        end => end,
    };
    Ok((end, log))
}

fn verdict(run: &Run, id: TaskId, end: StepsEnd, found: &Findings) -> StepsEnd {
    match found.is_empty() {
        true => end,
        false => StepsEnd::Broken(found.outcome(&run.shared, id)),
    }
}

/// A step failed: because of the sandbox? It is run again with everything readable, and watched.
async fn explain(
    run: &Rc<Run>,
    id: TaskId,
    resolution: &Resolution,
    end: StepsEnd,
    aside: Aside,
) -> Result<StepsEnd, GuardLost> {
    let Some((again, found)) = observe(run, id, resolution, true, aside).await? else {
        return Ok(end);
    };
    let blame = matches!(again, StepsEnd::Succeeded { .. }) || !found.writes.is_empty();
    if blame {
        return Ok(verdict(run, id, end, &found));
    }
    if !found.reads.is_empty() {
        // It fails by itself. What it read is worth knowing all the same.
        let task = run.graph().task(id);
        let warning = EventKind::Warning {
            task: Some(task.path.clone()),
            code: "NX0544".into(),
            message: format!("{}; it fails when it may read that, too", found.read(task)),
            help: found.reads_help(&run.shared, task),
        };
        run.sink.event(warning).await;
    }
    Ok(end)
}

/// Runs the task once more, watched and unheard; gives how that ended and what was not declared.
/// `None` when it cannot be watched.
async fn observe(
    run: &Rc<Run>,
    id: TaskId,
    resolution: &Resolution,
    reading_all: bool,
    _aside: Aside,
) -> Result<Option<(StepsEnd, Findings)>, GuardLost> {
    // Not even to find out something is repeated what must not be.
    if !run.graph().task(id).idempotent || crate::cached::clear(&run.shared, id).is_err() {
        return Ok(None);
    }
    let Ok(mut confined) = Confined::new(&run.shared, id, resolution) else {
        return Ok(None);
    };
    if reading_all {
        confined.policy = confined.policy.as_ref().map(Policy::reading_all);
    }
    (confined.watched, confined.quiet) = (true, true);
    let confined = Rc::new(confined);
    let (end, _) = Execution::confined(run.clone(), id, confined.clone())
        .all()
        .await?;
    if confined.blind.get() {
        return Ok(None);
    }
    let found = undeclared(&run.shared, id, resolution, &confined);
    Ok(Some((end, found)))
}

fn undeclared(
    shared: &Shared,
    id: TaskId,
    resolution: &Resolution,
    confined: &Confined,
) -> Findings {
    let reach = strict_reach(shared, id, resolution, &confined.private);
    findings(shared, id, &confined.report.borrow(), &reach)
}

fn strict_reach(shared: &Shared, id: TaskId, resolution: &Resolution, private: &Private) -> Reach {
    strict_policy(shared, id, resolution, private).reach()
}

/// What the task declares, without what lies beside it.
pub(super) fn strict_policy(
    shared: &Shared,
    id: TaskId,
    resolution: &Resolution,
    private: &Private,
) -> Policy {
    let (mut policy, _) = declared::policy(shared, id, resolution, private);
    let places = declared::places_of_outputs(shared, id);
    policy
        .write
        .retain(|folder| !places.contains(Path::new(folder)));
    let task = shared.graph.task(id);
    let root = &shared.project_root;
    let outputs = task.outputs.iter().map(|output| root.join(&output.path));
    let own = outputs.chain(depfiles(task, root));
    policy.write.extend(own.map(Into::into));
    policy
}

/// The files beside the outputs of a task.
struct Beside {
    places: Vec<PathBuf>,
    /// What tasks make, this one and all others.
    made: Vec<PathBuf>,
}

impl Beside {
    fn new(shared: &Shared, id: TaskId) -> Beside {
        let mut places: Vec<PathBuf> = Vec::new();
        for place in declared::places_of_outputs(shared, id) {
            if !places.iter().any(|outer| place.starts_with(outer)) {
                places.push(place);
            }
        }
        let root = &shared.project_root;
        let mut made = Vec::new();
        for task in &shared.graph.tasks {
            made.extend(task.outputs.iter().map(|output| root.join(&output.path)));
            made.extend(depfiles(task, root));
        }
        made.sort();
        Beside { places, made }
    }

    fn look(&self) -> Region {
        Region::look(&self.places, |path| {
            self.made
                .binary_search_by(|made| made.as_path().cmp(path))
                .is_ok()
        })
    }

    /// Moves what has appeared since `before` out of the way, for another execution.
    fn clear_away(&self, before: &Region, private: &Private) -> Aside {
        Aside::new(before.new_in(&self.look()), private.name())
    }

    /// Whether there are files that no task makes and this one does not declare.
    fn foreign(
        &self,
        shared: &Shared,
        id: TaskId,
        resolution: &Resolution,
        before: &Region,
    ) -> bool {
        let root = &shared.project_root;
        let task = shared.graph.task(id);
        let declared: std::collections::HashSet<PathBuf> = resolution
            .resolved
            .inputs
            .iter()
            .map(|(path, _)| root.join(path))
            .collect();
        before
            .files()
            .any(|path| !declared.contains(path) && !is_output(task, root, path))
    }
}

/// What makes a sandbox impossible for this task.
fn impossible(task: &Task) -> Option<Outcome> {
    let other = |user: &&String| !is_current_user(user);
    if let Some(user) = task
        .steps
        .iter()
        .filter_map(|s| s.user.as_ref())
        .find(other)
    {
        let message = format!(
            "`{}` runs a step as `{user}`, which is not possible in a sandbox: it takes away the right to become somebody else",
            task.path
        );
        let help = "say `sandbox = false` for this task, or move the step to a task of its own";
        return Some(broken("NX0543", message, help.to_string()));
    }
    if Mechanism::here().is_none() {
        let message = format!(
            "`{}` is to run in a sandbox, but this system has none: the kernel lacks Landlock, or does not allow it here",
            task.path
        );
        let help = "Linux has it since 5.13, when `landlock` is among the `lsm` of its command line; `--no-sandbox` runs the task without";
        return Some(broken("NX0542", message, help.to_string()));
    }
    None
}

fn no_room(task: &Task, error: &io::Error) -> Outcome {
    let message = format!(
        "the folders for the sandbox of `{}` cannot be made: {error}",
        task.path
    );
    let help = "check that TMPDIR (or /tmp) and the folders of its outputs can be written";
    broken("NX0542", message, help.to_string())
}

fn blind(task: &Task) -> Outcome {
    let message = format!(
        "`{}` cannot be watched in its sandbox, which is necessary because its outputs lie beside other files: the system does not allow it (ptrace)",
        task.path
    );
    let help = "give the outputs a folder of their own, such as `build`, or allow ptrace";
    broken("NX0542", message, help.to_string())
}
