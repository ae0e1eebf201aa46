//! Content that arrives in pieces, from somewhere that is not trusted: it gets its name only when
//! all of it is there and is what was promised.

use crate::blob::INLINE;
use crate::store::Store;
use crate::writer::Write as DbWrite;
use nexus_graph::Digest;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// A blob on its way into the store. Dropped before it is complete, it leaves nothing.
pub struct Incoming<'a> {
    store: &'a Store,
    digest: Digest,
    size: u64,
    seen: u64,
    hasher: blake3::Hasher,
    place: Place,
}

enum Place {
    Memory(Vec<u8>),
    File(File, PathBuf),
}

impl Store {
    /// Begins to receive a blob.
    ///
    /// # Errors
    /// The store's folder cannot be written.
    pub fn receive(&self, digest: Digest, size: u64) -> io::Result<Incoming<'_>> {
        let place = if size <= INLINE {
            Place::Memory(Vec::with_capacity(size as usize))
        } else {
            let aside = self.aside();
            let mut options = OpenOptions::new();
            let file = options
                .write(true)
                .create_new(true)
                .mode(0o444)
                .open(&aside)?;
            Place::File(file, aside)
        };
        Ok(Incoming {
            store: self,
            digest,
            size,
            seen: 0,
            hasher: blake3::Hasher::new(),
            place,
        })
    }

    /// A name for a file that is needed for a while; what a killed process leaves is collected.
    pub fn scratch(&self) -> PathBuf {
        self.aside()
    }

    /// Notes that something for the store could not be written.
    pub fn note_unwritten(&self, error: io::Error) {
        self.note_failure(Err(error));
    }

    /// The bytes of a small blob, or the file of a large one, for reading it elsewhere; `None` when
    /// it is not there.
    pub fn content(&self, digest: &Digest, size: u64) -> Option<Content> {
        if size <= INLINE {
            return self.get_bytes(digest).map(Content::Bytes);
        }
        let path = self.blob_path(digest);
        let right = std::fs::metadata(&path).is_ok_and(|m| m.len() == size);
        right.then_some(Content::File(path))
    }
}

/// Where the content of a blob is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Bytes(Vec<u8>),
    /// In a file that nobody changes.
    File(PathBuf),
}

impl Incoming<'_> {
    /// Takes the next piece. `false` when there is more than was promised.
    ///
    /// # Errors
    /// The store's folder cannot be written.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<bool> {
        self.seen += piece.len() as u64;
        if self.seen > self.size {
            return Ok(false);
        }
        self.hasher.update(piece);
        match &mut self.place {
            Place::Memory(bytes) => bytes.extend_from_slice(piece),
            Place::File(file, _) => file.write_all(piece)?,
        }
        Ok(true)
    }

    /// Keeps what arrived, if it is what was promised.
    ///
    /// # Errors
    /// The store's folder cannot be written.
    pub fn finish(mut self) -> io::Result<bool> {
        let right =
            self.seen == self.size && Digest(*self.hasher.finalize().as_bytes()) == self.digest;
        if !right {
            return Ok(false);
        }
        match std::mem::replace(&mut self.place, Place::Memory(Vec::new())) {
            Place::Memory(data) => self.store.write(DbWrite::Blob {
                digest: self.digest.0,
                data,
                at: crate::store::seconds(),
            }),
            Place::File(_, aside) => {
                let placed = self.store.place(&aside, &self.digest);
                if placed.is_err() {
                    let _ = std::fs::remove_file(&aside);
                }
                placed?;
            }
        }
        Ok(true)
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        if let Place::File(_, aside) = &self.place {
            // What cannot be removed is collected later.
            let _ = std::fs::remove_file(aside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("cache"));
        (folder, store)
    }

    #[test]
    fn only_what_was_promised_is_kept() {
        let (_folder, store) = store();
        for data in [b"small".repeat(3), b"large".repeat(10_000)] {
            let (digest, size) = (Digest::of(&data), data.len() as u64);
            let receive = |promised: u64, pieces: &[&[u8]]| {
                let mut incoming = store.receive(digest, promised).expect("writable");
                let fits = pieces.iter().all(|p| incoming.push(p).expect("writable"));
                fits && incoming.finish().expect("writable")
            };
            assert!(!receive(size, &[&data[1..]]), "cut");
            assert!(!receive(size, &[&data, b"x"]), "longer");
            assert!(!receive(size - 1, &[&data[1..]]), "other bytes");
            assert!(!store.has_blob(&digest, size));
            let litter = || {
                std::fs::read_dir(store.root().join("tmp"))
                    .expect("tmp")
                    .count()
            };
            assert_eq!(litter(), 0);
            assert!(receive(size, &[&data[..7], &data[7..]]));
            store.flush();
            assert_eq!(store.get_bytes(&digest), Some(data));
            assert_eq!(litter(), 0);
        }
    }
}
