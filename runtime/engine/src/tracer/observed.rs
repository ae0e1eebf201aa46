//! What the processes of a step did to files.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Everything done to one file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Where it is, absolute, without links.
    pub real: OsString,
    /// How the program named it at first, absolute.
    pub given: OsString,
    /// Its content was read.
    pub read: bool,
    /// The names in it were listed.
    pub listed: bool,
    /// It was executed.
    pub executed: bool,
    /// It was made or its content was changed.
    pub written: bool,
    /// It was removed or moved away.
    pub removed: bool,
    /// It was not there before: the first thing done to it was making it.
    pub own: bool,
    /// Reading, listing or executing it was refused.
    pub refused_reading: bool,
    /// Making, changing or removing it was refused.
    pub refused_writing: bool,
}

impl Access {
    /// Where it is, without links.
    pub fn real(&self) -> &Path {
        Path::new(&self.real)
    }

    /// How the program named it.
    pub fn given(&self) -> &Path {
        Path::new(&self.given)
    }

    /// Something it holds was used, as far as it was allowed.
    pub fn used(&self) -> bool {
        self.read || self.listed || self.executed || self.refused_reading
    }
}

/// What a traced program did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// One for each file or folder, in the order of the first use.
    pub accesses: Vec<Access>,
}

impl Report {
    /// Adds what happened afterwards: what was made before stays the task's own.
    pub fn append(&mut self, later: Report) {
        let mut book = Book::default();
        let before = std::mem::take(&mut self.accesses);
        for access in before.into_iter().chain(later.accesses) {
            let known = book.entry(access.real().to_path_buf(), access.given());
            // Only the first of them says what was there at first.
            known.own |= access.own && !known.read;
            known.read |= access.read;
            known.listed |= access.listed;
            known.executed |= access.executed;
            known.written |= access.written;
            known.removed |= access.removed;
            known.refused_reading |= access.refused_reading;
            known.refused_writing |= access.refused_writing;
        }
        self.accesses = book.accesses;
    }
}

/// Accesses by path while they are collected.
#[derive(Default)]
pub(super) struct Book {
    accesses: Vec<Access>,
    places: HashMap<PathBuf, usize>,
}

impl Book {
    /// The access of a path, a new one when it was not seen before.
    pub fn entry(&mut self, real: PathBuf, given: &Path) -> &mut Access {
        let at = match self.places.get(&real) {
            Some(at) => *at,
            None => {
                self.accesses.push(Access {
                    real: real.clone().into_os_string(),
                    given: given.as_os_str().to_owned(),
                    ..Access::default()
                });
                self.places.insert(real, self.accesses.len() - 1);
                self.accesses.len() - 1
            }
        };
        &mut self.accesses[at]
    }

    /// Whether a path was seen.
    pub fn knows(&self, real: &Path) -> bool {
        self.places.contains_key(real)
    }

    /// All of them.
    pub fn finish(self) -> Report {
        Report {
            accesses: self.accesses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(path: &str, change: impl FnOnce(&mut Access)) -> Access {
        let mut access = Access {
            real: path.into(),
            given: path.into(),
            ..Access::default()
        };
        change(&mut access);
        access
    }

    #[test]
    fn what_one_step_made_is_no_input_of_the_next() {
        let mut first = Report {
            accesses: vec![access("/p/a", |a| (a.own, a.written) = (true, true))],
        };
        first.append(Report {
            accesses: vec![
                access("/p/a", |a| a.read = true),
                access("/p/b", |a| a.read = true),
                access("/p/c", |a| (a.own, a.written, a.read) = (true, true, true)),
            ],
        });
        let own: Vec<bool> = first.accesses.iter().map(|a| a.own).collect();
        assert_eq!(own, [true, false, true]);
        assert!(first.accesses[0].read);
    }
}
