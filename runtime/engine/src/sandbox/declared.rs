//! From what a task declares to what it may reach.

use super::policy::Policy;
use super::private::Private;
use super::system::{Toolchain, allow_system, allow_tools};
use crate::resolve::Resolution;
use crate::shared::Shared;
use nexus_graph::path::{glob_root, is_glob};
use nexus_graph::{Task, TaskId};
use nexus_store::Kind;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a task may reach, and what its tools need in its environment.
pub(super) fn policy(
    shared: &Shared,
    id: TaskId,
    resolution: &Resolution,
    private: &Private,
) -> (Policy, Toolchain) {
    let task = shared.graph.task(id);
    let root = &shared.project_root;
    let mut policy = Policy::default();
    allow_system(&mut policy, root);
    let programs: Vec<PathBuf> = resolution
        .programs
        .iter()
        .filter(|(_, known)| known.stamp.kind == Kind::File)
        .map(|(path, _)| path.clone())
        .collect();
    let variable = |name: &str| shared.environment.get(task, name);
    let tools = allow_tools(&mut policy, root, &programs, variable);
    for folder in [private.temporary(), private.home()] {
        policy.write.push(folder.into());
    }
    allow_inputs(&mut policy, task, resolution, root);
    for path in &resolution.reachable {
        policy.may_read(root.join(path));
    }
    for folder in places_of_outputs(shared, id) {
        policy.write.push(folder.into());
    }
    if task.steps.iter().any(|step| step.depfile.is_some()) {
        // What it reads it lists in the dependency file, and that counts.
        policy.may_read(root);
    }
    (policy, tools)
}

/// Declared files one by one, so that what the patterns take away stays closed; a folder as a whole
/// when nothing is taken away from it.
fn allow_inputs(policy: &mut Policy, task: &Task, resolution: &Resolution, root: &Path) {
    let positive = || task.inputs.iter().filter(|input| !input.starts_with('!'));
    let nothing_taken_away = task.inputs.iter().all(|input| !input.starts_with('!'));
    let mut whole: Vec<&str> = Vec::new();
    for input in positive().filter(|input| !is_glob(input)) {
        if nothing_taken_away && root.join(input).is_dir() {
            whole.push(input);
            policy.may_read(root.join(input));
        }
    }
    for (path, _) in &resolution.resolved.inputs {
        let in_whole = |folder: &&str| nexus_graph::path::is_within(path, folder);
        if !whole.iter().any(in_whole) {
            policy.may_read(root.join(path));
        }
    }
    // Who declares a pattern may see which files there are.
    let folders: BTreeSet<&str> = positive()
        .map(|input| {
            if is_glob(input) {
                glob_root(input)
            } else {
                input
            }
        })
        .collect();
    for folder in folders {
        let path = root.join(folder);
        if path.is_dir() {
            policy.list.push(path.into());
        }
    }
}

/// The folders in which a task's outputs lie: a program may make an output under another name first,
/// so it needs the folder.
pub(super) fn places_of_outputs(shared: &Shared, id: TaskId) -> BTreeSet<PathBuf> {
    let task = shared.graph.task(id);
    let root = &shared.project_root;
    let mut places = BTreeSet::new();
    for output in &task.outputs {
        let path = root.join(&output.path);
        if let Some(parent) = path.parent() {
            places.insert(parent.to_path_buf());
        }
    }
    let cwd = root.join(&task.cwd);
    for depfile in task.steps.iter().filter_map(|step| step.depfile.as_ref()) {
        if let Some(parent) = cwd.join(depfile).parent().filter(|p| p.starts_with(root)) {
            places.insert(parent.to_path_buf());
        }
    }
    places
}
