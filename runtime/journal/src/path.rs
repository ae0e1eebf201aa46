//! The critical path: the chain of tasks, each waiting for the one before, that took longest. To
//! finish earlier, one of these has to become faster.

use crate::report::{Report, TaskRun};
use std::collections::HashMap;

/// The tasks of the longest chain by time, first to last.
pub fn critical_path(report: &Report) -> Vec<&TaskRun> {
    // A task starts after those it waits for have started, so this order is a topological one.
    let executed: Vec<&TaskRun> = report.tasks.iter().filter(|t| t.executed()).collect();
    let place: HashMap<&str, usize> = executed
        .iter()
        .enumerate()
        .map(|(i, task)| (task.task.as_str(), i))
        .collect();
    let mut length = vec![0u64; executed.len()];
    let mut before: Vec<Option<usize>> = vec![None; executed.len()];
    for (i, task) in executed.iter().enumerate() {
        let earlier = task
            .after
            .iter()
            .filter_map(|name| place.get(name.as_str()));
        let longest = earlier
            .copied()
            .filter(|at| *at < i)
            .max_by_key(|at| (length[*at], std::cmp::Reverse(*at)));
        length[i] = task.micros + longest.map_or(0, |at| length[at]);
        before[i] = longest;
    }
    let mut chain = Vec::new();
    let mut at = (0..executed.len()).max_by_key(|i| (length[*i], std::cmp::Reverse(*i)));
    while let Some(i) = at {
        chain.push(executed[i]);
        at = before[i];
    }
    chain.reverse();
    chain
}
