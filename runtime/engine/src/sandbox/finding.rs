//! What a task used without declaring it, and how that is told.

use super::policy::Reach;
use crate::shared::Shared;
use crate::tracer::{Access, Report};
use nexus_graph::event::Outcome;
use nexus_graph::path::is_within;
use nexus_graph::{Task, TaskId};
use rustix::fs::{Access as Mode, access};
use std::path::{Path, PathBuf};

/// More paths are counted, not named.
const NAMED: usize = 5;

/// Undeclared uses of files, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    /// Files that were read or executed, folders that were listed.
    pub reads: Vec<Found>,
    /// What was made, changed or removed, or was to be.
    pub writes: Vec<Found>,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Relative to the project when inside, else absolute.
    path: String,
    inside: bool,
    folder: bool,
    executed: bool,
}

/// What of a report is not declared. `reach` is what the task declares, and nothing more.
pub(super) fn findings(shared: &Shared, id: TaskId, report: &Report, reach: &Reach) -> Findings {
    let task = shared.graph.task(id);
    let root = &shared.project_root;
    let mut found = Findings::default();
    for access in &report.accesses {
        let real = access.real();
        let folder = real.is_dir();
        let used = match folder {
            true => (access.listed || access.refused_reading) && !reach.lists(real),
            false => access.used() && !reach.reads(real),
        };
        if used && !access.own && readable(real) {
            found.reads.push(Found::new(access, root, folder));
        }
        if wrote(access, root, task) && !reach.changes(real) {
            found.writes.push(Found::new(access, root, folder));
        }
    }
    for list in [&mut found.reads, &mut found.writes] {
        list.sort_by(|a, b| (!a.inside, &a.path).cmp(&(!b.inside, &b.path)));
        list.dedup_by(|later, earlier| later.inside && is_within(&later.path, &earlier.path));
    }
    found
}

/// Whether something is left changed, or was to be.
fn wrote(access: &Access, root: &Path, task: &Task) -> bool {
    let real = access.real();
    if access.refused_writing {
        if is_bookkeeping(real) {
            return false;
        }
        // Whoever may not write there anyway has another problem than the sandbox.
        let place = if real.exists() {
            Some(real)
        } else {
            real.parent()
        };
        return place.is_some_and(|place| access_is(place, Mode::WRITE_OK));
    }
    let there = real.symlink_metadata().is_ok();
    let left = (access.written && there) || (access.removed && !access.own && !there);
    // Outside of the project nothing was allowed but what is nobody's business.
    let Ok(path) = real.strip_prefix(root) else {
        return false;
    };
    let leads_to_output = || {
        let mut outputs = task.outputs.iter();
        outputs.any(|output| Path::new(&output.path).starts_with(path))
    };
    left && !(real.is_dir() && leads_to_output())
}

/// Whether a tool only notes there when it used what: cargo's data base of that, with its journal,
/// lies in a folder with much else. It does without.
fn is_bookkeeping(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let cargo = path.parent().is_some_and(|folder| {
        let home = std::env::var_os("CARGO_HOME");
        folder.ends_with(".cargo") || home.is_some_and(|home| folder == Path::new(&home))
    });
    cargo && name.is_some_and(|name| name.starts_with(".global-cache"))
}

fn readable(path: &Path) -> bool {
    access_is(path, Mode::READ_OK)
}

fn access_is(path: &Path, mode: Mode) -> bool {
    access(path, mode).is_ok()
}

impl Found {
    fn new(access: &Access, root: &Path, folder: bool) -> Found {
        // By its own name; by that of a link when it lies elsewhere.
        let paths = [access.real(), access.given()];
        let inside = paths.iter().find_map(|path| path.strip_prefix(root).ok());
        Found {
            path: match inside {
                Some(path) if path == Path::new("") => ".".to_string(),
                path => path.unwrap_or(access.real()).to_string_lossy().into_owned(),
            },
            inside: inside.is_some(),
            folder,
            executed: access.executed,
        }
    }

    /// For what is inside the project.
    fn pattern(&self) -> String {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let prefix = if folder.is_empty() { "" } else { "/" };
        match (self.folder, self.path.as_str()) {
            (true, ".") => "\"*\" to `inputs`".to_string(),
            (true, path) => format!("\"{path}/*\" to `inputs`"),
            _ => match Path::new(name).extension() {
                Some(extension) => format!(
                    "\"{}\" or \"{folder}{prefix}*.{}\" to `inputs`",
                    self.path,
                    extension.to_string_lossy()
                ),
                None => format!("\"{}\" to `inputs`", self.path),
            },
        }
    }

    fn read_help(&self, shared: &Shared, task: &Task) -> String {
        if self.inside {
            return match shared.maker(&task.path, &self.path) {
                Some(maker) => {
                    format!(
                        "`{maker}` makes `{}`: add `tasks.{maker}` to `deps`",
                        self.path
                    )
                }
                None => format!("add {}", self.pattern()),
            };
        }
        let name = Path::new(&self.path).file_name();
        match name.filter(|_| self.executed) {
            Some(name) => format!("add \"{}\" to `tools`", name.to_string_lossy()),
            None => format!(
                "`{}` lies outside of the project, so it cannot be an input: bring it into the project, or say `sandbox = false`",
                self.path
            ),
        }
    }
}

impl Findings {
    /// Nothing undeclared was used.
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.writes.is_empty()
    }

    /// As the reason why a task failed.
    pub fn outcome(&self, shared: &Shared, id: TaskId) -> Outcome {
        let task = shared.graph.task(id);
        let (code, message, help) = match self.writes.is_empty() {
            false => ("NX0541", self.written(task), self.write_help(task)),
            true => ("NX0540", self.read(task), self.reads_help(shared, task)),
        };
        crate::resolve::broken(code, message, help)
    }

    /// What was read, in one sentence.
    pub fn read(&self, task: &Task) -> String {
        let verb = match self.reads.as_slice() {
            [one] if one.folder => "listed",
            [one] if one.executed => "executed",
            _ => "read",
        };
        sentence(task, verb, &self.reads, "inputs")
    }

    fn written(&self, task: &Task) -> String {
        sentence(task, "wrote", &self.writes, "outputs")
    }

    /// What to declare.
    pub fn reads_help(&self, shared: &Shared, task: &Task) -> Option<String> {
        let [first, rest @ ..] = self.reads.as_slice() else {
            return None;
        };
        let help = first.read_help(shared, task);
        Some(match rest.is_empty() {
            true => help,
            false => format!("{help}; `nexus trace {}` proposes all of it", task.path),
        })
    }

    fn write_help(&self, task: &Task) -> Option<String> {
        let first = self.writes.first()?;
        let help = match first.inside {
            true => format!(
                "add \"{}\" to `outputs`; what is only needed for a while belongs into \"$TMPDIR\"",
                first.path
            ),
            false => format!(
                "`{}` lies outside of the project; what is only needed for a while belongs into \"$TMPDIR\"",
                first.path
            ),
        };
        Some(match self.writes.len() {
            1 => help,
            _ => format!("{help}; `nexus trace {}` proposes all of it", task.path),
        })
    }
}

fn sentence(task: &Task, verb: &str, found: &[Found], field: &str) -> String {
    let names: Vec<String> = found
        .iter()
        .take(NAMED)
        .map(|one| format!("`{}`", one.path))
        .collect();
    let more = found.len() - names.len();
    match (names.as_slice(), more) {
        ([one], 0) => format!(
            "`{}` {verb} {one}, which is not among its {field}",
            task.path
        ),
        (names, 0) => format!(
            "`{}` {verb} {} files that are not among its {field}: {}",
            task.path,
            names.len(),
            names.join(", ")
        ),
        (names, more) => format!(
            "`{}` {verb} {} files that are not among its {field}: {} and {more} more",
            task.path,
            found.len(),
            names.join(", ")
        ),
    }
}

/// The files a path stands for that are not the task's own.
pub(super) fn is_output(task: &Task, root: &Path, path: &Path) -> bool {
    let mut outputs = task.outputs.iter();
    outputs.any(|output| path.starts_with(root.join(&output.path)))
}

/// The dependency files of a task.
pub(super) fn depfiles(task: &Task, root: &Path) -> Vec<PathBuf> {
    let cwd = root.join(&task.cwd);
    let files = task.steps.iter().filter_map(|step| step.depfile.as_ref());
    files.map(|file| cwd.join(file)).collect()
}
