//! How many tasks of each pool are under way, and those that are ready and held back meanwhile.

use crate::plan::Ready;
use nexus_graph::{TaskGraph, TaskId};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BinaryHeap};

/// The pools of a run.
#[derive(Default)]
pub(crate) struct Pools {
    pools: Vec<Pool>,
    /// The pool of each task that has one.
    members: FxHashMap<TaskId, usize>,
}

#[derive(Default)]
struct Pool {
    /// How many may be under way.
    most: usize,
    under_way: usize,
    held: BinaryHeap<Ready>,
}

impl Pools {
    /// For the tasks `ids`.
    pub fn new(graph: &TaskGraph, ids: &[TaskId]) -> Pools {
        if graph.pools.is_empty() {
            return Pools::default();
        }
        let numbers: BTreeMap<&str, usize> = (graph.pools.keys().enumerate())
            .map(|(i, name)| (name.as_str(), i))
            .collect();
        let member = |id: &TaskId| {
            let pool = graph.task(*id).pool.as_deref()?;
            Some((*id, *numbers.get(pool)?))
        };
        let pool = |size: &u32| Pool {
            // The next ones get ready while the others run.
            most: (*size as usize).max(1) * 2,
            ..Pool::default()
        };
        Pools {
            pools: graph.pools.values().map(pool).collect(),
            members: ids.iter().filter_map(member).collect(),
        }
    }

    /// Whether a task may start. If not, it is held back until one of its pool is over.
    pub fn enter(&mut self, ready: Ready) -> bool {
        let Some(pool) = self.members.get(&ready.earlier.0) else {
            return true;
        };
        let pool = &mut self.pools[*pool];
        if pool.under_way == pool.most {
            pool.held.push(ready);
            return false;
        }
        pool.under_way += 1;
        true
    }

    /// A task that was started is over: gives one that may be next.
    pub fn leave(&mut self, id: TaskId) -> Option<Ready> {
        let pool = &mut self.pools[*self.members.get(&id)?];
        pool.under_way = pool.under_way.saturating_sub(1);
        pool.held.pop()
    }

    /// Forgets what is held back.
    pub fn clear(&mut self) {
        self.pools.iter_mut().for_each(|pool| pool.held.clear());
    }
}
