//! The part of the graph that a run concerns: the tasks that are not up to date and what they
//! depend on directly. Everything else of a large project is not even decoded.

use super::format::GROUP;
use super::graph::Encoded;
use super::{Check, Snapshot};
use nexus_graph::{Digest, TaskGraph, TaskId};

/// Some tasks of a graph as a graph of their own.
#[derive(Clone, Debug)]
pub struct Part {
    /// The tasks that are not up to date and the tasks they depend on. Of the latter, those with
    /// work have no dependencies here.
    pub graph: TaskGraph,
    /// What each task is called in the whole graph.
    pub ids: Vec<u32>,
    /// Keys of the tasks that are up to date.
    pub keys: Vec<Option<Digest>>,
    /// The tasks asked for that are not up to date, as they are called here.
    pub targets: Vec<TaskId>,
    /// Tasks with work that are wanted, up to date and not part of this.
    pub besides: u32,
}

impl Snapshot {
    /// The part that is wanted and not up to date. `None` when it is not much smaller than the
    /// whole, or when the graph cannot be read.
    pub fn part(&self, check: &Check) -> Option<Part> {
        let count = self.tasks();
        let open: Vec<u32> = (0..count)
            .filter(|id| check.wanted[*id as usize] && !check.clean[*id as usize])
            .collect();
        if open.len() > count as usize / 4 {
            return None;
        }
        let encoded = Encoded::new(self.body.graph(&self.map)?)?;
        let mut inside = vec![false; count as usize];
        let mut stack: Vec<(u32, bool)> = open.iter().map(|id| (*id, true)).collect();
        while let Some((id, opened)) = stack.pop() {
            if std::mem::replace(&mut inside[id as usize], true) {
                continue;
            }
            let row = self.task(id);
            // A group stands for the tasks behind it.
            if opened || row.flags & GROUP != 0 {
                let deps = self.body.task_deps(&self.map, &row);
                stack.extend(deps.map(|dep| (dep, !check.clean[dep as usize])));
            }
        }
        let ids: Vec<u32> = (0..count).filter(|id| inside[*id as usize]).collect();
        let here = |whole: u32| ids.binary_search(&whole).ok().map(|i| TaskId(i as u32));
        let mut tasks = Vec::with_capacity(ids.len());
        let mut keys = Vec::with_capacity(ids.len());
        let mut work = 0;
        for id in &ids {
            let mut task = encoded.task(*id as usize)?;
            let group = self.task(*id).flags & GROUP != 0;
            work += u32::from(!group);
            if check.clean[*id as usize] && !group {
                task.deps.clear();
            }
            for dep in &mut task.deps {
                dep.task = here(dep.task.0)?;
            }
            tasks.push(task);
            keys.push(check.clean[*id as usize].then(|| self.key(*id)).flatten());
        }
        let targets = check
            .selected
            .iter()
            .filter(|id| !check.clean[**id as usize]);
        let targets = targets.map(|id| here(*id)).collect::<Option<_>>()?;
        let rest = encoded.rest()?;
        Some(Part {
            graph: TaskGraph { tasks, ..rest },
            keys,
            targets,
            besides: (check.count(self) as u32).checked_sub(work)?,
            ids,
        })
    }
}
