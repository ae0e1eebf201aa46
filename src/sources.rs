//! Which `.nx` files a command is about.

use crate::context::Context;
use crate::error::CliError;
use crate::project::Project;
use nexus_store::walk;
use std::path::{Path, PathBuf};

/// The files meant, each once: files as they are, every `.nx` file of folders; without any path,
/// those of the project.
///
/// # Errors
/// A folder that cannot be listed; NX0710 when there is no project and nothing is named.
pub fn files(context: &Context, paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let every = |root: &Path| -> Result<Vec<PathBuf>, CliError> {
        let found = walk::expand(root, &["**/*.nx".to_string()])
            .map_err(|e| CliError::file("list", root, &e))?;
        Ok(found
            .files
            .into_iter()
            .map(|file| root.join(file))
            .collect())
    };
    if paths.is_empty() {
        return every(&Project::find(context.global.config.as_deref())?.root);
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(every(path)?);
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// Relative to the current folder when below it.
pub fn shown(file: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    file.strip_prefix(&here)
        .unwrap_or(file)
        .display()
        .to_string()
}
