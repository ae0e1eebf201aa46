//! Writing a snapshot: records are gathered by path, sorted by folder, and written by rename.

use super::format::{
    CACHED, CLEAN, FOLDER, GROUP, HEADER, MAGIC, OUTPUTS, RECORD, SECTIONS, TASK, build_id,
    encode_record,
};
use super::{PlanPart, Snapshot, delta, graph};
use crate::digests::Known;
use crate::stamp::Kind;
use nexus_graph::{Digest, TaskGraph, TaskKind};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What is known of a task after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    /// Its key.
    pub key: Digest,
    /// Everything that decided the key or is an output: path, what was found, and whether links
    /// are followed. Absolute paths.
    pub files: Vec<(PathBuf, Known, bool)>,
}

/// When two observations of a path may share a record: only if either's stamp vouches for what
/// the other saw. A file seen with two contents, or a folder listed at two moments, keeps both,
/// and at most one of them will match the disk.
type Identity = (Vec<u8>, bool, Digest, (Kind, bool, i64, i64));

fn identity(path: Vec<u8>, follow: bool, known: &Known) -> Identity {
    let stamp = &known.stamp;
    let times = if stamp.kind == Kind::Folder {
        (stamp.mtime, stamp.ctime)
    } else {
        (0, 0)
    };
    (
        path,
        follow,
        known.digest,
        (stamp.kind, stamp.executable, times.0, times.1),
    )
}

/// A record on its way into a snapshot.
struct Entry<'a> {
    folder: Cow<'a, [u8]>,
    name: Cow<'a, [u8]>,
    follow: bool,
    known: Known,
}

/// Gathers what a snapshot will say.
pub struct SnapshotBuilder<'a> {
    root: &'a Path,
    graph: &'a TaskGraph,
    plan: PlanPart,
    search_path: Option<String>,
    /// The snapshot before, when it is about the same graph: its records are taken over by
    /// number, without looking at their paths.
    last: Option<&'a Snapshot>,
    carried: Vec<Option<u32>>,
    entries: Vec<Entry<'a>>,
    by_path: FxHashMap<Identity, u32>,
    plan_records: Vec<u32>,
    tasks: Vec<Option<(Digest, Vec<u32>)>>,
    states: FxHashMap<u32, &'a TaskState>,
}

impl<'a> SnapshotBuilder<'a> {
    /// For a graph that was planned from `plan` and the `files` read by it. `last` is the snapshot
    /// before if it holds the same graph.
    pub fn new(
        root: &'a Path,
        graph: &'a TaskGraph,
        last: Option<&'a Snapshot>,
        plan: PlanPart,
        files: impl IntoIterator<Item = (PathBuf, Known)>,
        search_path: Option<String>,
    ) -> Self {
        let mut builder = SnapshotBuilder {
            root,
            graph,
            plan,
            search_path,
            last,
            carried: vec![None; last.map_or(0, |last| last.records() as usize)],
            entries: Vec::new(),
            by_path: FxHashMap::default(),
            plan_records: Vec::new(),
            tasks: vec![None; graph.tasks.len()],
            states: FxHashMap::default(),
        };
        for (path, known) in files {
            let index = builder.record(&path, known, true);
            builder.plan_records.push(index);
        }
        builder
    }

    fn record(&mut self, path: &Path, known: Known, follow: bool) -> u32 {
        if let Some(last) = self.last
            && let Some(same) = last.record_of(path, follow, &known)
        {
            return self.carry(last, same);
        }
        let path = relative(self.root, path).to_vec();
        let next = self.entries.len() as u32;
        let (folder, name) = split(&path);
        let entry = Entry {
            folder: Cow::Owned(folder.to_vec()),
            name: Cow::Owned(name.to_vec()),
            follow,
            known,
        };
        let index = *self
            .by_path
            .entry(identity(path, follow, &known))
            .or_insert(next);
        if index == next {
            self.entries.push(entry);
        } else if known.hashed_at > self.entries[index as usize].known.hashed_at {
            self.entries[index as usize].known = known;
        }
        index
    }

    /// The new number of a record of the last snapshot.
    fn carry(&mut self, last: &'a Snapshot, old: u32) -> u32 {
        if let Some(new) = self.carried[old as usize] {
            return new;
        }
        let record = last.record(old);
        let new = self.entries.len() as u32;
        self.entries.push(Entry {
            folder: Cow::Borrowed(record.folder),
            name: Cow::Borrowed(record.name),
            follow: record.follow,
            known: record.known,
        });
        self.carried[old as usize] = Some(new);
        new
    }

    /// The state of a task that is up to date.
    pub fn task(&mut self, id: u32, state: &'a TaskState) {
        let files = state
            .files
            .iter()
            .map(|(path, known, follow)| self.record(path, *known, *follow))
            .collect();
        self.tasks[id as usize] = Some((state.key, files));
        self.states.insert(id, state);
    }

    /// Takes over every task of the last snapshot whose state was not given, unless it uses a
    /// result that is another one now.
    pub fn carry_over(&mut self) {
        let Some(last) = self.last else { return };
        let outdated = last.outdated(|id| self.states.get(&id).copied());
        let mut outdated = outdated.into_iter().peekable();
        for id in 0..last.tasks() {
            if outdated.next_if_eq(&id).is_some() {
                continue;
            }
            if self.tasks[id as usize].is_none()
                && let Some(key) = last.key(id)
            {
                let files = last
                    .records_of(id)
                    .map(|old| self.carry(last, old))
                    .collect();
                self.tasks[id as usize] = Some((key, files));
            }
        }
    }

    /// Writes the snapshot.
    ///
    /// # Errors
    /// The folder cannot be written; the last snapshot then stays.
    pub fn write(self, file: &Path) -> io::Result<()> {
        let body = self.body()?;
        if let Some((last, graph)) = self.last.and_then(|last| Some((last, last.graph_bytes()?))) {
            return replace(file, &body, (graph, last.graph_digest()));
        }
        let graph = graph::encode(self.graph)
            .ok_or_else(|| io::Error::other("the graph cannot be encoded"))?;
        let digest = Digest::of(&graph);
        replace(file, &body, (&graph, digest))
    }

    /// The parts of the body, in order: the section table, then the sections.
    fn body(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut order: Vec<u32> = (0..self.entries.len() as u32).collect();
        // Carried records are in order already, which this sort makes use of.
        order.sort_by(|a, b| {
            let (a, b) = (&self.entries[*a as usize], &self.entries[*b as usize]);
            a.folder.cmp(&b.folder).then_with(|| a.name.cmp(&b.name))
        });
        let mut position = vec![0u32; order.len()];
        let mut strings: Vec<u8> = Vec::with_capacity(self.entries.len() * 16);
        let mut intern = |bytes: &[u8]| {
            let at = (strings.len() as u32, bytes.len() as u32);
            strings.extend_from_slice(bytes);
            at
        };
        let mut folders: Vec<u8> = Vec::new();
        let mut records: Vec<u8> = Vec::with_capacity(order.len() * RECORD);
        let mut current: Option<&[u8]> = None;
        for (new, old) in order.iter().enumerate() {
            position[*old as usize] = new as u32;
            let entry = &self.entries[*old as usize];
            if current != Some(&*entry.folder) {
                current = Some(&entry.folder);
                let name = intern(&entry.folder);
                for number in [name.0, name.1, new as u32, 0] {
                    folders.extend(number.to_le_bytes());
                }
            }
            let count_at = folders.len() - 4;
            let first = first_record(&folders[folders.len() - FOLDER..]);
            let count = (new as u32 + 1).wrapping_sub(first);
            folders[count_at..].copy_from_slice(&count.to_le_bytes());
            let folder = (folders.len() / FOLDER - 1) as u32;
            records.extend(encode_record(
                intern(&entry.name),
                folder,
                entry.follow,
                &entry.known,
            ));
        }
        let (mut tasks, mut task_records, mut task_deps) =
            (Vec::new(), Vec::<u8>::new(), Vec::<u8>::new());
        for (task, state) in self.graph.tasks.iter().zip(&self.tasks) {
            let mut flags = 0;
            flags |= if task.cached { CACHED } else { 0 };
            flags |= if state.is_some() { CLEAN } else { 0 };
            flags |= if task.outputs.is_empty() { 0 } else { OUTPUTS };
            flags |= if task.kind == TaskKind::Group {
                GROUP
            } else {
                0
            };
            let name = intern(task.path.as_bytes());
            let files = state.as_ref().map_or(&[][..], |(_, files)| files);
            let numbers = [
                name.0,
                name.1,
                flags,
                0,
                (task_records.len() / 4) as u32,
                files.len() as u32,
                (task_deps.len() / 4) as u32,
                task.deps.len() as u32,
            ];
            for number in numbers {
                tasks.extend(number.to_le_bytes());
            }
            tasks.extend(state.as_ref().map_or([0; 32], |(key, _)| key.0));
            for file in files {
                task_records.extend(position[*file as usize].to_le_bytes());
            }
            for dep in &task.deps {
                task_deps.extend(dep.task.0.to_le_bytes());
            }
        }
        debug_assert_eq!(tasks.len(), self.graph.tasks.len() * TASK);
        let plan_records: Vec<u8> = self
            .plan_records
            .iter()
            .flat_map(|r| position[*r as usize].to_le_bytes())
            .collect();
        let plan = postcard::to_allocvec(&self.plan).map_err(io::Error::other)?;
        let run = postcard::to_allocvec(&self.search_path).map_err(io::Error::other)?;
        let sections = [
            folders,
            records,
            strings,
            plan,
            plan_records,
            tasks,
            task_records,
            task_deps,
            run,
        ];
        let mut at = SECTIONS * 8;
        let mut table = Vec::with_capacity(at);
        for section in &sections {
            let start = u32::try_from(at)
                .map_err(|_| io::Error::other("the snapshot is larger than 4 GiB"))?;
            table.extend(start.to_le_bytes());
            table.extend((section.len() as u32).to_le_bytes());
            at += section.len();
        }
        Ok(std::iter::once(table).chain(sections).collect())
    }
}

fn first_record(folder: &[u8]) -> u32 {
    folder
        .get(8..12)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u32::from_le_bytes)
}

/// A path as records name it: below the project without its root, elsewhere absolute.
pub(super) fn relative<'p>(root: &Path, path: &'p Path) -> &'p [u8] {
    path.strip_prefix(root)
        .unwrap_or(path)
        .as_os_str()
        .as_bytes()
}

/// Folder and name of a path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|b| *b == b'/') {
        // The root folder keeps its slash.
        Some(at) => (&path[..at.max(1)], &path[at + 1..]),
        None => (b"", path),
    }
}

/// What [`Snapshot::graph_digest`] would be for this graph.
pub fn graph_digest(graph: &TaskGraph) -> Option<Digest> {
    graph::encode(graph).map(|bytes| Digest::of(&bytes))
}

/// Writes header, body and graph beside the file and renames.
pub(super) fn replace(
    file: &Path,
    body: &[impl AsRef<[u8]>],
    (graph, graph_digest): (&[u8], Digest),
) -> io::Result<()> {
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    for part in body {
        hasher.update(part.as_ref());
        length += part.as_ref().len() as u64;
    }
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(build_id());
    header.extend(length.to_le_bytes());
    header.extend((graph.len() as u64).to_le_bytes());
    header.extend(hasher.finalize().as_bytes());
    header.extend(graph_digest.0);
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = file.with_extension(format!("{}", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|mut to| {
        to.write_all(&header)?;
        for part in body {
            to.write_all(part.as_ref())?;
        }
        to.write_all(graph)?;
        std::fs::rename(&beside, file)?;
        // What it says is part of the new snapshot, if it was about the last one.
        match std::fs::remove_file(delta::path(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
