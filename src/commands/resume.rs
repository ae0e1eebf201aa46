//! `nexus resume [RUN]`: goes on with a run that did not come to its end.

use super::run::RunOptions;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use crate::resume::{Consents, chosen, go_on, title};

/// Arguments of `nexus resume`.
#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// A run: the beginning or the end of its name, `last`, or `last~N`; without it, the only one that
    /// was interrupted, else the newest one that failed
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Repeat the commands of this task, which is not idempotent, if it is not known what they did
    #[arg(long, value_name = "TASK")]
    pub repeat: Vec<String>,
    /// Take the command that this task had begun for done, and go on behind it
    #[arg(long, value_name = "TASK")]
    pub done: Vec<String>,
    /// Forget the run instead: it is not offered any more
    #[arg(long, conflicts_with_all = ["repeat", "done", "dry_run"])]
    pub discard: bool,
    /// How to run the rest.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Runs what is left of it: commands that were completed are not repeated.
///
/// # Errors
/// As [`chosen`] and [`go_on`].
pub fn run(context: &Context, args: &ResumeArgs) -> Result<Exit, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let open = chosen(&project, args.run.as_deref())?;
    if args.discard {
        open.forget()
            .map_err(|error| CliError::file("write", &project.root, &error))?;
        context.note(&format!("{} is forgotten\n", title(&open)));
        return Ok(Exit::Done);
    }
    let consents = Consents {
        repeat: args.repeat.clone(),
        done: args.done.clone(),
    };
    go_on(context, project, open, consents, &args.how)
}
