//! Whatever happens to the files of a store, what it gives is right or missing, and it heals.

use nexus_graph::Digest;
use nexus_graph::key::{KeyWriter, Manifest};
use nexus_store::{ActionResult, Digests, OutputEntry, Store, output};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn keys() -> impl Iterator<Item = (Digest, String)> {
    (0..60).map(|i| {
        let name = format!("t{i}");
        (Digest::of(name.as_bytes()), name)
    })
}

fn content(name: &str) -> String {
    name.repeat(if name.ends_with('7') { 5000 } else { 300 })
}

/// A store with many results, closed; and the folder its outputs came from.
fn filled() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("folder");
    let (cache, project) = (folder.path().join("cache"), folder.path().join("project"));
    std::fs::create_dir_all(&project).expect("folder");
    let store = Store::open(&cache);
    for (key, name) in keys() {
        remember(&store, &project, key, &name);
    }
    drop(store);
    (folder, cache, project)
}

fn remember(store: &Store, project: &Path, key: Digest, name: &str) {
    let path = project.join(name);
    std::fs::write(&path, content(name)).expect("write");
    let seen = output::look(&Digests::default(), &path)
        .expect("readable")
        .expect("there");
    store.keep(&path, &seen).expect("kept");
    let mut manifest = Manifest::default();
    manifest.part("input", name, b"x");
    store.put_manifest(&key, &manifest);
    let result = ActionResult {
        outputs: vec![OutputEntry {
            path: name.into(),
            content: seen.content,
        }],
        log: vec![],
        micros: 1,
        stored_at: 1,
    };
    store.put_action(&key, &result, None);
}

/// Reads and restores everything: right, or not there. Gives how many results were there.
fn nothing_is_wrong(store: &Store, project: &Path) -> usize {
    let mut found = 0;
    for (key, name) in keys() {
        store.manifest(&key);
        store.last_run("project", &name);
        store.discovered(&key);
        let Some(result) = store.action(&key) else {
            continue;
        };
        let path = project.join(&name);
        std::fs::remove_file(&path).ok();
        for entry in &result.outputs {
            if store.restore(project, entry).unwrap_or(false) && entry.path == name {
                assert_eq!(
                    std::fs::read_to_string(&path).expect("read"),
                    content(&name)
                );
                found += 1;
            }
        }
    }
    found
}

/// Uses a damaged store as two runs would; afterwards it must work again.
fn heals(cache: &Path, project: &Path, what: &str) {
    for run in 0..2 {
        let store = Store::open(cache);
        nothing_is_wrong(&store, project);
        for (key, name) in keys() {
            if store
                .action(&key)
                .is_none_or(|r| !r.outputs.iter().all(|o| store.can_restore(&o.content)))
            {
                remember(&store, project, key, &name);
            }
        }
        store.close();
        let warnings = store.take_warnings();
        assert!(warnings.len() <= 1, "{what}, run {run}: {warnings:?}");
    }
    let store = Store::open(cache);
    assert_eq!(
        nothing_is_wrong(&store, project),
        60,
        "{what}: everything is there again"
    );
    assert_eq!(store.take_warnings(), [], "{what}");
    let report = store.verify(false);
    assert!(report.is_clean(), "{what}: {report:?}");
}

#[test]
fn a_database_with_a_broken_page_is_replaced() {
    let (_folder, cache, project) = filled();
    let path = cache.join("store.db");
    let whole = std::fs::read(&path).expect("read");
    let page = 4096;
    // Every page but the first overwritten with noise, the header left whole.
    for start in (page..whole.len()).step_by(page * 3) {
        let mut broken = whole.clone();
        broken[start..(start + page).min(whole.len())].fill(0xa5);
        std::fs::remove_file(&path).expect("remove");
        std::fs::write(&path, &broken).expect("write");
        heals(&cache, &project, &format!("page at {start}"));
    }
}

#[test]
fn verification_repairs_the_database() {
    let (_folder, cache, project) = filled();
    let path = cache.join("store.db");
    let mut broken = std::fs::read(&path).expect("read");
    let end = broken.len();
    broken[4096..end].fill(0xa5);
    std::fs::write(&path, broken).expect("write");
    let store = Store::open(&cache);
    assert!(!store.verify(true).is_clean());
    assert!(store.enabled());
    let report = store.verify(false);
    assert!(report.is_clean(), "{report:?}");
    let (key, name) = keys().next().expect("one");
    remember(&store, &project, key, &name);
    store.flush();
    assert!(store.action(&key).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_database_cut_anywhere_heals(at in 0.0..1.0f64) {
        let (_folder, cache, project) = filled();
        let path = cache.join("store.db");
        let whole = std::fs::read(&path).expect("read");
        let cut = (whole.len() as f64 * at) as usize;
        std::fs::write(&path, &whole[..cut]).expect("write");
        heals(&cache, &project, &format!("cut at {cut} of {}", whole.len()));
    }

    #[test]
    fn a_side_file_of_anything_is_survived(wal: Vec<u8>, shm: Vec<u8>) {
        let (_folder, cache, project) = filled();
        std::fs::write(cache.join("store.db-wal"), wal).expect("write");
        std::fs::write(cache.join("store.db-shm"), shm).expect("write");
        heals(&cache, &project, "side files");
    }

    #[test]
    fn every_prefix_and_flip_of_a_blob_is_a_miss(at in 0..30_000usize, cut: bool) {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("cache"));
        let data = "0123456789".repeat(3000);
        let digest = store.put_bytes(data.as_bytes());
        let hex = digest.hex();
        let blob = store.root().join("cas").join(&hex[..2]).join(&hex);
        let mut bytes = data.clone().into_bytes();
        match cut {
            true => bytes.truncate(at),
            false => bytes[at] ^= 1,
        }
        std::fs::remove_file(&blob).expect("remove");
        std::fs::write(&blob, bytes).expect("write");
        let target = folder.path().join("target");
        let size = data.len() as u64;
        prop_assert!(!store.restore_file(&digest, size, false, &target).expect("writable"));
        prop_assert!(!target.exists());
        prop_assert!(!blob.exists(), "it is evicted");
        store.put_bytes(data.as_bytes());
        prop_assert!(store.restore_file(&digest, size, false, &target).expect("writable"));
    }
}

#[test]
fn a_newer_database_is_left_alone() {
    let (_folder, cache, project) = filled();
    let path = cache.join("store.db");
    let raw = rusqlite::Connection::open(&path).expect("open");
    raw.pragma_update(None, "user_version", 99)
        .expect("version");
    raw.close().expect("close");
    let before = std::fs::read(&path).expect("read");
    let store = Store::open(&cache);
    assert!(!store.enabled());
    assert_eq!(nothing_is_wrong(&store, &project), 0);
    let (key, name) = keys().next().expect("one");
    remember(&store, &project, key, &name);
    let codes: Vec<_> = store.take_warnings().iter().map(|w| w.code).collect();
    assert_eq!(codes, ["NX0603"]);
    drop(store);
    assert_eq!(std::fs::read(&path).expect("read"), before);
}

#[test]
fn a_store_that_cannot_be_written_forgets_with_one_warning() {
    let folder = tempfile::tempdir().expect("folder");
    // A file where a folder should be stops even root.
    for blocked in ["", "cas", "tmp", "projects", "store.db/x"] {
        let cache = folder.path().join(format!("cache-{}", blocked.len()));
        let place = cache.join(blocked);
        match blocked.ends_with("/x") {
            true => std::fs::create_dir_all(&place).expect("folder"),
            false => {
                let parent = if blocked.is_empty() {
                    folder.path()
                } else {
                    &cache
                };
                std::fs::create_dir_all(parent).expect("folder");
                let place = if blocked.is_empty() { &cache } else { &place };
                std::fs::write(place, "in the way").expect("write");
            }
        }
        let store = Store::open(&cache);
        let (key, name) = keys().next().expect("one");
        let project = folder.path().join("project");
        std::fs::create_dir_all(&project).expect("folder");
        remember(&store, &project, key, &name);
        store.touch_action(&key);
        store.flush();
        assert!(store.action(&key).is_none(), "{blocked}");
        store.close();
        let warnings = store.take_warnings();
        assert_eq!(warnings.len(), 1, "{blocked}: {warnings:?}");
    }
}

#[test]
fn a_full_disk_is_one_warning_and_no_half_content() {
    let folder = tempfile::tempdir().expect("folder");
    let cache = folder.path().join("cache");
    let store = Store::open(&cache);
    // Contents cannot be put where a file is in the way, as on a disk without room for a folder.
    for i in 0..256 {
        std::fs::write(cache.join(format!("cas/{i:02x}")), "").expect("write");
    }
    let digest = store.put_bytes("large ".repeat(10_000).as_bytes());
    store.put_bytes("other ".repeat(10_000).as_bytes());
    assert!(!store.has_blob(&digest, 60_000));
    assert_eq!(
        std::fs::read_dir(cache.join("tmp")).expect("tmp").count(),
        0
    );
    let codes: Vec<_> = store.take_warnings().iter().map(|w| w.code).collect();
    assert_eq!(codes, ["NX0604"]);
}

#[test]
fn a_missing_last_page_is_noticed_at_once() {
    let (_folder, cache, project) = filled();
    let path = cache.join("store.db");
    let length = std::fs::metadata(&path).expect("database").len();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("open");
    file.set_len(length - 1).expect("cut");
    let store = Store::open(&cache);
    let codes: Vec<_> = store.take_warnings().iter().map(|w| w.code).collect();
    assert_eq!(codes, ["NX0602"]);
    assert!(store.enabled());
    drop(store);
    heals(&cache, &project, "last byte");
}
