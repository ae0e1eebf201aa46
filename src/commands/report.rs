//! `nexus report RUN`: where the time of a run went.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::history;
use crate::render::report;
use nexus_journal::chrome_trace;
use std::path::PathBuf;

/// Arguments of `nexus report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A run: the beginning or the end of its name, `last`, or `last~N`
    #[arg(value_name = "RUN", default_value = "last")]
    pub run: String,
    /// Write the run as a trace for Perfetto or chrome://tracing
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
}

/// Shows the critical path, the slowest tasks and what the cache saved.
///
/// # Errors
/// NX0714 for an unknown run, NX0716 when the trace cannot be written.
pub fn run(context: &Context, args: &ReportArgs) -> Result<Exit, CliError> {
    let history = history::open(context)?;
    let found = history::report(&history, &args.run)?;
    if let Some(file) = &args.trace {
        let trace = chrome_trace(&found).to_string();
        std::fs::write(file, trace).map_err(|error| {
            let message = format!(
                "the trace cannot be written to `{}`: {error}",
                file.display()
            );
            CliError::new("NX0716", message).help("name a file in a folder that you can write to")
        })?;
    }
    if context.json() {
        context.print_json(&report::json(&found))?;
    } else {
        context.print(&report::text(&found, &context.out))?;
    }
    Ok(Exit::Done)
}
