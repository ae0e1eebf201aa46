//! What a small run changed: a short file beside the snapshot instead of a new snapshot, so that
//! the cost of a run depends on what it did and not on the size of the project.
//!
//! ```text
//! magic (8) BLAKE3 of all that follows (32)
//! digest of the snapshot's body (32), postcard of the changes
//! ```
//!
//! A delta says that records have new contents or stamps and tasks new keys. It cannot say that a
//! task has other files than before; then a whole snapshot is written.

use super::build::TaskState;
use super::format::{CACHED, CLEAN, RECORD, TASK, encode_record};
use super::{Check, Snapshot};
use crate::digests::Known;
use crate::stamp::{Kind, Stamp};
use nexus_graph::Digest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"NXDELTA\x01";

/// More changes than this are written as a whole snapshot: reading a delta must stay cheap.
const MOST: usize = 2000;

/// The changes since the snapshot was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delta {
    /// Records by number.
    records: BTreeMap<u32, Seen>,
    /// Keys of tasks by number.
    keys: BTreeMap<u32, Digest>,
}

/// A [`Known`] as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    kind: u8,
    executable: bool,
    device: u64,
    inode: u64,
    size: u64,
    mtime: i64,
    ctime: i64,
    hashed_at: i64,
    digest: Digest,
}

impl From<&Known> for Seen {
    fn from(known: &Known) -> Seen {
        let stamp = &known.stamp;
        Seen {
            kind: stamp.kind as u8,
            executable: stamp.executable,
            device: stamp.device,
            inode: stamp.inode,
            size: stamp.size,
            mtime: stamp.mtime,
            ctime: stamp.ctime,
            hashed_at: known.hashed_at,
            digest: known.digest,
        }
    }
}

impl Seen {
    fn known(&self) -> Known {
        Known {
            stamp: Stamp {
                kind: Kind::from_u8(self.kind).unwrap_or(Kind::Other),
                executable: self.executable,
                device: self.device,
                inode: self.inode,
                size: self.size,
                mtime: self.mtime,
                ctime: self.ctime,
            },
            digest: self.digest,
            hashed_at: self.hashed_at,
        }
    }
}

/// Where the delta of a snapshot lies.
pub(super) fn path(snapshot: &Path) -> PathBuf {
    snapshot.with_extension("delta")
}

impl Delta {
    /// The delta of the snapshot with this body, if there is one.
    pub(super) fn read(snapshot: &Path, body: Digest) -> Option<Delta> {
        let bytes = std::fs::read(path(snapshot)).ok()?;
        let rest = bytes.strip_prefix(&MAGIC)?;
        let (digest, content) = rest.split_at_checked(32)?;
        if Digest::of(content).0 != digest {
            return None;
        }
        let changes = content.strip_prefix(&body.0)?;
        postcard::from_bytes(changes).ok()
    }

    fn write(&self, snapshot: &Path, body: Digest) -> io::Result<()> {
        let mut content = body.0.to_vec();
        content = postcard::to_extend(self, content).map_err(io::Error::other)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(Digest::of(&content).0);
        bytes.extend(content);
        let file = path(snapshot);
        let beside = file.with_extension(format!("delta.{}", std::process::id()));
        let written =
            std::fs::write(&beside, &bytes).and_then(|()| std::fs::rename(&beside, &file));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written
    }

    fn len(&self) -> usize {
        self.records.len() + self.keys.len()
    }
}

impl Snapshot {
    /// Puts the delta's rows in the place of those of the mapped file.
    pub(super) fn apply(&mut self, delta: Delta) {
        for (index, seen) in &delta.records {
            if *index < self.records() {
                let row = self.row_of(*index, &seen.known());
                let at = self.body.record_offset(*index);
                self.map[at..at + RECORD].copy_from_slice(&row);
            }
        }
        for (id, key) in &delta.keys {
            if *id < self.tasks() {
                let at = self.body.task_offset(*id) + TASK - 32;
                self.map[at..at + 32].copy_from_slice(&key.0);
            }
        }
        self.delta = delta;
    }

    fn row_of(&self, index: u32, known: &Known) -> [u8; RECORD] {
        let at = self.body.record_offset(index);
        let number = |at: usize| {
            let b = &self.map[at..at + 4];
            u32::from_le_bytes([b[0], b[1], b[2], b[3]])
        };
        let name = (number(at), number(at + 4));
        encode_record(name, number(at + 12), self.record(index).follow, known)
    }

    /// Remembers the new states of tasks, and the new stamps of files that `check` found to be
    /// touched, without writing the whole snapshot again. `false` when a delta cannot say it.
    ///
    /// # Errors
    /// The folder cannot be written; the last snapshot then stays.
    pub fn amend(
        &self,
        file: &Path,
        check: &Check,
        states: &[(u32, TaskState)],
    ) -> io::Result<bool> {
        let Some(delta) = self.amended(check, states) else {
            return Ok(false);
        };
        if delta != self.delta {
            delta.write(file, self.body.digest)?;
        }
        Ok(true)
    }

    /// Keeps the new stamps of files that were only touched, so that they are not hashed again
    /// next time. A failure does no harm.
    pub fn note_touched(&self, check: &Check, file: &Path) {
        if !check.touched.is_empty()
            && let Err(error) = self.amend(file, check, &[])
        {
            tracing::debug!(%error, "the new time stamps could not be kept");
        }
    }

    fn amended(&self, check: &Check, states: &[(u32, TaskState)]) -> Option<Delta> {
        let mut delta = self.delta.clone();
        for (index, known) in &check.touched {
            delta.records.insert(*index, known.into());
        }
        // Everything the run saw, by record.
        let mut seen: BTreeMap<u32, Known> = BTreeMap::new();
        for (id, state) in states {
            if self.task(*id).flags & (CACHED | CLEAN) != CACHED | CLEAN {
                return None;
            }
            let mut records = self.records_of(*id);
            for (path, known, follow) in &state.files {
                let index = records.next()?;
                let record = self.record(index);
                if record.follow != *follow || self.path(index) != *path {
                    return None;
                }
                // Edited between two tasks: one record cannot say what each of them saw.
                if let Some(other) = seen.insert(index, *known)
                    && other != *known
                {
                    return None;
                }
            }
            if records.next().is_some() {
                return None;
            }
            delta.keys.insert(*id, state.key);
        }
        // What other tasks saw in these records is not what is there now.
        let mut rewritten = seen;
        rewritten.retain(|index, known| self.record(*index).known != *known);
        let by_id: HashMap<u32, &TaskState> = states.iter().map(|(id, s)| (*id, s)).collect();
        let new = |id: u32| by_id.get(&id).copied();
        if !self.outdated(new).is_empty() {
            return None;
        }
        if !rewritten.is_empty() {
            let other_content = |index: &u32| {
                rewritten
                    .get(index)
                    .is_some_and(|known| !same_content(known, &self.record(*index).known))
            };
            let shared = (0..self.tasks())
                .filter(|id| !by_id.contains_key(id))
                .any(|id| self.records_of(id).any(|index| other_content(&index)));
            let planned = self
                .body
                .plan_records(&self.map)
                .any(|index| other_content(&index));
            if shared || planned {
                return None;
            }
            for (index, known) in &rewritten {
                delta.records.insert(*index, known.into());
            }
        }
        (delta.len() <= MOST).then_some(delta)
    }
}

/// Whether what was decided by one decides by the other. Of a folder the names in it count, which
/// only its time stamps tell.
pub(super) fn same_content(one: &Known, other: &Known) -> bool {
    one.digest == other.digest
        && one.stamp.kind == other.stamp.kind
        && one.stamp.executable == other.stamp.executable
        && (one.stamp.kind != Kind::Folder || one.stamp == other.stamp)
}
