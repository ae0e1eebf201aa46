//! The graph as a whole: look-up by path, order, cycles, the part a run needs.

use crate::cache::CacheConfig;
use crate::remote::Inventory;
use crate::task::{Task, TaskId};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Every task of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskGraph {
    /// The tasks; a [`TaskId`] is a position here. Sorted by path.
    pub tasks: Vec<Task>,
    /// Names of variables that reach every cached task without being part of its key, besides
    /// the built-in short list.
    pub pass_env: Vec<String>,
    /// Named pools: how many of the tasks that name one may run at the same time, at least 1.
    pub pools: BTreeMap<String, u32>,
    /// The cache shared with other machines, if the project names one.
    pub cache: Option<CacheConfig>,
    /// The machines that tasks run on.
    pub inventory: Inventory,
}

/// Why a graph cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// Tasks that depend on each other: the path of one cycle, first task repeated at the end.
    Cycle(Vec<TaskId>),
    /// Two tasks write the same path, or one writes inside the other's output.
    Overlap {
        /// The earlier task by path.
        first: TaskId,
        /// The later one.
        second: TaskId,
        /// The path both write.
        path: String,
    },
}

impl TaskGraph {
    /// The task with this path.
    pub fn find(&self, path: &str) -> Option<TaskId> {
        self.tasks
            .binary_search_by(|task| task.path.as_str().cmp(path))
            .ok()
            .map(|i| TaskId(i as u32))
    }

    /// Access by id.
    pub fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.index()]
    }

    /// All ids in path order.
    pub fn ids(&self) -> impl Iterator<Item = TaskId> + use<> {
        (0..self.tasks.len() as u32).map(TaskId)
    }

    /// The graph with an edge from each dependency to its user.
    pub fn to_petgraph(&self) -> DiGraph<TaskId, ()> {
        let edges: usize = self.tasks.iter().map(|t| t.deps.len()).sum();
        let mut graph = DiGraph::with_capacity(self.tasks.len(), edges);
        for id in self.ids() {
            graph.add_node(id);
        }
        for (i, task) in self.tasks.iter().enumerate() {
            for dep in &task.deps {
                graph.add_edge(NodeIndex::new(dep.task.index()), NodeIndex::new(i), ());
            }
        }
        graph
    }

    /// `targets` and everything they depend on, as a sorted set.
    pub fn closure(&self, targets: &[TaskId]) -> BTreeSet<TaskId> {
        let mut seen: BTreeSet<TaskId> = targets.iter().copied().collect();
        let mut stack: Vec<TaskId> = targets.to_vec();
        while let Some(id) = stack.pop() {
            for dep in &self.task(id).deps {
                if seen.insert(dep.task) {
                    stack.push(dep.task);
                }
            }
        }
        seen
    }

    /// Finds what no run could survive: cycles first, then outputs written twice.
    pub fn validate(&self) -> Vec<GraphError> {
        let mut errors = self.cycles();
        errors.extend(self.overlaps());
        errors
    }

    fn cycles(&self) -> Vec<GraphError> {
        let graph = self.to_petgraph();
        let mut errors = Vec::new();
        for component in kosaraju_scc(&graph) {
            let mut members: Vec<TaskId> = component.iter().map(|n| graph[*n]).collect();
            members.sort();
            let first = members[0];
            let own_loop = self.task(first).deps.iter().any(|d| d.task == first);
            if members.len() > 1 || own_loop {
                errors.push(GraphError::Cycle(self.shortest_cycle(first, &members)));
            }
        }
        errors.sort_by_key(|e| match e {
            GraphError::Cycle(path) => path[0],
            GraphError::Overlap { second, .. } => *second,
        });
        errors
    }

    /// The shortest way from `start` back to itself inside its component, by breadth-first search.
    fn shortest_cycle(&self, start: TaskId, members: &[TaskId]) -> Vec<TaskId> {
        let mut came_from: HashMap<TaskId, TaskId> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(id) = queue.pop_front() {
            for dep in &self.task(id).deps {
                if dep.task == start {
                    let mut path = vec![start, id];
                    let mut at = id;
                    while at != start {
                        at = came_from[&at];
                        path.push(at);
                    }
                    path.reverse();
                    return path;
                }
                if members.binary_search(&dep.task).is_ok() && !came_from.contains_key(&dep.task) {
                    came_from.insert(dep.task, id);
                    queue.push_back(dep.task);
                }
            }
        }
        vec![start, start]
    }

    fn overlaps(&self) -> Vec<GraphError> {
        let mut all: Vec<(&str, TaskId)> = Vec::new();
        for id in self.ids() {
            all.extend(self.task(id).outputs.iter().map(|o| (o.path.as_str(), id)));
        }
        // By parts, so that everything inside a folder follows the folder directly.
        all.sort_by(|a, b| a.0.split('/').cmp(b.0.split('/')).then(a.1.cmp(&b.1)));
        let mut errors = Vec::new();
        let mut holder: Option<(&str, TaskId)> = None;
        for (path, id) in all {
            match holder {
                Some((folder, owner)) if crate::path::is_within(path, folder) => {
                    if owner != id {
                        errors.push(GraphError::Overlap {
                            first: owner.min(id),
                            second: owner.max(id),
                            path: path.to_string(),
                        });
                    }
                }
                _ => holder = Some((path, id)),
            }
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Dependency, Output, Used};

    fn graph(edges: &[(&str, &[&str])]) -> TaskGraph {
        let mut g = TaskGraph::default();
        for (path, _) in edges {
            g.tasks.push(Task::new(*path));
        }
        g.tasks.sort_by(|a, b| a.path.cmp(&b.path));
        for (path, deps) in edges {
            let id = g.find(path).unwrap();
            g.tasks[id.index()].deps = deps
                .iter()
                .map(|d| Dependency {
                    task: g.find(d).unwrap(),
                    used: Used::All,
                })
                .collect();
        }
        g
    }

    fn names(g: &TaskGraph, ids: &[TaskId]) -> Vec<String> {
        ids.iter().map(|id| g.task(*id).path.clone()).collect()
    }

    #[test]
    fn a_cycle_is_given_as_a_path() {
        let g = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["a"])]);
        let errors = g.validate();
        let [GraphError::Cycle(path)] = errors.as_slice() else {
            panic!("{errors:?}")
        };
        assert_eq!(names(&g, path), ["a", "b", "c", "a"]);
    }

    #[test]
    fn a_task_that_needs_itself() {
        let g = graph(&[("a", &["a"])]);
        assert_eq!(
            g.validate(),
            [GraphError::Cycle(vec![TaskId(0), TaskId(0)])]
        );
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let mut g = TaskGraph::default();
        for i in 0..100_000u32 {
            let mut t = Task::new(format!("t{i:06}"));
            if i > 0 {
                t.deps.push(Dependency {
                    task: TaskId(i - 1),
                    used: Used::All,
                });
            }
            g.tasks.push(t);
        }
        assert!(g.validate().is_empty());
        assert_eq!(g.closure(&[TaskId(99_999)]).len(), 100_000);
    }

    #[test]
    fn outputs_written_twice() {
        let mut g = graph(&[("a", &[]), ("b", &[]), ("c", &[])]);
        for (i, path) in ["out", "out/x", "out2"].iter().enumerate() {
            g.tasks[i].outputs.push(Output {
                name: None,
                path: path.to_string(),
            });
        }
        assert_eq!(
            g.validate(),
            [GraphError::Overlap {
                first: TaskId(0),
                second: TaskId(1),
                path: "out/x".into()
            }]
        );
    }
}
