//! `nexus why TASK`.

/// Arguments of `nexus why`.
#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// A task
    #[arg(value_name = "TASK")]
    pub task: String,
}
