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

/// Held while a task executes: for its key, and for whatever else only one may do at a time,
/// anywhere on this machine.
#[derive(Debug)]
pub struct KeyLock {
    locks: Arc<KeyLocks>,
    at: Vec<i64>,
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

    /// The open file that the locks belong to. They are held as long as any copy of it is open.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    fn none(self: &Arc<Self>) -> KeyLock {
        KeyLock {
            locks: self.clone(),
            at: Vec::new(),
        }
    }

    /// Takes the locks of all keys if nobody holds one of them.
    ///
    /// # Errors
    /// The file system has no locks.
    pub(crate) fn try_take(self: &Arc<Self>, keys: &[Digest]) -> io::Result<TryLock> {
        // From here on dropping it gives back what it has.
        let mut lock = self.none();
        for at in places(keys) {
            if !self.held().insert(at) {
                return Ok(TryLock::Busy);
            }
            lock.at.push(at);
            match fcntl(&self.file, FcntlArg::F_OFD_SETLK(&range(at, libc::F_WRLCK))) {
                Ok(_) => {}
                Err(Errno::EAGAIN | Errno::EACCES) => return Ok(TryLock::Busy),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(TryLock::Held(lock))
    }

    /// Waits for the locks of all keys. Everybody takes them in the same order, so that nobody
    /// waits for somebody who waits for him.
    ///
    /// # Errors
    /// The file system has no locks.
    pub(crate) fn take(self: &Arc<Self>, keys: &[Digest]) -> io::Result<KeyLock> {
        let mut lock = self.none();
        for at in places(keys) {
            let mut held = self.held();
            while !held.insert(at) {
                held = self.released.wait(held).unwrap_or_else(|e| e.into_inner());
            }
            drop(held);
            lock.at.push(at);
            loop {
                let request = FcntlArg::F_OFD_SETLKW(&range(at, libc::F_WRLCK));
                match fcntl(&self.file, request) {
                    Ok(_) => break,
                    Err(Errno::EINTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(lock)
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        for at in &self.at {
            // The byte first: whoever is told that the lock is free must find it so. Releasing
            // what was never taken does nothing.
            let release = FcntlArg::F_OFD_SETLK(&range(*at, libc::F_UNLCK));
            let _ = fcntl(&self.locks.file, release);
            self.locks.held().remove(at);
        }
        self.locks.released.notify_all();
    }
}

fn places(keys: &[Digest]) -> Vec<i64> {
    let mut places: Vec<i64> = keys.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
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
        let both = [key, Digest::of(b"output")];
        let TryLock::Held(lock) = one.try_take(&both).unwrap() else {
            panic!("nobody holds it")
        };
        for other in [&one, &two] {
            for key in both {
                assert!(matches!(other.try_take(&[key]).unwrap(), TryLock::Busy));
            }
            let free = [Digest::of(b"other")];
            // A request that fails leaves nothing behind.
            let some = [free[0], key];
            assert!(matches!(other.try_take(&some).unwrap(), TryLock::Busy));
            let free = other.try_take(&free).unwrap();
            assert!(matches!(free, TryLock::Held(_)));
        }
        let waiting: Vec<_> = [one.clone(), two.clone(), one.clone(), two.clone()]
            .map(|locks| std::thread::spawn(move || drop(locks.take(&both).unwrap())))
            .into();
        drop(lock);
        for thread in waiting {
            thread.join().unwrap();
        }
        assert!(matches!(two.try_take(&both).unwrap(), TryLock::Held(_)));
    }

    #[test]
    fn a_copy_of_the_file_keeps_the_locks() {
        let folder = tempfile::tempdir().unwrap();
        let one = KeyLocks::open(folder.path()).unwrap();
        let two = KeyLocks::open(folder.path()).unwrap();
        let keys = [Digest::of(b"key")];
        let lock = one.try_take(&keys).unwrap();
        let copy = one.file().try_clone().unwrap();
        // As when a process is killed: nothing is released by hand.
        std::mem::forget(lock);
        drop(Arc::try_unwrap(one));
        assert!(matches!(two.try_take(&keys).unwrap(), TryLock::Busy));
        drop(copy);
    }
}
