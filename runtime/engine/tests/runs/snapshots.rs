//! What a run leaves for the snapshot is enough to see every change, and no more than that.

use crate::support::{Happening, Project, Ran};
use nexus_engine::Cancel;
use nexus_graph::Digest;
use nexus_store::Digests;
use nexus_store::snapshot::{PlanPart, Selection, Snapshot, SnapshotBuilder};
use std::sync::Arc;

crate::tests![
    the_second_look_finds_everything_clean,
    every_kind_of_change_is_seen,
    a_dirty_task_leaves_the_others_clean,
];

/// Globs the folder its output lies in; so does its user.
fn project() -> Project {
    let mut project = Project::new();
    project.write("one.in", "1\n");
    project.write("two.in", "2\n");
    project.write("headers/h", "h\n");
    project.write(
        "tool",
        "#!/bin/sh\ncat \"$@\" headers/h > all.out; echo 'all.out: headers/h' > all.d\n",
    );
    executable(&project, "tool");
    project.cached("all", &[], &["*.in"], &["all.out"], "./tool one.in two.in");
    project.change("all").steps[0].depfile = Some("all.d".into());
    project.cached(
        "user",
        &["all"],
        &["*.out"],
        &["user.final"],
        "cp all.out user.final",
    );
    project
}

fn executable(project: &Project, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn remember(project: &Project, ran: &Ran) -> std::path::PathBuf {
    let file = project.cache().join("test-snapshot");
    let root = project.root();
    let mut builder =
        SnapshotBuilder::new(&root, &project.graph, None, PlanPart::default(), [], None);
    for (id, state) in &ran.report.states {
        builder.task(id.0, state);
    }
    builder.write(&file).unwrap();
    file
}

fn clean(project: &Project, file: &std::path::Path) -> Vec<bool> {
    let snapshot = Snapshot::open(file, &project.root()).unwrap();
    let names = ["user".to_string()];
    snapshot.check(&Selection::Named(&names)).clean
}

fn the_second_look_finds_everything_clean() {
    let project = project();
    for _ in 0..2 {
        let file = remember(&project, &project.ok(&["user"]));
        assert_eq!(clean(&project, &file), [true, true]);
    }
}

fn every_kind_of_change_is_seen() {
    let changes: &[Happening] = &[
        ("an input", |p| p.write("one.in", "other\n")),
        ("a new input", |p| p.write("three.in", "3\n")),
        ("a removed input", |p| p.remove("two.in")),
        ("an output", |p| p.write("all.out", "")),
        ("a missing output", |p| p.remove("all.out")),
        ("a discovered input", |p| p.write("headers/h", "other\n")),
        ("a program", |p| p.write("tool", "#!/bin/sh\n# other\n")),
    ];
    for (what, change) in changes {
        let project = project();
        let file = remember(&project, &project.ok(&["user"]));
        change(&project);
        assert_eq!(clean(&project, &file), [false, false], "{what}");
    }
    // Things that are nobody's business.
    let project = project();
    let file = remember(&project, &project.ok(&["user"]));
    project.write("headers/new", "");
    project.write("one.in", "1\n");
    assert_eq!(clean(&project, &file), [true, true]);
}

fn a_dirty_task_leaves_the_others_clean() {
    let project = project();
    let file = remember(&project, &project.ok(&["user"]));
    project.write("user.final", "damaged");
    let clean = clean(&project, &file);
    assert_eq!(clean, [true, false]);
    let snapshot = Arc::new(Snapshot::open(&file, &project.root()).unwrap());
    let mut context = project.context();
    let key = |id: u32| clean[id as usize].then(|| snapshot.key(id)).flatten();
    context.up_to_date = (0..2).map(key).collect::<Vec<Option<Digest>>>();
    context.digests = Arc::new(Digests::after(snapshot.clone()));
    let mut restored = Vec::new();
    let graph = Arc::new(project.graph.clone());
    let report = nexus_engine::run(
        &graph,
        &[project.id("user")],
        &project.options(),
        &context,
        &Cancel::new(),
        &mut |event| {
            if let nexus_graph::EventKind::TaskCached {
                restored: paths, ..
            } = &event.kind
            {
                restored.extend(paths.clone());
            }
        },
    );
    assert_eq!(restored, ["user.final"]);
    // Only what was looked at has a new state.
    assert_eq!(report.unwrap().states.len(), 1);
}
