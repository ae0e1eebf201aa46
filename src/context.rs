//! What every command needs: the global options, resolved once.

use crate::cli::{Format, GlobalArgs};
use crate::commands::Command;
use crate::error::{CliError, Exit};
use crate::logging::{self, LogLevel};
use crate::render::ci::Service;
use crate::render::look::Look;
use crate::render::reporter::{Mode, Reporter};
use std::io::{self, Write};

/// The global options and the look of both streams.
pub struct Context {
    /// The options as given.
    pub global: GlobalArgs,
    /// How standard output looks: results and reports.
    pub out: Look,
    /// How standard error looks: errors, warnings, progress and logs.
    pub err: Look,
}

impl Context {
    /// Resolves `global`, and starts logging if it was asked for.
    pub fn new(global: GlobalArgs) -> Self {
        let out = Look::of_stdout(global.color, global.plain, global.still);
        let err = Look::of_stderr(global.color, global.plain, global.still);
        if global.log_level != LogLevel::Off {
            logging::start(global.log_level, global.log_format, err.color);
        }
        Context { global, out, err }
    }

    /// Whether results are printed for programs.
    pub fn json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// How a run is shown.
    pub fn mode(&self) -> Mode {
        match &self.global {
            g if g.format == Format::Json => Mode::Json,
            g if g.quiet => Mode::Quiet,
            g if g.verbose => Mode::Verbose,
            // A terminal shows what happens now, a log what happened.
            g if !g.plain && !self.out.animate => {
                let service = Service::of(|name| std::env::var(name).ok());
                service.map_or(Mode::Tree, Mode::Ci)
            }
            _ => Mode::Tree,
        }
    }

    /// Begins to show a run.
    pub fn reporter(&self) -> Reporter {
        Reporter::start(self.mode(), self.out.clone(), self.err.clone())
    }

    /// The same on standard error: standard output is for what comes of the run.
    pub fn reporter_aside(&self) -> Reporter {
        let mode = match self.mode() {
            Mode::Json => Mode::Quiet,
            mode => mode,
        };
        Reporter::aside(mode, self.err.clone())
    }

    /// Refuses formats that only other commands have.
    ///
    /// # Errors
    /// NX0703 for `--format dot` and `--format mermaid` anywhere but at `nexus graph`, and for
    /// `--format html` and `--format markdown` anywhere but at `nexus doc`.
    pub fn check_format(&self, command: &Command) -> Result<(), CliError> {
        let (name, fits, help) = match self.global.format {
            Format::Text | Format::Json => return Ok(()),
            Format::Dot => ("dot", command.draws_graphs(), "`nexus graph` draws graphs"),
            Format::Mermaid => (
                "mermaid",
                command.draws_graphs(),
                "`nexus graph` draws graphs",
            ),
            Format::Html => (
                "html",
                command.writes_documents(),
                "`nexus doc` writes documents",
            ),
            Format::Markdown => (
                "markdown",
                command.writes_documents(),
                "`nexus doc` writes documents",
            ),
        };
        if fits {
            return Ok(());
        }
        Err(CliError::new(
            "NX0703",
            format!("`--format {name}` is not a format of this command"),
        )
        .help(format!(
            "{help}; elsewhere say `--format text` or `--format json`"
        )))
    }

    /// Prints a result.
    ///
    /// # Errors
    /// When standard output cannot be written; a reader that went away is no error to the user.
    pub fn print(&self, text: &str) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        Ok(())
    }

    /// Prints a result for programs: one line of JSON.
    ///
    /// # Errors
    /// As [`print`](Self::print).
    pub fn print_json(&self, value: &serde_json::Value) -> Result<(), CliError> {
        self.print(&format!("{value}\n"))
    }

    /// Prints what is not a result (next steps, notes) on standard error, unless `-q` says no.
    pub fn note(&self, text: &str) {
        if !self.global.quiet {
            // Without standard error there is nobody to tell.
            _ = io::stderr().write_all(text.as_bytes());
        }
    }

    /// Reports an error on standard error and gives the exit code it leads to.
    pub fn report(&self, error: &CliError) -> Exit {
        if !error.closed {
            let text = if self.json() && error.more.rendered.is_none() {
                format!("{}\n", error.to_json())
            } else {
                error.render(&self.err)
            };
            // Without standard error there is nobody to tell.
            _ = io::stderr().write_all(text.as_bytes());
        }
        error.exit
    }
}
