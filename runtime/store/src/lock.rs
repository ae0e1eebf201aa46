//! Locks between processes. The kernel releases them when a process ends, however it ends.

use nexus_graph::Digest;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// The locks of all keys: one byte of one file each, far beyond its end, so that taking one makes
/// no file and writes nothing (a file for each key cost 0.15 ms).
///
/// The byte locks belong to the open file, that is to this process; among its threads `held`
/// decides.
#[derive(Debug)]
pub(crate) struct KeyLocks {
    file: File,
    held: Mutex<HashSet<i64>>,
    released: Condvar,
}

/// Held while a task with this key executes, anywhere on this machine.
#[derive(Debug)]
pub struct KeyLock {
    locks: Arc<KeyLocks>,
    at: i64,
}

/// What came of asking for a lock without waiting.
#[derive(Debug)]
pub enum TryLock {
    /// We hold it.
    Held(KeyLock),
    /// Somebody else holds it.
    Busy,
}

impl KeyLocks {
    /// The locks of the store in `root`.
    pub(crate) fn open(root: &Path) -> io::Result<Arc<KeyLocks>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(root.join("keys.lock"))?;
        Ok(Arc::new(KeyLocks {
            file,
            held: Mutex::default(),
            released: Condvar::new(),
        }))
    }

    fn held(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.held.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Takes the lock if nobody holds it.
    ///
    /// # Errors
    /// The file system has no locks.
    pub(crate) fn try_take(self: &Arc<Self>, key: &Digest) -> io::Result<TryLock> {
        let at = place(key);
        if !self.held().insert(at) {
            return Ok(TryLock::Busy);
        }
        // From here on dropping it gives it back.
        let lock = KeyLock {
            locks: self.clone(),
            at,
        };
        match fcntl(&self.file, FcntlArg::F_OFD_SETLK(&range(at, libc::F_WRLCK))) {
            Ok(_) => Ok(TryLock::Held(lock)),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(TryLock::Busy),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// The file system has no locks.
    pub(crate) fn take(self: &Arc<Self>, key: &Digest) -> io::Result<KeyLock> {
        let at = place(key);
        let mut held = self.held();
        while !held.insert(at) {
            held = self.released.wait(held).unwrap_or_else(|e| e.into_inner());
        }
        drop(held);
        let lock = KeyLock {
            locks: self.clone(),
            at,
        };
        loop {
            match fcntl(
                &self.file,
                FcntlArg::F_OFD_SETLKW(&range(at, libc::F_WRLCK)),
            ) {
                Ok(_) => return Ok(lock),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        // The byte first: whoever is told that the lock is free must find it so. Releasing what
        // was never taken does nothing.
        let _ = fcntl(
            &self.locks.file,
            FcntlArg::F_OFD_SETLK(&range(self.at, libc::F_UNLCK)),
        );
        self.locks.held().remove(&self.at);
        self.locks.released.notify_all();
    }
}

/// The byte of a key: 62 bits of it, so no two keys of one store meet.
fn place(key: &Digest) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.0[..8]);
    (u64::from_le_bytes(bytes) >> 2) as i64
}

fn range(at: i64, kind: libc::c_int) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: at,
        l_len: 1,
        l_pid: 0,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        // Two openings stand for two processes.
        let (one, two) = (
            KeyLocks::open(folder.path()).unwrap(),
            KeyLocks::open(folder.path()).unwrap(),
        );
        let key = Digest::of(b"key");
        let TryLock::Held(lock) = one.try_take(&key).unwrap() else {
            panic!("nobody holds it")
        };
        for other in [&one, &two] {
            assert!(matches!(other.try_take(&key).unwrap(), TryLock::Busy));
            let free = other.try_take(&Digest::of(b"other")).unwrap();
            assert!(matches!(free, TryLock::Held(_)));
        }
        let waiting: Vec<_> = [one.clone(), two.clone()]
            .map(|locks| std::thread::spawn(move || drop(locks.take(&key).unwrap())))
            .into();
        drop(lock);
        for thread in waiting {
            thread.join().unwrap();
        }
        assert!(matches!(two.try_take(&key).unwrap(), TryLock::Held(_)));
    }
}
