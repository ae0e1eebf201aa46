//! Garbage collection: results not used for long are forgotten, then contents nobody refers to.

use crate::action::{ActionResult, LastRun, OutputContent};
use crate::lock::StoreLock;
use crate::stat::files_below;
use crate::store::{Store, seconds};
use crate::tree::{Tree, TreeNode};
use nexus_graph::Digest;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::time::Duration;

/// A process may have written a content whose result is not committed yet; anything younger than
/// this is left alone.
const GRACE: Duration = Duration::from_secs(3600);

/// What may stay.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Results not used for longer are forgotten.
    pub age: Duration,
    /// The contents may take this many bytes; the least recently used results go first.
    pub size: u64,
}

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Results forgotten.
    pub actions: u64,
    /// Contents removed.
    pub blobs: u64,
    /// Bytes set free.
    pub bytes: u64,
}

/// A result as the collection sees it.
struct Action {
    key: Digest,
    used_at: i64,
    blobs: Vec<(Digest, u64)>,
}

/// Collects garbage in the store at `root`. The last result of every task of every project that
/// still exists is kept whatever the limits say. `None` when another process uses the store.
///
/// # Errors
/// The store cannot be read or written.
pub fn collect(root: &Path, limits: Limits) -> io::Result<Option<Collected>> {
    if !root.exists() {
        return Ok(Some(Collected::default()));
    }
    let Some(_alone) = StoreLock::exclusive(root)? else {
        return Ok(None);
    };
    let store = Store::open_with(root, false);
    store.forget_vanished_projects();
    let roots = store.roots();
    let mut actions = store.actions_by_use();
    let oldest = seconds() - i64::try_from(limits.age.as_secs()).unwrap_or(i64::MAX);
    let mut forgotten: Vec<Digest> = Vec::new();
    actions.retain(|action| {
        let keep = action.used_at >= oldest || roots.contains(&action.key);
        if !keep {
            forgotten.push(action.key);
        }
        keep
    });
    let mut users: HashMap<Digest, (u64, u64)> = HashMap::new();
    for (digest, size) in actions.iter().flat_map(|a| &a.blobs) {
        users.entry(*digest).or_insert((0, *size)).0 += 1;
    }
    let mut total: u64 = users.values().map(|(_, size)| size).sum();
    for action in actions.iter().filter(|a| !roots.contains(&a.key)) {
        if total <= limits.size {
            break;
        }
        forgotten.push(action.key);
        for (digest, size) in &action.blobs {
            if let Some((count, _)) = users.get_mut(digest) {
                *count -= 1;
                if *count == 0 {
                    total -= size;
                }
            }
        }
    }
    let live: HashSet<Digest> = users
        .iter()
        .filter(|(_, (count, _))| *count > 0)
        .map(|(d, _)| *d)
        .collect();
    let mut collected = store.sweep(&forgotten, &roots, &live, oldest)?;
    collected.actions = forgotten.len() as u64;
    Ok(Some(collected))
}

impl Store {
    /// Projects whose folder is gone: their last runs are no reason to keep anything.
    fn forget_vanished_projects(&self) {
        let projects: Vec<String> = self
            .read(|db| {
                db.prepare("SELECT DISTINCT project FROM last_run")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .unwrap_or_default();
        for project in projects.iter().filter(|p| !Path::new(p).exists()) {
            self.read(|db| db.execute("DELETE FROM last_run WHERE project = ?1", [project]));
            // Its snapshot; there may be none.
            let _ = std::fs::remove_dir_all(Store::project_folder(&self.root, Path::new(project)));
        }
    }

    /// Keys of the last runs.
    fn roots(&self) -> HashSet<Digest> {
        let runs: Vec<Vec<u8>> = self
            .read(|db| {
                db.prepare("SELECT run FROM last_run")?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .unwrap_or_default();
        runs.iter()
            .filter_map(|run| serde_json::from_slice::<LastRun>(run).ok())
            .map(|run| run.key)
            .collect()
    }

    /// All results, least recently used first, with every content they need.
    fn actions_by_use(&self) -> Vec<Action> {
        let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = self
            .read(|db| {
                db.prepare("SELECT key, result, used_at FROM action ORDER BY used_at")?
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect()
            })
            .unwrap_or_default();
        rows.into_iter()
            .map(|(key, result, used_at)| {
                let key = Digest(key.try_into().unwrap_or([0; 32]));
                let result = postcard::from_bytes::<ActionResult>(&result).ok();
                let outputs = result.map(|r| r.outputs).unwrap_or_default();
                let blobs = outputs
                    .iter()
                    .flat_map(|o| self.blobs_of(&o.content))
                    .collect();
                Action {
                    key,
                    used_at,
                    blobs,
                }
            })
            .collect()
    }

    fn blobs_of(&self, content: &OutputContent) -> Vec<(Digest, u64)> {
        match content {
            OutputContent::File { digest, size, .. } => vec![(*digest, *size)],
            OutputContent::Folder { digest, size } => {
                let mut blobs = vec![(*digest, *size)];
                let tree = self
                    .get_bytes(digest)
                    .as_deref()
                    .and_then(Tree::decode)
                    .unwrap_or_default();
                blobs.extend(tree.entries.iter().filter_map(|entry| match &entry.node {
                    TreeNode::File { digest, size, .. } => Some((*digest, *size)),
                    _ => None,
                }));
                blobs
            }
        }
    }

    fn sweep(
        &self,
        forgotten: &[Digest],
        roots: &HashSet<Digest>,
        live: &HashSet<Digest>,
        oldest: i64,
    ) -> io::Result<Collected> {
        let mut collected = Collected::default();
        let young = seconds() - GRACE.as_secs() as i64;
        let swept = self.read(|db| {
            db.execute_batch("BEGIN IMMEDIATE")?;
            for key in forgotten {
                db.execute("DELETE FROM action WHERE key = ?1", [key.0])?;
            }
            // A manifest explains a result or a last run, which may be a failure.
            let manifests: Vec<Vec<u8>> = db
                .prepare("SELECT key FROM manifest WHERE key NOT IN (SELECT key FROM action)")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for key in manifests {
                let key = Digest(key.try_into().unwrap_or([0; 32]));
                if !roots.contains(&key) {
                    db.execute("DELETE FROM manifest WHERE key = ?1", [key.0])?;
                }
            }
            db.execute(
                "DELETE FROM discovered WHERE used_at / 1000000000 < ?1",
                [oldest],
            )?;
            let blobs: Vec<(Vec<u8>, i64)> = db
                .prepare("SELECT digest, length(data) FROM blob WHERE stored_at < ?1")?
                .query_map([young], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (digest, size) in blobs {
                let digest = Digest(digest.try_into().unwrap_or([0; 32]));
                if !live.contains(&digest) {
                    db.execute("DELETE FROM blob WHERE digest = ?1", [digest.0])?;
                    collected.blobs += 1;
                    collected.bytes += size as u64;
                }
            }
            db.execute_batch("COMMIT")?;
            db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;")
        });
        if swept.is_none() {
            return Err(io::Error::other("the database cannot be read or written"));
        }
        let mut remove = |path: &Path, size: u64| {
            let age = path.metadata().and_then(|m| m.modified()).ok();
            let old = age
                .and_then(|time| time.elapsed().ok())
                .is_some_and(|age| age > GRACE);
            // What cannot be removed now is tried again by the next collection.
            if old && std::fs::remove_file(path).is_ok() {
                collected.blobs += 1;
                collected.bytes += size;
            }
        };
        for (path, size) in files_below(&self.root.join("cas")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if Digest::from_hex(&name).is_none_or(|digest| !live.contains(&digest)) {
                remove(&path, size);
            }
        }
        for (path, size) in files_below(&self.root.join("tmp")) {
            remove(&path, size);
        }
        // Written aside by processes that were killed before they could rename it.
        for (path, size) in files_below(&self.root.join("projects")) {
            let suffix = path.extension().unwrap_or_default().to_string_lossy();
            if path.file_stem().is_some_and(|stem| stem == "snapshot")
                && suffix.parse::<u32>().is_ok()
            {
                remove(&path, size);
            }
        }
        let damaged = self.root.join("store.db.damaged");
        if let Ok(found) = damaged.metadata() {
            remove(&damaged, found.len());
        }
        Ok(collected)
    }
}
