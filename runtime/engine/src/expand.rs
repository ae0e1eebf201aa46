//! From the `inputs` of a task to the files they stand for.
//!
//! An entry is a path (a file, or a folder with everything in it), a glob, or either of them after
//! `!`, which takes away. Globs do not see names that begin with a dot unless they say so, do not
//! follow links to folders, and never match what the task itself makes.

use crate::pattern::{Pattern, PatternError};
use nexus_graph::path::{glob_root, is_glob, is_within};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// What `inputs` stand for at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Files and links, relative to the project, sorted.
    pub files: Vec<String>,
    /// Folders that were listed: when none of them changes, neither do `files`.
    pub folders: Vec<String>,
    /// Plain entries with nothing at their path.
    pub missing: Vec<String>,
}

/// Why inputs cannot be expanded.
#[derive(Debug, thiserror::Error)]
pub enum ExpandError {
    /// A glob is malformed.
    #[error("the pattern `{pattern}` in `inputs` is malformed: {error}")]
    Pattern {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        error: PatternError,
    },
    /// A folder could not be listed.
    #[error("the folder `{folder}`, which `inputs` search, cannot be read: {error}")]
    Folder {
        /// Relative to the project.
        folder: String,
        /// As the system reports it.
        error: io::Error,
    },
}

/// Expands `inputs`, relative to `root`. `own` are the task's outputs.
///
/// # Errors
/// On malformed patterns and folders that cannot be read.
pub fn expand(root: &Path, inputs: &[String], own: &[&str]) -> Result<Expansion, ExpandError> {
    let mut search = Search { root, files: BTreeSet::new(), folders: BTreeSet::new() };
    let mut missing = Vec::new();
    let mut taken_away: Vec<&str> = Vec::new();
    for entry in inputs {
        match entry.strip_prefix('!') {
            Some(entry) => taken_away.push(entry),
            None if is_glob(entry) => {
                let patterns = parse(entry)?;
                let before = search.files.clone();
                search.glob(glob_root(entry), &patterns)?;
                let made_here = |path: &String| own.iter().any(|output| is_within(path, output));
                search.files.retain(|path| before.contains(path) || !made_here(path));
            }
            None => match fs::symlink_metadata(root.join(entry)) {
                Ok(meta) if meta.is_dir() => search.everything_in(entry)?,
                Ok(_) => drop(search.files.insert(entry.clone())),
                Err(_) => missing.push(entry.clone()),
            },
        }
    }
    for entry in taken_away {
        let patterns = parse(entry)?;
        let within = |path: &str| !is_glob(entry) && is_within(path, entry);
        search.files.retain(|path| !within(path) && !patterns.iter().any(|p| p.matches(path)));
    }
    Ok(Expansion {
        files: search.files.into_iter().collect(),
        folders: search.folders.into_iter().collect(),
        missing,
    })
}

fn parse(entry: &str) -> Result<Vec<Pattern>, ExpandError> {
    Pattern::parse(entry).map_err(|error| ExpandError::Pattern { pattern: entry.to_string(), error })
}

struct Search<'a> {
    root: &'a Path,
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl Search<'_> {
    /// Everything below `start` that one of the patterns matches. Only folders in which something
    /// could match are entered.
    fn glob(&mut self, start: &str, patterns: &[Pattern]) -> Result<(), ExpandError> {
        let depth = if start.is_empty() { 0 } else { start.split('/').count() };
        let states: Vec<_> = patterns.iter().map(|p| p.after_literals(depth)).collect();
        let mut stack = vec![(start.to_string(), states)];
        while let Some((folder, states)) = stack.pop() {
            for (name, kind) in self.list(&folder)? {
                let path = join(&folder, &name);
                if kind.is_dir() {
                    let next: Vec<_> = patterns.iter().zip(&states).map(|(p, s)| p.enter(s, &name)).collect();
                    if next.iter().any(|s| !s.is_empty()) {
                        stack.push((path, next));
                    }
                } else if patterns.iter().zip(&states).any(|(p, s)| p.ends_with(s, &name)) {
                    self.files.insert(path);
                }
            }
        }
        Ok(())
    }

    /// A folder named as such: hidden files too, only not the history of version control.
    fn everything_in(&mut self, start: &str) -> Result<(), ExpandError> {
        let mut stack = vec![start.to_string()];
        while let Some(folder) = stack.pop() {
            for (name, kind) in self.list(&folder)? {
                let path = join(&folder, &name);
                if !kind.is_dir() {
                    self.files.insert(path);
                } else if name != ".git" {
                    stack.push(path);
                }
            }
        }
        Ok(())
    }

    /// Names and kinds in a folder; nothing when there is no such folder. Names that are not
    /// UTF-8 cannot be declared, so they are passed over.
    fn list(&mut self, folder: &str) -> Result<Vec<(String, fs::FileType)>, ExpandError> {
        let failed = |error| ExpandError::Folder { folder: folder.to_string(), error };
        self.folders.insert(folder.to_string());
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(failed(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if let Ok(name) = entry.file_name().into_string() {
                found.push((name, entry.file_type().map_err(failed)?));
            }
        }
        Ok(found)
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn files(root: &Path, inputs: &[&str], own: &[&str]) -> Vec<String> {
        let inputs: Vec<String> = inputs.iter().map(|i| i.to_string()).collect();
        expand(root, &inputs, own).unwrap().files
    }

    #[test]
    fn entries_of_every_kind() {
        let all = ["a.c", "src/b.c", "src/b.h", "src/deep/c.c", "src/.hidden.c", ".git/x.c", "out/o.c", "src/.git/y"];
        let folder = tree(&all);
        let root = folder.path();
        let table: &[(&[&str], &[&str])] = &[
            (&["a.c"], &["a.c"]),
            (&["*.c"], &["a.c"]),
            (&["src/*.c"], &["src/b.c"]),
            (&["src/**/*.c"], &["src/b.c", "src/deep/c.c"]),
            (&["**/*.c"], &["a.c", "src/b.c", "src/deep/c.c"]),
            (&["src/**"], &["src/b.c", "src/b.h", "src/deep/c.c"]),
            (&["src"], &["src/.hidden.c", "src/b.c", "src/b.h", "src/deep/c.c"]),
            (&["src/.*.c"], &["src/.hidden.c"]),
            (&["src/b.{c,h}"], &["src/b.c", "src/b.h"]),
            (&["{src/deep,src}/*.c"], &["src/b.c", "src/deep/c.c"]),
            (&["src/[a-b].?"], &["src/b.c", "src/b.h"]),
            (&["src/**", "!src/deep"], &["src/b.c", "src/b.h"]),
            (&["!**/*.h", "src/**"], &["src/b.c", "src/deep/c.c"]),
            (&["none/**", "*.none"], &[]),
        ];
        for (inputs, expected) in table {
            assert_eq!(files(root, inputs, &["out"]), *expected, "{inputs:?}");
        }
        // Named as such, even an own output is an input.
        assert_eq!(files(root, &["out/o.c"], &["out"]), ["out/o.c"]);
    }

    #[test]
    fn what_is_missing_is_told() {
        let folder = tree(&["a"]);
        let inputs = ["a", "b", "c/*"].map(str::to_string);
        assert_eq!(expand(folder.path(), &inputs, &[]).unwrap().missing, ["b"]);
    }

    #[test]
    fn listed_folders_are_told_even_when_missing() {
        let folder = tree(&["src/a/x", "src/b/y", "other/z"]);
        let inputs = ["src/*/x".to_string(), "none/*".to_string()];
        assert_eq!(expand(folder.path(), &inputs, &[]).unwrap().folders, ["none", "src", "src/a", "src/b"]);
    }

    #[test]
    fn links_are_not_followed_into_folders() {
        let folder = tree(&["src/a"]);
        std::os::unix::fs::symlink("..", folder.path().join("src/up")).unwrap();
        assert_eq!(files(folder.path(), &["src/**"], &[]), ["src/a", "src/up"]);
    }
}
