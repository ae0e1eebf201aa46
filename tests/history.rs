//! What is remembered of runs, through the binary.

mod support;
use support::{Project, wait_until};

fn project() -> Project {
    Project::new(
        r#"
tasks = {
  first = { inputs = [ "source" ]; outputs = [ "out/first" ]; run = "echo hello; cp source out/first"; };
  second = { inputs = [ tasks.first.outputs.made ]; outputs = [ "out/second" ]; run = "cat out/first > out/second"; };
  fails = { run = "echo sorry; exit 3"; };
  waits = { run = "touch started; while [ ! -e go ]; do :; done"; };
};
"#
        .replace(r#"outputs = [ "out/first" ]"#, r#"outputs = { made = "out/first"; }"#)
        .as_str(),
    )
    .write("source", "one\n")
}

fn json(project: &Project, args: &[&str]) -> Vec<serde_json::Value> {
    let mut all = vec!["--format", "json"];
    all.extend(args);
    let ran = project.ok(&all);
    let line = |line: &str| serde_json::from_str(line).expect("JSON");
    ran.stdout.lines().map(line).collect()
}

#[test]
fn runs_are_listed_reported_and_compared() {
    let project = project();
    assert_eq!(project.nexus(&["report"]).code, Some(2), "no run yet");
    project.ok(&["build"]);
    // Nothing to do, nothing to tell.
    project.ok(&["build"]);
    assert_eq!(project.nexus(&["run", "fails"]).code, Some(1));
    let runs = json(&project, &["pipelines"]);
    let ended: Vec<_> = runs.iter().map(|run| &run["ended"]).collect();
    assert_eq!(ended, ["failed", "succeeded"]);
    assert_eq!(runs[0]["command"], "nexus run fails");
    let text = project.ok(&["pipelines"]).stdout;
    assert!(
        text.contains("2 run") && text.contains("1 failed"),
        "{text}"
    );

    let report = json(&project, &["report", "last~1"]).remove(0);
    assert_eq!(
        report["critical_path"],
        serde_json::json!(["first", "second"])
    );
    let text = project.ok(&["report", "last~1"]).stdout;
    assert!(
        text.contains("critical path") && text.contains("first"),
        "{text}"
    );
    assert_eq!(project.ok(&["log", "last", "fails"]).stdout, "sorry\n");
    assert_eq!(
        project.ok(&["log", "last~1"]).stdout,
        "first\nhello\nsecond\n"
    );

    let run = runs[1]["run"].as_str().expect("a name");
    project.ok(&["report", run, "--trace", "trace.json"]);
    let trace: serde_json::Value = serde_json::from_str(&project.read("trace.json")).expect("JSON");
    assert!(
        trace["traceEvents"]
            .as_array()
            .is_some_and(|e| e.len() == 3)
    );

    project.edit("source", "two\n");
    project.ok(&["build"]);
    let difference = json(&project, &["diff", run, "last~1"]).remove(0);
    let only: Vec<_> = difference["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .collect();
    assert_eq!(only.len(), 3, "{difference}");
}

#[test]
fn mistakes_about_runs() {
    let project = project();
    project.ok(&["build"]);
    for (args, code) in [
        (&["report", "nope"][..], "NX0714"),
        (&["log", "last", "frist"], "NX0705"),
        (
            &["report", "last", "--trace", "nowhere/trace.json"],
            "NX0716",
        ),
    ] {
        let ran = project.nexus(args);
        assert!(ran.stderr.contains(code), "{args:?}: {ran}");
        assert_eq!(ran.code, Some(2), "{args:?}: {ran}");
    }
    let ran = project.nexus(&["log", "last", "frist"]);
    assert!(ran.stderr.contains("`first`"), "{ran}");
}

#[test]
fn a_killed_run_is_remembered_as_interrupted() {
    let project = project();
    let mut child = project.start(&["run", "waits"]);
    wait_until("the task has started", || project.exists("started"));
    assert_eq!(json(&project, &["pipelines"])[0]["ended"], "running");
    child.kill().expect("killed");
    child.wait().expect("ended");
    let runs = json(&project, &["pipelines", "--interrupted"]);
    assert_eq!(runs.len(), 1);
    let report = json(&project, &["report"]).remove(0);
    assert_eq!(report["tasks"][0]["state"], "not finished");
    assert_eq!(report["summary"], serde_json::Value::Null);
}

#[test]
fn nowhere_to_remember_is_no_reason_not_to_run() {
    let project = project();
    let without = |args: &[&str]| {
        let mut command = project.command(args);
        let command = command
            .env_remove("HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("NEXUS_STATE_DIR");
        support::Ran::from(command.output().expect("nexus starts"))
    };
    let ran = without(&["build"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = without(&["pipelines"]);
    assert!(ran.stderr.contains("NX0713"), "{ran}");
}

#[test]
fn github_sees_folds_annotations_and_a_summary() {
    let project = project();
    let mut command = project.command(&["run", "first", "fails", "--continue-on-error"]);
    let page = project.path("page.md");
    let output = command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &page)
        .output()
        .expect("nexus starts");
    let ran = support::Ran::from(output);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.stdout.contains("::group::") && ran.stdout.contains("::endgroup::"),
        "{ran}"
    );
    let annotation = "::error file=nexus.nx,line=5,title=fails failed::error[NX0501]";
    assert!(ran.stdout.contains(annotation), "{ran}");
    let page = std::fs::read_to_string(page).expect("a summary");
    assert!(page.contains("| `fails` | **exit 3** |"), "{page}");
    assert!(page.contains("| `first` | ok |"), "{page}");
}
