//! Two runs side by side.

use crate::report::{Report, TaskRun, TaskState};
use std::collections::BTreeSet;

/// How a task differs between two runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Only the first run had it.
    OnlyFirst,
    /// Only the second run had it.
    OnlySecond,
    /// It ended differently.
    State(TaskState, TaskState),
    /// It was executed in both and took another time: microseconds in each.
    Time(u64, u64),
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Tasks by path. Tasks whose time differs by less than a tenth, or a millisecond, are left
    /// out.
    pub tasks: Vec<(String, Difference)>,
    /// Wall times in microseconds.
    pub micros: (u64, u64),
}

/// Compares two runs of a project.
pub fn compare(first: &Report, second: &Report) -> Comparison {
    let names: BTreeSet<&str> = first
        .tasks
        .iter()
        .chain(&second.tasks)
        .map(|task| task.task.as_str())
        .collect();
    let tasks = names.into_iter().filter_map(|name| {
        let difference = match (first.find(name), second.find(name)) {
            (Some(one), Some(two)) => between(one, two)?,
            (Some(_), None) => Difference::OnlyFirst,
            (None, Some(_)) => Difference::OnlySecond,
            (None, None) => return None,
        };
        Some((name.to_string(), difference))
    });
    Comparison {
        tasks: tasks.collect(),
        micros: (first.micros, second.micros),
    }
}

fn between(one: &TaskRun, two: &TaskRun) -> Option<Difference> {
    if one.state != two.state {
        return Some(Difference::State(one.state.clone(), two.state.clone()));
    }
    let apart = one.micros.abs_diff(two.micros);
    let matters = one.executed()
        && two.executed()
        && apart >= 1000
        && apart * 10 >= one.micros.min(two.micros);
    matters.then_some(Difference::Time(one.micros, two.micros))
}
