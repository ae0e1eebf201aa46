//! From changed files and the tasks of then to the tasks that are affected.

use super::git::Change;
use nexus_engine::Reads;
use nexus_graph::path::{glob_root, is_glob, is_within};
use nexus_graph::{Task, TaskGraph, TaskId};
use nexus_store::walk::Patterns;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Why a task is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// The project as it was then cannot be planned, so nothing can be compared with it.
    NoPlanThen,
    /// It is new, or defined otherwise.
    Defined,
    /// A file it reads has changed; relative to the project where it lies inside.
    Reads(String),
    /// What it makes is under version control and has changed.
    Makes(String),
    /// What it reads is known only once it has run.
    Unknown,
    /// A task it depends on is affected.
    Needs(String),
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Because::NoPlanThen => f.write_str("the project could not be planned then"),
            Because::Defined => f.write_str("it is new or defined otherwise"),
            Because::Reads(path) => write!(f, "{path} changed"),
            Because::Makes(path) => write!(f, "{path}, which it makes, changed"),
            Because::Unknown => f.write_str("what it reads shows only when it runs"),
            Because::Needs(task) => write!(f, "it needs {task}"),
        }
    }
}

/// The tasks of `now` that are affected, and why.
///
/// `then` is the graph at the commit, if there is one; `reads` says what each task was found to
/// read besides its inputs.
pub fn affected(
    root: &Path,
    now: &TaskGraph,
    then: Option<&TaskGraph>,
    changes: &BTreeMap<PathBuf, Change>,
    reads: &[Reads],
) -> BTreeMap<TaskId, Because> {
    if changes.is_empty() {
        return BTreeMap::new();
    }
    let Some(then) = then else {
        let all = now.ids().map(|id| (id, Because::NoPlanThen));
        return all.collect();
    };
    // A repository inside the repository: git says of it as a whole that it changed.
    let folders: BTreeSet<&Path> = changes
        .keys()
        .map(PathBuf::as_path)
        .filter(|path| path.is_dir())
        .collect();
    let mut found: BTreeMap<TaskId, Because> = BTreeMap::new();
    for id in now.ids() {
        let because = match then.find(&now.task(id).path) {
            Some(old) if definition(now, id) == definition(then, old) => {
                of_files(root, now.task(id), changes, &folders, reads.get(id.index()))
            }
            _ => Some(Because::Defined),
        };
        found.extend(because.map(|because| (id, because)));
    }
    follow(now, &mut found);
    found
}

/// What decides what a task does. When and how fast it runs is no part of it.
fn definition(graph: &TaskGraph, id: TaskId) -> (Task, Vec<(&str, &nexus_graph::Used)>) {
    let task = graph.task(id);
    let deps = task.deps.iter();
    let deps = deps.map(|dep| (graph.task(dep.task).path.as_str(), &dep.used));
    let bare = Task {
        description: None,
        place: None,
        deps: Vec::new(),
        pool: None,
        weight: 1,
        nice: 0,
        ..task.clone()
    };
    (bare, deps.collect())
}

fn of_files(
    root: &Path,
    task: &Task,
    changes: &BTreeMap<PathBuf, Change>,
    folders: &BTreeSet<&Path>,
    reads: Option<&Reads>,
) -> Option<Because> {
    let patterns = (!task.inputs.is_empty()).then(|| Patterns::new(&task.inputs));
    let shown = |path: &Path| {
        let inside = path.strip_prefix(root).unwrap_or(path);
        inside.to_string_lossy().into_owned()
    };
    for (path, change) in changes {
        if reads.is_some_and(|reads| reads.files.contains(path)) {
            return Some(Because::Reads(shown(path)));
        }
        let Some(inside) = path.strip_prefix(root).ok() else {
            continue;
        };
        let inside = inside.to_string_lossy();
        let plain = task.inputs.iter().any(|input| *input == inside);
        let own = |output: &nexus_graph::Output| is_within(&inside, &output.path);
        if !plain && task.outputs.iter().any(own) {
            if change.tracked {
                return Some(Because::Makes(shown(path)));
            }
            continue;
        }
        let matches = patterns.as_ref().is_some_and(|some| some.matches(&inside));
        if matches || (folders.contains(path.as_path()) && reaches(task, &inside)) {
            return Some(Because::Reads(shown(path)));
        }
    }
    let unknown = reads.is_some_and(|reads| reads.unknown);
    unknown.then_some(Because::Unknown)
}

/// Whether an input may lie in a folder of which only this is known: that it changed.
fn reaches(task: &Task, folder: &str) -> bool {
    let inputs = task.inputs.iter().filter(|input| !input.starts_with('!'));
    let mut places = inputs.map(|input| match is_glob(input) {
        true => glob_root(input),
        false => input,
    });
    places.any(|place| is_within(place, folder) || is_within(folder, place))
}

/// Adds what depends on what is there.
fn follow(graph: &TaskGraph, found: &mut BTreeMap<TaskId, Because>) {
    let mut users: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for id in graph.ids() {
        for dep in &graph.task(id).deps {
            users.entry(dep.task).or_default().push(id);
        }
    }
    let mut stack: Vec<TaskId> = found.keys().copied().collect();
    while let Some(id) = stack.pop() {
        for user in users.get(&id).into_iter().flatten() {
            if !found.contains_key(user) {
                let because = Because::Needs(graph.task(id).path.clone());
                found.insert(*user, because);
                stack.push(*user);
            }
        }
    }
}
