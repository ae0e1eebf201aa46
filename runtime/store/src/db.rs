//! The database: small blobs, action results, manifests, last runs. SQLite in WAL mode, because
//! several processes use it at once and a crash must not damage it.

use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// Raised when tables change their meaning. A database of a newer version is left alone.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS blob (digest BLOB PRIMARY KEY, data BLOB NOT NULL, stored_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS action (key BLOB PRIMARY KEY, result BLOB NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manifest (key BLOB PRIMARY KEY, parts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS discovered (static_key BLOB NOT NULL, paths BLOB NOT NULL, used_at INTEGER NOT NULL,
  PRIMARY KEY (static_key, paths)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS last_run (project TEXT NOT NULL, task TEXT NOT NULL, run BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (project, task)) WITHOUT ROWID;
";

/// Why the database cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Made by a later Nexus.
    Newer,
    /// Not a database, or damaged.
    Damaged(String),
    /// Rights, disk, …
    Io(String),
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unusable::Newer => f.write_str("it was made by a newer Nexus"),
            Unusable::Damaged(why) | Unusable::Io(why) => f.write_str(why),
        }
    }
}

/// Opens or creates the database and checks its schema.
pub(crate) fn open(path: &Path) -> Result<Connection, Unusable> {
    // Making a database and switching it to WAL does not wait for others as everything else does.
    let fresh = std::fs::metadata(path).map_or(true, |found| found.len() == 0);
    let _turn = turn(path, fresh);
    if is_cut(path) {
        return Err(Unusable::Damaged("it is shorter than it says".into()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(unusable)?;
    prepare(&connection).map_err(unusable)?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(unusable)?;
    match version {
        SCHEMA_VERSION => {}
        0 => {
            // Two processes may both find it empty: the statements do no harm twice.
            connection.execute_batch(SCHEMA).map_err(unusable)?;
            connection
                .execute_batch(&format!("PRAGMA user_version = {SCHEMA_VERSION}"))
                .map_err(unusable)?;
        }
        v if v > SCHEMA_VERSION => return Err(Unusable::Newer),
        v => return Err(Unusable::Damaged(format!("unknown schema version {v}"))),
    }
    Ok(connection)
}

/// Whether the file is shorter than its header says. SQLite itself notices only when it needs a
/// missing page. The header counts when there is no log beside it (https://sqlite.org/fileformat.html,
/// 1.3.7 and 1.3.8).
fn is_cut(path: &Path) -> bool {
    let mut log = path.as_os_str().to_os_string();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|found| found.len() > 0) {
        return false;
    }
    let mut header = [0u8; 100];
    let Ok(mut file) = File::open(path) else {
        return false;
    };
    if file.read_exact(&mut header).is_err() {
        return false;
    }
    let number = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| header[at + i]));
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let counts = number(24) == number(92);
    counts
        && file
            .metadata()
            .is_ok_and(|found| found.len() < page * u64::from(number(28)))
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -4096)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

fn unusable(error: rusqlite::Error) -> Unusable {
    if is_damage(&error) {
        Unusable::Damaged(error.to_string())
    } else {
        Unusable::Io(error.to_string())
    }
}

/// Whether an error means that the file itself is broken.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
    )
}

/// The lock under which a database is opened (shared), made or moved (alone). Where it cannot be
/// had, there is nothing to protect either: the folder cannot be written.
fn turn(path: &Path, alone: bool) -> Option<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.with_extension("lock"))
        .ok()?;
    let taken = if alone {
        file.lock()
    } else {
        file.lock_shared()
    };
    taken.ok().map(|()| file)
}

/// Tells a database from the one that replaced it.
pub(crate) fn identity(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| found.ino())
}

/// Moves a damaged database aside (its side files belong to it), so that a new one can be made.
/// Does nothing when another process has done it already, that is when the file at `path` is not
/// `damaged` any more.
pub(crate) fn set_aside(path: &Path, damaged: Option<u64>) -> io::Result<()> {
    let _turn = turn(path, true);
    if identity(path) != damaged || damaged.is_none() {
        return Ok(());
    }
    let name = |suffix: &str| {
        let mut name = path.as_os_str().to_os_string();
        name.push(suffix);
        name
    };
    for suffix in ["-wal", "-shm"] {
        match std::fs::remove_file(name(suffix)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    std::fs::rename(path, name(".damaged"))
}
