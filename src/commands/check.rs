//! `nexus check`: everything that can be known to be wrong without running anything.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::text::count;
use crate::session::Session;

/// No arguments of its own.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {}

/// Checks syntax, names, types and the task graph of the project.
///
/// # Errors
/// Everything that is wrong.
pub fn run(context: &Context, _args: &CheckArgs) -> Result<Exit, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let name = project.file.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    // Without what the last run left: a check looks at everything, warnings included.
    let planned = Session::new(context, project, None).plan()?;
    let tasks = planned.graph.tasks.len();
    if context.json() {
        context.print_json(&serde_json::json!({
            "ok": true,
            "tasks": tasks,
            "planned_later_by": planned.missing,
        }))?;
    } else if !context.global.quiet {
        let (ok, dot) = (context.out.ok(), context.out.dot());
        context.print(&format!(
            "{ok} {name}{dot}{}{dot}no mistakes\n",
            count(tasks, "task")
        ))?;
        planned.note_missing(context);
    }
    Ok(Exit::Done)
}
