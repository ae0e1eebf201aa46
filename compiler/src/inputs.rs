//! The one door to the outside: everything the compiler and the VM read goes through [`Inputs`],
//! so what a plan depends on is always known.

use std::io;
use std::path::{Path, PathBuf};

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Nothing, or not reachable.
    Missing,
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else.
    Other,
}

/// The outside world, as far as evaluation may see it.
pub trait Inputs {
    /// The bytes of a file. `path` is absolute.
    ///
    /// # Errors
    /// As the file system reports them.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What is at an absolute path.
    fn kind(&self, path: &Path) -> FileKind;

    /// Files under the absolute folder `root` that match `pattern` (relative, `**` allowed),
    /// relative to `root`, with `/`, sorted by bytes. Hidden files only when the pattern names
    /// the dot. A missing folder gives an empty list.
    ///
    /// # Errors
    /// A malformed pattern, or a folder that cannot be read.
    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult>;

    /// An environment variable.
    fn env(&self, name: &str) -> Option<String>;
}

/// What a glob found, and which folders it looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlobResult {
    /// Matching files, relative to the root, sorted.
    pub files: Vec<String>,
    /// Every folder listed on the way, absolute. A change of the result changes the stamps of
    /// one of them.
    pub folders: Vec<PathBuf>,
}

/// One thing that was read from outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Observation {
    /// A file was read, or found missing (`digest` is `None`).
    File {
        /// Absolute path.
        path: PathBuf,
        /// BLAKE3 of the content read.
        digest: Option<[u8; 32]>,
    },
    /// The kind of a path was asked.
    Kind {
        /// Absolute path.
        path: PathBuf,
        /// The answer.
        kind: FileKind,
    },
    /// A pattern was expanded.
    Glob {
        /// Absolute folder.
        root: PathBuf,
        /// The pattern.
        pattern: String,
        /// BLAKE3 of the sorted result.
        digest: [u8; 32],
        /// Folders listed on the way.
        folders: Vec<PathBuf>,
    },
    /// A variable was read.
    Env {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
}

impl PartialOrd for FileKind {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FileKind {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self as u8).cmp(&(*other as u8))
    }
}
