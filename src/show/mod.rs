//! A task graph and the command line itself, as text: pure functions.

pub mod doc;
pub mod dot;
pub mod html;
pub mod json;
pub mod list;
pub mod mermaid;
#[cfg(test)]
pub mod reference;
pub mod resources;
pub mod tests;
pub mod tree;

#[cfg(test)]
pub mod sample;

use nexus_graph::{TaskGraph, TaskId};
use std::collections::BTreeSet;

/// The tasks that no other task of `among` depends on: where a drawing begins.
pub fn roots(graph: &TaskGraph, among: &BTreeSet<TaskId>) -> Vec<TaskId> {
    let used: BTreeSet<TaskId> = among
        .iter()
        .flat_map(|id| &graph.task(*id).deps)
        .map(|dep| dep.task)
        .collect();
    among.difference(&used).copied().collect()
}
