//! What a task's declarations stand for right now: files, programs, outputs of dependencies.

use crate::key::{Discovered, Identified, Resolved};
use crate::program::programs_of;
use crate::shared::{Shared, lock};
use nexus_graph::event::Outcome;
use nexus_graph::path::{is_glob, is_within};
use nexus_graph::{Digest, Task, TaskId, Used};
use nexus_store::{Digests, Kind, Known, OutputContent, OutputEntry, walk};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A resolved task, with all that is needed to see later whether anything changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolution {
    pub resolved: Resolved,
    /// Every declared file, absolute.
    pub files: Vec<(PathBuf, Known)>,
    /// Folders that globs listed, relative to the project.
    pub folders: Vec<String>,
    /// Programs, and the folders of the `PATH` searched before them, absolute.
    pub programs: Vec<(PathBuf, Known)>,
    /// Outputs of dependencies that the task uses, relative to the project.
    pub reachable: Vec<String>,
}

/// What a program is.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    known: Known,
    /// The interpreter its first line names.
    interpreter: Option<String>,
}

/// A task that cannot run as declared.
pub(crate) fn broken(code: &str, message: String, help: impl Into<Option<String>>) -> Outcome {
    Outcome::Broken {
        code: code.to_string(),
        message,
        help: help.into(),
    }
}

/// Resolves a task whose dependencies are over.
pub(crate) fn resolve(shared: &Shared, id: TaskId) -> Result<Resolution, Outcome> {
    let task = shared.graph.task(id);
    let mut resolution = Resolution::default();
    resolution.resolved.sandbox = shared.sandboxed(id);
    resolve_inputs(shared, task, &mut resolution)?;
    resolve_dependencies(shared, task, &mut resolution)?;
    resolve_tools(shared, id, task, &mut resolution)?;
    Ok(resolution)
}

/// The files the inputs stand for, without what the task itself makes.
pub(crate) fn expand(shared: &Shared, task: &Task) -> io::Result<walk::Expanded> {
    let mut expanded = walk::expand(&shared.options.root, &task.inputs)?;
    let plain = |path: &String| task.inputs.contains(path);
    let own = |path: &String| {
        task.outputs
            .iter()
            .any(|output| is_within(path, &output.path))
    };
    expanded.files.retain(|path| plain(path) || !own(path));
    Ok(expanded)
}

fn resolve_inputs(
    shared: &Shared,
    task: &Task,
    resolution: &mut Resolution,
) -> Result<(), Outcome> {
    if task.inputs.is_empty() {
        return Ok(());
    }
    let unreadable = |error: io::Error| {
        let message = format!("the inputs of `{}` cannot be read: {error}", task.path);
        broken("NX0512", message, None)
    };
    let expanded = expand(shared, task).map_err(unreadable)?;
    if let Some(path) = expanded.missing.first() {
        return Err(missing_input(shared, task, path));
    }
    for path in expanded.files {
        let absolute = shared.options.root.join(&path);
        let known = shared.digests.file(&absolute).map_err(|error| {
            let message = format!(
                "the input `{path}` of `{}` cannot be read: {error}",
                task.path
            );
            broken("NX0512", message, None)
        })?;
        resolution.resolved.inputs.push((path, identity(&known)));
        resolution.files.push((absolute, known));
    }
    resolution.folders = expanded.folders;
    Ok(())
}

fn missing_input(shared: &Shared, task: &Task, path: &str) -> Outcome {
    let depends = |maker: &str| {
        let mut deps = task.deps.iter();
        deps.any(|dep| shared.graph.task(dep.task).path == maker)
    };
    let help = match shared.maker(&task.path, path) {
        Some(maker) if depends(&maker) => {
            format!("`{maker}` should have made it: check what its commands write")
        }
        Some(maker) => format!("`{maker}` makes it: add `tasks.{maker}` to `deps`"),
        None => "paths in `inputs` are relative to the project folder; if a task makes the file, depend on that task"
            .to_string(),
    };
    let message = format!("the input `{path}` of `{}` does not exist", task.path);
    broken("NX0505", message, help)
}

/// The outputs of dependencies, except those the task's inputs reach into: these are keyed by
/// what of them is used.
fn resolve_dependencies(
    shared: &Shared,
    task: &Task,
    resolution: &mut Resolution,
) -> Result<(), Outcome> {
    let reached = |output: &str| {
        task.inputs
            .iter()
            .filter(|i| !i.starts_with('!'))
            .any(|input| match is_glob(input) {
                true => {
                    let root = nexus_graph::path::glob_root(input);
                    !root.is_empty() && is_within(root, output)
                }
                false => is_within(input, output),
            })
    };
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for dep in &task.deps {
        for producer in shared.behind(dep.task) {
            let declared = &shared.graph.task(producer).outputs;
            let wanted = |path: &str| match &dep.used {
                Used::All => true,
                Used::Some(positions) => positions
                    .iter()
                    .any(|p| declared.get(*p as usize).is_some_and(|o| o.path == path)),
            };
            let outputs = shared.outputs_of(producer).map_err(|error| {
                let maker = &shared.graph.task(producer).path;
                broken(
                    "NX0512",
                    format!(
                        "an output of `{maker}`, which `{}` uses, cannot be read: {error}",
                        task.path
                    ),
                    None,
                )
            })?;
            // The depfile of a task says which files of a folder it uses (`cc -Ifolder -MD`).
            let by_depfile = |output: &OutputEntry| {
                matches!(output.content, OutputContent::Folder { .. })
                    && matches!(dep.used, Used::Some(_))
                    && task.steps.iter().any(|s| s.depfile.is_some())
            };
            for output in outputs
                .iter()
                .filter(|o| wanted(&o.path) && !reached(&o.path))
            {
                resolution.reachable.push(output.path.clone());
                if !by_depfile(output) {
                    found.insert(output.path.clone(), output.content.identity());
                }
            }
        }
    }
    resolution.resolved.dependencies = found.into_iter().collect();
    Ok(())
}

/// The programs the commands name and those declared.
fn resolve_tools(
    shared: &Shared,
    id: TaskId,
    task: &Task,
    resolution: &mut Resolution,
) -> Result<(), Outcome> {
    if let Some(remote) = &task.remote {
        // The programs are those of the hosts.
        let hosts = remote.targets.iter();
        let hosts = hosts.filter_map(|target| shared.graph.inventory.host(target));
        resolution.resolved.hosts = hosts
            .map(|host| (host.name.clone(), host.to_string()))
            .collect();
        return Ok(());
    }
    let path = shared.environment.get(task, "PATH").unwrap_or_default();
    let cwd = shared.cwd(id);
    let mut words: Vec<String> = task
        .steps
        .iter()
        .flat_map(|s| programs_of(&s.command))
        .collect();
    words.extend(task.tools.iter().cloned());
    let mut found: BTreeMap<String, Option<Digest>> = BTreeMap::new();
    let mut next = 0;
    while let Some(word) = words.get(next).cloned() {
        next += 1;
        if found.contains_key(&word) {
            continue;
        }
        let search = shared.programs.search(&word, &path, &cwd);
        for folder in &search.passed {
            if let Ok(known) = outside(shared, folder) {
                resolution.programs.push((folder.clone(), known));
            }
        }
        let Some(program) = &search.program else {
            if task.tools.contains(&word) {
                let message = format!("the tool `{word}` of `{}` is not on the PATH", task.path);
                return Err(broken(
                    "NX0509",
                    message,
                    "install it, or correct its name in `tools`".to_string(),
                ));
            }
            found.insert(word, None);
            continue;
        };
        let tool = tool(shared, program).map_err(|error| {
            let message = format!(
                "the program `{}`, which `{}` uses, cannot be read: {error}",
                program.display(),
                task.path
            );
            broken("NX0512", message, None)
        })?;
        words.extend(tool.interpreter);
        found.insert(word, Some(tool.known.digest));
        resolution.programs.push((program.clone(), tool.known));
    }
    resolution.resolved.tools = found.into_iter().collect();
    Ok(())
}

/// What a program file is. Programs outside the project are looked at once per run.
fn tool(shared: &Shared, program: &Path) -> io::Result<Tool> {
    if let Some(tool) = lock(&shared.tools).get(program) {
        return Ok(tool.clone());
    }
    let known = match shared.digests.file(program) {
        Ok(known) => known,
        // `sudo` and its like may be executed but not read.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Known {
            stamp: nexus_store::Stamp::of(program)?,
            digest: Digest::of(b"unreadable"),
            hashed_at: nexus_store::stamp::now(),
        },
        Err(error) => return Err(error),
    };
    let tool = Tool {
        known,
        interpreter: interpreter(program),
    };
    if !program.starts_with(&shared.options.root) {
        lock(&shared.tools).insert(program.to_path_buf(), tool.clone());
    }
    Ok(tool)
}

/// A folder of the `PATH`, looked at once per run unless it is in the project.
fn outside(shared: &Shared, folder: &Path) -> io::Result<Known> {
    if let Some(known) = lock(&shared.outside).get(folder) {
        return Ok(*known);
    }
    let known = shared.digests.file(folder)?;
    if !folder.starts_with(&shared.options.root) {
        lock(&shared.outside).insert(folder.to_path_buf(), known);
    }
    Ok(known)
}

/// The program that `#!` names; behind `env` the one `env` starts.
pub(crate) fn interpreter(program: &Path) -> Option<String> {
    use std::io::Read;
    let mut start = Vec::new();
    std::fs::File::open(program)
        .ok()?
        .take(256)
        .read_to_end(&mut start)
        .ok()?;
    interpreter_of(&start)
}

fn interpreter_of(start: &[u8]) -> Option<String> {
    let line = start.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    if !first.ends_with("/env") {
        return Some(first.to_string());
    }
    words
        .find(|w| !w.starts_with('-') && !w.contains('='))
        .map(str::to_string)
}

/// Files found by running, as they are now.
pub(crate) fn discovered(
    root: &Path,
    digests: &Digests,
    paths: &[String],
) -> io::Result<(Discovered, Vec<(PathBuf, Known)>)> {
    let mut found: Vec<Identified> = Vec::with_capacity(paths.len());
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let absolute = root.join(path);
        let known = digests.file(&absolute)?;
        found.push((path.clone(), identity(&known)));
        files.push((absolute, known));
    }
    Ok((found, files))
}

/// What a file is, for keys.
pub(crate) fn identity(known: &Known) -> String {
    match known.stamp.kind {
        Kind::Missing => "missing".to_string(),
        Kind::File if known.stamp.executable => format!("executable {}", known.digest),
        Kind::File => format!("file {}", known.digest),
        _ => "folder".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters() {
        let table: &[(&[u8], Option<&str>)] = &[
            (b"#!/bin/sh\necho", Some("/bin/sh")),
            (b"#! /usr/bin/python3 -u\n", Some("/usr/bin/python3")),
            (b"#!/usr/bin/env -S A=b node --x\n", Some("node")),
            (b"\x7fELF", None),
            (b"#!", None),
        ];
        for (start, expected) in table {
            assert_eq!(interpreter_of(start).as_deref(), *expected);
        }
    }
}
