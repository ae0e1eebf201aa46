//! What the command line says about a cache shared with other machines.

use crate::error::CliError;
use nexus_cache::{Override, Settings, SettingsError};
use nexus_graph::CacheConfig;
use std::path::Path;

/// Options of the commands that run tasks.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SharedOptions {
    /// Fetch results from this shared cache, whatever the project says: a folder, `http://…`,
    /// `https://…`, `grpc://…`, `grpcs://…` or `s3://…`
    #[arg(long, value_name = "URL", conflicts_with = "no_shared_cache")]
    pub shared_cache: Option<String>,
    /// Use no shared cache
    #[arg(long)]
    pub no_shared_cache: bool,
    /// Write results to the shared cache
    #[arg(long, conflicts_with = "no_shared_cache")]
    pub write_shared_cache: bool,
    /// Do not wait at the end for results that are still being written to the shared cache
    #[arg(long)]
    pub no_wait: bool,
}

impl SharedOptions {
    /// Puts together what the project, the environment and the command line say; `None` when there
    /// is no shared cache.
    ///
    /// # Errors
    /// NX0630, NX0631 and NX0636: what is wrong with it.
    pub fn settings(
        &self,
        project: Option<&CacheConfig>,
        root: &Path,
    ) -> Result<Option<Settings>, CliError> {
        if self.no_shared_cache {
            return Ok(None);
        }
        let given = Override {
            url: self.shared_cache.clone(),
            write: self.write_shared_cache,
        };
        let variable = |name: &str| std::env::var(name).ok();
        Settings::new(project, &variable, &given, root).map_err(error)
    }
}

fn error(error: SettingsError) -> CliError {
    CliError::new(error.code, error.message).help(error.help)
}
