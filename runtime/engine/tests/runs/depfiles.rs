//! Inputs discovered through dependency files.

use crate::support::Project;
use nexus_graph::event::{Outcome, Reason};

crate::tests![
    a_header_rebuilds_exactly_its_users,
    going_back_finds_the_old_set,
    a_deleted_header_is_a_change,
    a_missing_depfile_breaks_the_task,
    a_header_edited_while_running_runs_again,
];

/// Stands in for a compiler: follows `include NAME` lines and lists what it read.
const COMPILER: &str = r#"#!/bin/sh
# usage: compile SOURCE OUTPUT DEPFILE
headers=$(sed -n "s/^include //p" "$1" | tr "\n" " ")
cat "$1" $headers > "$2" || exit 1
echo "$2: $1 $headers" > "$3"
"#;

fn project() -> Project {
    use std::os::unix::fs::PermissionsExt;
    let mut project = Project::new();
    project.write("compile", COMPILER);
    std::fs::set_permissions(
        project.path("compile"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    project.write("one.c", "include shared.h\ninclude one.h\n");
    project.write("two.c", "include shared.h\n");
    project.write("shared.h", "shared 1\n");
    project.write("one.h", "one 1\n");
    for name in ["one", "two"] {
        let (source, object, depfile) = (
            format!("{name}.c"),
            format!("out/{name}.o"),
            format!("out/{name}.d"),
        );
        project.cached(
            name,
            &[],
            &[&source],
            &[&object],
            &format!("./compile {source} {object} {depfile}"),
        );
        project.change(name).steps[0].depfile = Some(depfile);
    }
    project
}

fn run(project: &Project) -> Vec<String> {
    let ran = project.ok(&["one", "two"]);
    let mut executed: Vec<String> = ran.executed().into_iter().map(str::to_string).collect();
    executed.sort();
    executed
}

fn a_header_rebuilds_exactly_its_users() {
    let project = project();
    assert_eq!(run(&project), ["one", "two"]);
    assert_eq!(run(&project), [""; 0]);
    project.write("one.h", "one 2\n");
    let ran = project.ok(&["one", "two"]);
    assert_eq!(ran.executed(), ["one"]);
    let Some(Reason::Changed { changes }) = ran.reason("one") else {
        panic!("{ran:#?}")
    };
    assert_eq!((changes.len(), changes[0].name.as_str()), (1, "one.h"));
    project.write("shared.h", "shared 2\n");
    assert_eq!(run(&project), ["one", "two"]);
    assert_eq!(
        project.read("out/one.o"),
        "include shared.h\ninclude one.h\nshared 2\none 2\n"
    );
}

fn going_back_finds_the_old_set() {
    let project = project();
    run(&project);
    project.write("two.c", "no headers\n");
    project.write("one.h", "one 2\n");
    run(&project);
    project.write("two.c", "include shared.h\n");
    project.write("one.h", "one 1\n");
    assert_eq!(run(&project), [""; 0]);
    assert_eq!(project.read("out/two.o"), "include shared.h\nshared 1\n");
}

fn a_deleted_header_is_a_change() {
    let project = project();
    run(&project);
    project.remove("one.h");
    let ran = project.run(&["one"]);
    assert_eq!(ran.executed(), ["one"]);
    assert!(matches!(ran.outcome("one"), Some(Outcome::Failed { .. })));
}

fn a_missing_depfile_breaks_the_task() {
    let mut project = project();
    project.change("two").steps[0].depfile = Some("other.d".into());
    let ran = project.run(&["two"]);
    assert!(
        matches!(ran.outcome("two"), Some(Outcome::Broken { code, .. }) if code == "NX0510"),
        "{ran:#?}"
    );
}

fn a_header_edited_while_running_runs_again() {
    let mut project = project();
    let line = "./compile two.c out/two.o out/two.d; test -e edited || { echo shared 2 > shared.h; touch edited; }";
    project.change("two").steps[0].command = nexus_graph::Command::Line(line.into());
    let ran = project.ok(&["two"]);
    assert_eq!(ran.executed(), ["two", "two"]);
    assert_eq!(project.read("out/two.o"), "include shared.h\nshared 2\n");
    assert_eq!(project.ok(&["two"]).executed(), [""; 0]);
}
