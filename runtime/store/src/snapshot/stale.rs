//! Which remembered states a run has made worthless without looking at their tasks.
//!
//! A task's records are what decided its key, except the outputs of its dependencies: these count
//! through the dependency's own records. So when a run gives a task another result and leaves its
//! users out (`nexus build a` of a graph where `b` uses `a`), the users must not count as up to
//! date any more.

use super::Snapshot;
use super::build::TaskState;
use super::delta::same_content;
use super::format::GROUP;

impl Snapshot {
    /// Tasks whose remembered state does not hold any more, given the new states of others.
    pub(super) fn outdated<'s>(&self, new: impl Fn(u32) -> Option<&'s TaskState>) -> Vec<u32> {
        let count = self.tasks();
        let mut stack: Vec<u32> = (0..count)
            .filter(|id| new(*id).is_some_and(|state| !self.is_result(*id, state)))
            .collect();
        if stack.is_empty() {
            return Vec::new();
        }
        let users = self.users();
        let mut outdated = vec![false; count as usize];
        while let Some(id) = stack.pop() {
            for user in users.of(id) {
                // A task with a new state was looked at after its dependencies.
                if new(user).is_none() && !std::mem::replace(&mut outdated[user as usize], true) {
                    stack.push(user);
                }
            }
        }
        (0..count).filter(|id| outdated[*id as usize]).collect()
    }

    /// Whether a state says of a task what this snapshot says, time stamps apart.
    fn is_result(&self, id: u32, state: &TaskState) -> bool {
        if self.task(id).flags & GROUP != 0 || self.key(id) != Some(state.key) {
            return false;
        }
        let mut records = self.records_of(id);
        let same = state.files.iter().all(|(path, known, follow)| {
            records.next().is_some_and(|index| {
                let record = self.record(index);
                record.follow == *follow
                    && same_content(&record.known, known)
                    && self.path(index) == *path
            })
        });
        same && records.next().is_none()
    }

    fn users(&self) -> Users {
        let count = self.tasks() as usize;
        let mut start = vec![0u32; count + 1];
        let deps = |id: usize| self.body.task_deps(&self.map, &self.task(id as u32));
        for dep in (0..count).flat_map(deps) {
            start[dep as usize + 1] += 1;
        }
        for i in 0..count {
            start[i + 1] += start[i];
        }
        let mut users = vec![0u32; start[count] as usize];
        let mut next = start.clone();
        for id in 0..count {
            for dep in deps(id) {
                users[next[dep as usize] as usize] = id as u32;
                next[dep as usize] += 1;
            }
        }
        Users { start, users }
    }
}

/// The users of each task, one after the other.
struct Users {
    start: Vec<u32>,
    users: Vec<u32>,
}

impl Users {
    fn of(&self, id: u32) -> impl Iterator<Item = u32> + '_ {
        let (from, to) = (self.start[id as usize], self.start[id as usize + 1]);
        self.users[from as usize..to as usize].iter().copied()
    }
}
