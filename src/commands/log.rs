//! `nexus log RUN [TASK]`: what the tasks of a run printed.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::history;
use crate::render::look::Role;
use crate::render::text::tame;
use crate::suggest::close_to;
use nexus_journal::TaskRun;
use serde_json::json;

/// Arguments of `nexus log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// A run: the beginning or the end of its name, `last`, or `last~N`
    #[arg(value_name = "RUN", default_value = "last")]
    pub run: String,
    /// Only this task
    #[arg(value_name = "TASK")]
    pub task: Option<String>,
}

/// Prints the output of executed tasks, each under its name.
///
/// # Errors
/// NX0714 for an unknown run, NX0705 for a task that was not part of it.
pub fn run(context: &Context, args: &LogArgs) -> Result<Exit, CliError> {
    let history = history::open(context)?;
    let report = history::report(&history, &args.run)?;
    let tasks: Vec<&TaskRun> = match &args.task {
        None => report.tasks.iter().filter(|t| t.executed()).collect(),
        Some(name) => match report.find(name) {
            Some(task) => vec![task],
            None => {
                let names = report.tasks.iter().map(|task| task.task.as_str());
                let close = close_to(name, names);
                let message = format!("task `{name}` was not part of the run `{}`", report.run);
                return Err(CliError::new("NX0705", message).did_you_mean(&close));
            }
        },
    };
    if context.json() {
        for task in tasks {
            context.print_json(&json!({
                "task": task.task, "log": task.log, "cut": task.log_cut,
            }))?;
        }
        return Ok(Exit::Done);
    }
    let look = &context.out;
    let mut text = String::new();
    for task in tasks {
        if args.task.is_none() {
            text += &format!("{}\n", look.paint(Role::Strong, &task.task));
        }
        for line in &task.log {
            text += &format!("{}\n", tame(&line.text, look.color));
        }
        if task.log_cut {
            text += &format!(
                "{}\n",
                look.paint(Role::Warn, "the rest was too much to keep")
            );
        }
    }
    context.print(&text)?;
    Ok(Exit::Done)
}
