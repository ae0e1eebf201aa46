//! The real file system.

use super::pattern::Pattern;
use crate::inputs::{FileKind, GlobResult, Inputs};
use ignore::WalkBuilder;
use std::fs;
use std::io;
use std::path::Path;

/// Reads the disk and the environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Inputs for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn kind(&self, path: &Path) -> FileKind {
        match fs::metadata(path) {
            Ok(meta) if meta.is_file() => FileKind::File,
            Ok(meta) if meta.is_dir() => FileKind::Folder,
            Ok(_) => FileKind::Other,
            Err(_) => FileKind::Missing,
        }
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        let pattern = Pattern::new(pattern)?;
        let start = root.join(&pattern.folder);
        let mut result = GlobResult::default();
        if self.kind(&start) != FileKind::Folder {
            return Ok(result);
        }
        let base = start.clone();
        let allowed = pattern.clone();
        let walk = WalkBuilder::new(&start)
            // Ignore files are for version control; what a pattern names is what it gets.
            .standard_filters(false)
            .hidden(false)
            .follow_links(false)
            .max_depth(pattern.depth)
            .filter_entry(move |entry| {
                let depth = entry.depth();
                depth == 0 || allowed.allows(&entry.file_name().to_string_lossy(), depth - 1)
            })
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let message = error.to_string();
                    return Err(error
                        .into_io_error()
                        .unwrap_or_else(|| io::Error::other(message)));
                }
            };
            let path = entry.path();
            let is_folder = entry.file_type().is_some_and(|t| t.is_dir());
            if is_folder {
                if pattern.depth.is_none_or(|max| entry.depth() < max) {
                    result.folders.push(path.to_path_buf());
                }
                continue;
            }
            // A link counts as a file when it leads to one.
            if entry.path_is_symlink() && self.kind(path) != FileKind::File {
                continue;
            }
            let Ok(inside) = path.strip_prefix(&base) else {
                continue;
            };
            let Some(inside) = inside.to_str() else {
                continue;
            };
            let relative = match pattern.folder.as_str() {
                "" => inside.to_owned(),
                folder => format!("{folder}/{inside}"),
            };
            if pattern.matches(&relative) {
                result.files.push(relative);
            }
        }
        result.files.sort_unstable();
        result.folders.sort_unstable();
        Ok(result)
    }

    fn env(&self, name: &str) -> Option<String> {
        // An empty name or one with `=` would make the standard library panic or lie.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var(name).ok()
    }
}
