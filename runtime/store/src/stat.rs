//! What the store holds.

use crate::store::Store;
use std::path::{Path, PathBuf};

/// Counts and sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Results of tasks.
    pub actions: u64,
    /// Contents, small and large.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Projects with a snapshot.
    pub projects: u64,
    /// Bytes of everything in the store's folder.
    pub total_bytes: u64,
}

impl Store {
    /// Counts everything.
    pub fn statistics(&self) -> Statistics {
        let count = |sql: &str| {
            self.read(|db| db.query_row(sql, [], |row| row.get::<_, i64>(0)))
                .unwrap_or(0) as u64
        };
        let mut statistics = Statistics {
            actions: count("SELECT count(*) FROM action"),
            blobs: count("SELECT count(*) FROM blob"),
            blob_bytes: count("SELECT coalesce(sum(length(data)), 0) FROM blob"),
            ..Statistics::default()
        };
        for (_, size) in files_below(&self.root.join("cas")) {
            statistics.blobs += 1;
            statistics.blob_bytes += size;
        }
        let projects = std::fs::read_dir(self.root.join("projects"));
        statistics.projects = projects.map_or(0, |entries| entries.flatten().count() as u64);
        statistics.total_bytes = files_below(&self.root).iter().map(|(_, size)| size).sum();
        statistics
    }
}

/// Every file below a folder with its size; what cannot be read is left out.
pub(crate) fn files_below(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push(entry.path()),
                Ok(_) => {
                    if let Ok(found) = entry.metadata() {
                        files.push((entry.path(), found.len()));
                    }
                }
                Err(_) => {}
            }
        }
    }
    files
}
