//! `nexus fmt` through the binary.

mod support;
use support::Project;

const UGLY: &str = "tasks={a={run=\"true\";# why\n\n\n\nenv={A=\"1\";};};};";

#[test]
fn files_are_formatted_in_place_once() {
    let project = Project::new(UGLY).write("lib/more.nx", "x=1;");
    let ran = project.nexus(&["fmt", "--check"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.stdout.contains("nexus.nx") && ran.stdout.contains("lib/more.nx"),
        "{ran}"
    );
    assert_eq!(project.read("nexus.nx"), UGLY, "a check changes nothing");
    project.ok(&["fmt"]);
    let formatted = project.read("nexus.nx");
    assert!(
        formatted.contains("# why") && formatted.contains("env"),
        "{formatted}"
    );
    assert_eq!(project.read("lib/more.nx"), "x = 1;\n");
    assert_eq!(project.ok(&["fmt"]).stdout, "", "nothing is left to do");
    project.ok(&["fmt", "--check"]);
    project.ok(&["check"]);
}

#[test]
fn a_file_with_mistakes_is_reported_and_left_alone() {
    let project = Project::new("tasks = { a = { run = \"true\" }; };\n").write("good.nx", "x=1;");
    let ran = project.nexus(&["fmt"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.stderr.contains("`;`") && ran.stderr.contains("nexus.nx"),
        "{ran}"
    );
    assert_eq!(
        project.read("nexus.nx"),
        "tasks = { a = { run = \"true\" }; };\n"
    );
    assert_eq!(project.read("good.nx"), "x = 1;\n");
}

#[test]
fn what_we_ship_is_formatted() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Project::new("");
    for folder in ["examples", "stdlib"] {
        let path = root.join(folder);
        project.ok(&["fmt", "--check", path.to_str().expect("a plain path")]);
    }
}

#[test]
fn a_difference_is_shown_and_nothing_changed() {
    let text = "tasks.a   = { run = \"x\"; };\ntasks.b.run = \"y\";\n";
    let project = Project::new(text);
    let ran = project.nexus(&["fmt", "--diff"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert_eq!(
        ran.stdout,
        "--- nexus.nx\n+++ nexus.nx\n@@ -1,2 +1,2 @@\n-tasks.a   = { run = \"x\"; };\n+tasks.a = { run = \"x\"; };\n tasks.b.run = \"y\";\n"
    );
    assert_eq!(project.read("nexus.nx"), text);
    project.ok(&["fmt"]);
    assert_eq!(project.ok(&["fmt", "--diff"]).stdout, "");
}

#[test]
fn what_git_ignores_is_nobody_s_to_format() {
    let project = Project::new("")
        .write(".gitignore", "vendor/\n/made.nx\n")
        .write("vendor/other.nx", UGLY)
        .write("made.nx", UGLY)
        .write("lib/made.nx", "x=1;")
        .write(".hidden/a.nx", UGLY);
    let ran = project.ok(&["fmt"]);
    assert_eq!(ran.stdout, "formatted: lib/made.nx\n", "{ran}");
    for file in ["vendor/other.nx", "made.nx", ".hidden/a.nx"] {
        assert_eq!(project.read(file), UGLY, "{file}");
    }
    // What is named is meant.
    project.ok(&["fmt", "made.nx"]);
    assert_ne!(project.read("made.nx"), UGLY);
}
