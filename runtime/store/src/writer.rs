//! The one thread that writes to the database. Writes arrive as messages and are committed in
//! batches; a key's lock travels with its result and is released after the commit, so that a
//! process waiting for the lock finds the result.

use crate::db;
use crate::lock::KeyLock;
use rusqlite::{Connection, params};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One write.
pub(crate) enum Write {
    Blob {
        digest: [u8; 32],
        data: Vec<u8>,
        at: i64,
    },
    Forget {
        digest: [u8; 32],
    },
    ForgetAction {
        key: [u8; 32],
    },
    Action {
        key: [u8; 32],
        result: Vec<u8>,
        at: i64,
        lock: Option<KeyLock>,
    },
    Used {
        key: [u8; 32],
        at: i64,
    },
    Manifest {
        key: [u8; 32],
        parts: Vec<u8>,
    },
    Discovered {
        static_key: [u8; 32],
        paths: Vec<u8>,
        at: i64,
    },
    LastRun {
        project: String,
        task: String,
        run: Vec<u8>,
        at: i64,
    },
    /// Answered when everything before is committed.
    Flush(Sender<()>),
}

/// Why something was not written.
pub(crate) struct Failure {
    pub why: String,
    /// The database itself is broken.
    pub damaged: bool,
}

/// Handle on the writing thread.
pub(crate) struct Writer {
    sender: Option<Sender<Write>>,
    thread: Option<JoinHandle<Option<Failure>>>,
}

impl Writer {
    pub(crate) fn start(path: std::path::PathBuf) -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(&path, &receiver))
            .ok();
        Writer {
            sender: Some(sender),
            thread,
        }
    }

    pub(crate) fn send(&self, write: Write) {
        if let Some(sender) = &self.sender {
            // A writer that gave up drops what it is sent: the result is just not remembered.
            let _ = sender.send(write);
        }
    }

    pub(crate) fn flush(&self) {
        let (done, wait) = channel();
        self.send(Write::Flush(done));
        self.hurry();
        // An error means the writer is gone, and with it anything to wait for.
        let _ = wait.recv();
    }

    /// Somebody waits.
    fn hurry(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Ends the thread; gives the first error, if there was one.
    pub(crate) fn finish(&mut self) -> Option<Failure> {
        self.sender = None;
        self.hurry();
        self.thread.take()?.join().unwrap_or_else(|_| {
            Some(Failure {
                why: "the writing thread panicked".into(),
                damaged: false,
            })
        })
    }
}

/// Enough for one commit: keeps transactions short when much is written at once.
const BATCH: usize = 512;

/// Every commit writes whole pages and makes all readers read theirs again: committing each
/// task's writes alone cost a tenth of a build of tiny tasks. So a write waits for others as long
/// as they keep coming, but no longer than this in all; what is not committed is lost in a crash.
const GATHER: Duration = Duration::from_millis(10);

/// A pause after which no more writes are expected soon.
const PAUSE: Duration = Duration::from_millis(2);

/// What is committed together, unless somebody waits for it. Parked between looks, because a thread
/// that waits for the next message would be woken by each, in the middle of what the tasks do.
fn gather(first: Write, receiver: &Receiver<Write>) -> Vec<Write> {
    let until = Instant::now() + GATHER;
    let mut batch = vec![first];
    loop {
        let before = batch.len();
        batch.extend(receiver.try_iter().take(BATCH - before.min(BATCH)));
        let urgent = batch.iter().any(|write| matches!(write, Write::Flush(_)));
        if urgent || batch.len() >= BATCH || Instant::now() >= until {
            return batch;
        }
        std::thread::park_timeout(PAUSE);
        match receiver.try_recv() {
            Ok(more) => batch.push(more),
            Err(_) => return batch,
        }
    }
}

fn run(path: &std::path::Path, receiver: &Receiver<Write>) -> Option<Failure> {
    let mut error = None;
    let mut connection: Option<Connection> = None;
    while let Ok(first) = receiver.recv() {
        if connection.is_none() && error.is_none() {
            match db::open(path) {
                Ok(opened) => connection = Some(opened),
                Err(e) => {
                    error = Some(Failure {
                        why: format!("{e}"),
                        damaged: false,
                    })
                }
            }
        }
        let batch = gather(first, receiver);
        let (mut locks, mut flushes) = (Vec::new(), Vec::new());
        let result = match &connection {
            Some(connection) => commit(connection, batch, &mut locks, &mut flushes),
            None => {
                release(batch, &mut flushes);
                Ok(())
            }
        };
        if let Err(e) = result {
            error.get_or_insert(Failure {
                why: e.to_string(),
                damaged: db::is_damage(&e),
            });
        }
        drop(locks);
        for flush in flushes {
            let _ = flush.send(());
        }
    }
    error
}

fn release(batch: Vec<Write>, flushes: &mut Vec<Sender<()>>) {
    for write in batch {
        if let Write::Flush(done) = write {
            flushes.push(done);
        }
    }
}

fn commit(
    connection: &Connection,
    batch: Vec<Write>,
    locks: &mut Vec<KeyLock>,
    flushes: &mut Vec<Sender<()>>,
) -> rusqlite::Result<()> {
    let only_flush = batch.iter().all(|w| matches!(w, Write::Flush(_)));
    if only_flush {
        release(batch, flushes);
        return Ok(());
    }
    let mut result = connection.execute_batch("BEGIN IMMEDIATE");
    for write in batch {
        let done = apply(connection, write, locks, flushes);
        if result.is_ok() {
            result = done;
        }
    }
    match result {
        Ok(()) => connection.execute_batch("COMMIT"),
        Err(e) => {
            // Fails when there is no transaction, which is as good.
            let _ = connection.execute_batch("ROLLBACK");
            Err(e)
        }
    }
}

fn apply(
    connection: &Connection,
    write: Write,
    locks: &mut Vec<KeyLock>,
    flushes: &mut Vec<Sender<()>>,
) -> rusqlite::Result<()> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(params).map(|_| ())
    };
    match write {
        Write::Blob { digest, data, at } => run(
            "INSERT OR REPLACE INTO blob VALUES (?1, ?2, ?3)",
            params![digest, data, at],
        ),
        Write::Forget { digest } => run("DELETE FROM blob WHERE digest = ?1", params![digest]),
        Write::ForgetAction { key } => run("DELETE FROM action WHERE key = ?1", params![key]),
        Write::Action {
            key,
            result,
            at,
            lock,
        } => {
            locks.extend(lock);
            run(
                "INSERT OR REPLACE INTO action VALUES (?1, ?2, ?3)",
                params![key, result, at],
            )
        }
        Write::Used { key, at } => run(
            "UPDATE action SET used_at = ?2 WHERE key = ?1",
            params![key, at],
        ),
        Write::Manifest { key, parts } => run(
            "INSERT OR REPLACE INTO manifest VALUES (?1, ?2)",
            params![key, parts],
        ),
        Write::Discovered {
            static_key,
            paths,
            at,
        } => run(
            "INSERT OR REPLACE INTO discovered VALUES (?1, ?2, ?3)",
            params![static_key, paths, at],
        ),
        Write::LastRun {
            project,
            task,
            run: record,
            at,
        } => run(
            "INSERT OR REPLACE INTO last_run VALUES (?1, ?2, ?3, ?4)",
            params![project, task, record, at],
        ),
        Write::Flush(done) => {
            flushes.push(done);
            Ok(())
        }
    }
}
