//! `git`: the state of the repository the project is in.

use super::declare::builtins;
use super::git_repo::{self, Head};
use crate::diagnostic::registry::evaluation as codes;
use crate::value::Value;
use crate::vm::{Fault, Raise, Step, Vm};

builtins! {
    /// The commit that is checked out, in full.
    ["git.sha"] Constant "String" = sha(Lazy);

    /// The first seven digits of the commit that is checked out.
    ["git.short_sha"] Constant "String" = short_sha(Lazy);

    /// The branch that is checked out, or null when a commit is checked out by itself.
    ["git.branch"] Constant "String | Null" = branch(Lazy);

    /// A tag on the commit that is checked out, the first by name, or null when there is none.
    ["git.tag"] Constant "String | Null" = tag(Lazy);
}

fn head(vm: &Vm<'_>) -> Result<Head, Raise> {
    git_repo::head(vm.world.inputs, vm.world.root).map_err(|why| {
        Fault::new(codes::NO_GIT, format!("`git` has nothing to say: {why}"))
            .help("run inside a git repository with at least one commit")
            .into()
    })
}

fn commit(vm: &Vm<'_>) -> Result<String, Raise> {
    let head = head(vm)?;
    head.commit.ok_or_else(|| {
        Fault::new(
            codes::NO_GIT,
            "`git` has nothing to say: there is no commit yet",
        )
        .help("make a first commit")
        .into()
    })
}

fn sha(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    let commit = commit(vm)?;
    vm.text(&commit, 0)
}

fn short_sha(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    let commit = commit(vm)?;
    vm.text(commit.get(..7).unwrap_or(&commit), 0)
}

fn branch(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    match head(vm)?.branch {
        Some(branch) => vm.text(&branch, 0),
        None => Ok(Step::Done(Value::Null)),
    }
}

fn tag(vm: &mut Vm<'_>, _: &[Value]) -> Result<Step, Raise> {
    let commit = commit(vm)?;
    match git_repo::tag(vm.world.inputs, vm.world.root, &commit) {
        Some(tag) => vm.text(&tag, 0),
        None => Ok(Step::Done(Value::Null)),
    }
}
