//! `nexus run TASK…`.

use std::num::NonZeroU32;

/// Arguments of `nexus run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// Tasks, or namespaces for all tasks inside
    #[arg(value_name = "TASK", required = true)]
    pub tasks: Vec<String>,
    /// How to run them.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Options of the commands that run tasks.
#[derive(Clone, Debug, clap::Args)]
pub struct RunOptions {
    /// Show what would be done and why, and do nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Run at most this many tasks at once; without it, as many as there are processors
    #[arg(short, long, value_name = "N")]
    pub parallel_limit: Option<NonZeroU32>,
    /// After a failure, go on with everything that does not depend on it
    #[arg(long)]
    pub continue_on_error: bool,
    /// Execute the tasks even when their results are known
    #[arg(long)]
    pub force: bool,
}
