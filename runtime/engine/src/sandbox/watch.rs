//! Executing a task that may do everything, and noting what it uses.

use super::declared;
use super::execute::{Confined, strict_policy};
use super::finding::depfiles;
use super::policy::Reach;
use crate::cached::discovered_paths;
use crate::execute::{Execution, StepsEnd};
use crate::guard::GuardLost;
use crate::program::is_current_user;
use crate::resolve::{Resolution, broken};
use crate::resume::Start;
use crate::run::Run;
use crate::shared::Shared;
use crate::tracer::Report;
use nexus_graph::event::Outcome;
use nexus_graph::{Task, TaskId};
use std::path::Path;
use std::rc::Rc;

/// What a watched task did, and what of that it declares.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Everything it did.
    pub report: Report,
    /// What it declares, the tools and the system.
    pub reach: Reach,
}

/// Executes the steps of a task without taking anything away from it. What it sees of its
/// surroundings (`HOME`, `TMPDIR`) is what it would see in its sandbox, if it asks for one.
pub(crate) async fn watch(
    run: &Rc<Run>,
    id: TaskId,
    resolution: &Resolution,
    start: Start,
) -> Result<(StepsEnd, Option<Watched>), GuardLost> {
    let task = run.graph().task(id);
    let other = |user: &&String| !is_current_user(user);
    let mut users = task.steps.iter().filter_map(|step| step.user.as_ref());
    if let Some(user) = users.find(other) {
        let message = format!(
            "`{}` runs a step as `{user}`, and programs that become somebody else cannot be watched",
            task.path
        );
        let help = "trace it as that user, or move the step to a task of its own";
        return Ok((refused(message, help), None));
    }
    let confined = match Confined::watching(&run.shared, id, resolution) {
        Ok(confined) => Rc::new(confined),
        Err(error) => {
            let message = format!("there is no room for watching `{}`: {error}", task.path);
            let help = "check that TMPDIR (or /tmp) can be written";
            return Ok((refused(message, help), None));
        }
    };
    let execution = Execution::confined(run.clone(), id, confined.clone()).starting_at(start);
    let (end, _log) = execution.all().await?;
    if !matches!(end, StepsEnd::Succeeded { .. }) {
        return Ok((end, None));
    }
    let Some(report) = confined.report() else {
        let message = format!(
            "`{}` cannot be watched: the system does not allow it (ptrace)",
            task.path
        );
        let help = "allow ptrace: in a container with `--cap-add SYS_PTRACE`, elsewhere by `kernel.yama.ptrace_scope`";
        return Ok((refused(message, help), None));
    };
    match reach(&run.shared, id, resolution, &confined) {
        Ok(reach) => Ok((end, Some(Watched { report, reach }))),
        Err(outcome) => Ok((StepsEnd::Broken(outcome), None)),
    }
}

fn refused(message: String, help: &str) -> StepsEnd {
    StepsEnd::Broken(broken("NX0545", message, help.to_string()))
}

/// What the task declares. A sandbox lets a task with a dependency file read everything, because
/// that file says what counts; here only what it says.
fn reach(
    shared: &Shared,
    id: TaskId,
    resolution: &Resolution,
    confined: &Confined,
) -> Result<Reach, Outcome> {
    let task = shared.graph.task(id);
    let root = &shared.project_root;
    let mut policy = strict_policy(shared, id, resolution, &confined.private);
    if task.steps.iter().any(|step| step.depfile.is_some()) {
        policy.read.retain(|path| Path::new(path) != root);
        for path in discovered_paths(shared, id, task)? {
            policy.may_read(root.join(path));
        }
    }
    Ok(policy.reach())
}

/// Whether a file is made by a task as it is declared: an output, or a dependency file.
pub(crate) fn is_made_by(task: &Task, root: &Path, path: &Path) -> bool {
    super::finding::is_output(task, root, path)
        || depfiles(task, root).iter().any(|file| file == path)
}

/// The folders that outputs of the task lie in.
pub(crate) fn holds_outputs(shared: &Shared, id: TaskId, folder: &Path) -> bool {
    let mut places = declared::places_of_outputs(shared, id).into_iter();
    places.any(|place| place.starts_with(folder))
}
