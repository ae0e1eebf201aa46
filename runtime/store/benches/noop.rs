//! What a run costs in which nothing has to be done: opening the snapshot of 10,000 tasks with
//! 13,000 files and comparing it with the disk.

use divan::Bencher;
use nexus_graph::{Dependency, Digest, Output, Step, Task, TaskGraph, TaskId, TaskKind, Used};
use nexus_store::snapshot::{PlanPart, Selection, Snapshot, SnapshotBuilder, TaskState};
use nexus_store::{Digests, Known};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

const GROUPS: usize = 1000;

struct Project {
    folder: tempfile::TempDir,
    graph: TaskGraph,
    states: Vec<TaskState>,
    plan: Vec<(PathBuf, Known)>,
}

/// Groups of ten tasks: three chains of three and one that joins them; three sources a group.
static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path().join("project");
    let mut graph = TaskGraph::default();
    let digests = Digests::default();
    let mut states = Vec::new();
    let known = |name: &str| {
        let path = root.join(name);
        let known = digests.file(&path).expect("readable");
        (path, known, true)
    };
    for group in 0..GROUPS {
        for part in ["src", "out"] {
            std::fs::create_dir_all(root.join(format!("{part}/g{group:04}"))).expect("folder");
        }
        let first = graph.tasks.len() as u32;
        for step in 0..10u32 {
            let (chain, at) = (step / 3, step % 3);
            let mut task = Task::new(format!("g{group:04}.t{step}"));
            task.kind = TaskKind::Work;
            task.cached = true;
            let mut deps = Vec::new();
            let inputs = match (step, at) {
                (9, _) => {
                    deps.extend([first + 2, first + 5, first + 8]);
                    deps.iter()
                        .map(|d| d - first)
                        .map(|t| format!("out/g{group:04}/t{t}"))
                        .collect()
                }
                (_, 0) => {
                    let source = format!("src/g{group:04}/s{chain}");
                    std::fs::write(root.join(&source), &source).expect("write");
                    vec![source]
                }
                _ => {
                    deps.push(first + step - 1);
                    vec![format!("out/g{group:04}/t{}", step - 1)]
                }
            };
            let output = format!("out/g{group:04}/t{step}");
            std::fs::write(root.join(&output), &output).expect("write");
            task.steps
                .push(Step::line(format!("cp {} {output}", inputs[0])));
            let all: Vec<_> = inputs.iter().chain([&output]).map(|n| known(n)).collect();
            states.push(TaskState {
                key: Digest::of(output.as_bytes()),
                files: all,
            });
            task.inputs = inputs;
            task.outputs.push(Output {
                name: None,
                path: output,
            });
            task.deps = deps
                .into_iter()
                .map(|d| Dependency {
                    task: TaskId(d),
                    used: Used::All,
                })
                .collect();
            graph.tasks.push(task);
        }
    }
    std::fs::write(root.join("nexus.nx"), "").expect("write");
    let plan = vec![known("nexus.nx")]
        .into_iter()
        .map(|(path, known, _)| (path, known))
        .collect();
    let project = Project {
        folder,
        graph,
        states,
        plan,
    };
    project.write();
    project
});

impl Project {
    fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("snapshot")
    }

    fn write(&self) {
        let root = self.root();
        let plan = PlanPart::default();
        let mut builder =
            SnapshotBuilder::new(&root, &self.graph, None, plan, self.plan.clone(), None);
        for (id, state) in self.states.iter().enumerate() {
            builder.task(id as u32, state);
        }
        builder.write(&self.file()).expect("written");
    }

    fn open(&self) -> Snapshot {
        Snapshot::open(&self.file(), &self.root()).expect("a snapshot")
    }
}

#[divan::bench]
fn open(bencher: Bencher) {
    bencher.bench(|| PROJECT.open());
}

#[divan::bench]
fn check_all(bencher: Bencher) {
    let snapshot = PROJECT.open();
    assert!(snapshot.check(&Selection::Outputs).up_to_date());
    bencher.bench(|| snapshot.check(&Selection::Outputs));
}

#[divan::bench]
fn check_one_group(bencher: Bencher) {
    let snapshot = PROJECT.open();
    let names = ["g0500.t9".to_string()];
    bencher.bench(|| snapshot.check(&Selection::Named(&names)));
}

#[divan::bench]
fn open_and_check_all(bencher: Bencher) {
    bencher.bench(|| PROJECT.open().check(&Selection::Outputs).up_to_date());
}

#[divan::bench]
fn graph(bencher: Bencher) {
    let snapshot = PROJECT.open();
    bencher.bench(|| snapshot.graph().expect("a graph"));
}

#[divan::bench]
fn recall_all_digests(bencher: Bencher) {
    let snapshot = Arc::new(PROJECT.open());
    let files = PROJECT.states.iter().flat_map(|state| &state.files);
    let paths: Vec<&PathBuf> = files.map(|(path, ..)| path).collect();
    bencher.bench(|| {
        let digests = Digests::after(snapshot.clone());
        paths
            .iter()
            .filter(|path| digests.file(path).is_ok())
            .count()
    });
}

#[divan::bench]
fn carry_over_and_write(bencher: Bencher) {
    let root = PROJECT.root();
    let snapshot = PROJECT.open();
    let graph = snapshot.graph().expect("a graph");
    bencher.bench(|| {
        let plan = PlanPart::default();
        let mut builder = SnapshotBuilder::new(
            &root,
            &graph,
            Some(&snapshot),
            plan,
            snapshot.plan_files(),
            None,
        );
        builder.carry_over();
        builder
            .write(&PROJECT.folder.path().join("written"))
            .expect("written");
    });
}

fn main() {
    divan::main();
}
