//! `nexus repl`: expressions and bindings, one after the other.

mod editor;
mod session;

use crate::context::Context;
use crate::error::{CliError, Exit};
use session::{Answer, Session};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

/// What `:?` says.
const HELP: &str = "\
an expression     its value
name = expression a binding, for what comes after
:t expression     its type
:l FILE           the fields of a file become names
:r                read that file once more
:q                leave
:?                this
";

/// Arguments of `nexus repl`.
#[derive(Debug, clap::Args)]
pub struct ReplArgs {
    /// A file whose fields are names from the beginning
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Reads, evaluates and prints until the end of the input or `:q`.
///
/// # Errors
/// Only what concerns the terminal or the streams; what is wrong with an input is told, and the
/// next one read. When the input is no terminal, a mistake makes the exit code 2.
pub fn run(context: &Context, args: &ReplArgs) -> Result<Exit, CliError> {
    let mut session = Session::new(context)?;
    let mut wrong = false;
    if let Some(file) = &args.file {
        wrong |= tell(context, session.load(&file.display().to_string()))?;
    }
    if std::io::stdin().is_terminal() {
        if !context.global.quiet {
            context.print("`:?` helps, `:q` leaves\n")?;
        }
        editor::run(context, &mut session)?;
        return Ok(Exit::Done);
    }
    let mut input = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| CliError::file("read", std::path::Path::new("-"), &e))?;
        input += &line;
        input.push('\n');
        if !session::is_complete(&input) {
            continue;
        }
        let answer = session.answer(&std::mem::take(&mut input));
        if let Answer::Leave = answer {
            return Ok(exit(wrong));
        }
        wrong |= tell(context, answer)?;
    }
    if !input.trim().is_empty() {
        wrong |= tell(context, session.answer(&input))?;
    }
    Ok(exit(wrong))
}

fn exit(wrong: bool) -> Exit {
    match wrong {
        true => Exit::Usage,
        false => Exit::Done,
    }
}

/// Prints an answer; gives whether it is about a mistake.
fn tell(context: &Context, answer: Answer) -> Result<bool, CliError> {
    match answer {
        Answer::Nothing | Answer::Leave => {}
        Answer::Value(text) => context.print(&format!("{}\n", text.trim_end()))?,
        Answer::Help => context.print(HELP)?,
        Answer::Mistake(text) => {
            context.note(&text);
            return Ok(true);
        }
    }
    Ok(false)
}
