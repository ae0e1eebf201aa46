//! `nexus check`: everything that can be known to be wrong without running anything.

use super::fmt::replace;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::render::text::count;
use crate::session::Session;
use nexus_compiler::world::Disk;

/// Arguments of `nexus check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Mend what can only be meant one way, in place, then check
    #[arg(long)]
    pub fix: bool,
}

/// Checks syntax, names, types and the task graph of the project.
///
/// # Errors
/// Everything that is wrong.
pub fn run(context: &Context, args: &CheckArgs) -> Result<Exit, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    if args.fix {
        mend(context, &project)?;
    }
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

/// Applies the fixes that are certain, and tells which.
fn mend(context: &Context, project: &Project) -> Result<(), CliError> {
    for (file, mended) in nexus_compiler::mend::mend(&project.file, &Disk) {
        replace(&file, &mended.text).map_err(|error| CliError::file("write", &file, &error))?;
        let shown = file.strip_prefix(&project.root).unwrap_or(&file);
        for (title, message) in &mended.done {
            if context.json() {
                context.print_json(&serde_json::json!({
                    "fixed": message,
                    "file": file,
                    "title": title,
                }))?;
            } else if !context.global.quiet {
                let line = format!("fixed: {}: {message}: {title}\n", shown.display());
                context.print(&line)?;
            }
        }
    }
    Ok(())
}
