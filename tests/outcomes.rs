//! How a run ends and what it says: failures, skips, mistakes in the project file.

mod support;
use support::Project;

const CHAIN: &str = r#"
tasks = {
  good  = { outputs = [ "good.out" ]; run = "echo fine > good.out"; };
  bad   = { inputs = [ "seed" ]; outputs = [ "bad.out" ]; run = [ "echo about to fail" "sh -c 'echo the reason >&2; exit 7'" "echo never" ]; };
  after = { inputs = [ tasks.bad.outputs ]; outputs = [ "after.out" ]; run = "cp bad.out after.out"; };
  last  = { deps = [ tasks.after tasks.good ]; };
};
"#;

fn chain() -> Project {
    let text = CHAIN.replace(
        "inputs = [ tasks.bad.outputs ]",
        "inputs = tasks.bad.outputs",
    );
    Project::new(&text).write("seed", "1")
}

#[test]
fn a_failure_is_shown_once_and_its_dependents_are_skipped() {
    let project = chain();
    let ran = project.nexus(&["run", "last", "--continue-on-error"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let text = ran.text();
    assert_eq!(
        text.matches("the reason").count(),
        1 + text.matches("echo the reason").count(),
        "{ran}"
    );
    assert!(text.contains('7'), "the exit code is named\n{ran}");
    assert!(!text.contains("never\n"), "{ran}");
    assert!(text.contains("skipped"), "{ran}");
    assert!(project.exists("good.out"));
    assert!(!project.exists("after.out"));
    assert!(!project.exists("bad.out"));
}

#[test]
fn a_failure_is_not_remembered_as_a_result() {
    let project = chain();
    assert_eq!(project.nexus(&["run", "bad"]).code, Some(1));
    let ran = project.nexus(&["run", "bad", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.events("task_started").len(), 1, "{ran}");
}

#[test]
fn fail_fast_starts_nothing_new() {
    let project = Project::new(
        r#"
tasks = {
  a.run = "exit 1";
  b.run = "touch b.ran";
  all.deps = [ tasks.a tasks.b ];
};
"#,
    );
    let ran = project.nexus(&["run", "all", "-p", "1"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(!project.exists("b.ran"), "{ran}");
    let ran = project.nexus(&["run", "all", "-p", "1", "--continue-on-error"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(project.exists("b.ran"), "{ran}");
}

#[test]
fn an_unknown_task_is_a_mistake_with_a_suggestion() {
    let ran = chain().nexus(&["run", "goood"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(
        ran.stderr.contains("did you mean") && ran.stderr.contains("good"),
        "{ran}"
    );
}

#[test]
fn syntax_type_and_cycle_errors_come_together() {
    let project = Project::new(
        "tasks = {\n  a = { deps = [ tasks.b ]; run = \"true\"; };\n  b = { deps = [ tasks.a ]; run = \"true\"; };\n  c = { run = \"true\"; timout = 30s; };\n  d = { run = \"true\" };\n};\n",
    );
    let ran = project.nexus(&["run", "a"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    let text = &ran.stderr;
    assert!(
        text.contains("timout") && text.contains("timeout"),
        "the type error\n{ran}"
    );
    assert!(text.contains("`;`"), "the syntax error\n{ran}");
    assert!(text.contains("cycle"), "the cycle\n{ran}");
    assert!(
        text.contains("a") && text.contains("→") || text.contains("->"),
        "its path\n{ran}"
    );
}

#[test]
fn outputs_written_twice_are_refused() {
    let project = Project::new(
        r#"
tasks = {
  a = { outputs = [ "out" ]; run = "true"; };
  b = { outputs = [ "out/inner" ]; run = "true"; };
};
"#,
    );
    let ran = project.nexus(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("out/inner"), "{ran}");
}

#[test]
fn a_missing_output_breaks_the_task() {
    let project = Project::new(r#"tasks.a = { outputs = [ "out" ]; run = "true"; };"#);
    let ran = project.nexus(&["build"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.text().contains("out"), "{ran}");
}

#[test]
fn a_missing_input_is_named() {
    let project = Project::new(r#"tasks.a = { inputs = [ "nowhere.txt" ]; run = "true"; };"#);
    let ran = project.nexus(&["run", "a"]);
    assert_ne!(ran.code, Some(0), "{ran}");
    assert!(ran.text().contains("nowhere.txt"), "{ran}");
}

#[test]
fn no_project_is_a_mistake_with_advice() {
    let project = Project::new("");
    std::fs::remove_file(project.path("nexus.nx")).unwrap();
    let ran = project.nexus(&["run", "x"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("nexus init"), "{ran}");
}

#[test]
fn a_project_is_found_from_its_subfolders() {
    let project = Project::new(r#"tasks.here.run = "pwd";"#).write("deep/er/file", "");
    let output = project
        .command(&["run", "-v", "here"])
        .current_dir(project.path("deep/er"))
        .output()
        .unwrap();
    let ran = support::Ran::from(output);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(
        ran.text().contains(&*project.root().to_string_lossy()),
        "{ran}"
    );
}

#[test]
fn build_refuses_a_task_without_outputs() {
    let project = Project::new(r#"tasks.serve.run = "true";"#);
    let ran = project.nexus(&["build", "serve"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("nexus run serve"), "{ran}");
}

#[test]
fn steps_are_skipped_retried_and_limited() {
    let project = Project::new(
        r#"
tasks = {
  once    = { run = { cmd = "echo made >> made"; creates = "made"; }; };
  unless  = { run = { cmd = "touch ran"; unless = "test -e made"; }; };
  retried = { run = { cmd = "echo try >> tries; test $(wc -l < tries) -ge 3"; retries = 3; retry_delay = 1ms; }; };
  slow    = { run = { cmd = "sleep 600"; timeout = 200ms; }; };
};
"#,
    );
    project.ok(&["run", "once"]);
    project.ok(&["run", "once"]);
    assert_eq!(project.read("made"), "made\n");
    project.ok(&["run", "unless"]);
    assert!(!project.exists("ran"));
    project.ok(&["run", "retried"]);
    assert_eq!(project.read("tries"), "try\ntry\ntry\n");
    let ran = project.nexus(&["run", "slow"]);
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(ran.text().contains("200ms"), "{ran}");
}
