//! Executing a cached task once more, to see whether it makes the same again. A task that does not
//! is reported with the files that differ; what was there stays what it was.

mod aside;
mod compare;
mod hint;

use crate::cached::{clear, locks, look_at_outputs, prepare, unless_cancelled};
use crate::execute::StepsEnd;
use crate::guard::GuardLost;
use crate::resolve::broken;
use crate::resume::Start;
use crate::run::Run;
use crate::sandbox;
use crate::task::End;
use aside::SetAside;
use nexus_graph::TaskId;
use nexus_graph::event::{Difference, EventKind, Outcome, Reason};
use std::rc::Rc;
use std::time::Instant;

/// More files are counted, not named.
const NAMED: usize = 5;

/// Whether the result of a task is to be checked that ended like this. What must not be repeated,
/// or is somebody's working copy, is not.
pub(crate) fn wanted(run: &Run, id: TaskId, end: &End) -> bool {
    let task = run.graph().task(id);
    let known = match end {
        End::Cached { .. } => true,
        End::Executed { outcome, basis, .. } => *outcome == Outcome::Succeeded && basis.is_some(),
        End::Kept | End::Verified { .. } => false,
    };
    let repeatable = task.idempotent && !task.editable && !task.outputs.is_empty();
    run.shared.options.verify && known && repeatable
}

/// Executes a task whose result is known and in place once more and compares. `end` is what is told
/// of the task when that does not come about.
pub(crate) async fn again(run: &Rc<Run>, id: TaskId, end: End) -> Result<End, GuardLost> {
    let Some(Ok(prepared)) = run.looking(id, move |shared| prepare(shared, id)).await else {
        return Ok(end);
    };
    // Nobody else may look at the outputs meanwhile.
    let keys = locks(&run.shared, id, &prepared);
    let lock = run.blocking(move |shared| shared.store.lock(&keys));
    let Some(_lock) = unless_cancelled(run, lock).await else {
        return Ok(end);
    };
    let Some(slot) = run.slot(id).await else {
        return Ok(end);
    };
    let begin = Instant::now();
    let task = run.graph().task(id).path.clone();
    let started = EventKind::TaskStarted {
        id,
        task: task.clone(),
        reason: Reason::Verification,
        basis: None,
        from: 0,
    };
    run.sink.event(started).await;
    let moved = run.blocking(move |shared| SetAside::new(shared, id)).await;
    let aside = match moved {
        Some(Ok(aside)) => aside,
        Some(Err(error)) => {
            let message = format!("the outputs of `{task}` cannot be set aside: {error}");
            let outcome = broken("NX0504", message, None);
            return Ok(verified(run, id, begin, outcome, end).await);
        }
        None => return Ok(end),
    };
    let steps = match clear(&run.shared, id) {
        Ok(()) => {
            let (steps, _log) =
                sandbox::execute(run, id, &prepared.resolution, Start::default()).await?;
            steps
        }
        Err(error) => {
            let message = format!("the way for the outputs of `{task}` cannot be cleared: {error}");
            StepsEnd::Broken(broken("NX0504", message, None))
        }
    };
    drop(slot);
    let outcome = match steps {
        StepsEnd::Succeeded { .. } => {
            let (differences, aside) = match compared(run, id, aside).await {
                Some(compared) => compared,
                None => return Ok(end),
            };
            put_back(run, aside).await;
            match differences {
                Ok(differences) => told(run, id, differences).await,
                Err(outcome) => outcome,
            }
        }
        steps => {
            put_back(run, aside).await;
            steps.outcome()
        }
    };
    Ok(verified(run, id, begin, outcome, end).await)
}

type Compared = (Result<Vec<Difference>, Outcome>, SetAside);

async fn compared(run: &Run, id: TaskId, aside: SetAside) -> Option<Compared> {
    run.blocking(move |shared| {
        let now = look_at_outputs(shared, shared.graph.task(id));
        let root = &shared.options.root;
        let differences = now.map(|now| compare::differences(root, aside.originals(), &now));
        (differences, aside)
    })
    .await
}

async fn put_back(run: &Run, aside: SetAside) {
    run.blocking(move |shared| {
        aside.forget(shared);
        drop(aside);
    })
    .await;
}

/// Tells what differs, and what that makes of the task.
async fn told(run: &Run, id: TaskId, differences: Vec<Difference>) -> Outcome {
    let task = run.graph().task(id).path.clone();
    let outcome = verdict(&task, &differences);
    let event = EventKind::TaskVerified {
        id,
        task,
        differences,
    };
    run.sink.event(event).await;
    outcome
}

fn verdict(task: &str, differences: &[Difference]) -> Outcome {
    if differences.is_empty() {
        return Outcome::Succeeded;
    }
    let mut named: Vec<String> = differences.iter().take(NAMED).map(sentence).collect();
    if differences.len() > NAMED {
        named.push(format!("{} more", differences.len() - NAMED));
    }
    let files = match differences.len() {
        1 => "a file".to_string(),
        n => format!("{n} files"),
    };
    let message = format!(
        "executed once more with the same inputs, `{task}` made {files} differently: {}",
        named.join("; ")
    );
    let advice = differences.iter().find_map(|d| hint::advice(d.hint?));
    let help = match advice {
        Some(advice) => advice.to_string(),
        None => format!(
            "compare two results of `nexus run {task} --force` with a tool that knows the format, such as diffoscope"
        ),
    };
    broken("NX0546", message, help)
}

/// A difference in words.
fn sentence(difference: &Difference) -> String {
    let Difference {
        path,
        before,
        after,
        offset,
        hint,
    } = difference;
    let mut text = format!("`{path}`");
    text += &match (before, after, offset) {
        (Some(_), None, _) => " was not made again".to_string(),
        (None, Some(_), _) => " was not there before".to_string(),
        (Some(before), Some(after), Some(offset)) if before == after => {
            format!(" ({before} bytes, from byte {offset} on)")
        }
        (Some(before), Some(after), Some(offset)) => {
            format!(" ({before} bytes before, {after} now, from byte {offset} on)")
        }
        _ => String::new(),
    };
    if let Some(hint) = hint {
        text += &format!(", {}", hint::words(*hint));
    }
    text
}

/// The end of a verified task; `known` is what is known of its result.
async fn verified(run: &Rc<Run>, id: TaskId, begin: Instant, outcome: Outcome, known: End) -> End {
    // What was put back has other times than before.
    let basis = run
        .looking(id, move |shared| crate::cached::basis_of(shared, id))
        .await
        .flatten();
    let (key, idle) = match &known {
        End::Executed { basis, idle, .. } => (basis.as_ref().map(|(key, _)| *key), *idle),
        End::Cached { basis, .. } => (basis.as_ref().map(|(key, _)| *key), false),
        End::Kept | End::Verified { .. } => (None, false),
    };
    let event = EventKind::TaskFinished {
        id,
        task: run.graph().task(id).path.clone(),
        outcome: outcome.clone(),
        micros: begin.elapsed().as_micros() as u64,
        key,
        unchanged: true,
        idle: idle && outcome == Outcome::Succeeded,
        steps: 0,
    };
    run.sink.event(event).await;
    End::Verified { outcome, basis }
}
