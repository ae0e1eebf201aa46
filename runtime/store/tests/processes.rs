//! Several processes with one store: nothing is done twice, nothing is lost, kills are survived.
//!
//! The processes are this test program again, told by a variable what to be.

use nexus_graph::Digest;
use nexus_store::{ActionResult, OutputContent, OutputEntry, Store, TryLock};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ROLE: &str = "NEXUS_STORE_TEST_ROLE";
const FOLDER: &str = "NEXUS_STORE_TEST_FOLDER";

fn start(role: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "worker", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a process")
}

/// Not a test of its own: what the started processes do.
#[test]
fn worker() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).expect("a folder"));
    let store = Store::open(&folder.join("cache"));
    assert_eq!(store.take_warnings(), [], "{role}");
    match role.as_str() {
        "share" => (0..40).for_each(|i| once(&store, &folder, i)),
        "hold" => {
            let _lock = store.lock(&[key(0)]).expect("a lock");
            println!("held");
            std::io::stdin()
                .read_line(&mut String::new())
                .expect("input");
        }
        "write" => {
            for i in 0.. {
                put(&store, i, None);
                println!("{i}");
            }
        }
        role => panic!("unknown role {role}"),
    }
}

fn key(i: usize) -> Digest {
    Digest::of(format!("key {i}").as_bytes())
}

/// Stores a result: small contents, large ones and folders' worth of both.
fn put(store: &Store, i: usize, lock: Option<nexus_store::KeyLock>) {
    let content = format!("content {i} ").repeat(if i.is_multiple_of(3) { 2000 } else { 10 });
    let content = OutputContent::File {
        digest: store.put_bytes(content.as_bytes()),
        size: content.len() as u64,
        executable: false,
    };
    let outputs = vec![OutputEntry {
        path: "out".into(),
        content,
    }];
    let result = ActionResult {
        outputs,
        log: vec![],
        micros: 0,
        stored_at: 0,
    };
    store.put_action(&key(i), &result, lock);
}

/// Executes a task unless its result is known, as the engine does.
fn once(store: &Store, folder: &Path, i: usize) {
    if store.action(&key(i)).is_some() {
        return;
    }
    let lock = store.lock(&[key(i)]).expect("a lock");
    if store.action(&key(i)).is_some() {
        return;
    }
    let mut log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("executed"))
        .expect("log");
    log.write_all(format!("{i}\n").as_bytes()).expect("log");
    put(store, i, Some(lock));
}

#[test]
fn processes_that_start_together_execute_everything_once() {
    for _ in 0..3 {
        let folder = tempfile::tempdir().expect("folder");
        let children: Vec<_> = (0..8).map(|_| start("share", folder.path())).collect();
        for mut child in children {
            assert!(child.wait().expect("ended").success());
        }
        let executed = std::fs::read_to_string(folder.path().join("executed")).expect("log");
        let mut executed: Vec<usize> = executed
            .lines()
            .map(|line| line.parse().expect("a number"))
            .collect();
        executed.sort();
        assert_eq!(executed, (0..40).collect::<Vec<_>>());
        let store = Store::open(&folder.path().join("cache"));
        let report = store.verify(false);
        assert!(report.is_clean() && report.leftovers == 0, "{report:?}");
        assert_eq!(report.actions, 40);
    }
}

/// Reads the output of a process up to a line it is known to print.
fn wait_for(child: &mut Child, line: &str) {
    let output = BufReader::new(child.stdout.as_mut().expect("piped"));
    let found = output
        .lines()
        .map_while(Result::ok)
        .any(|printed| printed.ends_with(line));
    assert!(found, "the process ended before it printed {line}");
}

#[test]
fn a_killed_process_leaves_no_lock() {
    let folder = tempfile::tempdir().expect("folder");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "worker", "--nocapture"])
        .env(ROLE, "hold")
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    wait_for(&mut child, "held");
    let store = Store::open(&folder.path().join("cache"));
    match store.try_lock(&[key(0)]).expect("lock files") {
        TryLock::Busy => {}
        TryLock::Held(_) => panic!("two processes hold one lock"),
    }
    assert!(matches!(
        store.try_lock(&[key(1)]).expect("lock files"),
        TryLock::Held(_)
    ));
    child.kill().expect("kill");
    child.wait().expect("ended");
    assert!(store.lock(&[key(0)]).is_some());
}

#[test]
fn kills_at_any_moment_leave_a_store_that_verifies() {
    let folder = tempfile::tempdir().expect("folder");
    for after in [0, 1, 5, 20, 50, 120, 300, 700] {
        let mut child = start("write", folder.path());
        wait_for(&mut child, &after.to_string());
        child.kill().expect("kill");
        child.wait().expect("ended");
        let store = Store::open(&folder.path().join("cache"));
        assert_eq!(store.take_warnings(), []);
        let report = store.verify(false);
        assert!(report.is_clean(), "after {after}: {report:?}");
    }
}
