//! The database: small blobs, action results, manifests, last runs. SQLite in WAL mode, because
//! several processes use it at once and a crash must not damage it.

use rusqlite::{Connection, OpenFlags};
use std::io;
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

/// Opens or creates the database and checks its schema.
pub(crate) fn open(path: &Path) -> Result<Connection, Unusable> {
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

/// Moves a damaged database aside (its side files belong to it), so that a new one can be made.
pub(crate) fn set_aside(path: &Path) -> io::Result<()> {
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
