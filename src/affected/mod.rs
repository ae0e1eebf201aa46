//! Which tasks are affected by what has changed since a revision of the project.
//!
//! By content: a file that differs between the commit and the work tree and that a task reads, or a
//! task whose definition differs between the plan of then and that of now; and whatever depends on
//! these. The plan of then is made from the disk with the changed files replaced by what git has
//! of them (see [`then`]), so an edit of the project file affects the tasks it concerns and no
//! others. Never too few: where something cannot be known, it counts as affected.

mod git;
mod tasks;
mod then;

pub use tasks::Because;

use crate::context::Context;
use crate::error::CliError;
use crate::render::text::count;
use crate::session::Session;
use git::{Base, Change, Repository};
use nexus_compiler::db::Compiler;
use nexus_compiler::plan::{self, Outcome};
use nexus_graph::{TaskGraph, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use then::Then;

/// The option, for the commands that have it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AffectedArgs {
    /// Only tasks that what has changed since REV concerns; with `...` behind REV, since HEAD and REV
    /// parted; without REV, since HEAD and the default branch parted
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub affected: Option<String>,
}

/// What has changed.
pub struct Since {
    repository: Repository,
    base: Base,
    changes: BTreeMap<PathBuf, Change>,
}

impl AffectedArgs {
    /// Asks git, if the option was given.
    ///
    /// # Errors
    /// NX0745 to NX0749: what git says no to.
    pub fn since(&self, session: &Session) -> Result<Option<Since>, CliError> {
        let Some(revision) = &self.affected else {
            return Ok(None);
        };
        let repository = Repository::of(&session.project.root)?;
        let revision = Some(revision.as_str()).filter(|text| !text.is_empty());
        let base = repository.base(revision)?;
        let changes = repository.changes(&base)?;
        Ok(Some(Since {
            repository,
            base,
            changes,
        }))
    }
}

impl Since {
    /// The affected tasks of the project, and why.
    pub fn affected(&self, session: &Session, now: &TaskGraph) -> BTreeMap<TaskId, Because> {
        if self.changes.is_empty() {
            return BTreeMap::new();
        }
        let project = &session.project;
        let view = Then {
            repository: &self.repository,
            base: &self.base,
            changes: &self.changes,
        };
        let mut compiler = Compiler::new();
        compiler.load(&project.file, &view);
        // Outputs are not under version control, so they count as they are.
        let all = |_: &str| true;
        let outcome = plan::plan(&mut compiler, &project.file, &project.root, &view, &all);
        let then = match outcome {
            Outcome::Done(plan) => Some(plan.graph),
            Outcome::Needs { .. } | Outcome::Failed(_) => None,
        };
        let reads = session.reads(&Arc::new(now.clone()), &self.repository.top);
        tasks::affected(&project.root, now, then.as_ref(), &self.changes, &reads)
    }

    /// Of the tasks `chosen`, and those that groups among them stand for, the affected ones.
    pub fn among(
        &self,
        context: &Context,
        session: &Session,
        graph: &TaskGraph,
        chosen: &[TaskId],
    ) -> Vec<TaskId> {
        let affected = self.affected(session, graph);
        let mut seen = BTreeSet::new();
        let mut stack: Vec<TaskId> = chosen.iter().rev().copied().collect();
        let (mut all, mut found) = (0, Vec::new());
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            let task = graph.task(id);
            if task.steps.is_empty() {
                stack.extend(task.deps.iter().rev().map(|dep| dep.task));
                continue;
            }
            all += 1;
            if affected.contains_key(&id) {
                found.push(id);
            }
        }
        self.tell(context, found.len(), all);
        found
    }

    /// Says what was compared with, and what came of it.
    pub fn tell(&self, context: &Context, affected: usize, of: usize) {
        if !context.json() {
            let base = &self.base.shown;
            let verb = if affected == 1 { "is" } else { "are" };
            let of = count(of, "task");
            context.note(&format!(
                "{affected} of {of} {verb} affected since {base}\n"
            ));
        }
    }
}
