//! Content by digest. Small blobs lie in the database, larger ones in read-only files that are
//! written aside and renamed, so a name never stands for half a content. What is read is hashed
//! again: a damaged blob is evicted and counts as missing.

use crate::digests::hash_file;
use crate::stamp::Stamp;
use crate::store::Store;
use crate::writer::Write as DbWrite;
use nexus_graph::Digest;
use rusqlite::OptionalExtension;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Up to this many bytes a blob is kept in the database: tiny files are slow to make.
pub(crate) const INLINE: u64 = 4096;

impl Store {
    /// Where a large blob lies.
    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("cas").join(&hex[..2]).join(hex)
    }

    /// A name nobody else uses, in the store's own file system.
    pub(crate) fn aside(&self) -> PathBuf {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let n = COUNTER.fetch_add(1, Ordering::Relaxed);
        self.root.join("tmp").join(format!(
            "{}-{n}-{:x}",
            std::process::id(),
            crate::stamp::now()
        ))
    }

    /// Stores bytes.
    pub fn put_bytes(&self, data: &[u8]) -> Digest {
        let digest = Digest::of(data);
        if data.len() as u64 <= INLINE {
            self.write(DbWrite::Blob {
                digest: digest.0,
                data: data.to_vec(),
                at: crate::store::seconds(),
            });
        } else if self.enabled() && !self.has_file(&digest, data.len() as u64) {
            let result = self.write_aside(&digest, |file| file.write_all(data));
            self.note_failure(result);
        }
        digest
    }

    /// Stores a file whose digest and size are known. A file that turns out to be different is
    /// refused.
    ///
    /// # Errors
    /// The file cannot be read or has changed. Failures of the store itself become warnings.
    pub fn put_file(&self, path: &Path, digest: &Digest, size: u64) -> io::Result<()> {
        if !self.enabled() {
            return Ok(());
        }
        if size <= INLINE {
            let data = std::fs::read(path)?;
            if Digest::of(&data) != *digest {
                return Err(io::Error::other("it changed while it was stored"));
            }
            self.write(DbWrite::Blob {
                digest: digest.0,
                data,
                at: crate::store::seconds(),
            });
            return Ok(());
        }
        if self.has_file(digest, size) {
            return Ok(());
        }
        let mut source = File::open(path)?;
        let mut read_error = None;
        let result = self.write_aside(digest, |file| {
            let found = copy_and_hash(&mut source, file)?;
            if found != *digest {
                read_error = Some(io::Error::other("it changed while it was stored"));
                return Err(io::Error::other("changed"));
            }
            Ok(())
        });
        if let Some(error) = read_error {
            return Err(error);
        }
        self.note_failure(result);
        Ok(())
    }

    fn has_file(&self, digest: &Digest, size: u64) -> bool {
        std::fs::metadata(self.blob_path(digest)).is_ok_and(|m| m.len() == size)
    }

    fn write_aside(
        &self,
        digest: &Digest,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let aside = self.aside();
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o444)
            .open(&aside)?;
        let written = fill(&mut file).and_then(|()| self.place(&aside, digest));
        if written.is_err() {
            // Nothing more can be done about litter; garbage collection removes it.
            let _ = std::fs::remove_file(&aside);
        }
        written
    }

    /// Gives a complete file its name.
    pub(crate) fn place(&self, aside: &Path, digest: &Digest) -> io::Result<()> {
        let place = self.blob_path(digest);
        match std::fs::rename(aside, &place) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
                std::fs::rename(aside, &place)
            }
            other => other,
        }
    }

    /// The bytes of a blob; `None` when it is not there or not what its name says.
    pub fn get_bytes(&self, digest: &Digest) -> Option<Vec<u8>> {
        let data = match self.inline(digest) {
            Some(data) => data,
            None => std::fs::read(self.blob_path(digest)).ok()?,
        };
        if Digest::of(&data) == *digest {
            return Some(data);
        }
        self.evict(digest);
        None
    }

    pub(crate) fn inline(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.read(|db| {
            db.prepare_cached("SELECT data FROM blob WHERE digest = ?1")?
                .query_row([digest.0], |row| row.get(0))
                .optional()
        })
        .flatten()
    }

    /// Removes a damaged blob.
    pub(crate) fn evict(&self, digest: &Digest) {
        // It may be in either place, or already gone.
        let _ = std::fs::remove_file(self.blob_path(digest));
        self.write(DbWrite::Forget { digest: digest.0 });
    }

    /// Whether a blob of this size seems to be there; its content is checked when it is read.
    pub fn has_blob(&self, digest: &Digest, size: u64) -> bool {
        if size <= INLINE {
            self.inline(digest).is_some()
        } else {
            self.has_file(digest, size)
        }
    }

    /// Writes a blob to `target`, replacing what is there, by a file written aside and a rename.
    /// `false` when the store does not have the content.
    ///
    /// # Errors
    /// The target cannot be written.
    pub fn restore_file(
        &self,
        digest: &Digest,
        size: u64,
        executable: bool,
        target: &Path,
    ) -> io::Result<bool> {
        let folder = target.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        clear_folder(target)?;
        // In the store's own folder where that can be renamed from: what a killed process leaves
        // there is collected, and never lies in a project.
        if Stamp::of(folder)?.device == self.device {
            match self.restore_through(&self.aside(), digest, size, executable, target) {
                // Two mounts of one device.
                Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {}
                other => return other,
            }
        }
        let name = self.aside();
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".nexus-{name}"));
        self.restore_through(&beside, digest, size, executable, target)
    }

    fn restore_through(
        &self,
        aside: &Path,
        digest: &Digest,
        size: u64,
        executable: bool,
        target: &Path,
    ) -> io::Result<bool> {
        let outcome = self.fill(digest, size, aside).and_then(|found| {
            if found {
                if executable {
                    let mode = std::fs::metadata(aside)?.permissions().mode();
                    // Executable for whoever may read it.
                    let mode = mode | ((mode & 0o444) >> 2);
                    std::fs::set_permissions(aside, std::fs::Permissions::from_mode(mode))?;
                }
                std::fs::rename(aside, target)?;
            }
            Ok(found)
        });
        if !matches!(outcome, Ok(true)) {
            let _ = std::fs::remove_file(aside);
        }
        outcome
    }

    fn fill(&self, digest: &Digest, size: u64, beside: &Path) -> io::Result<bool> {
        if size <= INLINE {
            let Some(data) = self.get_bytes(digest) else {
                return Ok(false);
            };
            std::fs::write(beside, data)?;
            return Ok(true);
        }
        let blob = self.blob_path(digest);
        let Ok(mut source) = File::open(&blob) else {
            return Ok(false);
        };
        if source.metadata()?.len() != size {
            self.evict(digest);
            return Ok(false);
        }
        if self.reflinks.load(Ordering::Relaxed) {
            let _ = std::fs::remove_file(beside);
            match reflink_copy::reflink(&blob, beside) {
                Ok(()) => {
                    std::fs::set_permissions(beside, std::fs::Permissions::from_mode(0o644))?;
                    let right = hash_file(beside, size)? == *digest;
                    if !right {
                        self.evict(digest);
                    }
                    return Ok(right);
                }
                // Probed once: this pair of file systems cannot share blocks.
                Err(_) => self.reflinks.store(false, Ordering::Relaxed),
            }
        }
        let mut file = File::create(beside)?;
        if copy_and_hash(&mut source, &mut file)? == *digest {
            return Ok(true);
        }
        self.evict(digest);
        Ok(false)
    }
}

/// Removes a folder where a file is about to be put.
fn clear_folder(target: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(target) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(target),
        _ => Ok(()),
    }
}

fn copy_and_hash(source: &mut File, target: &mut File) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match source.read(&mut buffer)? {
            0 => return Ok(Digest(*hasher.finalize().as_bytes())),
            n => {
                hasher.update(&buffer[..n]);
                target.write_all(&buffer[..n])?;
            }
        }
    }
}
