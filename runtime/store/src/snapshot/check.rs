//! Comparing a snapshot with the disk, by one `statx` for each record, relative to folder handles
//! and on as many threads as pay.

use super::Snapshot;
use super::format::{CACHED, CLEAN, GROUP, OUTPUTS};
use crate::digests::{Known, hash_content};
use crate::stamp::{Kind, Stamp, now};
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::os::fd::{AsFd, OwnedFd};

/// Records a thread should have to be worth starting: it costs about as much as 200 `statx`.
const RECORDS_A_THREAD: usize = 2000;

/// Which tasks are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// These: a path is one task, a namespace all tasks inside.
    Named(&'a [String]),
    /// The same for `nexus build`: of tasks named by their path, only groups and those with
    /// outputs are known here.
    Built(&'a [String]),
    /// Every cached task with outputs.
    Outputs,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Check {
    /// A file the plan read, or a folder it listed, looks different.
    pub plan_changed: bool,
    /// A name that the snapshot's graph does not have.
    pub unknown: Option<String>,
    /// For each task of the graph: wanted, directly or by dependency.
    pub wanted: Vec<bool>,
    /// For each wanted task: it and all it depends on are certainly up to date.
    pub clean: Vec<bool>,
    /// Records whose time stamps differ although the content is the same.
    pub(super) touched: Vec<(u32, Known)>,
    /// A file that decided about a wanted task, or an output of one, is not what it was.
    changed: bool,
    /// The tasks asked for directly.
    pub(super) selected: Vec<u32>,
}

impl Check {
    /// Whether everything that was looked at is as it was. Tasks may have to run all the same: those
    /// that failed, or that always run.
    pub fn is_unchanged(&self) -> bool {
        !self.changed && !self.plan_changed
    }

    /// Whether nothing needs to be done.
    pub fn up_to_date(&self) -> bool {
        !self.plan_changed
            && self.unknown.is_none()
            && self
                .wanted
                .iter()
                .zip(&self.clean)
                .all(|(wanted, clean)| !wanted || *clean)
    }

    /// How many tasks with work are wanted.
    pub fn count(&self, snapshot: &Snapshot) -> usize {
        (0..snapshot.tasks())
            .filter(|id| self.wanted[*id as usize] && snapshot.task(*id).flags & GROUP == 0)
            .count()
    }
}

impl Snapshot {
    /// The id of a task by its path; tasks are sorted by path.
    fn find(&self, path: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.tasks());
        while low < high {
            let middle = (low + high) / 2;
            match self
                .body
                .string(&self.map, self.task(middle).name)
                .cmp(path.as_bytes())
            {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The tasks of a namespace.
    fn inside(&self, namespace: &str) -> Vec<u32> {
        let prefix = format!("{namespace}.");
        let name = |id: u32| self.body.string(&self.map, self.task(id).name);
        (0..self.tasks())
            .filter(|id| name(*id).starts_with(prefix.as_bytes()))
            .collect()
    }

    fn wanted(&self, selection: &Selection, check: &mut Check) {
        let makes = |id: u32| self.task(id).flags & (OUTPUTS | CACHED) == OUTPUTS | CACHED;
        let mut stack: Vec<u32> = match selection {
            Selection::Outputs => (0..self.tasks()).filter(|id| makes(*id)).collect(),
            Selection::Named(names) | Selection::Built(names) => {
                let build = matches!(selection, Selection::Built(_));
                let mut all = Vec::new();
                for name in *names {
                    let found = match self.find(name) {
                        Some(id) if build && !makes(id) && self.task(id).flags & GROUP == 0 => {
                            vec![]
                        }
                        Some(id) => vec![id],
                        None if build => vec![],
                        None => self.inside(name),
                    };
                    if found.is_empty() {
                        check.unknown.get_or_insert_with(|| name.clone());
                    }
                    all.extend(found);
                }
                all
            }
        };
        check.selected = stack.clone();
        check.selected.sort_unstable();
        check.selected.dedup();
        // What the plan itself needed must be up to date for the plan to hold.
        for name in &self.plan.realised {
            match self.find(name) {
                Some(id) => stack.push(id),
                None => check.plan_changed = true,
            }
        }
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut check.wanted[id as usize], true) {
                stack.extend(self.body.task_deps(&self.map, &self.task(id)));
            }
        }
    }

    /// Compares everything that `selection` and the plan depend on with the disk.
    pub fn check(&self, selection: &Selection) -> Check {
        let tasks = self.tasks() as usize;
        let mut check = Check {
            wanted: vec![false; tasks],
            clean: vec![false; tasks],
            ..Check::default()
        };
        self.wanted(selection, &mut check);
        let mut needed = vec![false; self.body.records(&self.map) as usize];
        for index in self.body.plan_records(&self.map) {
            needed[index as usize] = true;
        }
        for id in (0..tasks).filter(|id| check.wanted[*id]) {
            for index in self.body.task_records(&self.map, &self.task(id as u32)) {
                needed[index as usize] = true;
            }
        }
        let mut changed = vec![false; needed.len()];
        for (index, now) in self.differing(&needed) {
            match now {
                Some(known) => check.touched.push((index, known)),
                None => {
                    changed[index as usize] = true;
                    check.changed = true;
                }
            }
        }
        check.plan_changed |= self
            .body
            .plan_records(&self.map)
            .any(|i| changed[i as usize]);
        self.spread(&mut check, &changed);
        check.plan_changed |= self
            .plan
            .realised
            .iter()
            .filter_map(|name| self.find(name))
            .any(|id| !check.clean[id as usize]);
        check
    }

    /// A task is clean when its own records are unchanged and everything it depends on is clean.
    /// Iterative, in dependency order.
    fn spread(&self, check: &mut Check, changed: &[bool]) {
        let mut done = vec![false; check.wanted.len()];
        for start in 0..check.wanted.len() {
            if !check.wanted[start] || done[start] {
                continue;
            }
            let mut stack = vec![start];
            while let Some(&id) = stack.last() {
                if done[id] {
                    stack.pop();
                    continue;
                }
                let row = self.task(id as u32);
                let before = stack.len();
                stack.extend(
                    self.body
                        .task_deps(&self.map, &row)
                        .map(|d| d as usize)
                        .filter(|d| !done[*d]),
                );
                if stack.len() > before {
                    // A damaged graph cannot come here (its digest is checked), so no cycle can.
                    continue;
                }
                done[id] = true;
                let group = row.flags & GROUP != 0;
                check.clean[id] = (group || row.flags & (CACHED | CLEAN) == CACHED | CLEAN)
                    && !self
                        .body
                        .task_records(&self.map, &row)
                        .any(|i| changed[i as usize])
                    && self
                        .body
                        .task_deps(&self.map, &row)
                        .all(|d| check.clean[d as usize]);
                stack.pop();
            }
        }
    }

    /// The needed records whose stamps differ; with the new stamp when the content is the same.
    fn differing(&self, needed: &[bool]) -> Vec<(u32, Option<Known>)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = needed.iter().filter(|n| **n).count();
        let threads = (count / RECORDS_A_THREAD).clamp(1, cores);
        let share = needed.len().div_ceil(threads).max(1);
        let ranges: Vec<_> = (0..threads)
            .map(|t| (t * share).min(needed.len())..((t + 1) * share).min(needed.len()))
            .collect();
        std::thread::scope(|scope| {
            let (first, rest) = ranges
                .split_first()
                .map_or((0..0, &[][..]), |(f, r)| (f.clone(), r));
            let others: Vec<_> = rest
                .iter()
                .map(|range| {
                    let range = range.clone();
                    scope.spawn(move || self.differing_in(needed, range))
                })
                .collect();
            let mut found = self.differing_in(needed, first);
            for other in others {
                found.extend(other.join().unwrap_or_default());
            }
            found
        })
    }

    fn differing_in(
        &self,
        needed: &[bool],
        range: std::ops::Range<usize>,
    ) -> Vec<(u32, Option<Known>)> {
        let mut found = Vec::new();
        let root = open_folder(None, self.root.as_os_str().as_encoded_bytes());
        for folder in 0..self.body.folders(&self.map) {
            let (name, first, count) = self.body.folder(&self.map, folder);
            let (start, end) = (
                (first as usize).max(range.start),
                ((first + count) as usize).min(range.end),
            );
            if start >= end || !needed[start..end].contains(&true) {
                continue;
            }
            let own;
            let handle = if name.is_empty() {
                root.as_ref()
            } else {
                own = open_folder(root.as_ref(), name);
                own.as_ref()
            };
            for index in (start..end).filter(|i| needed[*i]) {
                let record = self.record(index as u32);
                let stamp = match handle {
                    // The folder itself has an empty name.
                    Some(handle) if record.name.is_empty() => Stamp::at(handle.as_fd(), b".", true),
                    Some(handle) => Stamp::at(handle.as_fd(), record.name, record.follow),
                    None => Ok(Stamp::MISSING),
                };
                match stamp {
                    Ok(stamp)
                        if stamp == record.known.stamp
                            && !stamp.is_racy(record.known.hashed_at) => {}
                    Ok(stamp) => found.push((
                        index as u32,
                        self.same_content(index as u32, &record.known, stamp),
                    )),
                    Err(_) => found.push((index as u32, None)),
                }
            }
        }
        found
    }

    /// The file or folder as it is now, if its content is what it was. Links are compared by
    /// their stamp alone: they are rarely touched.
    fn same_content(&self, index: u32, known: &Known, stamp: Stamp) -> Option<Known> {
        let comparable = match stamp.kind {
            Kind::File => {
                stamp.size == known.stamp.size && stamp.executable == known.stamp.executable
            }
            Kind::Folder => true,
            Kind::Missing | Kind::Link | Kind::Other => false,
        };
        if !comparable || stamp.kind != known.stamp.kind {
            return None;
        }
        let hashed_at = now();
        let path = self.path(index);
        let digest = hash_content(&path, &stamp).ok()?;
        (digest == known.digest && Stamp::of(&path).ok()? == stamp).then_some(Known {
            stamp,
            digest,
            hashed_at,
        })
    }
}

fn open_folder(root: Option<&OwnedFd>, name: &[u8]) -> Option<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let base = root.map_or(CWD, AsFd::as_fd);
    openat(base, name, flags, Mode::empty()).ok()
}
