//! What a sandboxed process may reach, as data.

use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What the processes of a step may reach. All paths are absolute; what is not there is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Files, and folders with everything inside, that may be read and executed.
    pub read: Vec<OsString>,
    /// Folders whose names may be listed, with the folders inside.
    pub list: Vec<OsString>,
    /// Files whose content may be changed, but which may not be made or removed.
    pub change: Vec<OsString>,
    /// Folders in which everything may be made, changed and removed.
    pub write: Vec<OsString>,
    /// Everything may be read: while the system calls of a process are watched to find out what it
    /// lacks.
    pub read_all: bool,
}

impl Policy {
    /// The same with everything readable.
    pub fn reading_all(&self) -> Policy {
        Policy {
            read_all: true,
            ..self.clone()
        }
    }

    /// Adds what may be read.
    pub fn may_read(&mut self, path: impl AsRef<OsStr>) {
        self.read.push(path.as_ref().to_owned());
    }

    /// For deciding about paths that a process used.
    pub fn reach(&self) -> Reach {
        Reach {
            read: real(self.read.iter().chain(&self.change).chain(&self.write)),
            list: real(self.read.iter().chain(&self.list).chain(&self.write)),
            change: real(self.change.iter().chain(&self.write)),
        }
    }
}

/// The same places, links followed.
fn real<'a>(places: impl Iterator<Item = &'a OsString>) -> Vec<PathBuf> {
    places
        .filter_map(|place| Path::new(place).canonicalize().ok())
        .collect()
}

/// A [`Policy`] with all links followed.
#[derive(Clone, Debug)]
pub struct Reach {
    read: Vec<PathBuf>,
    list: Vec<PathBuf>,
    change: Vec<PathBuf>,
}

impl Reach {
    /// Whether the file at a path without links may be read or executed.
    pub fn reads(&self, path: &Path) -> bool {
        inside(path, &self.read)
    }

    /// Whether the folder at a path without links may be listed.
    pub fn lists(&self, path: &Path) -> bool {
        inside(path, &self.list)
    }

    /// Whether something may be made, changed or removed at a path without links.
    pub fn changes(&self, path: &Path) -> bool {
        inside(path, &self.change)
    }
}

fn inside(path: &Path, places: &[PathBuf]) -> bool {
    places.iter().any(|place| path.starts_with(place))
}
