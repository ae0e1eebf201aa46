//! What the database is told: files.

// The macro of salsa makes methods that it does not document.
#![allow(missing_docs)]

use crate::types::written::Opaque;
use nexus_grammar::Entry;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Whether a file is there and can be read, apart from what is in it: an importer does not run
/// again for every keystroke in the imported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileState {
    /// It was read.
    Present,
    /// Nothing is there.
    Missing,
    /// It is there but cannot be read.
    Unreadable,
    /// It is longer than positions can say.
    TooLong,
    /// Its bytes from this offset on are not UTF-8.
    NotUtf8(u32),
}

/// What a file is checked against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The project file: against the project schema.
    Project,
    /// An imported file or a bare expression: against nothing.
    Library,
    /// A file of the standard library: names of types in lower case stand for any type, and are
    /// taken to be this for the check.
    Standard(Opaque),
}

/// A path that has been asked for. There is one per path for ever, also for what does not
/// exist: a file that appears or disappears changes its state.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Absolute and without `.` and `..`.
    #[returns(clone)]
    pub path: Arc<Path>,
    /// Whether it is there.
    #[returns(copy)]
    pub state: FileState,
    /// What is in it; empty unless it is there.
    #[returns(clone)]
    pub text: Arc<str>,
    /// Where its folder has other `.nx` files, their names, when it is missing itself.
    #[returns(clone)]
    pub neighbours: Arc<[String]>,
    /// What its text is read as.
    #[returns(copy)]
    pub entry: Entry,
    /// What it is checked against.
    #[returns(copy)]
    pub role: Role,
    /// Somebody is editing it, so its tree will be asked for.
    #[returns(copy)]
    pub edited: bool,
}

/// What is loaded.
#[salsa::input(singleton, debug)]
pub struct Project {
    /// The files that were asked for; what they import belongs to the project, too.
    #[returns(clone)]
    pub roots: Arc<[SourceFile]>,
}

/// The file a path literal in the file `from` means: relative to its folder, `.` and `..`
/// resolved without looking at the disk.
pub fn resolve(from: &Path, literal: &str) -> PathBuf {
    let folder = from.parent().unwrap_or(Path::new("/"));
    normalize(&folder.join(literal))
}

/// Resolves `.` and `..` without looking at the disk.
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !matches!(
                    out.components().next_back(),
                    None | Some(Component::RootDir | Component::ParentDir)
                ) {
                    out.pop();
                }
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_relative_to_their_file() {
        let cases = [
            ("/p/a.nx", "./b.nx", "/p/b.nx"),
            ("/p/x/a.nx", "../b.nx", "/p/b.nx"),
            ("/p/a.nx", "../../../b.nx", "/b.nx"),
            ("/p/a.nx", "./x/./../b.nx", "/p/b.nx"),
        ];
        for (from, literal, expected) in cases {
            assert_eq!(resolve(Path::new(from), literal), Path::new(expected));
        }
    }
}
