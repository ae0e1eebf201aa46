//! The snapshot says "nothing to do" exactly when that is true, and survives any damage.

use nexus_graph::{Dependency, Digest, Output, Step, Task, TaskGraph, TaskId, TaskKind, Used};
use nexus_store::snapshot::{PlanPart, Selection, Snapshot, SnapshotBuilder, TaskState};
use nexus_store::{Digests, Kind, Known, Stamp};
use std::path::{Path, PathBuf};

struct Fixture {
    folder: tempfile::TempDir,
    graph: TaskGraph,
}

impl Fixture {
    /// Two tasks in a chain, `a` from `src/in` to `out/a`, `b` from there to `out/b`, and a third
    /// on its own.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let mut graph = TaskGraph::default();
        for (path, input, output) in [
            ("a", "src/in", "out/a"),
            ("b", "out/a", "out/b"),
            ("c", "src/other", "out/c"),
        ] {
            let mut task = Task::new(path);
            task.kind = TaskKind::Work;
            task.steps.push(Step::line("true"));
            task.inputs.push(input.into());
            task.outputs.push(Output {
                name: None,
                path: output.into(),
            });
            task.cached = true;
            graph.tasks.push(task);
        }
        graph.tasks[1].deps.push(Dependency {
            task: TaskId(0),
            used: Used::Some(vec![0]),
        });
        let fixture = Fixture { folder, graph };
        for name in ["nexus.nx", "src/in", "src/other", "out/a", "out/b", "out/c"] {
            let path = fixture.path(name);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folders");
            std::fs::write(path, name).expect("file");
        }
        fixture.save();
        fixture
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("state/snapshot")
    }

    fn save(&self) {
        let digests = Digests::default();
        let known = |name: &str| {
            let path = self.path(name);
            let known = digests.file(&path).expect("readable");
            (path, known)
        };
        let root = self.root();
        let plan = PlanPart {
            env: vec![("CC".into(), None)],
            ..PlanPart::default()
        };
        let mut builder = SnapshotBuilder::new(
            &root,
            &self.graph,
            None,
            plan,
            [known("nexus.nx"), known("src")],
            None,
        );
        let states = self.states();
        for (id, state) in (0..).zip(&states) {
            builder.task(id, state);
        }
        builder.write(&self.file()).expect("written");
    }

    /// What a run would find now, each task with the key that `key` gives it.
    fn states_with(&self, key: impl Fn(&str) -> Digest) -> Vec<TaskState> {
        let digests = Digests::default();
        let state = |task: &Task| {
            let outputs = task.outputs.iter().map(|o| &o.path);
            let file = |name: &String| {
                let path = self.path(name);
                let known = digests.file(&path).expect("readable");
                (path, known, true)
            };
            TaskState {
                key: key(&task.path),
                files: task.inputs.iter().chain(outputs).map(file).collect(),
            }
        };
        self.graph.tasks.iter().map(state).collect()
    }

    fn states(&self) -> Vec<TaskState> {
        self.states_with(|path| Digest::of(path.as_bytes()))
    }

    fn check(&self, names: &[&str]) -> nexus_store::snapshot::Check {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        self.open().check(&Selection::Named(&names))
    }

    fn open(&self) -> Snapshot {
        Snapshot::open(&self.file(), &self.root()).expect("a snapshot")
    }

    fn up_to_date(&self, names: &[&str]) -> bool {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        self.open().check(&Selection::Named(&names)).up_to_date()
    }
}

#[test]
fn unchanged_is_up_to_date_and_keeps_its_graph() {
    let fixture = Fixture::new();
    assert!(fixture.up_to_date(&["b"]));
    let snapshot = fixture.open();
    assert!(snapshot.check(&Selection::Outputs).up_to_date());
    assert_eq!(snapshot.graph().as_ref(), Some(&fixture.graph));
    assert_eq!(snapshot.plan.env, [("CC".to_string(), None)]);
    assert_eq!(
        snapshot
            .check(&Selection::Named(&["b".into()]))
            .count(&snapshot),
        2
    );
    assert!(
        snapshot
            .check(&Selection::Named(&["nope".into()]))
            .unknown
            .is_some()
    );
}

#[test]
fn a_change_makes_its_cone_unclean_and_nothing_else() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("src/in"), "changed").expect("write");
    let snapshot = fixture.open();
    let check = snapshot.check(&Selection::Outputs);
    assert_eq!(check.clean, [false, false, true]);
    assert!(!check.plan_changed);
    assert!(
        !fixture.up_to_date(&["a"]) && !fixture.up_to_date(&["b"]) && fixture.up_to_date(&["c"])
    );
}

#[test]
fn a_deleted_output_an_execute_bit_and_a_new_file_are_seen() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    std::fs::remove_file(fixture.path("out/b")).expect("remove");
    assert!(!fixture.up_to_date(&["b"]) && fixture.up_to_date(&["a"]));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(fixture.path("src/other"), mode).expect("mode");
    assert!(!fixture.up_to_date(&["c"]));
    std::fs::remove_dir_all(fixture.path("out")).expect("remove");
    assert!(!fixture.up_to_date(&["a"]));
    // The plan listed `src`.
    std::fs::write(fixture.path("src/new"), "").expect("write");
    assert!(fixture.open().check(&Selection::Outputs).plan_changed);
}

#[test]
fn a_touched_file_is_the_same_and_is_noted() {
    let fixture = Fixture::new();
    let time = filetime::FileTime::from_unix_time(1_000_000_000, 0);
    filetime::set_file_mtime(fixture.path("src/in"), time).expect("time");
    let snapshot = fixture.open();
    let check = snapshot.check(&Selection::Outputs);
    assert!(check.up_to_date());
    snapshot.note_touched(&check, &fixture.file());
    let path = fixture.path("src/in");
    let stamp = Stamp::of(&path).expect("its stamp");
    assert_eq!(
        (stamp.kind, stamp.mtime),
        (Kind::File, 1_000_000_000_000_000_000)
    );
    assert!(
        fixture.open().known(&path, &stamp).is_some(),
        "the new stamp is noted"
    );
    assert!(fixture.up_to_date(&["b"]));
    // Same size, same time, other content: the change time gives it away.
    std::fs::write(fixture.path("src/in"), "SRC/IN").expect("write");
    filetime::set_file_mtime(fixture.path("src/in"), time).expect("time");
    assert!(!fixture.up_to_date(&["b"]));
}

#[test]
fn carried_over_tasks_stay_clean() {
    let fixture = Fixture::new();
    let last = fixture.open();
    let root = fixture.root();
    let mut builder = SnapshotBuilder::new(
        &root,
        &fixture.graph,
        Some(&last),
        PlanPart::default(),
        last.plan_files(),
        None,
    );
    builder.carry_over();
    builder.write(&fixture.file()).expect("written");
    assert!(fixture.up_to_date(&["a", "b", "c"]));
    std::fs::write(fixture.path("nexus.nx"), "changed").expect("write");
    assert!(!fixture.up_to_date(&["a"]));
}

fn survives(fixture: &Fixture, bytes: &[u8]) {
    std::fs::write(fixture.file(), bytes).expect("write");
    if let Some(snapshot) = Snapshot::open(&fixture.file(), &fixture.root()) {
        // Only damage in the part with the graph goes unnoticed here, and is noticed there.
        assert_eq!(snapshot.graph(), None);
    }
}

#[test]
fn every_prefix_and_every_flipped_byte_is_survived() {
    let fixture = Fixture::new();
    let whole = std::fs::read(fixture.file()).expect("read");
    for cut in 0..whole.len() {
        survives(&fixture, &whole[..cut]);
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x41;
        survives(&fixture, &flipped);
    }
    survives(&fixture, &[whole.as_slice(), b"more"].concat());
}

#[test]
fn no_snapshot_is_no_snapshot() {
    let fixture = Fixture::new();
    assert!(Snapshot::open(Path::new("/nonexistent/snapshot"), &fixture.root()).is_none());
}

#[test]
fn a_file_seen_with_two_contents_matches_at_most_one() {
    let fixture = Fixture::new();
    let last = fixture.open();
    // `a` reads the file again after an edit; `c` is carried over and never saw the new content.
    std::fs::write(fixture.path("src/in"), "edited").expect("write");
    let path = fixture.path("src/in");
    let known = Digests::default().file(&path).expect("readable");
    let root = fixture.root();
    let mut builder = SnapshotBuilder::new(
        &root,
        &fixture.graph,
        Some(&last),
        PlanPart::default(),
        [],
        None,
    );
    let state = TaskState {
        key: Digest::of(b"c"),
        files: vec![(path, known, true)],
    };
    builder.task(2, &state);
    builder.carry_over();
    builder.write(&fixture.file()).expect("written");
    assert!(fixture.up_to_date(&["c"]));
    assert!(
        !fixture.up_to_date(&["a"]),
        "its stamp must not be taken from another observation"
    );
}

#[test]
fn what_an_earlier_run_knew_is_believed_until_it_changes_or_is_forgotten() {
    let fixture = Fixture::new();
    let path = fixture.path("src/in");
    let outside = fixture.folder.path().join("outside");
    std::fs::write(&outside, "outside").expect("write");
    // A snapshot that lies about the content shows who was asked.
    let lie = Digest::of(b"a lie");
    let root = fixture.root();
    let plan = PlanPart::default();
    let mut builder = SnapshotBuilder::new(&root, &fixture.graph, None, plan, [], None);
    let files = [&path, &outside]
        .map(|path| {
            let known = Digests::default().file(path).expect("readable");
            (
                path.clone(),
                Known {
                    digest: lie,
                    ..known
                },
                true,
            )
        })
        .to_vec();
    let state = TaskState { key: lie, files };
    builder.task(0, &state);
    builder.write(&fixture.file()).expect("written");
    let digests = Digests::after(std::sync::Arc::new(fixture.open()));
    assert_eq!(digests.file(&path).expect("readable").digest, lie);
    assert_eq!(digests.file(&outside).expect("readable").digest, lie);
    let other = digests.file(&fixture.path("src/other")).expect("readable");
    assert_eq!(other.digest, Digest::of(b"src/other"));
    std::fs::write(&path, "src/in").expect("write");
    assert_eq!(
        digests.file(&path).expect("readable").digest,
        Digest::of(b"src/in")
    );
    digests.forget(&outside);
    assert_eq!(
        digests.file(&outside).expect("readable").digest,
        Digest::of(b"outside")
    );
}

/// The states of some tasks, after a change, with keys that are new.
fn changed(fixture: &Fixture, tasks: &[u32]) -> Vec<(u32, TaskState)> {
    let states = fixture.states_with(|path| Digest::of(format!("new {path}").as_bytes()));
    let of = |id: &u32| (*id, states[*id as usize].clone());
    tasks.iter().map(of).collect()
}

#[test]
fn the_users_of_a_new_result_are_not_carried_over() {
    let fixture = Fixture::new();
    // `b` knows `a` as a dependency only: no record of it says that `a` has changed.
    let states: Vec<TaskState> = fixture.states();
    let root = fixture.root();
    let no_inputs = TaskState {
        files: vec![states[1].files[1].clone()],
        ..states[1].clone()
    };
    let write = |last: Option<&Snapshot>, given: &[(u32, &TaskState)]| {
        let plan = PlanPart::default();
        let mut builder = SnapshotBuilder::new(&root, &fixture.graph, last, plan, [], None);
        for (id, state) in given {
            builder.task(*id, state);
        }
        builder.carry_over();
        builder.write(&fixture.file()).expect("written");
    };
    write(None, &[(0, &states[0]), (1, &no_inputs), (2, &states[2])]);
    assert!(fixture.up_to_date(&["b", "c"]));
    // Seen again and the same: its users stay.
    write(Some(&fixture.open()), &[(0, &states[0])]);
    assert!(fixture.up_to_date(&["b", "c"]));
    std::fs::write(fixture.path("src/in"), "edited").expect("write");
    std::fs::write(fixture.path("out/a"), "edited").expect("write");
    let new = changed(&fixture, &[0]);
    let last = fixture.open();
    let amended = last.amend(&fixture.file(), &fixture.check(&["a"]), &new);
    assert!(!amended.expect("written"), "a delta cannot forget a task");
    write(Some(&last), &[(0, &new[0].1)]);
    assert!(fixture.up_to_date(&["a", "c"]));
    assert!(!fixture.up_to_date(&["b"]));
}

#[test]
fn a_small_run_is_remembered_beside_the_snapshot() {
    let fixture = Fixture::new();
    let before = std::fs::read(fixture.file()).expect("read");
    for content in ["first", "second edit"] {
        for name in ["src/in", "out/a", "out/b"] {
            std::fs::write(fixture.path(name), content).expect("write");
        }
        assert!(!fixture.up_to_date(&["b"]));
        let snapshot = fixture.open();
        let check = fixture.check(&["b"]);
        let new = changed(&fixture, &[0, 1]);
        assert!(
            snapshot
                .amend(&fixture.file(), &check, &new)
                .expect("written")
        );
        assert!(fixture.up_to_date(&["a", "b", "c"]));
        assert_eq!(fixture.open().key(0), Some(Digest::of(b"new a")));
        assert_eq!(fixture.open().key(2), Some(Digest::of(b"c")));
    }
    assert_eq!(std::fs::read(fixture.file()).expect("read"), before);
    // A whole snapshot after it says the same, and the delta is gone.
    let last = fixture.open();
    let (root, plan) = (fixture.root(), PlanPart::default());
    let mut builder = SnapshotBuilder::new(&root, &fixture.graph, Some(&last), plan, [], None);
    builder.carry_over();
    builder.write(&fixture.file()).expect("written");
    assert!(fixture.up_to_date(&["a", "b", "c"]));
    assert!(!fixture.file().with_extension("delta").exists());
}

#[test]
fn a_damaged_delta_is_no_delta() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("src/in"), "edited").expect("write");
    std::fs::write(fixture.path("out/a"), "edited").expect("write");
    std::fs::write(fixture.path("out/b"), "edited").expect("write");
    let (snapshot, check) = (fixture.open(), fixture.check(&["b"]));
    let new = changed(&fixture, &[0, 1]);
    assert!(
        snapshot
            .amend(&fixture.file(), &check, &new)
            .expect("written")
    );
    let file = fixture.file().with_extension("delta");
    let whole = std::fs::read(&file).expect("read");
    assert!(fixture.up_to_date(&["b"]));
    for at in 0..whole.len() {
        std::fs::write(&file, &whole[..at]).expect("write");
        assert!(!fixture.up_to_date(&["b"]), "cut at {at}");
        let mut flipped = whole.clone();
        flipped[at] ^= 0x41;
        std::fs::write(&file, &flipped).expect("write");
        assert!(!fixture.up_to_date(&["b"]), "flipped at {at}");
    }
    // That of another snapshot.
    std::fs::write(&file, &whole).expect("write");
    fixture.save();
    std::fs::write(&file, &whole).expect("write");
    assert!(fixture.up_to_date(&["b"]));
    assert_eq!(fixture.open().key(0), Some(Digest::of(b"a")));
}

#[test]
fn a_delta_cannot_say_that_a_task_has_other_files() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("src/in"), "edited").expect("write");
    let (snapshot, check) = (fixture.open(), fixture.check(&["b"]));
    let amend = |states: &[(u32, TaskState)]| {
        let amended = snapshot.amend(&fixture.file(), &check, states);
        amended.expect("written")
    };
    let all = changed(&fixture, &[0, 1]);
    let mut more = all.clone();
    more[0].1.files.push(all[1].1.files[1].clone());
    let mut fewer = all.clone();
    fewer[0].1.files.pop();
    let mut other = all.clone();
    other[1].1.files[0].0 = fixture.path("src/other");
    for states in [&more, &fewer, &other] {
        assert!(!amend(states));
    }
    assert!(amend(&all));
}

#[test]
fn the_part_that_is_not_up_to_date() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("out/b"), "edited").expect("write");
    let mut graph = fixture.graph.clone();
    // Large enough for a part of it to be worth while.
    for i in 0..20 {
        let mut task = graph.tasks[2].clone();
        task.path = format!("z{i:02}");
        task.outputs.clear();
        graph.tasks.push(task);
    }
    let fixture = Fixture { graph, ..fixture };
    fixture.save();
    let names: Vec<String> = fixture.graph.tasks.iter().map(|t| t.path.clone()).collect();
    std::fs::write(fixture.path("out/b"), "edited again").expect("write");
    let snapshot = fixture.open();
    let check = snapshot.check(&Selection::Named(&names));
    let part = snapshot.part(&check).expect("a part");
    assert_eq!(part.ids, [0, 1]);
    assert_eq!(part.targets, [TaskId(1)]);
    assert_eq!(part.keys, [Some(Digest::of(b"a")), None]);
    assert_eq!(part.besides, 21);
    assert_eq!(part.graph.tasks[1], fixture.graph.tasks[1]);
    std::fs::write(fixture.path("src/other"), "edited").expect("write");
    let most = snapshot.check(&Selection::Named(&names));
    assert!(
        snapshot.part(&most).is_none(),
        "nearly everything has to run"
    );
}

#[test]
fn a_delta_cannot_say_that_two_tasks_saw_different_contents() {
    let fixture = Fixture::new();
    // `b` looked at `out/a` before it was edited, `a` afterwards; either may come first.
    let before = fixture.states();
    std::fs::write(fixture.path("out/a"), "edited").expect("write");
    let (snapshot, check) = (fixture.open(), fixture.check(&["b"]));
    let after = changed(&fixture, &[0]).remove(0);
    let b = (1, before[1].clone());
    for states in [[after.clone(), b.clone()], [b, after]] {
        let amended = snapshot.amend(&fixture.file(), &check, &states);
        assert!(!amended.expect("written"));
    }
}
