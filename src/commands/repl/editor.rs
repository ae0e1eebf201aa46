//! The line editor: history, completion, and inputs of several lines.

use super::session::{Answer, Session, is_complete};
use super::tell;
use crate::context::Context;
use crate::error::CliError;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Editor, Helper};
use std::cell::RefCell;
use std::path::PathBuf;

/// Completion and multi-line input for the editor.
struct Help<'s, 'a>(&'s RefCell<&'s mut Session<'a>>);

impl Helper for Help<'_, '_> {}
impl Highlighter for Help<'_, '_> {}
impl Hinter for Help<'_, '_> {
    type Hint = String;
}

impl Validator for Help<'_, '_> {
    fn validate(&self, input: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(input.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Completer for Help<'_, '_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let before = line.get(..at).unwrap_or(line);
        let start = before.trim_end_matches(part).len();
        let word = &before[start..];
        let mut session = self.0.borrow_mut();
        let (prefix, name, candidates) = match word.rsplit_once('.') {
            Some((path, name)) if !path.is_empty() => {
                (format!("{path}."), name, session.fields(path))
            }
            _ => (String::new(), word, names(&session)),
        };
        let mut found: Vec<String> = candidates
            .into_iter()
            .filter(|candidate| candidate.starts_with(name))
            .map(|candidate| format!("{prefix}{candidate}"))
            .collect();
        found.sort();
        found.dedup();
        Ok((start, found))
    }
}

/// Bound names, and those of the language that have no dots.
fn names(session: &Session<'_>) -> Vec<String> {
    let mut names = session.names();
    let globals = nexus_compiler::builtins::all().flat_map(|builtin| builtin.names.iter());
    names.extend(
        globals
            .filter_map(|name| name.split('.').next())
            .map(str::to_owned),
    );
    names
}

/// Reads from the terminal until its end or `:q`.
///
/// # Errors
/// The terminal cannot be used.
pub fn run(context: &Context, session: &mut Session<'_>) -> Result<(), CliError> {
    let broken =
        |error: ReadlineError| CliError::new("NX0709", format!("the terminal fails: {error}"));
    let session = RefCell::new(session);
    let mut editor: Editor<Help<'_, '_>, FileHistory> = Editor::new().map_err(broken)?;
    editor.set_helper(Some(Help(&session)));
    let history = history_file();
    if let Some(file) = &history {
        // The first session has none.
        _ = editor.load_history(file);
    }
    loop {
        match editor.readline("nexus> ") {
            Ok(input) => {
                // A history that is full or repeats itself takes nothing in.
                _ = editor.add_history_entry(input.as_str());
                let answer = session.borrow_mut().answer(&input);
                if let Answer::Leave = answer {
                    break;
                }
                tell(context, answer)?;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    if let Some(file) = history {
        let kept = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        if kept.is_ok() {
            // Losing the history costs nobody a result.
            _ = editor.save_history(&file);
        }
    }
    Ok(())
}

/// `$XDG_STATE_HOME/nexus/repl-history`, below `~/.local/state` unless set.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("nexus/repl-history"))
}
