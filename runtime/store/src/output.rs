//! Outputs of tasks: from disk into the store, and back.

use crate::action::{OutputContent, OutputEntry};
use crate::digests::{Digests, Known};
use crate::stamp::{Kind, Stamp};
use crate::store::Store;
use crate::tree::{Tree, TreeEntry, TreeNode};
use nexus_graph::Digest;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// An output as it is on disk.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it is.
    pub content: OutputContent,
    /// The tree, for a folder.
    pub tree: Option<Tree>,
    /// Every file and folder looked at, absolute, with what was found.
    pub files: Vec<(PathBuf, Known)>,
}

/// Looks at an output without storing it. `None` when nothing is there.
///
/// # Errors
/// It cannot be read, or is neither file nor folder.
pub fn look(digests: &Digests, path: &Path) -> io::Result<Option<Seen>> {
    let known = digests.file(path)?;
    match known.stamp.kind {
        Kind::Missing => Ok(None),
        Kind::File => Ok(Some(Seen {
            content: OutputContent::File {
                digest: known.digest,
                size: known.stamp.size,
                executable: known.stamp.executable,
            },
            tree: None,
            files: vec![(path.to_path_buf(), known)],
        })),
        Kind::Folder => look_folder(digests, path, known).map(Some),
        Kind::Link | Kind::Other => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is neither a file nor a folder",
        )),
    }
}

fn look_folder(digests: &Digests, root: &Path, known: Known) -> io::Result<Seen> {
    let mut files = vec![(root.to_path_buf(), known)];
    let mut entries = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(folder) = pending.pop() {
        let mut empty = true;
        for entry in std::fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            empty = false;
            let below = folder.join(entry.file_name());
            let path = entry.path();
            let kind = entry.file_type()?;
            let node = if kind.is_dir() {
                files.push((path.clone(), digests.file(&path)?));
                pending.push(below);
                continue;
            } else if kind.is_symlink() {
                let target = std::fs::read_link(&path)?.into_os_string().into_vec();
                let stamp = Stamp::of_link(&path)?;
                let digest = Digest::of(&target);
                files.push((
                    path,
                    Known {
                        stamp,
                        digest,
                        hashed_at: crate::stamp::now(),
                    },
                ));
                TreeNode::Link(target)
            } else if kind.is_file() {
                let known = digests.file(&path)?;
                files.push((path, known));
                TreeNode::File {
                    digest: known.digest,
                    size: known.stamp.size,
                    executable: known.stamp.executable,
                }
            } else {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!(
                        "`{}` is neither a file, a folder nor a link",
                        path.display()
                    ),
                ));
            };
            entries.push(TreeEntry {
                path: below.into_os_string().into_vec(),
                node,
            });
        }
        if empty && !folder.as_os_str().is_empty() {
            entries.push(TreeEntry {
                path: folder.into_os_string().into_vec(),
                node: TreeNode::Folder,
            });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let tree = Tree { entries };
    let encoded = tree.encode();
    let content = OutputContent::Folder {
        digest: Digest::of(&encoded),
        size: encoded.len() as u64,
    };
    Ok(Seen {
        content,
        tree: Some(tree),
        files,
    })
}

impl Store {
    /// Stores an output that [`look`] has seen.
    ///
    /// # Errors
    /// A file of it cannot be read any more or has changed since.
    pub fn keep(&self, path: &Path, seen: &Seen) -> io::Result<()> {
        match (&seen.content, &seen.tree) {
            (OutputContent::File { digest, size, .. }, _) => self.put_file(path, digest, *size),
            (OutputContent::Folder { .. }, Some(tree)) => {
                for entry in &tree.entries {
                    if let TreeNode::File { digest, size, .. } = &entry.node {
                        self.put_file(&path.join(OsStr::from_bytes(&entry.path)), digest, *size)?;
                    }
                }
                self.put_bytes(&tree.encode());
                Ok(())
            }
            (OutputContent::Folder { .. }, None) => Ok(()),
        }
    }

    /// Puts an output back, replacing what is there. `false` when the store has lost a part of it;
    /// nothing is left half-restored in that case that counts as right.
    ///
    /// # Errors
    /// The project folder cannot be written.
    pub fn restore(&self, root: &Path, entry: &OutputEntry) -> io::Result<bool> {
        let target = root.join(&entry.path);
        match &entry.content {
            OutputContent::File {
                digest,
                size,
                executable,
            } => self.restore_file(digest, *size, *executable, &target),
            OutputContent::Folder { digest, .. } => {
                let Some(tree) = self.get_bytes(digest).as_deref().and_then(Tree::decode) else {
                    return Ok(false);
                };
                let leaves = |e: &TreeEntry| match &e.node {
                    TreeNode::Link(to) => leaves_project(&entry.path, &e.path, to),
                    TreeNode::File { .. } | TreeNode::Folder => false,
                };
                if tree.entries.iter().any(leaves) {
                    return Ok(false);
                }
                self.restore_tree(&target, &tree)
            }
        }
    }

    /// What is right already stays: of many files one may be damaged.
    fn restore_tree(&self, target: &Path, tree: &Tree) -> io::Result<bool> {
        let here = match look(&Digests::default(), target) {
            Ok(Some(Seen {
                tree: Some(here), ..
            })) => here,
            _ => {
                match std::fs::symlink_metadata(target) {
                    Ok(found) if found.is_dir() => std::fs::remove_dir_all(target)?,
                    Ok(_) => std::fs::remove_file(target)?,
                    Err(_) => {}
                }
                Tree::default()
            }
        };
        for entry in here.entries.iter().filter(|entry| !tree.has(entry)) {
            remove(target, entry)?;
        }
        std::fs::create_dir_all(target)?;
        for entry in tree.entries.iter().filter(|entry| !here.has(entry)) {
            let path = target.join(OsStr::from_bytes(&entry.path));
            match &entry.node {
                TreeNode::Folder => std::fs::create_dir_all(&path)?,
                TreeNode::Link(to) => {
                    std::fs::create_dir_all(path.parent().unwrap_or(target))?;
                    std::os::unix::fs::symlink(OsStr::from_bytes(to), &path)?;
                }
                TreeNode::File {
                    digest,
                    size,
                    executable,
                } => {
                    if !self.restore_file(digest, *size, *executable, &path)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether everything needed to restore an output seems to be there.
    pub fn can_restore(&self, content: &OutputContent) -> bool {
        match content {
            OutputContent::File { digest, size, .. } => self.has_blob(digest, *size),
            OutputContent::Folder { digest, .. } => self
                .get_bytes(digest)
                .as_deref()
                .and_then(Tree::decode)
                .is_some_and(|tree| {
                    tree.entries.iter().all(|entry| match &entry.node {
                        TreeNode::File { digest, size, .. } => self.has_blob(digest, *size),
                        _ => true,
                    })
                }),
        }
    }
}

/// Removes an entry of a folder, and the folders inside that become empty.
fn remove(target: &Path, entry: &TreeEntry) -> io::Result<()> {
    let path = target.join(OsStr::from_bytes(&entry.path));
    match entry.node {
        TreeNode::Folder => std::fs::remove_dir(&path)?,
        TreeNode::File { .. } | TreeNode::Link(_) => std::fs::remove_file(&path)?,
    }
    let above = path.ancestors().skip(1);
    for folder in above.take_while(|folder| *folder != target) {
        if std::fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Whether a relative link at `path` in the folder `output` of a project leads out of the
/// project. Absolute links name the same place for everyone (`/usr/bin/python3`) and are kept.
pub fn leaves_project(output: &str, path: &[u8], to: &[u8]) -> bool {
    if to.starts_with(b"/") {
        return false;
    }
    let parts = |path: &[u8]| path.split(|b| *b == b'/').filter(|p| !p.is_empty()).count();
    // The link's own name is not a folder.
    let mut depth = parts(output.as_bytes()) + parts(path) - 1;
    for part in to.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("cache"));
        assert!(store.enabled());
        (folder, store)
    }

    fn round_trip(prepare: impl FnOnce(&Path)) {
        let (folder, store) = store();
        let root = folder.path().join("project");
        std::fs::create_dir_all(&root).expect("root");
        let path = root.join("out");
        prepare(&path);
        let digests = Digests::default();
        let seen = look(&digests, &path).expect("readable").expect("there");
        store.keep(&path, &seen).expect("kept");
        store.flush();
        let entry = OutputEntry {
            path: "out".into(),
            content: seen.content,
        };
        assert!(store.can_restore(&entry.content));
        if path.is_dir() {
            std::fs::remove_dir_all(&path).expect("removed");
        } else {
            std::fs::write(&path, "damaged").expect("damaged");
        }
        assert!(store.restore(&root, &entry).expect("writable"));
        let again = look(&Digests::default(), &path)
            .expect("readable")
            .expect("there");
        assert_eq!(again.content, seen.content);
        assert_eq!(again.tree, seen.tree);
        assert_eq!(
            std::fs::read_dir(&root).expect("root").count(),
            1,
            "no litter"
        );
    }

    #[test]
    fn files_small_and_large_come_back() {
        round_trip(|path| std::fs::write(path, "small").expect("write"));
        round_trip(|path| std::fs::write(path, "large ".repeat(100_000)).expect("write"));
        round_trip(|path| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::write(path, "#!/bin/sh").expect("write");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("mode");
        });
    }

    #[test]
    fn folders_come_back_with_links_and_odd_names() {
        round_trip(|path| {
            std::fs::create_dir_all(path.join("empty/er")).expect("folders");
            std::fs::write(path.join("a"), "a").expect("write");
            std::fs::write(
                path.join(OsStr::from_bytes(b"odd\xff name")),
                "b".repeat(10_000),
            )
            .expect("write");
            std::os::unix::fs::symlink("a", path.join("link")).expect("link");
            std::os::unix::fs::symlink("nowhere", path.join("dangling")).expect("link");
        });
    }

    #[test]
    fn only_what_differs_in_a_folder_is_put_back() {
        use std::os::unix::fs::MetadataExt;
        let (folder, store) = store();
        let root = folder.path().join("project");
        let path = root.join("out");
        for name in ["a", "b", "c", "deep/d", "deep/er/e", "was/file"] {
            std::fs::create_dir_all(path.join(name).parent().expect("a folder")).expect("folders");
            std::fs::write(path.join(name), name).expect("write");
        }
        std::os::unix::fs::symlink("a", path.join("link")).expect("link");
        let seen = look(&Digests::default(), &path)
            .expect("readable")
            .expect("there");
        store.keep(&path, &seen).expect("kept");
        store.flush();
        let entry = OutputEntry {
            path: "out".into(),
            content: seen.content,
        };
        let inode = |name: &str| std::fs::metadata(path.join(name)).expect("there").ino();
        let before = inode("a");
        std::fs::write(path.join("b"), "damaged").expect("write");
        std::fs::remove_file(path.join("c")).expect("remove");
        std::fs::remove_dir_all(path.join("deep")).expect("remove");
        std::fs::write(path.join("deep"), "no folder").expect("write");
        std::fs::remove_dir_all(path.join("was")).expect("remove");
        std::fs::create_dir_all(path.join("was/file/now")).expect("folders");
        std::fs::remove_file(path.join("link")).expect("remove");
        std::fs::create_dir_all(path.join("more/and")).expect("folders");
        std::fs::write(path.join("more/and/more"), "").expect("write");
        assert!(store.restore(&root, &entry).expect("writable"));
        let again = look(&Digests::default(), &path)
            .expect("readable")
            .expect("there");
        assert_eq!(again.tree, seen.tree);
        assert_eq!(inode("a"), before, "it was not written again");
    }

    #[test]
    fn a_damaged_blob_is_a_miss_and_is_evicted() {
        let (folder, store) = store();
        let data = "content ".repeat(1000);
        let digest = store.put_bytes(data.as_bytes());
        let blob = store.blob_path(&digest);
        let target = folder.path().join("target");
        for cut in [0, 1, data.len() / 2, data.len() - 1] {
            std::fs::remove_file(&blob).ok();
            std::fs::write(&blob, &data[..cut]).expect("cut");
            assert!(
                !store
                    .restore_file(&digest, data.len() as u64, false, &target)
                    .expect("writable")
            );
            assert!(!blob.exists() && !target.exists());
            store.put_bytes(data.as_bytes());
        }
        let flipped = data.replacen('c', "k", 1);
        std::fs::remove_file(&blob).expect("remove");
        std::fs::write(&blob, flipped).expect("flip");
        assert!(
            !store
                .restore_file(&digest, data.len() as u64, false, &target)
                .expect("writable")
        );
        assert_eq!(store.get_bytes(&digest), None);
    }

    #[test]
    fn links_that_leave_the_project_are_not_restored() {
        assert!(!leaves_project("out", b"l", b"../src/a"));
        assert!(!leaves_project("out", b"deep/l", b"../../src"));
        assert!(!leaves_project("out", b"l", b"./a/../b"));
        assert!(!leaves_project("out", b"l", b"/usr/bin/python3"));
        assert!(leaves_project("out", b"l", b"../../etc/passwd"));
        assert!(leaves_project("out", b"l", b"a/../../../x"));
        let (folder, store) = store();
        let tree = Tree {
            entries: vec![TreeEntry {
                path: b"l".to_vec(),
                node: TreeNode::Link(b"../../outside".to_vec()),
            }],
        };
        let encoded = tree.encode();
        let content = OutputContent::Folder {
            digest: store.put_bytes(&encoded),
            size: encoded.len() as u64,
        };
        store.flush();
        let entry = OutputEntry {
            path: "out".into(),
            content,
        };
        assert!(!store.restore(folder.path(), &entry).expect("writable"));
        assert!(!folder.path().join("out").exists());
    }

    #[test]
    fn a_name_as_long_as_names_may_be_is_restored() {
        let (folder, store) = store();
        let digest = store.put_bytes(b"x");
        store.flush();
        let target = folder.path().join("n".repeat(255));
        assert!(
            store
                .restore_file(&digest, 1, true, &target)
                .expect("writable")
        );
        assert!(Stamp::of(&target).expect("stamp").executable);
    }
}
