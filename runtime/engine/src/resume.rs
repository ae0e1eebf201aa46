//! Going on with a run that broke off: what of a task is not repeated, and what it was made of.

use crate::resolve::{broken, expand, identity};
use crate::run::Run;
use crate::shared::Shared;
use nexus_graph::event::{EventKind, LogLine, Outcome};
use nexus_graph::key::Hasher;
use nexus_graph::progress::step_digest;
use nexus_graph::{
    Consent, Continuation, Digest, Doubt, KeyWriter, Progress, Task, TaskId, TaskKind,
};
use std::collections::HashMap;
use std::rc::Rc;

/// The run that is gone on with.
#[derive(Clone, Debug, Default)]
pub struct Resumption {
    /// Its name.
    pub run: String,
    /// How far its tasks came, by path.
    pub progress: HashMap<String, Progress>,
    /// What somebody decided about tasks that must not be repeated unasked, by path.
    pub consent: HashMap<String, Consent>,
}

/// Where a task begins.
#[derive(Debug)]
pub(crate) enum Begin {
    /// It has nothing left to do.
    Done { run: String },
    /// Somewhere.
    At(Start),
}

/// The step a task starts at.
#[derive(Debug, Default)]
pub(crate) struct Start {
    /// Its position.
    pub step: u32,
    /// What the steps before it printed; belongs to the task's log.
    pub log: Vec<LogLine>,
    /// It is made of something else now, so that what its hosts have done does not count.
    pub other: bool,
}

/// Where a task begins that is made of `basis`, or why it cannot.
pub(crate) async fn begin(
    run: &Rc<Run>,
    id: TaskId,
    basis: Option<Digest>,
) -> Result<Begin, Outcome> {
    let Some(resumed) = &run.resumption else {
        return Ok(Begin::At(Start::default()));
    };
    let task = run.graph().task(id);
    let Some(progress) = resumed.progress.get(&task.path) else {
        return Ok(Begin::At(Start::default()));
    };
    let consent = resumed.consent.get(&task.path).copied().unwrap_or_default();
    match progress.continuation(task, Some(basis), consent) {
        Continuation::Done => Ok(Begin::Done {
            run: resumed.run.clone(),
        }),
        Continuation::From(step) => {
            let mut hosts = progress.hosts.values();
            let begun = progress.completed() || hosts.any(|host| host.given);
            if step == 0 && begun && progress.basis != basis {
                run.sink.event(from_the_start(task, &resumed.run)).await;
            }
            let before = progress.log.iter().filter(|(at, _)| *at < step);
            let log = before.map(|(_, line)| line.clone()).collect();
            let other = progress.basis != basis;
            Ok(Begin::At(Start { step, log, other }))
        }
        Continuation::Ask(doubt) => Err(doubtful(task, &resumed.run, doubt)),
    }
}

fn from_the_start(task: &Task, run: &str) -> EventKind {
    EventKind::Warning {
        task: Some(task.path.clone()),
        code: "NX0531".into(),
        message: format!(
            "`{}` starts from its first command: its inputs or what it depends on have changed since the run {run}",
            task.path
        ),
        help: None,
    }
}

fn doubtful(task: &Task, run: &str, doubt: Doubt) -> Outcome {
    let help = format!(
        "look what it has done, then say `nexus resume --repeat {0}` to run it again or `nexus resume --done {0}` to go on behind it",
        task.path
    );
    broken("NX0530", doubt_about(task, run, doubt), help)
}

/// What is not known of a task that the run with this name had begun: one sentence.
pub fn doubt_about(task: &Task, run: &str, doubt: Doubt) -> String {
    let command = |step: u32| {
        let step = task.steps.get(step as usize);
        step.map_or_else(String::new, |step| format!(" `{}`", step.label()))
    };
    match doubt {
        Doubt::Unfinished { step } => format!(
            "the command{} of `{}`, which is not idempotent, was begun in the run {run}; whether it did its work is not known",
            command(step),
            task.path
        ),
        Doubt::Changed { step } => format!(
            "the command{} of `{}`, which is not idempotent, was done in the run {run}, and the task has changed since",
            command(step),
            task.path
        ),
        Doubt::Basis => format!(
            "commands of `{}`, which is not idempotent, were done in the run {run}, but its inputs or what it depends on have changed since",
            task.path
        ),
    }
}

/// What an uncached task is made of besides its commands: what it depends on, and its inputs.
/// `None` when that is nothing.
pub(crate) async fn basis(run: &Rc<Run>, id: TaskId) -> Option<Digest> {
    let task = run.graph().task(id);
    if task.deps.is_empty() && task.inputs.is_empty() {
        return None;
    }
    let mut hasher = Hasher::new();
    for dep in &task.deps {
        let key = made(run, dep.task);
        let path = &run.graph().task(dep.task).path;
        let key = key.map_or_else(String::new, |key| key.hex());
        hasher.part("dependency", path, key.as_bytes());
    }
    if !task.inputs.is_empty() {
        let inputs = run.looking(id, move |shared| inputs(shared, id)).await;
        for (path, identity) in inputs.unwrap_or_default() {
            hasher.part("input", &path, identity.as_bytes());
        }
    }
    Some(hasher.finish())
}

/// Its inputs as they are; those that cannot be read are left out, since nothing but a later
/// comparison depends on it.
fn inputs(shared: &Shared, id: TaskId) -> Vec<(String, String)> {
    let task = shared.graph.task(id);
    let Ok(expanded) = expand(shared, task) else {
        return Vec::new();
    };
    let mut found = Vec::with_capacity(expanded.files.len());
    for path in expanded.files {
        let absolute = shared.options.root.join(&path);
        // Tasks that are not cached change files unannounced.
        shared.digests.forget(&absolute);
        if let Ok(known) = shared.digests.file(&absolute) {
            found.push((path, identity(&known)));
        }
    }
    found
}

/// What identifies the results of a task that is over; of a group, of all behind it.
fn made(run: &Run, id: TaskId) -> Option<Digest> {
    if let Some(known) = run.made.borrow()[id.index()] {
        return Some(known);
    }
    if run.graph().task(id).kind == TaskKind::Work {
        return None;
    }
    let mut hasher = Hasher::new();
    for member in run.shared.behind(id) {
        if let Some(key) = run.made.borrow()[member.index()] {
            hasher.part("task", &run.graph().task(member).path, &key.0);
        }
    }
    let digest = hasher.finish();
    run.made.borrow_mut()[id.index()] = Some(digest);
    Some(digest)
}

/// Notes that an uncached task is done.
pub(crate) fn note_done(run: &Run, id: TaskId, basis: Option<Digest>) {
    let task = run.graph().task(id);
    let mut hasher = Hasher::new();
    if let Some(basis) = basis {
        hasher.part("basis", "", &basis.0);
    }
    for step in &task.steps {
        hasher.part("step", "", &step_digest(task, step).0);
    }
    run.made.borrow_mut()[id.index()] = Some(hasher.finish());
}
