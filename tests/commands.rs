//! The commands on a small project: what they print, where, and how they end.

mod support;
use std::process::Stdio;
use support::{Project, Ran};

const PROJECT: &str = r#"
tasks = {
  parts = {
    one = { outputs = [ "build/one" ]; run = "echo 1 > build/one"; };
    two = { outputs = [ "build/two" ]; run = [ "echo working on two" "echo 2 > build/two" ]; };
  };

  sum = {
    description = "Adds the parts";
    inputs  = [ "build/one" "build/two" ];
    outputs = { total = "build/sum"; };
    run     = "cat build/one build/two > build/sum";
  };

  show = {
    description = "Prints the sum";
    run = "cat ${tasks.sum.outputs.total}";
  };

  all = { description = "Everything"; deps = [ tasks.sum tasks.show ]; };
};
"#;

fn project() -> Project {
    Project::new(PROJECT)
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran}"))
}

fn without_file() -> Project {
    let project = Project::new("");
    project.remove("nexus.nx");
    project
}

#[test]
fn list_shows_tasks_by_namespace() {
    let project = project();
    let ran = project.ok(&["list"]);
    assert_eq!(
        ran.stdout,
        "\
all   Everything
show  Prints the sum
sum   Adds the parts

parts
  parts.one  $ echo 1 > build/one
  parts.two  $ echo working on two
"
    );
    assert_eq!(ran.stderr, "");
    let names = "all\nparts.one\nparts.two\nshow\nsum\n";
    assert_eq!(project.ok(&["list", "--names"]).stdout, names);
    assert_eq!(
        project.ok(&["list", "--names", "parts"]).stdout,
        "parts.one\nparts.two\n"
    );
    let tasks = json(&project.ok(&["list", "--format", "json"]));
    assert_eq!(tasks[4]["task"], "sum");
    assert_eq!(tasks[4]["outputs"][0]["path"], "build/sum");
    assert_eq!(tasks[4]["file"], "nexus.nx");
    assert_eq!(tasks[4]["line"], 8);
}

#[test]
fn graph_in_four_formats() {
    let project = project();
    assert_eq!(
        project.ok(&["graph", "show"]).stdout,
        "show\n└─ sum\n   ├─ parts.one\n   └─ parts.two\n"
    );
    let dot = project.ok(&["graph", "--format", "dot"]).stdout;
    assert!(dot.contains("\"parts.one\" -> \"sum\";"), "{dot}");
    let mermaid = project.ok(&["graph", "--format", "mermaid", "sum"]).stdout;
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    assert!(!mermaid.contains("show"), "{mermaid}");
    let tasks = json(&project.ok(&["graph", "sum", "--format", "json"]));
    assert_eq!(tasks.as_array().map(Vec::len), Some(3));
}

#[test]
fn a_normal_run_shows_what_was_asked_for() {
    let project = project();
    let ran = project.ok(&["run", "show"]);
    assert!(ran.stdout.contains("● show\n"), "{ran}");
    assert!(ran.stdout.contains("  │  1\n  │  2\n"), "{ran}");
    assert!(!ran.stdout.contains("working on two\n  "), "{ran}");
    assert!(ran.stdout.contains("✔ 4 tasks · 4 run · "), "{ran}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn quiet_runs_say_one_line_a_task_or_nothing() {
    let project = project();
    let ran = project.ok(&["-q", "run", "sum"]);
    assert_eq!(ran.stdout.lines().count(), 3, "{ran}");
    assert!(ran.stdout.lines().all(|l| l.starts_with("✔ ")), "{ran}");
    let ran = project.ok(&["run", "sum", "-q"]);
    assert_eq!(ran.text(), "", "{ran}");
}

#[test]
fn verbose_runs_say_everything() {
    let project = project();
    let ran = project.ok(&["run", "-v", "sum"]);
    for line in [
        "│ working on two",
        "│ $ echo 1 > build/one",
        "│ runs because",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran}");
    }
    // The log of the time when it ran is part of the result.
    project.remove("build/two");
    let ran = project.ok(&["run", "-v", "sum"]);
    assert!(ran.stdout.contains("restored build/two"), "{ran}");
    assert!(ran.stdout.contains("│ working on two"), "{ran}");
}

#[test]
fn events_are_numbered_json_lines() {
    let project = project();
    let ran = project.ok(&["run", "all", "--format", "json"]);
    let events: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(events[0]["event"], "run_started", "{ran}");
    assert_eq!(events[events.len() - 1]["event"], "run_finished", "{ran}");
    for (i, event) in events.iter().enumerate() {
        assert_eq!(event["sequence"], i, "{ran}");
        assert_eq!(event["run"], events[0]["run"], "{ran}");
    }
    let key = ran.events("task_finished")[0]["key"].clone();
    assert_eq!(key.as_str().map(str::len), Some(64), "{key}");
}

#[test]
fn a_run_goes_on_when_nobody_reads_its_report() {
    let project = project();
    for (mode, output) in [("-v", "build/one"), ("--static", "build/sum")] {
        let mut child = project
            .command(&["run", "--force", "sum", mode])
            .stdout(Stdio::piped())
            .spawn()
            .expect("nexus starts");
        drop(child.stdout.take());
        let ran = Ran::from(child.wait_with_output().expect("nexus ends"));
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(project.exists(output), "{ran}");
    }
}

#[test]
fn plain_and_foreign_locales_get_ascii() {
    let project = Project::new(r#"tasks.hello.run = [ "echo hi" "false" ];"#);
    for args in [&["run", "hello", "--plain"][..], &["run", "hello"]] {
        let mut command = project.command(args);
        command.env("LANG", "C");
        let ran = Ran::from(command.output().expect("nexus starts"));
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.text().is_ascii(), "{ran}");
        assert!(ran.stdout.contains("FAILED"), "{ran}");
    }
}

#[test]
fn a_dry_run_executes_nothing_and_says_why() {
    let project = project();
    let ran = project.ok(&["run", "-n", "show"]);
    assert!(ran.stdout.contains("parts.one would run because"), "{ran}");
    assert!(ran.stdout.contains("nothing was executed"), "{ran}");
    assert!(!project.exists("build/one"), "{ran}");
    project.ok(&["run", "show"]);
    let ran = project.ok(&["run", "-n", "sum"]);
    assert!(ran.stdout.contains("3 up to date"), "{ran}");
    let tasks = json(&project.ok(&["build", "--dry-run", "--format", "json"]));
    assert_eq!(tasks[0]["state"], "up_to_date");
}

#[test]
fn force_executes_what_is_known() {
    let project = project();
    project.ok(&["run", "sum"]);
    assert_eq!(project.executed(&["run", "sum"]).len(), 0);
    assert_eq!(project.executed(&["run", "--force", "sum"]), ["sum"]);
}

#[test]
fn unknown_tasks_and_bad_numbers() {
    let project = project();
    for (args, code, proposal) in [
        (&["run", "smu"][..], "NX0705", "`sum`"),
        (&["run", "one"], "NX0705", "`parts.one`"),
        (&["build", "shwo"], "NX0705", "`show`"),
        (&["graph", "smu"], "NX0705", "`sum`"),
        (&["list", "part"], "NX0705", "`parts`"),
        (&["why", "smu"], "NX0705", "`sum`"),
        (&["run", "sum", "-p", "0"], "NX0703", "--parallel-limit"),
        (&["run"], "NX0704", "nexus list"),
        (&["build", "show"], "NX0706", "nexus run show"),
    ] {
        let ran = project.nexus(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran}");
        assert!(
            ran.stderr.contains(&format!("error[{code}]: ")),
            "{args:?}: {ran}"
        );
        assert!(ran.stderr.contains(proposal), "{args:?}: {ran}");
        assert_eq!(ran.stdout, "", "{args:?}: {ran}");
    }
}

#[test]
fn check_counts_tasks_or_shows_every_mistake() {
    let project = project();
    for name in ["check", "validate"] {
        let ran = project.ok(&[name]);
        assert_eq!(ran.stdout, "✔ nexus.nx · 5 tasks · no mistakes\n");
    }
    assert_eq!(project.ok(&["check", "-q"]).text(), "");
    assert_eq!(
        json(&project.ok(&["check", "--format", "json"]))["tasks"],
        5
    );
    project.edit(
        "nexus.nx",
        "tasks.a.run = \"${bulid}\";\ntasks.b.run = nope;\n",
    );
    let ran = project.nexus(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    for name in ["bulid", "nope"] {
        assert!(ran.stderr.contains(name), "{ran}");
    }
    let ran = project.nexus(&["check", "--format", "json"]);
    let mistake: serde_json::Value =
        serde_json::from_str(ran.stderr.lines().next().unwrap_or("")).expect("JSON");
    assert_eq!(mistake["severity"], "error", "{ran}");
    assert_eq!(mistake["primary"]["start"]["line"], 1, "{ran}");
}

#[test]
fn eval_prints_values() {
    let project = project();
    for (args, printed) in [
        (&["-e", "1 + 2"][..], "3\n"),
        (&["-e", "map (x: x * x) (range 1 4)"], "[ 1 4 9 16 ]\n"),
        (&["-e", "-7 / 2"], "-3\n"),
        (
            &["-e", "{ b = 1; a = \"x\"; }", "--json"],
            "{\"a\":\"x\",\"b\":1}\n",
        ),
        (&["value.nx", "--json"], "{\"a\":1,\"b\":2}\n"),
        (&["--expr", "bare"], "[ 1 2 ]\n"),
    ] {
        project.edit("value.nx", "a = 1;\nb = a + 1;\n");
        project.edit("bare", "[ 1 (1 + 1) ]\n");
        let mut all = vec!["eval"];
        all.extend(args);
        assert_eq!(project.ok(&all).stdout, printed, "{args:?}");
    }
    let whole = json(&project.ok(&["eval", "--json"]));
    assert_eq!(whole["tasks"]["sum"]["description"], "Adds the parts");
    for (args, code) in [
        (&["eval", "-e", "1 +"][..], 2),
        (&["eval", "-e", "nope"], 2),
        (&["eval", "-e", "head []"], 2),
        (&["eval", "nowhere.nx"], 2),
    ] {
        let ran = project.nexus(args);
        assert_eq!(ran.code, Some(code), "{ran}");
        assert!(ran.stderr.starts_with("error[NX0"), "{ran}");
    }
    let ran = without_file().nexus(&["eval"]);
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[test]
fn a_first_project_checks_and_runs() {
    let project = without_file();
    let ran = project.ok(&["init"]);
    assert!(ran.stdout.contains("nexus run check"), "{ran}");
    project.ok(&["check"]);
    project.ok(&["fmt", "--check"]);
    project.ok(&["run", "hello"]);
    project.ok(&["run", "check"]);
    let ran = project.ok(&["run", "check"]);
    assert!(ran.stdout.contains("up to date"), "{ran}");
}

#[test]
fn first_projects_of_every_kind_check() {
    let package = r#"{ "scripts": { "build": "true", "test": "true", "test:unit": "true" } }"#;
    for (files, kind) in [
        (
            &[
                ("Cargo.toml", "[package]\nname = \"shop\"\n"),
                ("src/main.rs", ""),
            ][..],
            "rust",
        ),
        (&[("Cargo.toml", "[package]\nname = \"shop\"\n")], "rust"),
        (&[("package.json", package)], "node"),
        (&[("package.json", "{}"), ("yarn.lock", "")], "node"),
        (
            &[("Makefile", "all:\n\ttrue\nin:\n\ttrue\ndist-clean:\n")],
            "make",
        ),
        (&[("Makefile", "")], "make"),
        (&[("main.c", "int main(void) { return 0; }\n")], "c"),
        (
            &[
                ("src/main.c", "int main(void) { return 0; }\n"),
                ("src/x.h", ""),
            ],
            "c",
        ),
    ] {
        let project = without_file();
        for (name, text) in files {
            project.edit(name, text);
        }
        let found = json(&project.ok(&["init", "--format", "json"]));
        assert_eq!(found["kind"], kind);
        project.ok(&["check"]);
        project.ok(&["fmt", "--check"]);
        let first = found["first_task"].as_str().expect("a task").to_string();
        assert!(
            project
                .ok(&["list", "--names"])
                .stdout
                .lines()
                .any(|l| l == first)
        );
        if kind == "c" {
            project.ok(&["run", "start"]);
            assert_eq!(project.executed(&["build"]).len(), 0);
        }
    }
}

#[test]
fn values_are_printed_in_four_languages() {
    let project = without_file();
    let value = "{ name = \"a\"; list = [ 1 2 ]; }";
    for (option, expected) in [
        ("--json", "{\"list\":[1,2],\"name\":\"a\"}\n"),
        ("--toml", "list = [1, 2]\nname = \"a\"\n"),
        ("--yaml", "list:\n- 1\n- 2\nname: a\n"),
    ] {
        let ran = project.ok(&["eval", "-e", value, option]);
        assert_eq!(ran.stdout, expected);
    }
    for (value, option, said) in [
        ("{ a = null; }", "--toml", "TOML has no null"),
        ("[ 1 ]", "--toml", "only a record has"),
        ("{ f = x: x; }", "--yaml", "NX0317"),
        ("{ f = x: x; }", "--toml", "NX0317"),
        ("1", "--toml", "NX0317"),
    ] {
        let ran = project.nexus(&["eval", "-e", value, option]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains(said), "{said}: {ran}");
    }
}

#[test]
fn certain_fixes_are_applied_in_place() {
    let project = Project::new(
        "let lib = import ./lib.nx; in\ntasks.a = {\n  run = lib.command\n  timout = \"30s\";\n};\n",
    )
    .write("lib.nx", "command = 'make';\n");
    let ran = project.ok(&["check", "--fix"]);
    assert!(ran.stdout.contains("Replace with `timeout`"), "{ran}");
    assert_eq!(
        project.read("nexus.nx"),
        "let lib = import ./lib.nx; in\ntasks.a = {\n  run = lib.command;\n  timeout = 30s;\n};\n"
    );
    assert_eq!(project.read("lib.nx"), "command = \"make\";\n");
    let again = project.ok(&["check", "--fix"]);
    assert!(!again.stdout.contains("fixed"), "{again}");

    let text = "tasks.a = { run = \"x\"; timeout = 30; };\n";
    let project = Project::new(text);
    assert_eq!(project.nexus(&["check", "--fix"]).code, Some(2));
    assert_eq!(project.read("nexus.nx"), text, "a proposal is not applied");
}
