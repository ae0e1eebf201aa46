//! The project as it was at a commit, so that it can be planned once more: the disk, except for
//! what has changed since.

use super::git::{Base, Change, Repository};
use nexus_compiler::inputs::{FileKind, GlobResult, Inputs};
use nexus_compiler::world::{Disk, Pattern};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What was there then. What git ignores counts as unchanged: nobody knows how it was.
pub struct Then<'a> {
    /// Where the contents of then are.
    pub repository: &'a Repository,
    /// When it was.
    pub base: &'a Base,
    /// What has changed since.
    pub changes: &'a BTreeMap<PathBuf, Change>,
}

impl Then<'_> {
    /// What a path has changed, followed through links.
    fn change(&self, path: &Path) -> Option<(PathBuf, Change)> {
        let real = match (path.canonicalize(), path.parent(), path.file_name()) {
            (Ok(real), ..) => real,
            (Err(_), Some(parent), Some(name)) => parent.canonicalize().ok()?.join(name),
            _ => return None,
        };
        let found = [path.to_path_buf(), real].into_iter();
        let mut found = found.filter_map(|p| Some((p.clone(), *self.changes.get(&p)?)));
        found.next()
    }

    /// Whether a folder that exists now has anything that was there then.
    fn was_there(&self, folder: &Path) -> bool {
        let mut stack = vec![folder.to_path_buf()];
        let mut entries = 0;
        while let Some(folder) = stack.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                entries += 1;
                let path = entry.path();
                match self.changes.get(&path) {
                    Some(change) if !change.before => {}
                    Some(_) => return true,
                    None if entry.file_type().is_ok_and(|kind| kind.is_dir()) => stack.push(path),
                    None => return true,
                }
            }
        }
        // An empty folder is none of git's business.
        entries == 0
    }
}

impl Inputs for Then<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.change(path) {
            None => Disk.read(path),
            Some((path, change)) if change.before => self
                .repository
                .content(self.base, &path)
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            Some(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        match self.change(path) {
            Some((_, change)) if change.before => return FileKind::File,
            Some(_) => return FileKind::Missing,
            None => {}
        }
        let mut inside = self.changes.range(path.to_path_buf()..);
        let mut inside = inside
            .by_ref()
            .take_while(|(changed, _)| changed.starts_with(path))
            .peekable();
        if inside.peek().is_none() {
            return Disk.kind(path);
        }
        match inside.any(|(_, change)| change.before) || self.was_there(path) {
            true => FileKind::Folder,
            false => FileKind::Missing,
        }
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        let mut found = Disk.glob(root, pattern)?;
        let was = |path: &Path| self.changes.get(path).is_none_or(|change| change.before);
        found.files.retain(|file| was(&root.join(file)));
        let pattern = Pattern::new(pattern)?;
        let before = self.changes.iter().filter(|(_, change)| change.before);
        let inside = before.filter_map(|(path, _)| path.strip_prefix(root).ok()?.to_str());
        let matching = inside.filter(|path| pattern.matches(path));
        found.files.extend(matching.map(str::to_string));
        found.files.sort_unstable();
        found.files.dedup();
        Ok(found)
    }

    fn env(&self, name: &str) -> Option<String> {
        Disk.env(name)
    }
}
