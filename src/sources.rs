//! Which `.nx` files a command is about.

use crate::context::Context;
use crate::error::CliError;
use crate::project::Project;
use ignore::WalkBuilder;
use std::path::{Path, PathBuf};

/// The files meant, each once: files as they are, the `.nx` files of folders but for what git
/// ignores; without any path, those of the project.
///
/// # Errors
/// A folder that cannot be listed; NX0710 when there is no project and nothing is named.
pub fn files(context: &Context, paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
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

/// The `.nx` files of a folder that are its own: not those that git is told to ignore, which are
/// made or fetched, nor hidden ones.
fn every(root: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut found = Vec::new();
    for entry in WalkBuilder::new(root).require_git(false).build() {
        let path = entry
            .map_err(|error| {
                let text = error.to_string();
                let error = error.into_io_error();
                let error = error.unwrap_or_else(|| std::io::Error::other(text));
                CliError::file("list", root, &error)
            })?
            .into_path();
        if path.extension().is_some_and(|end| end == "nx") && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Relative to the current folder when below it.
pub fn shown(file: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    file.strip_prefix(&here)
        .unwrap_or(file)
        .display()
        .to_string()
}
