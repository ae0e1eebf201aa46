//! Which project: the nearest `nexus.nx` upwards, or what `--config` says.

use crate::error::CliError;
use nexus_store::Store;
use std::path::{Path, PathBuf};

/// The usual name of a project file.
pub const FILE_NAME: &str = "nexus.nx";

/// A project on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder that all its paths are relative to; canonical.
    pub root: PathBuf,
    /// The project file; absolute.
    pub file: PathBuf,
}

impl Project {
    /// Finds the project. `config` may name a file or a folder with a `nexus.nx`.
    ///
    /// # Errors
    /// NX0710 when there is none.
    pub fn find(config: Option<&Path>) -> Result<Project, CliError> {
        match config {
            Some(path) if path.is_dir() => Self::at(&path.join(FILE_NAME)),
            Some(path) => Self::at(path),
            None => {
                let here = std::env::current_dir()
                    .map_err(|e| CliError::file("enter", Path::new("."), &e))?;
                here.ancestors()
                    .map(|folder| folder.join(FILE_NAME))
                    .find(|file| file.is_file())
                    .map_or_else(|| Err(none(&here)), |file| Self::at(&file))
            }
        }
    }

    fn at(file: &Path) -> Result<Project, CliError> {
        let missing = || {
            CliError::new(
                "NX0710",
                format!("there is no project file `{}`", file.display()),
            )
            .help("`--config` and NEXUS_CONFIG name a project file or its folder")
        };
        if !file.is_file() {
            return Err(missing());
        }
        let folder = file
            .parent()
            .filter(|f| !f.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let root = folder.canonicalize().map_err(|_| missing())?;
        let name = file.file_name().ok_or_else(missing)?;
        Ok(Project {
            file: root.join(name),
            root,
        })
    }

    /// Where the snapshot of this project lies in the cache.
    pub fn snapshot_file(&self, cache: &Path) -> PathBuf {
        Store::project_folder(cache, &self.file).join("snapshot")
    }
}

fn none(here: &Path) -> CliError {
    CliError::new(
        "NX0710",
        format!(
            "there is no {FILE_NAME} in `{}` or above it",
            here.display()
        ),
    )
    .help("`nexus init` writes a first one; `--config PATH` names one elsewhere")
}
