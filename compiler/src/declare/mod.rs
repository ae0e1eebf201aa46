//! Adding to what a task declares, in its source file, so that everything else stays as it is
//! written. What is added counts only when the project then says what it is meant to say.

mod edit;
mod find;

use crate::db::Compiler;
use crate::diagnostic::Diagnostic;
use crate::inputs::Inputs;
use crate::plan::{self, Outcome};
use nexus_grammar::{Entry, parse};
use nexus_graph::{Task, TaskGraph};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be added to a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations {
    /// To `inputs`.
    pub inputs: Vec<Input>,
    /// To `outputs`, relative to the project.
    pub outputs: Vec<String>,
    /// To `tools`.
    pub tools: Vec<String>,
}

/// A path or pattern for `inputs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Relative to the project.
    pub path: String,
    /// The output of another task that it is, or lies in, when that has a name.
    pub output: Option<OutputName>,
}

/// An output by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputName {
    /// The task.
    pub task: String,
    /// The output's name.
    pub name: String,
    /// Its path.
    pub path: String,
}

/// A source file with the declarations added; nothing has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The file.
    pub file: PathBuf,
    /// Its text before.
    pub before: Arc<str>,
    /// And with them.
    pub after: Arc<str>,
}

/// Why declarations cannot be added.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// The task is not written down field by field: a function makes it, for instance.
    NotWritten,
    /// With them the project would be wrong.
    Mistakes(Vec<Diagnostic>),
}

/// Adds `wanted` to a task of the project in `file`, which `compiler` has loaded. Outputs that
/// planning reads must be there.
///
/// # Errors
/// Why that is not possible. The compiler has the texts it had before.
pub fn declare(
    compiler: &mut Compiler,
    file: &Path,
    root: &Path,
    inputs: &dyn Inputs,
    task: &Task,
    wanted: &Declarations,
) -> Result<Declared, Obstacle> {
    let place = task.place.as_ref();
    let source: PathBuf = place.map_or(file.to_path_buf(), |place| root.join(&place.file));
    let before = compiler.source(&source).ok_or(Obstacle::NotWritten)?;
    let parsed = parse(&before, Entry::File);
    // `tasks` is a name in the project file, and nowhere else.
    let of_project = source == file;
    let spot = find::task(&parsed.tree, &task.path, of_project).ok_or(Obstacle::NotWritten)?;
    let tidy = nexus_grammar::format(&parsed.tree).is_ok_and(|text| *text == *before);
    let mut obstacle = Obstacle::NotWritten;
    for by_name in [true, false] {
        if by_name && !of_project {
            continue;
        }
        let Some(mut after) = edit::added(&parsed.tree, &spot, wanted, by_name) else {
            continue;
        };
        if tidy && let Ok(text) = nexus_grammar::format(&parse(&after, Entry::File).tree) {
            after = text;
        }
        compiler.set_text(&source, &after);
        let outcome = plan::plan(compiler, file, root, inputs, &|_| true);
        compiler.set_text(&source, &before);
        match outcome {
            Outcome::Done(plan) | Outcome::Needs { plan, .. } => {
                if says(&plan.graph, &task.path, wanted) {
                    return Ok(Declared {
                        file: source,
                        before,
                        after: after.into(),
                    });
                }
            }
            Outcome::Failed(mut mistakes) => {
                mistakes.retain(Diagnostic::is_error);
                obstacle = Obstacle::Mistakes(mistakes);
            }
        }
    }
    Err(obstacle)
}

/// Whether a task declares what it is meant to.
fn says(graph: &TaskGraph, task: &str, wanted: &Declarations) -> bool {
    let Some(task) = graph.find(task).map(|id| graph.task(id)) else {
        return false;
    };
    let output = |path: &String| task.outputs.iter().any(|output| output.path == *path);
    let mut inputs = wanted.inputs.iter();
    inputs.all(|input| task.inputs.contains(&input.path))
        && wanted.outputs.iter().all(output)
        && wanted.tools.iter().all(|tool| task.tools.contains(tool))
}

/// How declarations would be written, for a task that they cannot be added to.
pub fn written(wanted: &Declarations) -> String {
    let fields = edit::fields(wanted, true);
    fields.iter().map(|field| format!("{field}\n")).collect()
}

#[cfg(test)]
mod tests;
