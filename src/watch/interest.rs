//! Which changes matter: those of files that decide about the watched tasks, not those that the
//! tasks make themselves.

use crate::session::Planned;
use nexus_graph::path::{glob_root, is_glob, is_within};
use nexus_graph::{TaskGraph, TaskId};
use nexus_store::walk::Patterns;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a change matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Perhaps: something came or went in a folder that is searched.
    Folder,
    /// A file that decides about a task or about the plan.
    Input,
}

/// Files and folders that matter, and those that do not.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    root: PathBuf,
    /// Folders to watch, absolute; nothing below them.
    pub folders: BTreeSet<PathBuf>,
    inputs: Vec<Patterns>,
    /// Files and folders by their path: what the plan read, what tasks were seen to read.
    pub read: BTreeSet<PathBuf>,
    /// What the tasks make, relative to the project.
    outputs: Vec<String>,
}

impl Interest {
    /// In everything the plan read, and what `tasks` and their dependencies declare or were seen to
    /// `read`.
    pub fn new(
        root: &Path,
        planned: &Planned,
        tasks: &[TaskId],
        read: impl IntoIterator<Item = PathBuf>,
    ) -> Interest {
        let graph: &TaskGraph = &planned.graph;
        let mut interest = Interest::of_project(root);
        for task in &graph.tasks {
            let outputs = task.outputs.iter().map(|output| output.path.clone());
            interest.outputs.extend(outputs);
        }
        for id in graph.closure(tasks) {
            let inputs = &graph.task(id).inputs;
            for input in inputs.iter().filter(|input| !input.starts_with('!')) {
                match is_glob(input) {
                    true => interest.add_folder(root.join(glob_root(input)), true),
                    false if interest.is_output(input) => {}
                    false => interest.add(root.join(input)),
                }
            }
            if !inputs.is_empty() {
                interest.inputs.push(Patterns::new(inputs));
            }
        }
        for path in planned.sources().chain(read) {
            let relative = path.strip_prefix(root).ok().and_then(Path::to_str);
            if relative.is_some_and(|path| interest.is_output(path)) {
                continue;
            }
            interest.add(path.clone());
            interest.read.insert(path);
        }
        interest
    }

    /// In the project file alone: what can be said while nothing can be planned.
    pub fn of_project(root: &Path) -> Interest {
        let mut interest = Interest {
            root: root.to_path_buf(),
            ..Interest::default()
        };
        interest.folders.insert(root.to_path_buf());
        interest
    }

    /// A file or folder by its path.
    fn add(&mut self, path: PathBuf) {
        if path.is_dir() {
            // What a plan or a pattern has listed: its entries, not what is below them.
            self.folders.insert(path);
        } else if let Some(parent) = path.parent() {
            self.add_folder(parent.to_path_buf(), false);
        }
    }

    /// A folder, or the nearest above it that exists.
    fn add_folder(&mut self, folder: PathBuf, deep: bool) {
        let mut at = folder.as_path();
        while !at.is_dir() {
            match at.parent() {
                Some(parent) => at = parent,
                None => return,
            }
        }
        if !deep || at != folder {
            self.folders.insert(at.to_path_buf());
            return;
        }
        let mut stack = vec![at.to_path_buf()];
        while let Some(folder) = stack.pop() {
            let relative = folder.strip_prefix(&self.root).ok().and_then(Path::to_str);
            if relative.is_some_and(|path| self.is_output(path)) {
                continue;
            }
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|t| t.is_dir()));
            // As patterns do: hidden folders are not entered.
            let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
            stack.extend(
                folders
                    .filter(|e| !hidden(&e.file_name()))
                    .map(|e| e.path()),
            );
            self.folders.insert(folder);
        }
    }

    fn is_output(&self, path: &str) -> bool {
        !path.is_empty() && self.outputs.iter().any(|output| is_within(path, output))
    }

    /// Whether and how a change of this path matters.
    pub fn weight(&self, path: &Path) -> Option<Weight> {
        let relative = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
        if relative.is_some_and(|path| self.is_output(path)) {
            return None;
        }
        let matches = |path: &str| self.inputs.iter().any(|patterns| patterns.matches(path));
        if self.read.contains(path)
            || relative.is_some_and(matches)
            || path.file_name().is_some_and(|name| name == "nexus.nx")
        {
            return Some(Weight::Input);
        }
        let folder = path
            .parent()
            .is_some_and(|folder| self.read.contains(folder));
        // A new folder may hold what a pattern searches.
        (folder || path.is_dir()).then_some(Weight::Folder)
    }
}
