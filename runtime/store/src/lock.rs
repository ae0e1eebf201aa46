//! Locks between processes. The kernel releases them when a process ends, however it ends.

use nexus_graph::Digest;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

/// Held while a task with this key executes, anywhere on this machine.
#[derive(Debug)]
pub struct KeyLock {
    _file: File,
}

/// What came of asking for a lock without waiting.
#[derive(Debug)]
pub enum TryLock {
    /// We hold it.
    Held(KeyLock),
    /// Another process holds it; its id if it is known.
    Busy(Option<u32>),
}

impl KeyLock {
    fn open(folder: &Path, key: &Digest) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            // 4,096 files at most; two keys that share one only wait for each other.
            .open(folder.join(&key.hex()[..3]))
    }

    /// Takes the lock if nobody holds it.
    ///
    /// # Errors
    /// The lock file cannot be made.
    pub(crate) fn try_take(folder: &Path, key: &Digest) -> io::Result<TryLock> {
        let mut file = Self::open(folder, key)?;
        match file.try_lock() {
            Ok(()) => Ok(TryLock::Held(Self::mark(file)?)),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                Ok(TryLock::Busy(holder))
            }
            Err(TryLockError::Error(e)) => Err(e),
        }
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// The lock file cannot be made.
    pub(crate) fn take(folder: &Path, key: &Digest) -> io::Result<KeyLock> {
        let file = Self::open(folder, key)?;
        file.lock()?;
        Self::mark(file)
    }

    fn mark(mut file: File) -> io::Result<KeyLock> {
        file.set_len(0)?;
        write!(file, "{}", std::process::id())?;
        Ok(KeyLock { _file: file })
    }
}

/// Held shared by every process that uses the store, exclusively by garbage collection.
#[derive(Debug)]
pub(crate) struct StoreLock {
    _file: File,
}

impl StoreLock {
    fn open(root: &Path) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(root.join("lock"))
    }

    /// Waits while a collection is going on.
    pub(crate) fn shared(root: &Path) -> io::Result<Self> {
        let file = Self::open(root)?;
        file.lock_shared()?;
        Ok(StoreLock { _file: file })
    }

    /// `None` when another process uses the store.
    pub(crate) fn exclusive(root: &Path) -> io::Result<Option<Self>> {
        let file = Self::open(root)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(StoreLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }
}
