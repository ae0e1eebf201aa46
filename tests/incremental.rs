//! What is done again after a change, and what is not: a small C program with a task for each file.

mod support;
use support::Project;

const C_PROJECT: &str = r#"
tasks = let
  objects = map (task: task.outputs.object) (std.record.values tasks.obj);
  compile = source: let base = "build/${std.path.stem source}"; in {
    name  = std.path.stem source;
    value = {
      inputs  = [ source ];
      outputs = { object = "${base}.o"; };
      run     = { cmd = "cc -Isrc -MD -MF ${base}.d -c ${source} -o ${base}.o"; depfile = "${base}.d"; };
    };
  };
in {
  obj = std.record.from_list (map compile (glob "src/*.c"));
  link = {
    inputs  = objects;
    outputs = { program = "build/program"; };
    run     = "cc -o build/program ${std.string.join " " objects}";
  };
  test = {
    inputs = [ tasks.link.outputs.program ];
    run    = "${tasks.link.outputs.program}";
  };
};
"#;

fn c_project() -> Project {
    Project::new(C_PROJECT)
        .write("src/shared.h", "#define SHARED 1\n")
        .write("src/one.h", "int one(void);\n")
        .write(
            "src/one.c",
            "#include \"shared.h\"\n#include \"one.h\"\nint one(void) { return SHARED; }\n",
        )
        .write(
            "src/two.c",
            "#include \"shared.h\"\nint two(void) { return SHARED + 1; }\n",
        )
        .write(
            "src/main.c",
            "#include \"one.h\"\nint main(void) { return one() - 1; }\n",
        )
}

fn built() -> Project {
    let project = c_project();
    assert_eq!(
        project.executed_sorted(&["run", "test"]),
        ["link", "obj.main", "obj.one", "obj.two", "test"]
    );
    project
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_second_run_executes_nothing_and_says_so() {
    let project = built();
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
    let ran = project.ok(&["run", "test"]);
    assert!(ran.text().contains("up to date"), "{ran}");
}

#[test]
fn a_touched_file_executes_nothing() {
    let project = built();
    project.touch("src/one.c");
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
    let why = project.ok(&["why", "obj.one"]).text();
    assert!(why.contains("up to date"), "{why}");
}

#[test]
fn a_comment_compiles_one_file_and_links_nothing() {
    let project = built();
    let text = project.read("src/one.c");
    project.edit("src/one.c", &format!("{text}/* a remark */\n"));
    assert_eq!(project.executed(&["run", "test"]), ["obj.one"]);
    let why = project.ok(&["why", "obj.one"]).text();
    assert!(why.contains("src/one.c"), "{why}");
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
}

#[test]
fn a_real_change_goes_through_to_the_end() {
    let project = built();
    project.edit(
        "src/two.c",
        "#include \"shared.h\"\nint two(void) { return SHARED + 2; }\n",
    );
    assert_eq!(
        project.executed(&["run", "test"]),
        ["obj.two", "link", "test"]
    );
    let why = project.ok(&["why", "link"]).text();
    assert!(why.contains("build/two.o"), "{why}");
}

#[test]
fn a_header_compiles_exactly_its_users() {
    let project = built();
    project.edit("src/shared.h", "#define SHARED 1 /* one */\n");
    assert_eq!(
        project.executed_sorted(&["run", "test"]),
        ["obj.one", "obj.two"]
    );
    let why = project.ok(&["why", "obj.one"]).text();
    assert!(why.contains("src/shared.h"), "{why}");
    project.edit("src/one.h", "int one(void); /* gives one */\n");
    assert_eq!(
        project.executed_sorted(&["run", "test"]),
        ["obj.main", "obj.one"]
    );
    // And back to what it was: both results are known, so nothing is executed.
    project.edit("src/one.h", "int one(void);\n");
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
}

#[test]
fn a_deleted_output_is_restored() {
    let project = built();
    let before = std::fs::read(project.path("build/program")).unwrap();
    project.remove("build/program");
    let ran = project.ok(&["--format", "json", "run", "test"]);
    assert!(ran.events("task_started").is_empty(), "{ran}");
    let restored: Vec<_> = ran
        .events("task_cached")
        .iter()
        .filter(|e| e["restored"].as_array().is_some_and(|r| !r.is_empty()))
        .map(|e| e["task"].clone())
        .collect();
    assert_eq!(restored, ["link"]);
    assert_eq!(
        std::fs::read(project.path("build/program")).unwrap(),
        before
    );
    let why = project.ok(&["why", "link"]).text();
    assert!(
        why.contains("up to date") || why.contains("restored"),
        "{why}"
    );
}

#[test]
fn a_tampered_or_truncated_output_is_restored() {
    let project = built();
    let before = std::fs::read(project.path("build/program")).unwrap();
    for damage in [&b"tampered"[..], &before[..before.len() / 2], b""] {
        std::fs::remove_file(project.path("build/program")).unwrap();
        std::fs::write(project.path("build/program"), damage).unwrap();
        assert_eq!(project.executed(&["run", "test"]), NOTHING);
        assert_eq!(
            std::fs::read(project.path("build/program")).unwrap(),
            before
        );
    }
}

#[test]
fn a_new_file_is_compiled_and_linked_and_a_removed_one_is_not() {
    let project = built();
    project.edit("src/three.c", "int three(void) { return 3; }\n");
    assert_eq!(
        project.executed(&["run", "test"]),
        ["obj.three", "link", "test"]
    );
    project.remove("src/three.c");
    // The two-file program is known from before.
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
}

#[test]
fn an_edit_of_the_project_file_that_changes_no_task_executes_nothing() {
    let project = built();
    project.edit("nexus.nx", &format!("# a comment\n{C_PROJECT}"));
    assert_eq!(project.executed(&["run", "test"]), NOTHING);
}

#[test]
fn the_same_project_elsewhere_shares_results() {
    let project = built();
    let elsewhere = c_project();
    std::fs::remove_dir_all(elsewhere.cache()).ok();
    let output = elsewhere
        .command(&["--format", "json", "run", "test"])
        .env("NEXUS_CACHE_DIR", project.cache())
        .env("NEXUS_STATE_DIR", project.cache())
        .output()
        .unwrap();
    let ran = support::Ran::from(output);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.events("task_started").is_empty(), "{ran}");
    assert!(elsewhere.exists("build/program"));
}
