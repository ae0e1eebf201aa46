//! `nexus lsp`: the language server, for editors.

use crate::context::Context;
use crate::error::{CliError, Exit};
use nexus_lsp::Ended;

/// Arguments of `nexus lsp`.
#[derive(Debug, clap::Args)]
pub struct LspArgs {
    /// Speak over standard input and output, as always; editors may say so
    #[arg(long)]
    pub stdio: bool,
}

/// Serves the editor at the other end of standard input and output until it leaves.
///
/// # Errors
/// When the system refuses what an event loop needs.
pub fn run(_: &Context, _: &LspArgs) -> Result<Exit, CliError> {
    match nexus_lsp::serve_stdio() {
        Ok(Ended::Properly) => Ok(Exit::Done),
        // The protocol wants 1 of a server whose client left without a word.
        Ok(Ended::Abruptly) => Ok(Exit::TaskFailed),
        Err(error) => Err(CliError::file(
            "serve",
            std::path::Path::new("standard input"),
            &error,
        )),
    }
}
