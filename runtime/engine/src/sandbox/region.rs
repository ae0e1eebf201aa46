//! The part of the project that a sandboxed task could write although it is not its own: the files
//! beside its outputs. Looked at before and after, because no rule of the kernel is that exact.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Folders in which version control keeps its own; nobody declares what is in them.
const PASSED_OVER: &[&str] = &[".git", ".hg", ".jj", ".svn"];

/// What tells that a file is another one or was written: inode, size, change time.
type Mark = (u64, u64, i64, i64);

/// A part of the project as it is at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    files: BTreeMap<PathBuf, Mark>,
}

impl Region {
    /// Looks at everything in `folders`, except what `passed_over` is true for.
    pub fn look(folders: &[PathBuf], passed_over: impl Fn(&Path) -> bool) -> Region {
        let mut region = Region::default();
        let mut pending: Vec<PathBuf> = folders.to_vec();
        while let Some(folder) = pending.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                let versions = PASSED_OVER.iter().any(|name| entry.file_name() == *name);
                if versions || passed_over(&path) {
                    continue;
                }
                let Ok(found) = entry.metadata() else {
                    continue;
                };
                if found.is_dir() {
                    // Its own times change with every name in it, which counts by itself.
                    region.files.insert(path.clone(), (found.ino(), 0, 0, 0));
                    pending.push(path);
                } else {
                    let mark = (found.ino(), found.len(), found.ctime(), found.ctime_nsec());
                    region.files.insert(path, mark);
                }
            }
        }
        region
    }

    /// The files, without folders.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter().filter(|(_, mark)| mark.2 != 0);
        files.map(|(path, _)| path.as_path())
    }

    /// What is new in `after`, of a new folder only the folder.
    pub fn new_in(&self, after: &Region) -> Vec<PathBuf> {
        let mut changes = self.changes(after);
        changes.retain(|path| !self.files.contains_key(path));
        changes
    }

    /// What is new, different or gone in `after`, folders that merely contain such left out.
    pub fn changes(&self, after: &Region) -> Vec<PathBuf> {
        let new = after.files.iter();
        let new = new.filter(|(path, mark)| self.files.get(*path) != Some(mark));
        let gone = self
            .files
            .keys()
            .filter(|path| !after.files.contains_key(*path));
        let mut paths: Vec<PathBuf> = new.map(|(path, _)| path).chain(gone).cloned().collect();
        paths.sort();
        // Of a new folder, the folder is enough.
        let mut outermost: Vec<PathBuf> = Vec::new();
        for path in paths {
            if !outermost
                .last()
                .is_some_and(|folder| path.starts_with(folder))
            {
                outermost.push(path);
            }
        }
        outermost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_changed_and_removed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("sub/.git")).unwrap();
        for name in ["changed", "gone", "same", "sub/own", "sub/.git/index"] {
            std::fs::write(at(name), "1").unwrap();
        }
        let look = || Region::look(&[folder.path().to_path_buf()], |p| p.ends_with("own"));
        let before = look();
        assert!(before.changes(&look()).is_empty());
        std::fs::write(at("changed"), "22").unwrap();
        std::fs::remove_file(at("gone")).unwrap();
        std::fs::create_dir_all(at("new/inner")).unwrap();
        std::fs::write(at("new/inner/file"), "").unwrap();
        std::fs::write(at("sub/own"), "22").unwrap();
        std::fs::write(at("sub/.git/index"), "22").unwrap();
        let found = before.changes(&look());
        assert_eq!(found, [at("changed"), at("gone"), at("new")]);
    }
}
