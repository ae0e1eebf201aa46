//! `nexus config`: the project's configuration itself.

mod check;
mod effective;
mod migrate;

use crate::context::Context;
use crate::error::{CliError, Exit};

/// Arguments of `nexus config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What can be done with a configuration.
#[derive(Debug, clap::Subcommand)]
pub enum ConfigAction {
    /// Check the project, and show every setting with where it comes from
    Check,
    /// Write new names in the place of deprecated ones
    Migrate(migrate::MigrateArgs),
}

/// Does what is asked.
///
/// # Errors
/// What is wrong with the project, and files that cannot be written.
pub fn run(context: &Context, args: &ConfigArgs) -> Result<Exit, CliError> {
    match &args.action {
        ConfigAction::Check => check::run(context),
        ConfigAction::Migrate(args) => migrate::run(context, args),
    }
}
