//! The order of a run: which tasks of the graph take part, and which may start next.

use crate::pools::Pools;
use nexus_graph::{TaskGraph, TaskId};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use std::collections::BinaryHeap;

/// What has been planned and how far it is. Tasks that are known to be up to date are not part
/// of the graph: after a small change only a small graph is built.
pub(crate) struct Plan {
    graph: DiGraph<TaskId, ()>,
    nodes: FxHashMap<TaskId, NodeIndex>,
    /// Dependencies of each node that are not over; `None` for nodes given up.
    waiting: Vec<Option<u32>>,
    /// Length of the longest chain of users of each node.
    height: Vec<u32>,
    ready: BinaryHeap<Ready>,
    /// Those of them that are done elsewhere.
    ready_apart: BinaryHeap<Ready>,
    /// Nodes that are done elsewhere; empty when none is.
    apart: Vec<bool>,
    pools: Pools,
    unfinished: usize,
    /// Tasks of the run that are known to be up to date, in path order.
    pub known: Vec<TaskId>,
}

/// Longest chain first, so that the end of a run does not wait for one long tail; then by path.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    height: u32,
    pub earlier: std::cmp::Reverse<TaskId>,
}

impl Plan {
    /// For `targets` and everything they depend on. What depends only on known tasks may be known
    /// itself, never the other way round. The graph has no cycles.
    pub fn new(tasks: &TaskGraph, targets: &[TaskId], known: impl Fn(TaskId) -> bool) -> Plan {
        let mut seen = vec![false; tasks.tasks.len()];
        let (mut open, mut done) = (Vec::new(), Vec::new());
        let mut stack: Vec<TaskId> = targets.to_vec();
        while let Some(id) = stack.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            if known(id) { &mut done } else { &mut open }.push(id);
            stack.extend(tasks.task(id).deps.iter().map(|dep| dep.task));
        }
        open.sort_unstable();
        done.sort_unstable();
        let mut graph = DiGraph::with_capacity(open.len(), open.len() * 2);
        let nodes: FxHashMap<TaskId, NodeIndex> =
            open.iter().map(|id| (*id, graph.add_node(*id))).collect();
        let mut waiting = vec![Some(0); open.len()];
        for (user, id) in open.iter().enumerate() {
            for dep in &tasks.task(*id).deps {
                if let Some(producer) = nodes.get(&dep.task) {
                    graph.add_edge(*producer, NodeIndex::new(user), ());
                    waiting[user] = waiting[user].map(|count| count + 1);
                }
            }
        }
        let mut plan = Plan {
            height: heights(&graph),
            unfinished: open.len(),
            ready: BinaryHeap::new(),
            ready_apart: BinaryHeap::new(),
            apart: Vec::new(),
            pools: Pools::new(tasks, &open),
            known: done,
            graph,
            nodes,
            waiting,
        };
        for node in plan.graph.node_indices() {
            if plan.waiting[node.index()] == Some(0) {
                plan.push(node);
            }
        }
        plan
    }

    /// The tasks that have to be looked at, in path order.
    pub fn open(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.graph.node_weights().copied()
    }

    fn push(&mut self, node: NodeIndex) {
        self.put(Ready {
            height: self.height[node.index()],
            earlier: std::cmp::Reverse(self.graph[node]),
        });
    }

    fn put(&mut self, ready: Ready) {
        match self.is_apart(ready.earlier.0) {
            true => self.ready_apart.push(ready),
            false => self.ready.push(ready),
        }
    }

    /// Has tasks that are done elsewhere taken for what they are.
    pub fn set_apart(&mut self, elsewhere: impl Fn(TaskId) -> bool) {
        self.apart = self.graph.node_weights().map(|id| elsewhere(*id)).collect();
        if !self.apart.contains(&true) {
            self.apart = Vec::new();
        }
        for ready in std::mem::take(&mut self.ready) {
            self.put(ready);
        }
    }

    /// Whether a task is done elsewhere.
    pub fn is_apart(&self, id: TaskId) -> bool {
        let node = (!self.apart.is_empty()).then(|| self.nodes.get(&id));
        node.flatten().is_some_and(|node| self.apart[node.index()])
    }

    /// The next task to start, if one may, wherever it is done.
    pub fn next(&mut self) -> Option<TaskId> {
        self.next_of(true, true)
    }

    /// The next task to start, if one may: of those that are done here, of those that are done
    /// elsewhere, or of both. Of each pool only twice as many are under way as may execute: others
    /// would wait for a place while tasks of no pool could run.
    pub fn next_of(&mut self, here: bool, elsewhere: bool) -> Option<TaskId> {
        loop {
            let from = match (here, elsewhere) {
                (true, true) if self.ready_apart.peek() > self.ready.peek() => {
                    &mut self.ready_apart
                }
                (true, _) => &mut self.ready,
                (false, true) => &mut self.ready_apart,
                (false, false) => return None,
            };
            let ready = from.pop()?;
            let id = ready.earlier.0;
            if self.pools.enter(ready) {
                return Some(id);
            }
        }
    }

    /// A task is over and did what its users need: those that wait for nothing else get ready.
    pub fn succeeded(&mut self, id: TaskId) {
        let Some(node) = self.nodes.get(&id).copied() else {
            return;
        };
        self.unfinished -= 1;
        if let Some(ready) = self.pools.leave(id) {
            self.put(ready);
        }
        for user in self.users(node) {
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
        let Some(node) = self.nodes.get(&id).copied() else {
            return Vec::new();
        };
        self.unfinished -= 1;
        if let Some(ready) = self.pools.leave(id) {
            self.put(ready);
        }
        let mut lost = Vec::new();
        let mut stack = vec![node];
        while let Some(at) = stack.pop() {
            for user in self.users(at) {
                if self.waiting[user.index()].take().is_some() {
                    lost.push(self.graph[user]);
                    stack.push(user);
                }
            }
        }
        self.unfinished -= lost.len();
        lost.sort();
        lost
    }

    /// Gives up everything that has not started, except what `started` names; nothing is ready
    /// afterwards.
    pub fn abandon(&mut self, started: impl Fn(TaskId) -> bool) -> Vec<TaskId> {
        self.ready.clear();
        self.ready_apart.clear();
        self.pools.clear();
        let mut lost = Vec::new();
        for node in self.graph.node_indices() {
            let id = self.graph[node];
            if !started(id) && self.waiting[node.index()].take().is_some() {
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

    fn users(&self, node: NodeIndex) -> Vec<NodeIndex> {
        self.graph
            .neighbors_directed(node, Direction::Outgoing)
            .collect()
    }
}

/// Heights, users before their dependencies (Kahn's algorithm on the reversed graph).
fn heights(graph: &DiGraph<TaskId, ()>) -> Vec<u32> {
    let mut height = vec![0u32; graph.node_count()];
    let degree = |node| graph.neighbors_directed(node, Direction::Outgoing).count();
    let mut users: Vec<usize> = graph.node_indices().map(degree).collect();
    let mut stack: Vec<NodeIndex> = graph.externals(Direction::Outgoing).collect();
    while let Some(node) = stack.pop() {
        for dep in graph.neighbors_directed(node, Direction::Incoming) {
            height[dep.index()] = height[dep.index()].max(height[node.index()] + 1);
            users[dep.index()] -= 1;
            if users[dep.index()] == 0 {
                stack.push(dep);
            }
        }
    }
    height
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
            let mut plan = Plan::new(&graph, &[target], |_| false);
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
            let mut plan = Plan::new(&graph, &all, |_| false);
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
    fn known_tasks_are_waited_for_by_nobody() {
        let graph = graph(&[vec![], vec![0], vec![1], vec![0, 2]]);
        let mut plan = Plan::new(&graph, &[TaskId(3)], |id| id.0 < 2);
        assert_eq!(plan.known, [TaskId(0), TaskId(1)]);
        assert_eq!(plan.open().collect::<Vec<_>>(), [TaskId(2), TaskId(3)]);
        assert_eq!(plan.next(), Some(TaskId(2)));
        assert_eq!(plan.next(), None);
        plan.succeeded(TaskId(2));
        assert_eq!(plan.next(), Some(TaskId(3)));
        plan.succeeded(TaskId(3));
        assert!(plan.is_over());
    }

    #[test]
    fn the_longest_chain_starts_first() {
        let graph = graph(&[vec![], vec![], vec![1], vec![2]]);
        let mut plan = Plan::new(&graph, &[TaskId(0), TaskId(3)], |_| false);
        assert_eq!(plan.next(), Some(TaskId(1)));
    }

    #[test]
    fn a_chain_of_100_000_tasks() {
        let deps: Vec<Vec<usize>> = (0..100_000)
            .map(|i: usize| i.checked_sub(1).into_iter().collect())
            .collect();
        let graph = graph(&deps);
        let mut plan = Plan::new(&graph, &[TaskId(99_999)], |_| false);
        let mut count = 0;
        while let Some(id) = plan.next() {
            assert_eq!(id.index(), count);
            count += 1;
            plan.succeeded(id);
        }
        assert!(plan.is_over());
    }

    #[test]
    fn what_is_done_elsewhere_waits_for_nothing_here() {
        let graph = graph(&[vec![], vec![], vec![], vec![0]]);
        let all: Vec<TaskId> = (0..4).map(TaskId).collect();
        let mut plan = Plan::new(&graph, &all, |_| false);
        plan.set_apart(|id| id.0 >= 2);
        assert_eq!(plan.next_of(false, false), None);
        assert_eq!(plan.next_of(false, true), Some(TaskId(2)));
        assert_eq!(plan.next_of(false, true), None);
        assert_eq!(plan.next_of(true, false), Some(TaskId(0)));
        plan.succeeded(TaskId(0));
        // Both kinds together have the order they would have without.
        assert_eq!(plan.next(), Some(TaskId(1)));
        assert_eq!(plan.next(), Some(TaskId(3)));
        assert_eq!(plan.next(), None);
        assert!(plan.is_apart(TaskId(3)) && !plan.is_apart(TaskId(1)));
    }
}
