//! Files that an execution left beside its outputs, out of the way while the task is executed once
//! more: it would find them otherwise, and behave in another way.
//!
//! They are moved, never removed: they could be somebody else's, made at the same time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Put back when dropped, except what was made again meanwhile.
pub(super) struct Aside {
    /// Where something was, and where it is.
    moved: Vec<(PathBuf, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Aside {
    /// Moves `paths` into folders beside them called `.NAME`.
    pub fn new(paths: Vec<PathBuf>, name: &OsStr) -> Aside {
        let mut aside = Aside {
            moved: Vec::new(),
            folders: Vec::new(),
        };
        let mut hidden = OsStr::new(".").to_owned();
        hidden.push(name);
        for (number, path) in paths.into_iter().enumerate() {
            let folder = path.with_file_name(&hidden);
            if !aside.folders.contains(&folder) {
                // What cannot be moved stays; the second execution is then less like the first.
                let _ = std::fs::create_dir(&folder);
                aside.folders.push(folder.clone());
            }
            let to = folder.join(number.to_string());
            if std::fs::rename(&path, &to).is_ok() {
                aside.moved.push((path, to));
            }
        }
        aside
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        for (from, to) in &self.moved {
            if from.symlink_metadata().is_err() {
                let _ = std::fs::rename(to, from);
            } else {
                let _ = remove(to);
            }
        }
        for folder in &self.folders {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_made_again_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("mine"), "old").unwrap();
        std::fs::create_dir(at("again")).unwrap();
        std::fs::write(at("again/x"), "old").unwrap();
        let aside = Aside::new(vec![at("mine"), at("again")], OsStr::new("n"));
        assert!(!at("mine").exists() && !at("again").exists());
        std::fs::write(at("again"), "new").unwrap();
        drop(aside);
        assert_eq!(std::fs::read_to_string(at("mine")).unwrap(), "old");
        assert_eq!(std::fs::read_to_string(at("again")).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
