//! `nexus version`.

use crate::context::Context;
use crate::error::{CliError, Exit};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// No arguments of its own.
#[derive(Debug, clap::Args)]
pub struct VersionArgs {}

/// Prints name and version; with `--format json` also the system it was built for.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(context: &Context, _args: &VersionArgs) -> Result<Exit, CliError> {
    if context.json() {
        context.print_json(&serde_json::json!({
            "name": "nexus",
            "version": VERSION,
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
        }))?;
    } else {
        context.print(&format!("nexus {VERSION}\n"))?;
    }
    Ok(Exit::Done)
}
