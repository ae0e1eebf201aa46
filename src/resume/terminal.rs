//! Asking somebody at a terminal.

use crate::context::Context;
use crate::render::look::Role;
use crate::signals;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// One answer.
pub struct Choice {
    key: char,
    about: &'static str,
}

impl Choice {
    /// The letter that is typed, and what it means.
    pub fn new(key: char, about: &'static str) -> Choice {
        Choice { key, about }
    }
}

/// Whether somebody can be asked: both ends are a terminal, what is printed is for people, and this
/// is no job of a CI service.
pub fn is_there(context: &Context) -> bool {
    let ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
    !ci && !context.json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Puts a question and waits for one of the letters; `None` when there is no answer.
pub fn ask(context: &Context, question: &str, choices: &[Choice]) -> Option<char> {
    let _ends_at_once = signals::asking();
    let mut stderr = io::stderr();
    let mut text = question.to_string();
    for Choice { key, about } in choices {
        let key = context.err.paint(Role::Literal, &key.to_string());
        text += &format!("  {key}  {about}\n");
    }
    stderr.write_all(text.as_bytes()).ok()?;
    let keys: Vec<String> = choices
        .iter()
        .map(|choice| choice.key.to_string())
        .collect();
    loop {
        write!(stderr, "[{}] ", keys.join("/")).ok()?;
        stderr.flush().ok()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).ok()? == 0 {
            // The end of the input; what comes next begins a line.
            writeln!(stderr).ok()?;
            return None;
        }
        let answer = line.trim().to_lowercase();
        let found = choices.iter().find(|choice| answer.starts_with(choice.key));
        if let Some(choice) = found {
            return Some(choice.key);
        }
    }
}
