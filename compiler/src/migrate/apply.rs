//! Applying the migrations that a project needs, without changing what it means.

use super::Migration;
use crate::db::Compiler;
use crate::diagnostic::registry::project::DEPRECATED;
use crate::diagnostic::{Diagnostic, fix};
use crate::inputs::Inputs;
use crate::plan::{self, Outcome, Plan};
use nexus_graph::TaskGraph;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One place that is, or has to be, changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What changes: `config.parallel → config.parallel_limit`.
    pub title: String,
    /// The file.
    pub file: PathBuf,
    /// The line of the file as it was, from 1.
    pub line: u32,
    /// Whether it was done. Otherwise the name is written in a way that only a person can change.
    pub done: bool,
}

/// A project after its migrations; nothing has been written.
#[derive(Clone, Debug, Default)]
pub struct Migrated {
    /// The new texts of the files that change.
    pub texts: BTreeMap<PathBuf, Arc<str>>,
    /// What was to do, in the order of files and lines.
    pub steps: Vec<Step>,
}

/// Gives every field that has another name now its new one, in the project file and in what it
/// imports. A change is kept only when the project still means the same: the same tasks, the same
/// settings.
///
/// # Errors
/// What is wrong with the project.
pub fn migrate(
    compiler: &mut Compiler,
    file: &Path,
    root: &Path,
    inputs: &dyn Inputs,
) -> Result<Migrated, Vec<Diagnostic>> {
    compiler.load(file, inputs);
    let mut planned = |compiler: &mut Compiler| {
        let outcome = plan::plan(compiler, file, root, inputs, &|_| false);
        match outcome {
            Outcome::Done(plan) | Outcome::Needs { plan, .. } => Ok(plan),
            Outcome::Failed(all) => Err(all),
        }
    };
    let before = planned(compiler)?;
    let mut migrated = Migrated::default();
    for found in before.warnings.iter().filter(|d| d.code == DEPRECATED) {
        let place = &found.primary;
        let text = compiler.source(&place.file).unwrap_or_default();
        let start = text.get(..place.span.start as usize).unwrap_or_default();
        migrated.steps.push(Step {
            title: title(found),
            file: place.file.to_path_buf(),
            line: start.matches('\n').count() as u32 + 1,
            done: false,
        });
    }
    // One after the other: an edit moves what is behind it.
    let mut now = before.clone();
    let mut hopeless = 0;
    loop {
        let mut left = now.warnings.iter().filter(|d| d.code == DEPRECATED);
        let Some(found) = left.nth(hopeless) else {
            break;
        };
        match attempt(compiler, found, &before, &mut planned) {
            Some((file, text, plan)) => {
                // Those before it that cannot be changed are still there.
                let mut open = migrated.steps.iter_mut().filter(|step| !step.done);
                if let Some(step) = open.nth(hopeless) {
                    step.done = true;
                }
                migrated.texts.insert(file, text);
                now = plan;
            }
            None => hopeless += 1,
        }
    }
    Ok(migrated)
}

/// Applies one fix; gives the file, its new text and the new plan if it went well.
fn attempt(
    compiler: &mut Compiler,
    found: &Diagnostic,
    before: &Plan,
    planned: &mut impl FnMut(&mut Compiler) -> Result<Plan, Vec<Diagnostic>>,
) -> Option<(PathBuf, Arc<str>, Plan)> {
    let wanted = found.fix.as_ref()?;
    let old = compiler.source(&wanted.file)?;
    // What is called `config` elsewhere in the file may be something else.
    let mut key = wanted.clone();
    key.edits.truncate(1);
    for fix in [wanted, &key] {
        let new = fix::apply(&old, fix)?;
        compiler.set_text(&fix.file, &new);
        match planned(compiler) {
            Ok(plan) if same(&plan, before) => {
                return Some((fix.file.to_path_buf(), new.into(), plan));
            }
            _ => compiler.set_text(&fix.file, &old),
        }
    }
    None
}

/// Whether two plans mean the same.
fn same(a: &Plan, b: &Plan) -> bool {
    let bare = |graph: &TaskGraph| {
        let mut graph = graph.clone();
        graph.tasks.iter_mut().for_each(|task| task.place = None);
        graph
    };
    a.parallel == b.parallel && bare(&a.graph) == bare(&b.graph)
}

fn title(found: &Diagnostic) -> String {
    let of = |migration: &&&Migration| found.message.contains(&format!("`{}`", migration.path()));
    let migration = super::all().iter().find(of);
    migration.map_or_else(|| found.message.clone(), |migration| migration.title())
}
