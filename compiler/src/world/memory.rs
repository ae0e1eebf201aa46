//! A made-up file system and environment.

use super::pattern::Pattern;
use crate::inputs::{FileKind, GlobResult, Inputs};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Files and variables in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
    env: BTreeMap<String, String>,
}

impl Memory {
    /// With one more file, at an absolute path.
    pub fn file(mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }

    /// With one more variable.
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }
}

impl Inputs for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(content) => Ok(content.clone()),
            None => match self.kind(path) {
                FileKind::Folder => Err(io::ErrorKind::IsADirectory.into()),
                _ => Err(io::ErrorKind::NotFound.into()),
            },
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        if self.files.contains_key(path) {
            return FileKind::File;
        }
        let inside = self
            .files
            .range(path.to_path_buf()..)
            .next()
            .is_some_and(|(file, _)| file.starts_with(path))
            || self.files.keys().any(|file| file.starts_with(path));
        if inside {
            FileKind::Folder
        } else {
            FileKind::Missing
        }
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        let pattern = Pattern::new(pattern)?;
        let mut files = Vec::new();
        let mut folders = BTreeSet::new();
        for file in self.files.keys() {
            let Some(relative) = file.strip_prefix(root).ok().and_then(Path::to_str) else {
                continue;
            };
            if pattern.matches(relative) {
                files.push(relative.to_owned());
                folders.extend(file.parent().map(Path::to_path_buf));
            }
        }
        let start = root.join(&pattern.folder);
        if self.kind(&start) == FileKind::Folder {
            folders.insert(start);
        }
        files.sort_unstable();
        Ok(GlobResult {
            files,
            folders: folders.into_iter().collect(),
        })
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }
}
