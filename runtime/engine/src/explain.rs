//! What a run would do and why, and why a task ran the last time. Nothing is executed or written.

use crate::cached::{Peek, peek};
use crate::options::RunOptions;
use crate::plan::Plan;
use crate::run::Context;
use crate::shared::Shared;
use nexus_graph::event::{Outcome, Reason};
use nexus_graph::path::{glob_root, is_glob, is_within};
use nexus_graph::{Task, TaskGraph, TaskId, TaskKind};
use nexus_store::LastRun;
use std::collections::HashMap;
use std::sync::Arc;

/// How things stand with a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// Its result is known and in place.
    UpToDate,
    /// Its result is known; these outputs would be put back.
    WouldRestore(Vec<String>),
    /// It would be executed.
    WouldRun(Reason),
    /// That shows only when these tasks, on which it depends, have run.
    Waits(Vec<TaskId>),
    /// It cannot run as declared.
    Broken(Outcome),
}

/// The answer for one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What would happen now.
    pub now: Now,
    /// What happened the last time.
    pub last: Option<LastRun>,
}

/// Why a task would run or not, and why it ran the last time.
pub fn explain(
    graph: &Arc<TaskGraph>,
    task: TaskId,
    options: &RunOptions,
    context: &Context,
) -> Explanation {
    let shared = shared(graph, options, context);
    let now = states(&shared, &[task], context).remove(&task);
    Explanation {
        // A group is its members.
        now: now.unwrap_or(Now::UpToDate),
        last: shared
            .store
            .last_run(&shared.project, &graph.task(task).path),
    }
}

/// What a run of `targets` would do: every task with work of the run, dependencies first.
pub fn forecast(
    graph: &Arc<TaskGraph>,
    targets: &[TaskId],
    options: &RunOptions,
    context: &Context,
) -> Vec<(TaskId, Now)> {
    let shared = shared(graph, options, context);
    let mut states = states(&shared, targets, context);
    let mut plan = Plan::new(graph, targets, |_| false);
    let mut order = Vec::new();
    while let Some(id) = plan.next() {
        order.extend(states.remove(&id).map(|now| (id, now)));
        plan.succeeded(id);
    }
    order
}

fn shared(graph: &Arc<TaskGraph>, options: &RunOptions, context: &Context) -> Shared {
    Shared::new(graph.clone(), options.clone(), context, String::new())
}

fn states(shared: &Shared, targets: &[TaskId], context: &Context) -> HashMap<TaskId, Now> {
    let graph = &shared.graph;
    let mut states: HashMap<TaskId, Now> = HashMap::new();
    let mut plan = Plan::new(graph, targets, |_| false);
    while let Some(id) = plan.next() {
        let task = graph.task(id);
        if task.kind == TaskKind::Work {
            let forced = shared.options.force && targets.contains(&id);
            let known = context
                .up_to_date
                .get(id.index())
                .is_some_and(Option::is_some);
            let now = match waits_for(shared, task, &states) {
                waits if !waits.is_empty() => Now::Waits(waits),
                _ if !task.cached => Now::WouldRun(Reason::Always),
                _ if forced => Now::WouldRun(Reason::Forced),
                _ if known => Now::UpToDate,
                _ => look(shared, id),
            };
            states.insert(id, now);
        }
        plan.succeeded(id);
    }
    states
}

fn look(shared: &Shared, id: TaskId) -> Now {
    match peek(shared, id) {
        Peek::UpToDate => Now::UpToDate,
        Peek::WouldRun(reason) => Now::WouldRun(reason),
        Peek::Broken(outcome) => Now::Broken(outcome),
        Peek::WouldRestore { outputs, result } => {
            // Its users see them as they would be.
            shared.note_outputs(id, result.outputs);
            Now::WouldRestore(outputs)
        }
    }
}

/// The dependencies whose outcome decides what this task's key will be. An uncached task without
/// outputs runs every time and decides nothing.
fn waits_for(shared: &Shared, task: &Task, states: &HashMap<TaskId, Now>) -> Vec<TaskId> {
    if !task.cached {
        return Vec::new();
    }
    let mut waits: Vec<TaskId> = Vec::new();
    for dep in &task.deps {
        for producer in shared.behind(dep.task) {
            let made = shared.graph.task(producer);
            let open = match states.get(&producer) {
                Some(Now::UpToDate) | None => false,
                // Inputs that reach into what is missing cannot be looked at yet.
                Some(Now::WouldRestore(outputs)) => {
                    outputs.iter().any(|output| reaches(task, output))
                }
                Some(_) => true,
            };
            if open && !made.outputs.is_empty() && !waits.contains(&producer) {
                waits.push(producer);
            }
        }
    }
    waits
}

/// Whether an input lies in an output.
fn reaches(task: &Task, output: &str) -> bool {
    task.inputs.iter().any(|input| {
        let place = if is_glob(input) {
            glob_root(input)
        } else {
            input
        };
        is_within(place, output) || is_within(output, place)
    })
}
