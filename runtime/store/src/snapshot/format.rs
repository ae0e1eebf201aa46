//! The bytes of a snapshot. All integers are little-endian; sections are found through a table.
//!
//! ```text
//! magic (8) build (8) body length (8) graph length (8) body BLAKE3 (32) graph BLAKE3 (32)
//! body: section table (9 × offset, length as u32), sections
//! graph: see `graph.rs`
//! ```

use crate::digests::Known;
use crate::stamp::{Kind, Stamp};
use nexus_graph::Digest;
use std::sync::OnceLock;

pub(super) const MAGIC: [u8; 8] = *b"NXSNAP\x00\x02";
pub(super) const HEADER: usize = 96;
pub(super) const SECTIONS: usize = 9;
pub(super) const RECORD: usize = 96;
pub(super) const FOLDER: usize = 16;
pub(super) const TASK: usize = 64;

/// The sections, in the order of the table.
#[derive(Clone, Copy)]
pub(super) enum Section {
    Folders = 0,
    Records = 1,
    Strings = 2,
    Plan = 3,
    PlanRecords = 4,
    Tasks = 5,
    TaskRecords = 6,
    TaskDeps = 7,
    Run = 8,
}

/// Flags of a record, above the kind in the lowest byte.
pub(super) const EXECUTABLE: u32 = 1 << 8;
pub(super) const FOLLOW: u32 = 1 << 9;

/// Flags of a task.
pub(super) const CACHED: u32 = 1;
pub(super) const CLEAN: u32 = 2;
pub(super) const OUTPUTS: u32 = 4;
pub(super) const GROUP: u32 = 8;

/// Identifies the program that wrote the file, down to the build: what a graph looks like and what
/// a plan means may change between builds of one version.
pub(super) fn build_id() -> [u8; 8] {
    static ID: OnceLock<[u8; 8]> = OnceLock::new();
    *ID.get_or_init(|| {
        let program = std::env::current_exe().and_then(|path| Stamp::of(&path));
        let (size, mtime) = program.map_or((0, 0), |stamp| (stamp.size, stamp.mtime));
        let text = format!("{} {size} {mtime}", env!("CARGO_PKG_VERSION"));
        let mut id = [0; 8];
        id.copy_from_slice(&Digest::of(text.as_bytes()).0[..8]);
        id
    })
}

/// Where everything is, after the checks.
pub(super) struct Body {
    sections: [(usize, usize); SECTIONS],
    graph: (usize, usize),
    pub(super) digest: Digest,
    pub(super) graph_digest: Digest,
}

/// A file or folder that was looked at.
pub(super) struct Record<'a> {
    pub(super) folder: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) follow: bool,
    pub(super) known: Known,
}

/// The fixed part of a task.
pub(super) struct TaskRow {
    pub(super) name: (usize, usize),
    pub(super) flags: u32,
    records: (usize, usize),
    deps: (usize, usize),
    pub(super) key: Digest,
}

impl TaskRow {
    pub(super) fn is_clean(&self) -> bool {
        self.flags & (CACHED | CLEAN) == CACHED | CLEAN
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..at + 8)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

fn digest_at(bytes: &[u8], at: usize) -> Digest {
    Digest(
        bytes
            .get(at..at + 32)
            .and_then(|b| b.try_into().ok())
            .unwrap_or([0; 32]),
    )
}

impl Body {
    /// Checks magic, version, lengths and the digest of the body. After that every offset inside
    /// was written by us.
    pub(super) fn parse(bytes: &[u8]) -> Option<Body> {
        if bytes.get(..8)? != MAGIC || bytes.get(8..16)? != build_id() {
            return None;
        }
        let body = usize::try_from(u64_at(bytes, 16)).ok()?;
        let graph = usize::try_from(u64_at(bytes, 24)).ok()?;
        let end = HEADER.checked_add(body)?.checked_add(graph)?;
        if bytes.len() != end || body < SECTIONS * 8 {
            return None;
        }
        let digest = digest_at(bytes, 32);
        if Digest::of(&bytes[HEADER..HEADER + body]) != digest {
            return None;
        }
        let mut sections = [(0, 0); SECTIONS];
        for (i, section) in sections.iter_mut().enumerate() {
            let start = u32_at(bytes, HEADER + i * 8) as usize;
            let len = u32_at(bytes, HEADER + i * 8 + 4) as usize;
            if start.checked_add(len)? > body {
                return None;
            }
            *section = (HEADER + start, len);
        }
        Some(Body {
            sections,
            graph: (HEADER + body, graph),
            digest,
            graph_digest: digest_at(bytes, 64),
        })
    }

    fn section<'a>(&self, bytes: &'a [u8], section: Section) -> &'a [u8] {
        let (start, len) = self.sections[section as usize];
        &bytes[start..start + len]
    }

    pub(super) fn plan<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        self.section(bytes, Section::Plan)
    }

    pub(super) fn run<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        self.section(bytes, Section::Run)
    }

    /// The encoded graph, if it is what was written.
    pub(super) fn graph<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let graph = &bytes[self.graph.0..self.graph.0 + self.graph.1];
        (Digest::of(graph) == self.graph_digest).then_some(graph)
    }

    pub(super) fn string<'a>(&self, bytes: &'a [u8], (start, len): (usize, usize)) -> &'a [u8] {
        self.section(bytes, Section::Strings)
            .get(start..start + len)
            .unwrap_or_default()
    }

    pub(super) fn records(&self, bytes: &[u8]) -> u32 {
        (self.section(bytes, Section::Records).len() / RECORD) as u32
    }

    pub(super) fn folders(&self, bytes: &[u8]) -> u32 {
        (self.section(bytes, Section::Folders).len() / FOLDER) as u32
    }

    /// Name, first record and number of records of a folder.
    pub(super) fn folder<'a>(&self, bytes: &'a [u8], index: u32) -> (&'a [u8], u32, u32) {
        let row = &self.section(bytes, Section::Folders)[index as usize * FOLDER..];
        let name = (u32_at(row, 0) as usize, u32_at(row, 4) as usize);
        (self.string(bytes, name), u32_at(row, 8), u32_at(row, 12))
    }

    pub(super) fn record_offset(&self, index: u32) -> usize {
        self.sections[Section::Records as usize].0 + index as usize * RECORD
    }

    pub(super) fn record<'a>(&self, bytes: &'a [u8], index: u32) -> Record<'a> {
        let row = &bytes[self.record_offset(index)..][..RECORD];
        let flags = u32_at(row, 8);
        let stamp = Stamp {
            kind: Kind::from_u8((flags & 0xff) as u8).unwrap_or(Kind::Other),
            executable: flags & EXECUTABLE != 0,
            device: u64_at(row, 16),
            inode: u64_at(row, 24),
            size: u64_at(row, 32),
            mtime: u64_at(row, 40) as i64,
            ctime: u64_at(row, 48) as i64,
        };
        let known = Known {
            stamp,
            digest: digest_at(row, 64),
            hashed_at: u64_at(row, 56) as i64,
        };
        let (folder, ..) = self.folder(bytes, u32_at(row, 12));
        let name = self.string(bytes, (u32_at(row, 0) as usize, u32_at(row, 4) as usize));
        Record {
            folder,
            name,
            follow: flags & FOLLOW != 0,
            known,
        }
    }

    pub(super) fn tasks(&self, bytes: &[u8]) -> u32 {
        (self.section(bytes, Section::Tasks).len() / TASK) as u32
    }

    pub(super) fn task_offset(&self, id: u32) -> usize {
        self.sections[Section::Tasks as usize].0 + id as usize * TASK
    }

    pub(super) fn task(&self, bytes: &[u8], id: u32) -> TaskRow {
        let row = &self.section(bytes, Section::Tasks)[id as usize * TASK..][..TASK];
        let pair = |at: usize| (u32_at(row, at) as usize, u32_at(row, at + 4) as usize);
        TaskRow {
            name: pair(0),
            flags: u32_at(row, 8),
            records: pair(16),
            deps: pair(24),
            key: digest_at(row, 32),
        }
    }

    fn numbers<'a>(
        &self,
        bytes: &'a [u8],
        section: Section,
        range: (usize, usize),
    ) -> impl Iterator<Item = u32> + use<'a> {
        let all = self.section(bytes, section);
        let part = all
            .get(range.0 * 4..(range.0 + range.1) * 4)
            .unwrap_or_default();
        part.chunks_exact(4).map(|b| u32_at(b, 0))
    }

    pub(super) fn task_records<'a>(
        &self,
        bytes: &'a [u8],
        task: &TaskRow,
    ) -> impl Iterator<Item = u32> + use<'a> {
        self.numbers(bytes, Section::TaskRecords, task.records)
    }

    pub(super) fn task_deps<'a>(
        &self,
        bytes: &'a [u8],
        task: &TaskRow,
    ) -> impl Iterator<Item = u32> + use<'a> {
        self.numbers(bytes, Section::TaskDeps, task.deps)
    }

    pub(super) fn plan_records<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = u32> + use<'a> {
        let len = self.section(bytes, Section::PlanRecords).len() / 4;
        self.numbers(bytes, Section::PlanRecords, (0, len))
    }
}

/// The bytes of a record.
pub(super) fn encode_record(
    name: (u32, u32),
    folder: u32,
    follow: bool,
    known: &Known,
) -> [u8; RECORD] {
    let stamp = &known.stamp;
    let mut flags = stamp.kind as u32;
    if stamp.executable {
        flags |= EXECUTABLE;
    }
    if follow {
        flags |= FOLLOW;
    }
    let mut row = [0; RECORD];
    let mut put = |at: usize, bytes: &[u8]| row[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.0.to_le_bytes());
    put(4, &name.1.to_le_bytes());
    put(8, &flags.to_le_bytes());
    put(12, &folder.to_le_bytes());
    put(16, &stamp.device.to_le_bytes());
    put(24, &stamp.inode.to_le_bytes());
    put(32, &stamp.size.to_le_bytes());
    put(40, &stamp.mtime.to_le_bytes());
    put(48, &stamp.ctime.to_le_bytes());
    put(56, &known.hashed_at.to_le_bytes());
    put(64, &known.digest.0);
    row
}
