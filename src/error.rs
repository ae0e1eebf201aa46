//! Errors as the command line shows them, and the exit codes they lead to.

use crate::render::look::{Look, Role};
use std::io;
use std::process::ExitCode;

/// The exit codes, see `docs/reference/cli.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for is done.
    Done,
    /// A task failed.
    TaskFailed,
    /// The command line, the project or the machine does not allow the work to begin.
    Usage,
    /// A host could not be reached or used, and nothing else failed.
    Connection,
    /// A task or step ran out of its time.
    Timeout,
    /// Ended by the user or the system before it was done.
    Interrupted,
    /// A bug in Nexus.
    Bug,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::TaskFailed => 1,
            Exit::Usage => 2,
            Exit::Connection => 3,
            Exit::Timeout => 4,
            Exit::Interrupted => 130,
            Exit::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Why a command gave up: one sentence that stands alone, a code, and what can be done.
#[derive(Debug)]
pub struct CliError {
    /// The exit code it leads to.
    pub exit: Exit,
    /// Diagnostic code; `nexus explain` has a page for each.
    pub code: String,
    /// One sentence, no full stop.
    pub message: String,
    /// What can be done, one proposal each.
    pub help: Vec<String>,
    /// What only some errors have. Boxed, because results should be small.
    pub more: Box<More>,
    /// Standard output was closed by its reader: nothing is wrong and nothing is said.
    pub closed: bool,
}

/// What only some errors have.
#[derive(Debug, Default)]
pub struct More {
    /// Where: a file, or a file and a line.
    pub place: Option<String>,
    /// The lines of a usage summary, when the command line itself is wrong.
    pub usage: Option<String>,
    /// What is printed instead of all this, when the text was made elsewhere: source excerpts, or
    /// their JSON.
    pub rendered: Option<String>,
}

impl CliError {
    /// An error in what the user asked for or in what was found: exit code 2.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        CliError {
            exit: Exit::Usage,
            code: code.to_string(),
            message: message.into(),
            help: Vec::new(),
            more: Box::default(),
            closed: false,
        }
    }

    /// Diagnostics that were rendered with their source text already: exit code 2.
    pub fn rendered(code: &str, text: impl Into<String>) -> Self {
        let mut error = CliError::new(code, "");
        error.more.rendered = Some(text.into());
        error
    }

    /// The same with a proposal.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same with proposals from [`crate::suggest::close_to`], when there are any.
    pub fn did_you_mean(self, names: &[&str]) -> Self {
        match crate::suggest::sentence(names) {
            Some(sentence) => self.help(sentence),
            None => self,
        }
    }

    /// The same with a place.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.more.place = Some(place.into());
        self
    }

    /// The same with another exit code.
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// A file that could not be read or written.
    pub fn file(action: &str, path: &std::path::Path, error: &io::Error) -> Self {
        CliError::new(
            "NX0709",
            format!("cannot {action} `{}`: {}", path.display(), reason(error)),
        )
    }

    /// The text for standard error.
    pub fn render(&self, look: &Look) -> String {
        if let Some(text) = &self.more.rendered {
            return text.clone();
        }
        let head = look.paint(Role::Bad, &format!("error[{}]", self.code));
        let message = look.paint(Role::Strong, &format!(": {}", self.message));
        let mut text = format!("{head}{message}\n");
        if let Some(place) = &self.more.place {
            text += &format!("  {} {place}\n", look.paint(Role::Dim, "-->"));
        }
        for help in &self.help {
            text += &format!("  {} {help}\n", look.paint(Role::Literal, "help:"));
        }
        if let Some(usage) = &self.more.usage {
            text += &format!("\n{}\n", usage.trim_end());
        }
        text
    }

    /// The same as one line of JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let mut error = serde_json::json!({ "code": self.code, "message": self.message });
        if let Some(place) = &self.more.place {
            error["place"] = place.as_str().into();
        }
        if !self.help.is_empty() {
            error["help"] = self.help.clone().into();
        }
        serde_json::json!({ "error": error })
    }
}

/// What the system says, without Rust's `(os error 2)`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

impl From<io::Error> for CliError {
    /// For writing to standard output, the only place where a bare `?` meets an I/O error.
    fn from(error: io::Error) -> Self {
        let closed = error.kind() == io::ErrorKind::BrokenPipe;
        CliError {
            exit: if closed { Exit::Done } else { Exit::Usage },
            closed,
            ..CliError::new(
                "NX0709",
                format!("cannot write to standard output: {}", reason(&error)),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn an_error_has_sentence_code_place_and_help() {
        let error = CliError::new("NX0705", "there is no task `biuld`")
            .at("nexus.nx")
            .did_you_mean(&["build"]);
        expect![[r#"
            error[NX0705]: there is no task `biuld`
              --> nexus.nx
              help: did you mean `build`?
        "#]]
        .assert_eq(&error.render(&Look::plain()));
        expect![[
            r#"{"error":{"code":"NX0705","message":"there is no task `biuld`","place":"nexus.nx","help":["did you mean `build`?"]}}"#
        ]]
        .assert_eq(&error.to_json().to_string());
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(error.closed);
        assert_eq!(error.exit, Exit::Done);
    }

    #[test]
    fn system_errors_read_like_sentences() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(reason(&error), "no such file or directory");
    }
}
