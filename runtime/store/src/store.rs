//! The store as one thing: opened once per process, used from any thread.

use crate::action::{ActionResult, LastRun};
use crate::db::{self, Unusable};
use crate::lock::{KeyLock, KeyLocks, StoreLock, TryLock};
use crate::stamp::Stamp;
use crate::warning::Warning;
use crate::writer::{Write, Writer};
use nexus_graph::Digest;
use nexus_graph::key::Manifest;
use rusqlite::{Connection, OptionalExtension};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// The content store and everything remembered about tasks.
///
/// A store that cannot be used (no rights, full disk, a newer version) remembers nothing and says
/// so once; it never makes a build fail.
pub struct Store {
    pub(crate) root: PathBuf,
    reader: Mutex<Option<Connection>>,
    writer: Mutex<Option<Writer>>,
    pub(crate) reflinks: AtomicBool,
    /// The database file in use: another process may replace it.
    database: AtomicU64,
    /// Device of the store's folder.
    pub(crate) device: u64,
    warnings: Mutex<Vec<Warning>>,
    _lock: Option<StoreLock>,
    key_locks: OnceLock<Option<Arc<KeyLocks>>>,
}

/// Seconds since the epoch.
pub(crate) fn seconds() -> i64 {
    crate::stamp::now() / 1_000_000_000
}

impl Store {
    /// Opens or creates the store in `root`.
    pub fn open(root: &Path) -> Store {
        Self::open_with(root, true)
    }

    pub(crate) fn open_with(root: &Path, shared: bool) -> Store {
        let mut store = Store {
            root: root.to_path_buf(),
            reader: Mutex::new(None),
            writer: Mutex::new(None),
            reflinks: AtomicBool::new(true),
            database: AtomicU64::new(0),
            device: 0,
            warnings: Mutex::new(Vec::new()),
            _lock: None,
            key_locks: OnceLock::new(),
        };
        if let Err(error) = make_folders(root) {
            store.warn_unusable(&error.to_string());
            return store;
        }
        store.device = Stamp::of(root).map_or(0, |stamp| stamp.device);
        if shared {
            match StoreLock::shared(root) {
                Ok(lock) => store._lock = Some(lock),
                Err(error) => {
                    store.warn_unusable(&error.to_string());
                    return store;
                }
            }
        }
        store.open_database();
        store
    }

    fn open_database(&self) {
        let path = self.root.join("store.db");
        let found = db::identity(&path);
        let mut opened = db::open(&path);
        if let Err(Unusable::Damaged(why)) = &opened {
            let moved = self.put_database_aside(found, why);
            if moved.is_ok() {
                opened = db::open(&path);
            }
        }
        match opened {
            Ok(connection) => {
                let inode = db::identity(&path).unwrap_or(0);
                self.database.store(inode, Ordering::Relaxed);
                *lock(&self.reader) = Some(connection);
                *lock(&self.writer) = Some(Writer::start(path));
            }
            Err(Unusable::Newer) => self.warn(Warning {
                code: "NX0603",
                message: format!(
                    "the cache in `{}` was made by a newer Nexus and is left alone",
                    self.root.display()
                ),
                help: Some("use that version, or set NEXUS_CACHE_DIR to another folder".into()),
            }),
            Err(Unusable::Damaged(why) | Unusable::Io(why)) => self.warn_unusable(&why),
        }
    }

    fn put_database_aside(&self, damaged: Option<u64>, why: &str) -> io::Result<()> {
        let path = self.root.join("store.db");
        self.warn(Warning {
            code: "NX0602",
            message: format!(
                "the cache's database was damaged ({why}) and has been moved to `{}.damaged`",
                path.display()
            ),
            help: Some("results are computed anew; nothing else needs to be done".into()),
        });
        db::set_aside(&path, damaged)
    }

    /// Starts over with an empty database. Damage that showed only while it was used would else
    /// show again in every run.
    pub(crate) fn replace_database(&self, why: &str) {
        let damaged = Some(self.database.load(Ordering::Relaxed));
        *lock(&self.reader) = None;
        let writer = lock(&self.writer).take();
        if let Some(mut writer) = writer {
            // What it could not write is lost with the rest.
            writer.finish();
        }
        match self.put_database_aside(damaged, why) {
            Ok(()) => self.open_database(),
            Err(error) => self.warn_unusable(&error.to_string()),
        }
    }

    fn warn_unusable(&self, why: &str) {
        self.warn(Warning {
            code: "NX0601",
            message: format!(
                "the cache in `{}` cannot be used ({why}), so nothing is remembered",
                self.root.display()
            ),
            help: Some(
                "check the folder's rights and the free space, or set NEXUS_CACHE_DIR".into(),
            ),
        });
    }

    pub(crate) fn warn(&self, warning: Warning) {
        let mut warnings = lock(&self.warnings);
        if !warnings.iter().any(|w| w.code == warning.code) {
            warnings.push(warning);
        }
    }

    /// The folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether anything is remembered at all.
    pub fn enabled(&self) -> bool {
        lock(&self.writer).is_some()
    }

    /// What went wrong so far; each kind once.
    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut lock(&self.warnings))
    }

    /// A folder of its own for each project, by the project's canonical path.
    pub fn project_folder(root: &Path, project: &Path) -> PathBuf {
        let canonical = project
            .canonicalize()
            .unwrap_or_else(|_| project.to_path_buf());
        let digest = Digest::of(canonical.as_os_str().as_encoded_bytes());
        root.join("projects").join(&digest.hex()[..32])
    }

    pub(crate) fn write(&self, write: Write) {
        if let Some(writer) = &*lock(&self.writer) {
            writer.send(write);
        }
    }

    /// Turns a failure of the store into a warning.
    pub(crate) fn note_failure(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.warn(Warning {
                code: "NX0604",
                message: format!(
                    "a result could not be stored in `{}`: {error}",
                    self.root.display()
                ),
                help: Some(
                    "the build goes on without it; check the free space and the folder's rights"
                        .into(),
                ),
            });
        }
    }

    /// One query. A damaged database is replaced by an empty one.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<T> {
        match self.try_read(query)? {
            Ok(value) => Some(value),
            Err(error) => {
                if db::is_damage(&error) {
                    self.replace_database(&error.to_string());
                }
                None
            }
        }
    }

    /// One query, changing nothing. `None` without a database.
    pub(crate) fn try_read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Option<rusqlite::Result<T>> {
        lock(&self.reader).as_ref().map(query)
    }

    /// Waits until everything written so far is committed.
    pub fn flush(&self) {
        if let Some(writer) = &*lock(&self.writer) {
            writer.flush();
        }
    }

    /// The result stored for a key.
    pub fn action(&self, key: &Digest) -> Option<ActionResult> {
        let bytes: Vec<u8> = self
            .read(|db| {
                db.prepare_cached("SELECT result FROM action WHERE key = ?1")?
                    .query_row([key.0], |row| row.get(0))
                    .optional()
            })
            .flatten()?;
        postcard::from_bytes(&bytes).ok()
    }

    /// Stores a result. `lock` is released once the result can be read by others.
    pub fn put_action(&self, key: &Digest, result: &ActionResult, lock: Option<KeyLock>) {
        let result = postcard::to_allocvec(result).unwrap_or_default();
        self.write(Write::Action {
            key: key.0,
            result,
            at: seconds(),
            lock,
        });
    }

    /// Notes that a result was used now, for garbage collection.
    pub fn touch_action(&self, key: &Digest) {
        self.write(Write::Used {
            key: key.0,
            at: seconds(),
        });
    }

    /// What made up a key.
    pub fn manifest(&self, key: &Digest) -> Option<Manifest> {
        let bytes: Vec<u8> = self
            .read(|db| {
                db.prepare_cached("SELECT parts FROM manifest WHERE key = ?1")?
                    .query_row([key.0], |row| row.get(0))
                    .optional()
            })
            .flatten()?;
        postcard::from_bytes(&bytes).ok()
    }

    /// Stores what makes up a key.
    pub fn put_manifest(&self, key: &Digest, manifest: &Manifest) {
        let parts = postcard::to_allocvec(manifest).unwrap_or_default();
        self.write(Write::Manifest { key: key.0, parts });
    }

    /// Sets of paths that tasks with this static key were seen to read, latest first.
    pub fn discovered(&self, static_key: &Digest) -> Vec<Vec<String>> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT paths FROM discovered WHERE static_key = ?1 ORDER BY used_at DESC LIMIT 16",
            )?
            .query_map([static_key.0], |row| row.get::<_, Vec<u8>>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()
        })
        .unwrap_or_default()
        .iter()
        .filter_map(|bytes| postcard::from_bytes(bytes).ok())
        .collect()
    }

    /// Stores a set of paths that a task was seen to read.
    pub fn put_discovered(&self, static_key: &Digest, paths: &[String]) {
        let paths = postcard::to_allocvec(paths).unwrap_or_default();
        self.write(Write::Discovered {
            static_key: static_key.0,
            paths,
            at: crate::stamp::now(),
        });
    }

    /// The last run of a task of a project (its canonical root).
    pub fn last_run(&self, project: &str, task: &str) -> Option<LastRun> {
        let bytes: Vec<u8> = self
            .read(|db| {
                db.prepare_cached("SELECT run FROM last_run WHERE project = ?1 AND task = ?2")?
                    .query_row([project, task], |row| row.get(0))
                    .optional()
            })
            .flatten()?;
        // JSON, because reasons and outcomes are tagged for the event stream.
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers the last run of a task.
    pub fn put_last_run(&self, project: &str, task: &str, run: &LastRun) {
        let run = serde_json::to_vec(run).unwrap_or_default();
        self.write(Write::LastRun {
            project: project.into(),
            task: task.into(),
            run,
            at: seconds(),
        });
    }

    fn key_locks(&self) -> Option<&Arc<KeyLocks>> {
        let open = || KeyLocks::open(&self.root).ok();
        self.key_locks.get_or_init(open).as_ref()
    }

    /// Takes the locks of all keys if they are free. Without a usable store everything is free.
    pub fn try_lock(&self, keys: &[Digest]) -> Option<TryLock> {
        self.key_locks()?.try_take(keys).ok()
    }

    /// Waits for the locks of all keys.
    pub fn lock(&self, keys: &[Digest]) -> Option<KeyLock> {
        self.key_locks()?.take(keys).ok()
    }

    /// What keeps this process's locks as long as it is open, for a process that finishes what this
    /// one began.
    pub fn share_locks(&self) -> Option<OwnedFd> {
        self.key_locks()?.file().try_clone().ok().map(OwnedFd::from)
    }

    /// Writes out what is pending and reports what failed.
    pub fn close(&self) {
        let writer = lock(&self.writer).take();
        let Some(failure) = writer.and_then(|mut writer| writer.finish()) else {
            return;
        };
        if failure.damaged {
            *lock(&self.reader) = None;
            let damaged = Some(self.database.load(Ordering::Relaxed));
            if let Err(error) = self.put_database_aside(damaged, &failure.why) {
                self.warn_unusable(&error.to_string());
            }
        } else {
            self.note_failure(Err(io::Error::other(failure.why)));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn make_folders(root: &Path) -> io::Result<()> {
    for folder in ["cas", "tmp", "projects"] {
        std::fs::create_dir_all(root.join(folder))?;
    }
    let tag = root.join("CACHEDIR.TAG");
    if !tag.exists() {
        // https://bford.info/cachedir/
        std::fs::write(
            tag,
            "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of Nexus.\n",
        )?;
    }
    Ok(())
}
