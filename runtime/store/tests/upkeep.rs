//! Verification finds damage and repairs it; collection keeps what is used.

use nexus_graph::Digest;
use nexus_graph::event::{Outcome, Reason};
use nexus_graph::key::{KeyWriter, Manifest};
use nexus_store::gc::{Limits, collect};
use nexus_store::{ActionResult, Digests, LastRun, OutputContent, OutputEntry, Store, output};
use std::path::{Path, PathBuf};
use std::time::Duration;

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Fixture {
            folder: tempfile::tempdir().expect("folder"),
        };
        std::fs::create_dir_all(fixture.project()).expect("folder");
        fixture
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// Stores a result whose one output has this content.
    fn remember(&self, store: &Store, task: &str, content: &str) -> Digest {
        let path = self.project().join(task);
        std::fs::write(&path, content).expect("write");
        let seen = output::look(&Digests::default(), &path)
            .expect("readable")
            .expect("there");
        store.keep(&path, &seen).expect("kept");
        let key = Digest::of(task.as_bytes());
        let outputs = vec![OutputEntry {
            path: task.into(),
            content: seen.content,
        }];
        store.put_action(
            &key,
            &ActionResult {
                outputs,
                log: vec![],
                micros: 1,
                stored_at: 0,
            },
            None,
        );
        key
    }

    fn last_run(&self, store: &Store, task: &str, key: Digest) {
        let run = LastRun {
            key,
            reason: Reason::FirstRun,
            outcome: Outcome::Succeeded,
            run: "r".into(),
            at: 0,
            micros: 1,
            executed: true,
            origin: None,
        };
        store.put_last_run(&self.project().display().to_string(), task, &run);
    }

    /// Makes every content look old, past the grace period.
    fn age(&self) {
        let old = filetime::FileTime::from_unix_time(1_000_000_000, 0);
        let mut pending = vec![self.cache().join("cas")];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(folder).expect("folder").flatten() {
                if entry.path().is_dir() {
                    pending.push(entry.path());
                } else {
                    filetime::set_file_mtime(entry.path(), old).expect("time");
                }
            }
        }
    }
}

fn a_large_blob(cache: &Path) -> PathBuf {
    let folder = std::fs::read_dir(cache.join("cas"))
        .expect("cas")
        .flatten()
        .next()
        .expect("a folder")
        .path();
    std::fs::read_dir(folder)
        .expect("folder")
        .flatten()
        .next()
        .expect("a blob")
        .path()
}

#[test]
fn damage_is_found_and_repaired() {
    let fixture = Fixture::new();
    let store = Store::open(&fixture.cache());
    let large = "large ".repeat(10_000);
    fixture.remember(&store, "small", "small");
    fixture.remember(&store, "large", &large);
    store.flush();
    let report = store.verify(false);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.blobs, report.actions), (2, 2));
    let blob = a_large_blob(&fixture.cache());
    std::fs::remove_file(&blob).expect("remove");
    std::fs::write(&blob, large.replacen('l', "L", 1)).expect("damage");
    let report = store.verify(true);
    assert_eq!(report.damaged_blobs.len(), 1);
    assert_eq!(report.broken_actions.len(), 1, "its result is gone with it");
    let report = store.verify(false);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.blobs, report.actions), (1, 1));
}

#[test]
fn collection_keeps_the_last_runs() {
    let fixture = Fixture::new();
    let store = Store::open(&fixture.cache());
    let kept = fixture.remember(&store, "kept", &"kept ".repeat(10_000));
    let dropped = fixture.remember(&store, "dropped", &"dropped ".repeat(10_000));
    fixture.last_run(&store, "kept", kept);
    store.flush();
    assert_eq!(
        collect(&fixture.cache(), limits(u64::MAX)).expect("readable"),
        None,
        "the store is in use"
    );
    drop(store);
    fixture.age();
    let collected = collect(&fixture.cache(), limits(u64::MAX))
        .expect("readable")
        .expect("alone");
    assert_eq!(
        (collected.actions, collected.blobs),
        (0, 0),
        "nothing is old or too much"
    );
    let collected = collect(&fixture.cache(), limits(10))
        .expect("readable")
        .expect("alone");
    assert_eq!((collected.actions, collected.blobs), (1, 1));
    let store = Store::open(&fixture.cache());
    assert!(store.action(&kept).is_some() && store.action(&dropped).is_none());
    assert!(store.verify(false).is_clean());
    assert!(store.can_restore(&store.action(&kept).expect("kept").outputs[0].content));
}

fn limits(size: u64) -> Limits {
    Limits {
        age: Duration::from_secs(3600 * 24 * 365),
        size,
    }
}

#[test]
fn a_cut_database_is_set_aside() {
    let fixture = Fixture::new();
    let store = Store::open(&fixture.cache());
    for i in 0..50 {
        fixture.remember(&store, &format!("t{i}"), &format!("content {i}"));
    }
    drop(store);
    let path = fixture.cache().join("store.db");
    let whole = std::fs::read(&path).expect("read");
    for cut in [1, 17, 100, 4096, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut.min(whole.len())]).expect("cut");
        let store = Store::open(&fixture.cache());
        assert!(store.enabled(), "cut at {cut}: {:?}", store.take_warnings());
        let key = fixture.remember(&store, "new", "new");
        store.flush();
        let _ = store.verify(true);
        let found = store.action(&key).map(|a| a.outputs[0].content);
        let expected = OutputContent::File {
            digest: Digest::of(b"new"),
            size: 3,
            executable: false,
        };
        assert!(found.is_none() || found == Some(expected), "cut at {cut}");
    }
}

#[test]
fn many_threads_and_stores_at_once() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let fixture = &fixture;
            scope.spawn(move || {
                let store = Store::open(&fixture.cache());
                for i in 0..50 {
                    let key = Digest::of(format!("key {}", i % 10).as_bytes());
                    let lock = store.lock(&[key]).expect("a lock");
                    if store.action(&key).is_none() {
                        let content = format!("content {}", i % 10).repeat(1000);
                        let digest = store.put_bytes(content.as_bytes());
                        let content = OutputContent::File {
                            digest,
                            size: content.len() as u64,
                            executable: false,
                        };
                        let outputs = vec![OutputEntry {
                            path: format!("by {worker}"),
                            content,
                        }];
                        let result = ActionResult {
                            outputs,
                            log: vec![],
                            micros: 0,
                            stored_at: 0,
                        };
                        store.put_action(&key, &result, Some(lock));
                    }
                }
            });
        }
    });
    let store = Store::open(&fixture.cache());
    let report = store.verify(false);
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(
        (report.actions, report.blobs, report.leftovers),
        (10, 10, 0)
    );
}

#[test]
fn collection_forgets_vanished_projects_and_what_kills_left() {
    let fixture = Fixture::new();
    let store = Store::open(&fixture.cache());
    let manifest = |name: &str| {
        let mut manifest = Manifest::default();
        manifest.part("input", name, b"x");
        manifest
    };
    let gone = fixture.remember(&store, "gone", &"gone ".repeat(10_000));
    let failed = Digest::of(b"a failure");
    store.put_manifest(&gone, &manifest("gone"));
    store.put_manifest(&failed, &manifest("failed"));
    fixture.last_run(&store, "gone", gone);
    fixture.last_run(&store, "failed", failed);
    let elsewhere = fixture.folder.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).expect("folder");
    let kept = Digest::of(b"another failure");
    store.put_manifest(&kept, &manifest("kept"));
    store.flush();
    let project = fixture.project().display().to_string();
    let run = store.last_run(&project, "failed").expect("a last run");
    let run = LastRun { key: kept, ..run };
    store.put_last_run(&elsewhere.display().to_string(), "t", &run);
    drop(store);

    let project = fixture.project().canonicalize().expect("there");
    let state = Store::project_folder(&fixture.cache(), &project);
    std::fs::create_dir_all(&state).expect("folder");
    std::fs::write(state.join("snapshot"), "").expect("write");
    let other = Store::project_folder(&fixture.cache(), &elsewhere);
    std::fs::create_dir_all(&other).expect("folder");
    let left = [
        other.join("snapshot.4711"),
        fixture.cache().join("tmp/half"),
        fixture.cache().join("store.db.damaged"),
    ];
    let old = filetime::FileTime::from_unix_time(1_000_000_000, 0);
    for path in &left {
        std::fs::write(path, "x").expect("write");
        filetime::set_file_mtime(path, old).expect("time");
    }
    std::fs::write(other.join("snapshot"), "").expect("write");
    std::fs::write(fixture.cache().join("tmp/young"), "").expect("write");
    fixture.age();

    // While the project is there, everything of it stays.
    let collected = collect(&fixture.cache(), limits(10)).expect("readable");
    assert_eq!(collected.expect("alone").actions, 0);
    assert!(left.iter().all(|path| !path.exists()));
    assert!(other.join("snapshot").exists() && fixture.cache().join("tmp/young").exists());
    std::fs::remove_dir_all(fixture.project()).expect("remove");
    let collected = collect(&fixture.cache(), limits(10)).expect("readable");
    assert_eq!(collected.expect("alone").actions, 1);
    assert!(!state.exists());
    let store = Store::open(&fixture.cache());
    assert!(store.action(&gone).is_none());
    assert_eq!(store.manifest(&gone), None);
    assert_eq!(store.manifest(&failed), None);
    assert_eq!(store.manifest(&kept), Some(manifest("kept")));
    assert!(store.verify(false).is_clean());
}
