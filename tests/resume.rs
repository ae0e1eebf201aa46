//! Going on with runs that broke off: what was completed is not repeated, and nothing is repeated
//! unasked that must not be.

mod support;

use nix::sys::signal::Signal;
use serde_json::Value;
use support::terminal::Terminal;
use support::{Project, Ran, alive, signal, wait_until};

/// `deploy` notes its commands in `book`. Its third command waits until `go` is there.
fn deployment(idempotent: bool) -> Project {
    Project::new(&format!(
        r#"
tasks = {{
  build  = {{ deps = [ tasks.check ]; inputs = [ "src" ]; outputs = {{ out = "out"; }}; run = "echo build >> book; cp src out"; }};
  check.run = [ "echo check >> book" "cat src >> book" ];
  deploy = {{
    deps = [ tasks.build tasks.check ];
    idempotent = {idempotent};
    run = [ "echo one >> book" "echo two >> book" "{WAITS}" "echo four >> book" ];
  }};
}};
"#
    ))
    .write("src", "source\n")
}

const WAITS: &str = "echo three >> book; touch waiting; while [ ! -e go ]; do :; done";
const BEFORE: &str = "check\nsource\nbuild\none\ntwo\nthree\n";

/// Runs `deploy` and kills it in its third command.
fn killed(project: &Project) {
    let mut child = project.start(&["run", "deploy"]);
    wait_until("the third command runs", || project.exists("waiting"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(project.read("book"), BEFORE);
    project.edit("go", "");
}

fn pipelines(project: &Project, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["--format", "json", "pipelines"];
    all.extend(args);
    let ran = project.ok(&all);
    let line = |line: &str| serde_json::from_str(line).expect("JSON");
    ran.stdout.lines().map(line).collect()
}

fn refused(ran: &Ran, code: &str) {
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains(code), "{ran}");
}

#[test]
fn completed_commands_are_not_repeated() {
    let project = deployment(true);
    killed(&project);
    let open = pipelines(&project, &["--interrupted"]);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["resumable"], true);
    let ran = project.ok(&["--format", "json", "resume"]);
    assert_eq!(project.read("book"), format!("{BEFORE}three\nfour\n"));
    let kept: Vec<Value> = ran.events("task_kept");
    assert_eq!((kept.len(), &kept[0]["task"]), (1, &Value::from("check")));
    assert_eq!(kept[0]["completed_by"], open[0]["run"]);
    let started = &ran.events("task_started")[0];
    assert_eq!(
        (&started["task"], &started["from"]),
        (&"deploy".into(), &2.into())
    );
    assert_eq!(ran.events("run_started")[0]["resumes"], open[0]["run"]);
    assert_eq!(ran.events("run_finished")[0]["summary"]["kept"], 1);
    // Nothing is left to go on with, and the next run is a new one.
    assert_eq!(pipelines(&project, &["--interrupted"]), Vec::<Value>::new());
    refused(&project.nexus(&["resume"]), "NX0533");
    refused(&project.nexus(&["resume", "last~1"]), "NX0535");
    project.edit("book", "");
    let ran = project.ok(&["run", "deploy"]);
    assert!(!ran.stderr.contains("resume"), "{ran}");
    assert_eq!(
        project.read("book"),
        "check\nsource\none\ntwo\nthree\nfour\n"
    );
}

#[test]
fn what_must_not_be_repeated_waits_for_a_decision() {
    for (option, rest) in [("--repeat", "three\nfour\n"), ("--done", "four\n")] {
        let project = deployment(false);
        killed(&project);
        refused(&project.nexus(&["resume"]), "NX0530");
        refused(&project.nexus(&["run", "deploy"]), "NX0532");
        refused(&project.nexus(&["run", "deploy", "--resume"]), "NX0530");
        refused(&project.nexus(&["resume", option, "deplyo"]), "NX0536");
        assert_eq!(project.read("book"), BEFORE, "nothing was run");
        let plan = project.ok(&["resume", "-n"]).stdout;
        assert!(
            plan.contains("check: done") && plan.contains("not known"),
            "{plan}"
        );
        project.ok(&["resume", option, "deploy"]);
        assert_eq!(project.read("book"), format!("{BEFORE}{rest}"));
    }
}

#[test]
fn without_a_terminal_a_run_that_may_begin_anew_does_and_says_so() {
    let project = deployment(true);
    killed(&project);
    let ran = project.ok(&["run", "deploy"]);
    assert!(ran.stderr.contains("is not resumed"), "{ran}");
    let again = "check\nsource\none\ntwo\nthree\nfour\n";
    assert_eq!(project.read("book"), format!("{BEFORE}{again}"));
    refused(&project.nexus(&["resume"]), "NX0533");
    // Another wish is none of its business.
    let project = deployment(true);
    killed(&project);
    let ran = project.ok(&["run", "check"]);
    assert_eq!(ran.stderr, "", "{ran}");
    for args in [
        ["run", "deploy", "--resume"],
        ["run", "deploy", "--no-resume"],
    ] {
        let project = deployment(true);
        killed(&project);
        let ran = project.ok(&args);
        assert!(!ran.stderr.contains("is not resumed"), "{ran}");
        let repeated = project.read("book").matches("one").count();
        assert_eq!(repeated == 1, args[2] == "--resume", "{ran}");
    }
}

#[test]
fn a_run_that_was_told_to_stop_is_offered_as_well() {
    let project = deployment(true);
    let child = project.start(&["run", "deploy"]);
    wait_until("the third command runs", || project.exists("waiting"));
    signal(child.id(), Signal::SIGTERM);
    let ran = Ran::from(child.wait_with_output().expect("ended"));
    assert_eq!(ran.code, Some(130), "{ran}");
    let open = pipelines(&project, &["--interrupted"]);
    assert_eq!((open.len(), &open[0]["ended"]), (1, &"cancelled".into()));
    project.edit("go", "");
    project.ok(&["resume"]);
    assert_eq!(project.read("book"), format!("{BEFORE}three\nfour\n"));
}

#[test]
fn a_run_that_failed_goes_on_at_the_command_that_failed() {
    let project = Project::new(
        r#"
tasks = {
  once  = { idempotent = false; run = [ "echo one >> book" "cat missing >> book" "echo three >> book" ]; };
  after = { deps = [ tasks.once ]; run = "echo after >> book"; };
};
"#,
    );
    assert_eq!(project.nexus(&["run", "after"]).code, Some(1));
    assert!(
        pipelines(&project, &["--interrupted"]).is_empty(),
        "it came to its end"
    );
    // What was done would be repeated, so this needs a word.
    refused(&project.nexus(&["run", "after"]), "NX0532");
    project.edit("missing", "two\n");
    project.ok(&["resume"]);
    assert_eq!(project.read("book"), "one\ntwo\nthree\nafter\n");
    // Of a task that may be repeated nobody is asked.
    let project = Project::new(r#"tasks.t.run = [ "echo one >> book" "cat missing" ];"#);
    assert_eq!(project.nexus(&["run", "t"]).code, Some(1));
    project.edit("missing", "");
    let ran = project.ok(&["run", "t"]);
    assert!(!ran.stderr.contains("resume"), "{ran}");
    assert_eq!(project.read("book"), "one\none\n");
}

#[test]
fn a_run_that_goes_on_and_is_killed_again_loses_nothing() {
    let project = deployment(false);
    killed(&project);
    project.remove("go");
    project.remove("waiting");
    let mut child = project.start(&["resume", "--repeat", "deploy"]);
    wait_until("the third command runs again", || project.exists("waiting"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(pipelines(&project, &["--interrupted"]).len(), 1);
    refused(&project.nexus(&["resume"]), "NX0530");
    // The first one was gone on with.
    let ran = project.nexus(&["resume", "last~1", "--done", "deploy"]);
    refused(&ran, "NX0535");
    project.ok(&["resume", "--done", "deploy"]);
    assert_eq!(project.read("book"), format!("{BEFORE}three\nfour\n"));
}

#[test]
fn a_changed_project_says_what_changed_since() {
    let project = deployment(true);
    killed(&project);
    let text = project.read("nexus.nx");
    project.edit("nexus.nx", &text.replace("echo four", "echo 4"));
    let ran = project.ok(&["resume"]);
    assert!(ran.stderr.contains("changed since: nexus.nx"), "{ran}");
    assert_eq!(project.read("book"), format!("{BEFORE}three\n4\n"));
    // A command that was done is another one now: it and what follows is done.
    let project = deployment(true);
    killed(&project);
    project.edit("nexus.nx", &text.replace("echo two", "echo 2"));
    project.ok(&["resume"]);
    assert_eq!(project.read("book"), format!("{BEFORE}2\nthree\nfour\n"));
    // So is what it was done with.
    let project = deployment(true);
    killed(&project);
    project.edit("src", "other\n");
    let ran = project.ok(&["resume"]);
    assert!(ran.stderr.contains("NX0531"), "{ran}");
    let again = "build\none\ntwo\nthree\nfour\n";
    assert_eq!(project.read("book"), format!("{BEFORE}{again}"));
    // Where it must not be, somebody decides.
    let project = deployment(false);
    killed(&project);
    project.edit(
        "nexus.nx",
        &text
            .replace("echo two", "echo 2")
            .replace("true;", "false;"),
    );
    let ran = project.nexus(&["resume"]);
    refused(&ran, "NX0530");
    assert!(ran.stderr.contains("has changed since"), "{ran}");
    project.edit("src", "other\n");
    project.edit("nexus.nx", &text.replace("true;", "false;"));
    let ran = project.nexus(&["resume", "--done", "deploy"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(project.read("book"), format!("{BEFORE}build\nfour\n"));
    // And a task that is gone cannot be gone on with.
    let project = deployment(true);
    killed(&project);
    project.edit("nexus.nx", "tasks.depoly.run = \"true\";\n");
    refused(&project.nexus(&["resume"]), "NX0705");
}

#[test]
fn several_pipelines_do_not_mix() {
    let project = Project::new(
        r#"
tasks = {
  one.run = [ "echo one >> book.1" "touch waiting.1; while [ ! -e go ]; do :; done" "echo end >> book.1" ];
  two.run = [ "echo two >> book.2" "touch waiting.2; while [ ! -e go ]; do :; done" "echo end >> book.2" ];
};
"#,
    );
    let mut children = ["one", "two"].map(|task| project.start(&["run", task]));
    wait_until("both run", || {
        project.exists("waiting.1") && project.exists("waiting.2")
    });
    let ran = project.nexus(&["resume"]);
    refused(&ran, "NX0533");
    let running = pipelines(&project, &[]);
    let name = |command: &str| {
        let run = running.iter().rfind(|run| run["command"] == command);
        run.expect("the run")["run"]
            .as_str()
            .expect("a name")
            .to_string()
    };
    let (one, two) = (name("nexus run one"), name("nexus run two"));
    refused(&project.nexus(&["resume", &one]), "NX0535");
    for child in &mut children {
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    let ran = project.nexus(&["resume"]);
    refused(&ran, "NX0534");
    assert!(
        ran.stderr.contains(&one) && ran.stderr.contains(&two),
        "{ran}"
    );
    project.edit("go", "");
    project.ok(&["resume", &two]);
    assert!(project.read("book.1") == "one\n" && project.read("book.2") == "two\nend\n");
    project.ok(&["resume"]);
    assert_eq!(project.read("book.1"), "one\nend\n");
    // What is forgotten is not offered.
    project.remove("go");
    project.remove("waiting.1");
    let mut child = project.start(&["run", "one"]);
    wait_until("it runs", || project.exists("waiting.1"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    project.ok(&["resume", "--discard"]);
    assert!(pipelines(&project, &["--interrupted"]).is_empty());
    project.edit("go", "");
    let ran = project.ok(&["run", "one"]);
    assert!(!ran.stderr.contains("resume"), "{ran}");
}

/// Every time it runs, the task looks whether it runs already.
#[test]
fn what_a_killed_run_left_is_waited_for() {
    let project = Project::new(
        r#"
tasks.deaf.run = [
  "true"
  "trap '' TERM; if [ -e pid ] && kill -0 $(cat pid) 2>/dev/null; then touch twice; fi; echo $$ > pid; touch waiting; while [ ! -e go ]; do :; done"
];
"#,
    );
    let mut child = project.start(&["run", "deaf"]);
    wait_until("the task runs", || project.exists("waiting"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    let deaf: i32 = project.read("pid").trim().parse().expect("a number");
    assert!(alive(deaf), "it does not listen, and has a moment yet");
    project.edit("go.not", "");
    let child = project.start(&["resume"]);
    wait_until("it was ended", || !alive(deaf));
    project.edit("go", "");
    let ran = Ran::from(child.wait_with_output().expect("ended"));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(!project.exists("twice"), "both ran at once");
}

#[test]
fn broken_journals_stop_nothing() {
    let project = deployment(true);
    killed(&project);
    let folders = std::fs::read_dir(project.state().join("runs")).expect("runs");
    let folder = folders.flatten().next().expect("a project").path();
    for (name, content) in [("0", "nonsense\n"), ("f", ""), ("zz", "\u{0}\u{0}")] {
        std::fs::write(folder.join(format!("{name}.journal")), content).expect("write");
        std::fs::write(folder.join("open").join(name), "").expect("write");
    }
    assert_eq!(pipelines(&project, &["--interrupted"]).len(), 1);
    project.ok(&["run", "check"]);
    project.ok(&["resume"]);
    // Every journal damaged.
    for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
        if entry.path().extension().is_some_and(|e| e == "journal") {
            std::fs::write(entry.path(), "damaged").expect("write");
        }
    }
    project.ok(&["run", "deploy"]);
    assert!(pipelines(&project, &["--interrupted"]).is_empty());
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    let shown = "did not come to its end";
    for (answer, code, more) in [
        ("r\n", 0, "three\nfour\n"),
        ("nonsense\nf\n", 0, "check\nsource\none\ntwo\nthree\nfour\n"),
        ("d\n", 0, ""),
        ("q\n", 130, ""),
        ("\u{4}", 130, ""),
    ] {
        let project = deployment(true);
        killed(&project);
        let mut terminal = Terminal::start(&mut project.command(&["run", "deploy"]));
        terminal.wait_for(shown).wait_for("[r/f/d/q]").send(answer);
        let (exit, text) = terminal.end();
        assert_eq!(exit, Some(code), "{answer:?}: {text}");
        assert!(
            text.contains("deploy: 2 commands done, one begun"),
            "{text}"
        );
        assert_eq!(
            project.read("book"),
            format!("{BEFORE}{more}"),
            "{answer:?}"
        );
        let open = pipelines(&project, &["--interrupted"]).len();
        assert_eq!(open, usize::from(code == 130), "{answer:?}");
    }
    // Whoever is done with it presses Ctrl+C.
    let project = deployment(true);
    killed(&project);
    let mut terminal = Terminal::start(&mut project.command(&["run", "deploy"]));
    terminal.wait_for("[r/f/d/q]");
    signal(terminal.id(), Signal::SIGINT);
    // Before a run has begun nobody handles signals.
    let (exit, text) = terminal.end();
    assert!(exit.is_none() || exit == Some(130), "{exit:?} {text}");
    // A job of a CI service is not asked.
    let mut command = project.command(&["run", "deploy"]);
    let (exit, text) = Terminal::start(command.env("CI", "true")).end();
    assert_eq!(exit, Some(0), "{text}");
    assert!(text.contains("is not resumed"), "{text}");
}

#[test]
fn somebody_at_a_terminal_decides_about_repetition() {
    for (answer, code, more) in [
        ("r\n", 0, "three\nfour\n"),
        ("d\n", 0, "four\n"),
        ("q\n", 130, ""),
    ] {
        let project = deployment(false);
        killed(&project);
        let mut terminal = Terminal::start(&mut project.command(&["resume"]));
        terminal
            .wait_for("is not known")
            .wait_for("[r/d/q]")
            .send(answer);
        let (exit, text) = terminal.end();
        assert_eq!(exit, Some(code), "{answer:?}: {text}");
        assert_eq!(
            project.read("book"),
            format!("{BEFORE}{more}"),
            "{answer:?}"
        );
    }
    let project = deployment(false);
    killed(&project);
    let mut terminal = Terminal::start(&mut project.command(&["resume"]));
    terminal.wait_for("[r/d/q]");
    signal(terminal.id(), Signal::SIGINT);
    let (exit, text) = terminal.end();
    assert_eq!(exit, Some(130), "{text}");
    assert_eq!(project.read("book"), BEFORE);
}

/// Tasks that are cached are remembered by their results: there is nothing to ask about them.
#[test]
fn an_interrupted_build_simply_goes_on() {
    let project = Project::new(
        r#"
tasks = {
  a = { outputs = [ "a" ]; run = [ "echo a >> book" "echo a > a" ]; };
  b = { inputs = [ "a" ]; outputs = [ "b" ]; run = [ "echo b >> book" "touch waiting; while [ ! -e go ]; do :; done; cp a b" ]; };
};
"#,
    );
    let mut child = project.start(&["build"]);
    wait_until("it runs", || project.exists("waiting"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    project.edit("go", "");
    let ran = project.ok(&["build"]);
    assert_eq!(ran.stderr, "", "{ran}");
    assert_eq!(project.read("book"), "a\nb\nb\n");
}
