//! Digests of files, each computed once per run and trusted as long as the stamp is the same.

use crate::snapshot::Snapshot;
use crate::stamp::{Kind, Stamp, now};
use nexus_graph::Digest;
use rustc_hash::FxHashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A file whose content is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The stamp it had before and after hashing.
    pub stamp: Stamp,
    /// Digest of the content: of a file its bytes, of a folder the names and kinds of what it
    /// lists, of anything else the empty string.
    pub digest: Digest,
    /// When it was hashed, nanoseconds since the epoch.
    pub hashed_at: i64,
}

/// Digests known in this process, by absolute path.
#[derive(Default)]
pub struct Digests {
    known: Mutex<FxHashMap<PathBuf, Known>>,
    /// What the last run knew; asked for single files, so that it need not be loaded.
    earlier: Option<Arc<Snapshot>>,
}

impl Digests {
    /// Begins with what an earlier run knew.
    pub fn after(earlier: Arc<Snapshot>) -> Self {
        Digests {
            earlier: Some(earlier),
            ..Digests::default()
        }
    }

    /// What is known of a file with this stamp.
    fn recall(&self, path: &Path, stamp: &Stamp) -> Option<Known> {
        let known = self.lock().get(path).copied();
        match known {
            Some(known) => Some(known).filter(|known| known.stamp == *stamp),
            None => self.earlier.as_ref()?.known(path, stamp),
        }
        .filter(|known| !stamp.is_racy(known.hashed_at))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<PathBuf, Known>> {
        self.known.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Digest and stamp of what `path` leads to, links followed.
    ///
    /// # Errors
    /// The file cannot be read, or changes faster than it can be hashed.
    pub fn file(&self, path: &Path) -> io::Result<Known> {
        for _ in 0..5 {
            let stamp = Stamp::of(path)?;
            if let Some(known) = self.recall(path, &stamp) {
                return Ok(known);
            }
            let hashed_at = now();
            let digest = match hash_content(path, &stamp) {
                Ok(digest) => digest,
                // Gone in between: look again.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            if Stamp::of(path)? == stamp {
                let known = Known {
                    stamp,
                    digest,
                    hashed_at,
                };
                self.lock().insert(path.to_path_buf(), known);
                return Ok(known);
            }
        }
        Err(io::Error::other("it changes while it is read"))
    }

    /// Notes a file whose content has just been written and hashed by us.
    pub fn note(&self, path: PathBuf, known: Known) {
        self.lock().insert(path, known);
    }

    /// Forgets a file that is about to change, also what an earlier run knew of it.
    pub fn forget(&self, path: &Path) {
        let nothing = Known {
            stamp: Stamp::MISSING,
            digest: Digest::of(b""),
            hashed_at: 0,
        };
        self.lock().insert(path.to_path_buf(), nothing);
    }
}

/// The content of whatever is at `path`, which had this stamp.
pub(crate) fn hash_content(path: &Path, stamp: &Stamp) -> io::Result<Digest> {
    match stamp.kind {
        Kind::File => hash_file(path, stamp.size),
        Kind::Folder => hash_listing(path),
        Kind::Missing | Kind::Link | Kind::Other => Ok(Digest::of(b"")),
    }
}

/// Names and kinds in a folder. Programs that save by renaming change the times of the folder but
/// not this.
fn hash_listing(folder: &Path) -> io::Result<Digest> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = match (kind.is_file(), kind.is_dir(), kind.is_symlink()) {
            (true, ..) => Kind::File,
            (_, true, _) => Kind::Folder,
            (.., true) => Kind::Link,
            _ => Kind::Other,
        };
        names.push((entry.file_name(), kind as u8));
    }
    names.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, kind) in names {
        hasher.update(name.as_encoded_bytes());
        // A name has no NUL byte.
        hasher.update(&[0, kind]);
    }
    Ok(Digest(*hasher.finalize().as_bytes()))
}

/// BLAKE3 of a file, in one read when it is small.
pub(crate) fn hash_file(path: &Path, size: u64) -> io::Result<Digest> {
    if size <= 64 * 1024 {
        return Ok(Digest::of(&std::fs::read(path)?));
    }
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(Digest(*hasher.finalize().as_bytes())),
            n => {
                hasher.update(&buffer[..n]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_with_an_old_time_is_seen() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("f");
        std::fs::write(&path, "one").expect("write");
        let digests = Digests::default();
        let one = digests.file(&path).expect("digest");
        std::fs::write(&path, "two").expect("write");
        filetime::set_file_mtime(&path, filetime::FileTime::from_unix_time(0, 0)).expect("time");
        let two = digests.file(&path).expect("digest");
        assert_ne!(one.digest, two.digest);
        assert_eq!(two.digest, Digest::of(b"two"));
    }

    #[test]
    fn rapid_changes_of_equal_length_are_seen() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("f");
        let digests = Digests::default();
        for i in 0..500 {
            let text = format!("{i:03}");
            std::fs::write(&path, &text).expect("write");
            assert_eq!(
                digests.file(&path).expect("digest").digest,
                Digest::of(text.as_bytes())
            );
        }
    }

    #[test]
    fn a_folder_is_what_it_lists() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "").expect("write");
        let digests = Digests::default();
        let before = digests.file(folder.path()).expect("digest");
        // Saved as editors do it: written aside and renamed.
        std::fs::write(at("a~"), "new").expect("write");
        std::fs::rename(at("a~"), at("a")).expect("rename");
        let after = digests.file(folder.path()).expect("digest");
        assert_ne!(after.stamp, before.stamp);
        assert_eq!(after.digest, before.digest);
        std::fs::write(at("b"), "").expect("write");
        assert_ne!(
            digests.file(folder.path()).expect("digest").digest,
            before.digest
        );
        std::fs::remove_file(at("b")).expect("remove");
        std::fs::remove_file(at("a")).expect("remove");
        std::fs::create_dir(at("a")).expect("folder");
        assert_ne!(
            digests.file(folder.path()).expect("digest").digest,
            before.digest
        );
    }
}
