//! The environment of nexus and of tasks, and files that change meanwhile.

use crate::finish;
use crate::support::{Project, Ran, wait_until};

#[test]
fn an_input_edited_while_its_task_runs_is_not_cached_and_runs_again() {
    let project = Project::new(
        r#"
tasks.copy = {
  inputs  = [ "source" ];
  outputs = [ "copy" ];
  run     = "echo x >> executed; cp source copy; touch started; while [ ! -e go ]; do :; done";
};
"#,
    )
    .write("source", "before\n");
    let child = project.start(&["build"]);
    wait_until("the task has started", || project.exists("started"));
    project.edit("source", "after\n");
    project.edit("go", "");
    let ran = finish(child);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(project.read("copy"), "after\n", "{ran}");
    assert_eq!(project.read("executed"), "x\nx\n");
    // The first content was never paired with the second's result.
    project.edit("source", "before\n");
    project.ok(&["build"]);
    assert_eq!(project.read("copy"), "before\n");
}

#[test]
fn an_undeclared_variable_does_not_reach_a_cached_task() {
    let project = Project::new(
        r#"
tasks = {
  cached   = { outputs = [ "out" ]; env = { DECLARED = "yes"; }; run = "echo \"${"\${DECLARED-none} \${UNDECLARED-none}"}\" > out"; };
  uncached = { run = "echo \"${"\${UNDECLARED-none}"}\" > seen"; };
};
"#,
    );
    let run = |args: &[&str], value: &str| {
        let output = project
            .command(args)
            .env("UNDECLARED", value)
            .output()
            .unwrap();
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(0), "{ran}");
        ran
    };
    run(&["build"], "leak");
    assert_eq!(project.read("out"), "yes none\n");
    let again = run(&["--format", "json", "build"], "other");
    assert!(again.events("task_started").is_empty(), "{again}");
    run(&["run", "uncached"], "inherited");
    assert_eq!(project.read("seen"), "inherited\n");
}

/// Nothing is set but where programs are: neither HOME nor a folder for anything.
#[test]
fn without_a_home_everything_but_memory_works() {
    let project = Project::new(
        r#"
tasks = {
  make = { inputs = [ "seed" ]; outputs = [ "out" ]; run = "cp seed out"; };
  once = { idempotent = false; run = [ "echo one >> book" "echo two >> book" ]; };
};
"#,
    )
    .write("seed", "1\n");
    let bare = |args: &[&str]| {
        let mut command = project.command(args);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path);
        // What a fallback might use is the project's alone.
        command.env("TMPDIR", project.root());
        Ran::from(command.output().expect("nexus starts"))
    };
    for args in [
        &["build"][..],
        &["run", "once"],
        &["list"],
        &["check"],
        &["why", "make"],
    ] {
        let ran = bare(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {ran}");
        assert!(!ran.text().contains("panicked"), "{args:?}: {ran}");
    }
    assert_eq!(project.read("out"), "1\n");
    assert_eq!(project.read("book"), "one\ntwo\n");
    for args in [&["resume"][..], &["pipelines"], &["report"]] {
        let ran = bare(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran}");
        assert!(ran.stderr.contains("NX0713"), "{args:?}: {ran}");
    }
}
