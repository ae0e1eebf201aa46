//! `--verify`: a task that does not make the same again is found, and what was there stays.

mod support;
use support::{Project, Ran};

fn differs(project: &Project, args: &[&str], parts: &[&str]) -> Ran {
    let ran = project.nexus(args);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.text().contains("error[NX0546]"), "{ran}");
    for part in parts {
        assert!(ran.text().contains(part), "`{part}` is missing\n{ran}");
    }
    ran
}

const MIXED: &str = r#"
tasks = {
  same  = { inputs = [ "in" ]; outputs = [ "out/same" ]; run = "cat in > out/same; echo x >> same.count"; };
  time  = { inputs = [ "in" ]; outputs = { folder = "out/time"; }; run = "mkdir out/time; cp in out/time/in; date +%T.%N > out/time/stamp"; };
  user  = { inputs = [ tasks.time.outputs.folder ]; outputs = [ "out/user" ]; run = "cat out/time/in > out/user; echo x >> user.count"; };
  own   = { outputs = [ "out/own" ]; editable = true; run = "date +%N > out/own"; };
  once  = { outputs = [ "out/once" ]; idempotent = false; run = "date +%N > out/once"; };
  plain = { run = "echo x >> plain.count"; };
  all.deps = [ tasks.same tasks.user tasks.own tasks.once tasks.plain ];
};
"#;

#[test]
fn what_differs_is_named_and_what_was_there_stays() {
    let project = Project::new(MIXED).write("in", "content\n");
    project.ok(&["run", "all"]);
    let kept = [
        "out/same",
        "out/time/stamp",
        "out/user",
        "out/own",
        "out/once",
    ];
    let before = kept.map(|name| project.read(name));
    let parts = [
        "`out/time/stamp`",
        "from byte",
        "a time",
        "nexus.nx:4",
        "SOURCE_DATE_EPOCH",
    ];
    let ran = differs(&project, &["run", "all", "--verify"], &parts);
    assert!(!ran.text().contains("`out/time/in`"), "{ran}");
    assert_eq!(kept.map(|name| project.read(name)), before);
    // Each was executed once more, its users as well, and nothing is left behind.
    for count in ["same.count", "user.count", "plain.count"] {
        assert_eq!(project.read(count), "x\nx\n", "{count}");
    }
    let mut names: Vec<String> = std::fs::read_dir(project.path("out"))
        .expect("it is there")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, ["once", "own", "same", "time", "user"]);
    assert_eq!(project.executed(&["run", "all"]), ["plain"]);
}

#[test]
fn what_is_executed_for_the_first_time_is_verified_as_well() {
    let project = Project::new(MIXED).write("in", "content\n");
    let ran = project.ok(&["--format", "json", "build", "same", "--verify"]);
    let reasons: Vec<String> = ran
        .events("task_started")
        .iter()
        .map(|event| event["reason"]["kind"].as_str().unwrap_or("").to_string())
        .collect();
    assert_eq!(reasons, ["first_run", "verification"]);
    let verified = ran.events("task_verified");
    assert_eq!(verified[0]["differences"], serde_json::json!([]));
    let finished = ran.events("run_finished");
    assert_eq!(finished[0]["summary"]["verified"], 1, "{ran}");
    let shown = project.ok(&["build", "same", "--verify"]);
    assert!(shown.stdout.contains("1 verified"), "{shown}");
    assert_eq!(project.read("same.count"), "x\n".repeat(3));
    assert!(project.ok(&["build", "same"]).stdout.contains("up to date"));
}

#[test]
fn formats_and_files_that_come_and_go() {
    let project = Project::new(
        r#"
tasks = {
  gzip  = { outputs = [ "o/z.gz" ]; run = "cp nexus.nx o/z; touch -d @$(date +%s%N | cut -c 6-13) o/z; gzip -f o/z"; };
  names = { outputs = [ "n" ]; run = "mkdir n; echo > n/$(date +%N)"; };
  mode  = { outputs = [ "m" ]; run = "echo > m; test -e x && chmod +x m; touch x"; };
  fails = { outputs = [ "f" ]; run = "echo > f; test ! -e y && touch y"; };
};
"#,
    );
    differs(
        &project,
        &["run", "gzip", "--verify"],
        &["`o/z.gz`", "byte 4", "gzip -n"],
    );
    let parts = [
        "made 2 files differently",
        "was not made again",
        "was not there before",
    ];
    differs(&project, &["run", "names", "--verify"], &parts);
    differs(&project, &["run", "mode", "--verify"], &["`m`", "executed"]);
    let ran = project.nexus(&["run", "fails", "--verify"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.text().contains("NX0501"), "{ran}");
    assert!(project.exists("f"), "what was there is there again");
    assert!(project.ok(&["run", "fails"]).stdout.contains("up to date"));
}

#[test]
fn in_a_sandbox_as_without() {
    let project = Project::new(
        "config.sandbox = true;\ntasks.t = { inputs = [ \"in\" ]; outputs = [ \"out/t\" ]; run = \"echo $TMPDIR > out/t\"; };\n",
    )
    .write("in", "");
    differs(
        &project,
        &["run", "t", "--verify"],
        &["`out/t`", "temporary folder"],
    );
}
