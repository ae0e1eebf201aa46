//! The arguments: global options and the list of commands. Each command's own options are in its
//! file under [`crate::commands`].

use crate::commands::{self, Command};
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::logging::{LogFormat, LogLevel};
use crate::render::look::{ColorChoice, Look};
use crate::usage;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "nexus",
    version = commands::version::VERSION,
    about = "Builds, tests and runs what a nexus.nx describes, and never repeats what did not change",
    after_help = "`nexus explain CODE` documents an error code, `nexus help COMMAND` a command.",
    disable_help_subcommand = false,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// The project file; without it, the nearest nexus.nx in this folder or above
    #[arg(short, long, global = true, value_name = "PATH", env = "NEXUS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Show everything: reasons, commands and output as they come
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show only what ran or failed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print for people or for programs
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true
    )]
    pub format: Format,
    /// Use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub color: ColorChoice,
    /// No colours, symbols, boxes or animation, for screen readers and simple tools
    #[arg(long, global = true, visible_alias = "a11y")]
    pub plain: bool,
    /// Redraw nothing: lines once printed stay as they are
    #[arg(long = "static", global = true, visible_alias = "no-tui")]
    pub still: bool,
    /// Log the work of nexus itself to standard error
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        env = "NEXUS_LOG_LEVEL",
        default_value = "off",
        hide_default_value = true
    )]
    pub log_level: LogLevel,
    /// The shape of log lines
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true
    )]
    pub log_format: LogFormat,
}

/// What `--format` may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    // For people.
    #[default]
    Text,
    // For programs.
    Json,
    // Graphviz; for `nexus graph`.
    #[value(hide = true)]
    Dot,
    // Mermaid; for `nexus graph`.
    #[value(hide = true)]
    Mermaid,
    // A page; for `nexus doc`.
    #[value(hide = true)]
    Html,
    // What the page is made from; for `nexus doc`.
    #[value(hide = true)]
    Markdown,
}

/// Reads the arguments of the process, does what they say and reports what went wrong.
pub fn main() -> Exit {
    crate::memory::settle();
    let args: Vec<OsString> = std::env::args_os().collect();
    let parsed = command()
        .try_get_matches_from(&args)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refused(&error, &args),
    };
    let context = Context::new(cli.global);
    let result = context
        .check_format(&cli.command)
        .and_then(|()| commands::run(&context, cli.command));
    result.unwrap_or_else(|error| context.report(&error))
}

/// The command line as clap sees it.
pub fn command() -> clap::Command {
    Cli::command().subcommand_required(true)
}

/// Help and version end here as well as mistakes.
fn refused(error: &clap::Error, args: &[OsString]) -> Exit {
    let (color, plain) = early_options(args);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let look = Look::of_stdout(color, plain, true);
            let text = styled(&error.render(), &look);
            match std::io::stdout().write_all(text.as_bytes()) {
                Ok(()) => Exit::Done,
                Err(error) => CliError::from(error).exit,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let look = Look::of_stderr(color, plain, true);
            // Without standard error there is nobody to tell.
            _ = std::io::stderr().write_all(styled(&error.render(), &look).as_bytes());
            Exit::Usage
        }
        _ => {
            let look = Look::of_stderr(color, plain, true);
            let error = usage::explain(error);
            _ = std::io::stderr().write_all(error.render(&look).as_bytes());
            error.exit
        }
    }
}

fn styled(text: &clap::builder::StyledStr, look: &Look) -> String {
    if look.color {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

/// Colour options of a command line that could not be read as a whole.
fn early_options(args: &[OsString]) -> (ColorChoice, bool) {
    let mut color = ColorChoice::Auto;
    let mut plain = false;
    let mut words = args.iter().filter_map(|a| a.to_str());
    while let Some(word) = words.next() {
        let value = match word {
            "--" => break,
            "--plain" | "--a11y" => {
                plain = true;
                continue;
            }
            "--color" => words.next(),
            word => word.strip_prefix("--color="),
        };
        if let Some(choice) = value.and_then(|v| ColorChoice::from_str(v, false).ok()) {
            color = choice;
        }
    }
    (color, plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect_file;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        for args in [
            ["nexus", "--plain", "version"],
            ["nexus", "version", "--plain"],
        ] {
            assert!(Cli::try_parse_from(args).unwrap().global.plain);
        }
    }

    #[test]
    fn colour_options_are_seen_in_a_broken_command_line() {
        let read = |text: &str| {
            let args: Vec<OsString> = text.split(' ').map(Into::into).collect();
            early_options(&args)
        };
        assert_eq!(read("nexus --color=never x"), (ColorChoice::Never, false));
        assert_eq!(
            read("nexus x --color always --plain"),
            (ColorChoice::Always, true)
        );
        assert_eq!(read("nexus -- --plain"), (ColorChoice::Auto, false));
    }

    /// `UPDATE_EXPECT=1 cargo test` writes the page anew.
    #[test]
    fn the_reference_is_up_to_date() {
        let page = crate::show::reference::page(command());
        expect_file![concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/reference/cli.md"
        )]
        .assert_eq(&page);
    }
}
