//! The order of a run: which tasks of the graph take part, and which may start next.

use nexus_graph::{TaskGraph, TaskId};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BinaryHeap;

/// What has been planned and how far it is.
pub(crate) struct Plan {
    graph: DiGraph<TaskId, ()>,
    /// Dependencies of each task that are not over; `None` for tasks outside the run.
    waiting: Vec<Option<u32>>,
    /// Length of the longest chain of users of each task.
    height: Vec<u32>,
    ready: BinaryHeap<Ready>,
    unfinished: usize,
}

/// Longest chain first, so that the end of a run does not wait for one long tail; then by path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    height: u32,
    earlier: std::cmp::Reverse<TaskId>,
}

impl Plan {
    /// For `targets` and everything they depend on. The graph has no cycles.
    pub fn new(graph: &TaskGraph, targets: &[TaskId]) -> Plan {
        let members = graph.closure(targets);
        let mut waiting = vec![None; graph.tasks.len()];
        for id in &members {
            waiting[id.index()] = Some(graph.task(*id).deps.len() as u32);
        }
        let mut plan = Plan {
            graph: graph.to_petgraph(),
            waiting,
            height: vec![0; graph.tasks.len()],
            ready: BinaryHeap::new(),
            unfinished: members.len(),
        };
        plan.measure(graph, &members);
        for id in members {
            if plan.waiting[id.index()] == Some(0) {
                plan.push(id);
            }
        }
        plan
    }

    /// Heights, users before their dependencies (Kahn's algorithm on the reversed graph).
    fn measure(&mut self, graph: &TaskGraph, members: &std::collections::BTreeSet<TaskId>) {
        let mut users: Vec<u32> = vec![0; graph.tasks.len()];
        for id in members {
            for dep in &graph.task(*id).deps {
                users[dep.task.index()] += 1;
            }
        }
        let mut stack: Vec<TaskId> = members
            .iter()
            .copied()
            .filter(|id| users[id.index()] == 0)
            .collect();
        while let Some(id) = stack.pop() {
            for dep in &graph.task(id).deps {
                let at = dep.task.index();
                self.height[at] = self.height[at].max(self.height[id.index()] + 1);
                users[at] -= 1;
                if users[at] == 0 {
                    stack.push(dep.task);
                }
            }
        }
    }

    fn push(&mut self, id: TaskId) {
        let height = self.height[id.index()];
        self.ready.push(Ready {
            height,
            earlier: std::cmp::Reverse(id),
        });
    }

    /// The next task to start, if one may.
    pub fn next(&mut self) -> Option<TaskId> {
        self.ready.pop().map(|r| r.earlier.0)
    }

    /// A task is over and did what its users need: those that wait for nothing else get ready.
    pub fn succeeded(&mut self, id: TaskId) {
        self.unfinished -= 1;
        for user in self.users(id) {
            if let Some(count) = &mut self.waiting[user.index()] {
                *count -= 1;
                if *count == 0 {
                    self.push(user);
                }
            }
        }
    }

    /// A task is over and its users cannot start: gives all of them, direct or not, that were
    /// not over already.
    pub fn failed(&mut self, id: TaskId) -> Vec<TaskId> {
        self.unfinished -= 1;
        let mut lost = Vec::new();
        let mut stack = vec![id];
        while let Some(at) = stack.pop() {
            for user in self.users(at) {
                if self.waiting[user.index()].take().is_some() {
                    lost.push(user);
                    stack.push(user);
                }
            }
        }
        self.unfinished -= lost.len();
        lost.sort();
        lost
    }

    /// Everything that has not started, except what `running` names; nothing is ready afterwards.
    pub fn abandon(
        &mut self,
        running: impl Fn(TaskId) -> bool,
        over: impl Fn(TaskId) -> bool,
    ) -> Vec<TaskId> {
        self.ready.clear();
        let mut lost = Vec::new();
        for (i, waiting) in self.waiting.iter_mut().enumerate() {
            let id = TaskId(i as u32);
            if waiting.is_some() && !running(id) && !over(id) {
                *waiting = None;
                lost.push(id);
            }
        }
        self.unfinished -= lost.len();
        lost
    }

    /// Whether everything is over.
    pub fn is_over(&self) -> bool {
        self.unfinished == 0
    }

    fn users(&self, id: TaskId) -> Vec<TaskId> {
        self.graph
            .neighbors_directed(NodeIndex::new(id.index()), Direction::Outgoing)
            .map(|n| self.graph[n])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::{Dependency, Task, Used};
    use proptest::prelude::*;

    /// Task `i` depends on the listed earlier ones.
    fn graph(deps: &[Vec<usize>]) -> TaskGraph {
        let mut graph = TaskGraph::default();
        for (i, deps) in deps.iter().enumerate() {
            let mut task = Task::new(format!("t{i:06}"));
            let mut deps: Vec<u32> = deps.iter().map(|d| *d as u32).collect();
            deps.sort();
            deps.dedup();
            task.deps = deps
                .into_iter()
                .map(|d| Dependency {
                    task: TaskId(d),
                    used: Used::All,
                })
                .collect();
            graph.tasks.push(task);
        }
        graph
    }

    fn any_graph() -> impl Strategy<Value = TaskGraph> {
        proptest::collection::vec(
            proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
            1..30,
        )
        .prop_map(|raw| {
            let deps: Vec<Vec<usize>> = raw
                .iter()
                .enumerate()
                .map(|(i, picks)| {
                    if i == 0 {
                        vec![]
                    } else {
                        picks.iter().map(|p| p.index(i)).collect()
                    }
                })
                .collect();
            graph(&deps)
        })
    }

    proptest! {
        #[test]
        fn every_task_comes_once_and_after_its_dependencies(graph in any_graph(), target: proptest::sample::Index) {
            let target = TaskId(target.index(graph.tasks.len()) as u32);
            let mut plan = Plan::new(&graph, &[target]);
            let mut order = Vec::new();
            while let Some(id) = plan.next() {
                for dep in &graph.task(id).deps {
                    prop_assert!(order.contains(&dep.task));
                }
                order.push(id);
                plan.succeeded(id);
            }
            prop_assert!(plan.is_over());
            let mut sorted = order.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(sorted, graph.closure(&[target]).into_iter().collect::<Vec<_>>());
            prop_assert_eq!(order.len(), graph.closure(&[target]).len());
        }

        #[test]
        fn a_failure_takes_exactly_its_users(graph in any_graph(), bad: proptest::sample::Index) {
            let bad = TaskId(bad.index(graph.tasks.len()) as u32);
            let all: Vec<TaskId> = graph.ids().collect();
            let mut plan = Plan::new(&graph, &all);
            let (mut fine, mut lost) = (Vec::new(), Vec::new());
            while let Some(id) = plan.next() {
                if id == bad {
                    lost = plan.failed(id);
                } else {
                    fine.push(id);
                    plan.succeeded(id);
                }
            }
            prop_assert!(plan.is_over());
            for id in all {
                let uses_bad = id != bad && graph.closure(&[id]).contains(&bad);
                prop_assert_eq!(lost.contains(&id), uses_bad);
                prop_assert_eq!(fine.contains(&id), id != bad && !uses_bad);
            }
        }
    }

    #[test]
    fn the_longest_chain_starts_first() {
        let graph = graph(&[vec![], vec![], vec![1], vec![2]]);
        let mut plan = Plan::new(&graph, &[TaskId(0), TaskId(3)]);
        assert_eq!(plan.next(), Some(TaskId(1)));
    }

    #[test]
    fn a_chain_of_100_000_tasks() {
        let deps: Vec<Vec<usize>> = (0..100_000)
            .map(|i: usize| i.checked_sub(1).into_iter().collect())
            .collect();
        let graph = graph(&deps);
        let mut plan = Plan::new(&graph, &[TaskId(99_999)]);
        let mut count = 0;
        while let Some(id) = plan.next() {
            assert_eq!(id.index(), count);
            count += 1;
            plan.succeeded(id);
        }
        assert!(plan.is_over());
    }
}
