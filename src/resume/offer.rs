//! When a run begins: was one of the same tasks interrupted, and what is to become of it.
//!
//! It is only spoken of when a start from the beginning would repeat something. At a terminal somebody
//! is asked. Elsewhere an option decides; without one, a run that would repeat what must not be
//! repeated unasked does not begin, and any other one begins anew.

use super::describe::{left, title};
use super::terminal::{self, Choice};
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::project::Project;
use nexus_journal::{Asked, Ended, OpenRun, open_run_like, state_dir};

/// What to do with an earlier run.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct EarlierArgs {
    /// If a run of the same tasks was interrupted, go on with it, without asking
    #[arg(long, conflicts_with_all = ["no_resume", "force"])]
    pub resume: bool,
    /// Start from the beginning even if a run of the same tasks was interrupted, without asking
    #[arg(long)]
    pub no_resume: bool,
}

/// How the run begins.
pub enum Offer {
    /// From the beginning.
    Fresh,
    /// Where this one was.
    Resume(Box<OpenRun>),
    /// Not at all.
    Nothing(Exit),
}

/// Decides.
///
/// # Errors
/// NX0532 when somebody has to be asked and nobody is there.
pub fn offer(
    context: &Context,
    project: &Project,
    asked: &Asked,
    args: EarlierArgs,
) -> Result<Offer, CliError> {
    if args.no_resume {
        return Ok(Offer::Fresh);
    }
    let open = state_dir().and_then(|state| open_run_like(&state, &project.root, asked));
    let Some(open) = open.filter(matters) else {
        return Ok(Offer::Fresh);
    };
    if args.resume {
        return Ok(Offer::Resume(Box::new(open)));
    }
    if terminal::is_there(context) {
        return Ok(put(context, open));
    }
    if open.replay.would_repeat_once() {
        return Err(refused(context, &open));
    }
    context.note(&format!(
        "{} is not resumed: this run starts from the beginning\n  `nexus resume {}` would have gone on with it, and so would `--resume`\n",
        title(&open),
        open.run
    ));
    Ok(Offer::Fresh)
}

/// Whether a start from the beginning would repeat what should not be repeated without a word.
fn matters(open: &OpenRun) -> bool {
    match open.ended {
        Ended::Interrupted | Ended::Cancelled => open.replay.would_repeat(),
        // Whoever runs failed tasks again knows that they are run again, except for these.
        Ended::Failed => open.replay.would_repeat_once(),
        Ended::Running | Ended::Succeeded => false,
    }
}

fn put(context: &Context, open: OpenRun) -> Offer {
    let question = format!(
        "{} did not come to its end:\n{}",
        title(&open),
        left(&open.replay, &context.err)
    );
    let choices = [
        Choice::new('r', "resume it: what is done is not repeated"),
        Choice::new('f', "start from the beginning"),
        Choice::new('d', "discard it, and run nothing"),
        Choice::new('q', "quit, and decide later"),
    ];
    match terminal::ask(context, &question, &choices) {
        Some('r') => Offer::Resume(Box::new(open)),
        Some('f') => Offer::Fresh,
        Some('d') => {
            // It would be offered once more.
            _ = open.forget();
            Offer::Nothing(Exit::Done)
        }
        _ => Offer::Nothing(Exit::Interrupted),
    }
}

fn refused(context: &Context, open: &OpenRun) -> CliError {
    context.note(&left(&open.replay, &context.err));
    let message = format!(
        "{} would be repeated, with commands that are not idempotent",
        title(open)
    );
    CliError::new("NX0532", message)
        .help("`--resume` goes on where it was, `--no-resume` starts from the beginning")
        .help(format!("`nexus resume {} --discard` forgets it", open.run))
}
