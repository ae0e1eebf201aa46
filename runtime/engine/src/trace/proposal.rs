//! From what a task did to what it should declare.

use super::{group, made};
use crate::sandbox::{Watched, holds_outputs, is_made_by};
use crate::shared::Shared;
use crate::tracer::Access;
use nexus_graph::path::is_within;
use nexus_graph::{Task, TaskId};
use nexus_store::walk::Patterns;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Folders in which version control keeps its own.
const VERSIONS: &[&str] = &[".git", ".hg", ".jj", ".svn"];

/// What a task uses and does not declare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// To add to `inputs`.
    pub inputs: Vec<Input>,
    /// To add to `outputs`: files and folders, relative to the project.
    pub outputs: Vec<String>,
    /// To add to `tools`.
    pub tools: Vec<String>,
    /// What no declaration helps with.
    pub remarks: Vec<Remark>,
}

/// A file, or a pattern that stands for many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Relative to the project.
    pub path: String,
    /// The path of the task and the position of its output that this is, or lies in.
    pub made_by: Option<(String, u32)>,
}

/// Something to know about what a task does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// It read this file outside of the project and of the system.
    ReadOutside(String),
    /// It left this outside of the project.
    WroteOutside(String),
    /// It reads what version control keeps, which differs from one copy to the next.
    Versions(String),
    /// It changes this file where it is, so the file is neither input nor output.
    Changed(String),
    /// It removes this file of the project.
    Removed(String),
    /// This one of its inputs was not used.
    Unused(String),
    /// It made nothing, and declares no outputs.
    MadeNothing,
}

/// Everything of a report, sorted by what it means.
#[derive(Default)]
struct Uses {
    /// Files of the project that are declared nowhere, by path.
    read: BTreeSet<String>,
    /// Folders of the project that were listed.
    listed: BTreeSet<String>,
    tools: BTreeSet<String>,
    made: BTreeSet<String>,
    made_folders: BTreeSet<String>,
    remarks: BTreeSet<Remark>,
}

/// What is to be said about a task.
pub(super) fn proposal(shared: &Shared, id: TaskId, watched: &Watched) -> Trace {
    let task = shared.graph.task(id);
    let root = shared.project_root.as_path();
    let mut uses = Uses::default();
    for access in &watched.report.accesses {
        uses.note(shared, id, watched, access);
    }
    // What is read because it was just made is nobody's input.
    uses.read.retain(|path| !uses.made.contains(path));
    let others = shared.graph.ids().filter(|other| *other != id);
    let theirs = others.flat_map(|other| &shared.graph.task(other).outputs);
    let theirs: Vec<&str> = theirs.map(|output| output.path.as_str()).collect();
    let holds = |folder: &str| theirs.iter().any(|output| is_within(output, folder));
    let outputs = made::outputs(root, &uses.made, &uses.made_folders, &holds);
    if outputs.is_empty() && task.outputs.is_empty() {
        uses.remarks.insert(Remark::MadeNothing);
    }
    uses.remarks.extend(unused(task, root, watched));
    Trace {
        inputs: inputs(shared, id, &uses, &outputs),
        outputs,
        tools: uses.tools.into_iter().collect(),
        remarks: uses.remarks.into_iter().collect(),
    }
}

impl Uses {
    fn note(&mut self, shared: &Shared, id: TaskId, watched: &Watched, access: &Access) {
        let root = shared.project_root.as_path();
        let reach = &watched.reach;
        let real = access.real();
        let folder = real.is_dir();
        // By its own name; by that of a link when it lies elsewhere.
        let paths = [real, access.given()];
        let inside = paths.iter().find_map(|path| path.strip_prefix(root).ok());
        let Some(name) = inside.map_or(real.to_str(), Path::to_str) else {
            // Declarations are text.
            return;
        };
        let name = name.to_string();
        let used = match folder {
            true => access.listed && !reach.lists(real),
            false => access.used() && !reach.reads(real),
        };
        let there = real.symlink_metadata().is_ok();
        // Programs may be executed wherever they are; but who makes this one has to run before.
        let used = used || (!folder && access.used() && !depends_on_maker(shared, id, &name));
        if used && !access.own && there {
            self.used(shared, access, inside.is_some(), folder, &name);
        }
        if reach.changes(real) || is_made_by(shared.graph.task(id), root, real) {
            return;
        }
        match (access.written && there, inside.is_some()) {
            (true, true) if folder && access.own && !holds_outputs(shared, id, real) => {
                self.made_folders.insert(name);
            }
            (true, true) if folder => {}
            (true, true) if access.own => drop(self.made.insert(name)),
            (true, true) => drop(self.remarks.insert(Remark::Changed(name))),
            (true, false) => drop(self.remarks.insert(Remark::WroteOutside(name))),
            (false, true) if access.removed && !access.own && !there => {
                self.remarks.insert(Remark::Removed(name));
            }
            _ => {}
        }
    }

    fn used(&mut self, shared: &Shared, access: &Access, inside: bool, folder: bool, name: &str) {
        if inside {
            let mut parts = name.split('/');
            if parts.any(|part| VERSIONS.contains(&part)) {
                let folder = name.split('/').find(|part| VERSIONS.contains(part));
                let folder = folder.unwrap_or(name).to_string();
                self.remarks.insert(Remark::Versions(folder));
            } else if folder {
                self.listed.insert(name.to_string());
            } else {
                self.read.insert(name.to_string());
            }
            return;
        }
        let program = access.given().file_name().and_then(|name| name.to_str());
        match program.filter(|_| access.executed && on_path(shared, access)) {
            Some(program) => self.tools.insert(program.to_string()),
            None => self.remarks.insert(Remark::ReadOutside(name.to_string())),
        };
    }
}

/// Whether a file is made by no other task, or by one that this task depends on.
fn depends_on_maker(shared: &Shared, id: TaskId, path: &str) -> bool {
    let Some((maker, _)) = maker(shared, id, path) else {
        return true;
    };
    let mut deps = shared.graph.task(id).deps.iter();
    deps.any(|dep| shared.behind(dep.task).contains(&maker))
}

/// The other task that makes a file, and the position of the output.
fn maker(shared: &Shared, id: TaskId, path: &str) -> Option<(TaskId, u32)> {
    let graph = &shared.graph;
    graph.ids().filter(|other| *other != id).find_map(|other| {
        let outputs = &graph.task(other).outputs;
        let at = outputs.iter().position(|o| is_within(path, &o.path))?;
        Some((other, at as u32))
    })
}

/// Whether a program is found by its name.
fn on_path(shared: &Shared, access: &Access) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let word = access.given().file_name().unwrap_or_default();
    let search = shared
        .programs
        .search(&word.to_string_lossy(), &path, &shared.project_root);
    search.program.as_ref().is_some_and(|program| {
        program == access.given() || program.canonicalize().is_ok_and(|p| p == access.real())
    })
}

/// What was used of one maker's files, or of those that nobody makes.
#[derive(Default)]
struct Group {
    read: BTreeSet<String>,
    listed: BTreeSet<String>,
}

/// Inputs, each group of files by its maker.
fn inputs(shared: &Shared, id: TaskId, uses: &Uses, outputs: &[String]) -> Vec<Input> {
    let graph = &shared.graph;
    let root = shared.project_root.as_path();
    let maker = |path: &str| maker(shared, id, path);
    let mut groups: BTreeMap<Option<(TaskId, u32)>, Group> = BTreeMap::new();
    for path in &uses.read {
        let group = groups.entry(maker(path)).or_default();
        group.read.insert(path.clone());
    }
    // Where its outputs lie it may list anyway, and what tasks make there it knows from them.
    let known = |folder: &str| {
        let beside = |path: &str| path.rsplit_once('/').map_or("", |(f, _)| f) == folder;
        let declared = graph.task(id).outputs.iter().map(|o| o.path.as_str());
        let mut own = declared.chain(outputs.iter().map(String::as_str));
        own.any(beside) && only_made(shared, id, outputs, folder)
    };
    for path in uses.listed.iter().filter(|folder| !known(folder)) {
        let group = groups.entry(maker(path)).or_default();
        group.listed.insert(path.clone());
    }
    let own = |path: &str| makes(shared, id, outputs, path);
    let mut found = Vec::new();
    for (made_by, Group { read, listed }) in groups {
        let passed_over = |path: &str| own(path) || maker(path) != made_by;
        let patterns = group::patterns(root, &read, &listed, &passed_over);
        let made_by = made_by.map(|(task, at)| (graph.task(task).path.clone(), at));
        found.extend(patterns.into_iter().map(|path| Input {
            path,
            made_by: made_by.clone(),
        }));
    }
    found
}

/// Whether a path is an output of the task, as declared or as proposed.
fn makes(shared: &Shared, id: TaskId, outputs: &[String], path: &str) -> bool {
    let declared = shared.graph.task(id).outputs.iter();
    let declared = declared.map(|output| output.path.as_str());
    let mut all = declared.chain(outputs.iter().map(String::as_str));
    all.any(|output| is_within(path, output))
}

/// Whether everything in a folder is made by tasks.
fn only_made(shared: &Shared, id: TaskId, outputs: &[String], folder: &str) -> bool {
    let entries = std::fs::read_dir(shared.project_root.join(folder));
    entries.into_iter().flatten().flatten().all(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = match folder {
            "" => name,
            folder => format!("{folder}/{name}"),
        };
        makes(shared, id, outputs, &path) || maker(shared, id, &path).is_some()
    })
}

/// Declared inputs of which nothing was read. What a dependency file lists may be there in vain.
fn unused(task: &Task, root: &Path, watched: &Watched) -> Vec<Remark> {
    let plain: Vec<&String> = task.inputs.iter().filter(|i| !i.starts_with('!')).collect();
    let used: Vec<&str> = watched
        .report
        .accesses
        .iter()
        .filter(|access| access.used() || access.read)
        .flat_map(|access| [access.real(), access.given()])
        .filter_map(|path| path.strip_prefix(root).ok()?.to_str())
        .collect();
    let idle = |input: &&&String| {
        let pattern = Patterns::new(std::slice::from_ref(**input));
        !used.iter().any(|path| pattern.matches(path))
    };
    let idle = plain.iter().filter(idle);
    idle.map(|input| Remark::Unused((*input).clone())).collect()
}
