//! The command line as its users meet it: mistakes, colours, help, completion, first steps.

mod support;
use std::process::{Command, Stdio};
use support::{Project, Ran};

fn empty() -> Project {
    let project = Project::new("");
    project.remove("nexus.nx");
    project
}

#[test]
fn version_in_three_ways() {
    let project = empty();
    let version = env!("CARGO_PKG_VERSION");
    for args in [["version"], ["--version"], ["-V"]] {
        assert_eq!(project.ok(&args).stdout, format!("nexus {version}\n"));
    }
    let ran = project.ok(&["version", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(value["version"], version);
}

#[test]
fn mistakes_on_the_command_line_exit_with_2_and_a_proposal() {
    let project = empty();
    for (args, code, proposal) in [
        (&["version", "--plian"][..], "NX0701", "`--plain`"),
        (&["explian"], "NX0702", "`explain`"),
        (&["version", "--format", "xml"], "NX0703", "`json`"),
        (&["version", "--format", "dot"], "NX0703", "nexus graph"),
        (&["completions"], "NX0704", "SHELL"),
        (&["explain", "NX9999"], "NX0707", "nexus explain"),
    ] {
        let ran = project.nexus(args);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.starts_with(&format!("error[{code}]: ")), "{ran}");
        assert!(ran.stderr.contains(proposal), "{ran}");
        assert_eq!(ran.stdout, "", "{ran}");
    }
}

#[test]
fn errors_for_programs_are_json() {
    let ran = empty().nexus(&["explain", "NX9999", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stderr).expect("JSON");
    assert_eq!(value["error"]["code"], "NX0707", "{ran}");
}

#[test]
fn no_arguments_show_the_help() {
    let project = empty();
    let ran = project.nexus(&[]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("Usage: nexus"), "{ran}");
    let ran = project.ok(&["--help"]);
    assert!(ran.stdout.contains("explain"), "{ran}");
}

#[test]
fn every_command_has_a_help_page() {
    let project = empty();
    let help = project.ok(&["--help"]).stdout;
    let commands = help.split("Commands:").nth(1).expect("a list of commands");
    let commands: Vec<&str> = commands
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"version"), "{commands:?}");
    for command in commands {
        let ran = project.ok(&["help", command]);
        assert!(ran.stdout.contains("Usage: nexus"), "{command}: {ran}");
    }
}

#[test]
fn colours_come_only_when_they_may() {
    let project = empty();
    let explain = |vars: &[(&str, &str)], args: &[&str]| {
        let mut command = project.command(&["explain", "NX0705"]);
        command.args(args).env_remove("NO_COLOR").env_remove("TERM");
        for (name, value) in vars {
            command.env(name, value);
        }
        let ran = Ran::from(command.output().expect("nexus starts"));
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stdout.contains('\u{1b}')
    };
    assert!(!explain(&[], &[]), "no terminal");
    assert!(explain(&[], &["--color", "always"]));
    assert!(explain(&[("FORCE_COLOR", "1")], &[]));
    assert!(explain(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(explain(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!explain(&[("FORCE_COLOR", "1")], &["--color", "never"]));
    assert!(!explain(&[("FORCE_COLOR", "1")], &["--plain"]));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = empty();
    let mut child = project
        .command(&["explain"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("nexus starts");
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().expect("nexus ends"));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(ran.stderr, "", "{ran}");
}

#[test]
fn explain_knows_every_code_and_name() {
    let project = empty();
    let list = project.ok(&["explain"]).stdout;
    assert!(list.lines().count() > 5, "{list}");
    for line in list.lines() {
        let (code, name) = line.split_once("  ").expect("code and name");
        let page = project.ok(&["explain", code]).stdout;
        assert!(page.starts_with(&format!("{code}: {name}\n")), "{page}");
        assert_eq!(project.ok(&["explain", name]).stdout, page);
        assert!(!page.contains("```"), "{page}");
    }
    let ran = project.nexus(&["explain", "no-such-tusk"]);
    assert!(ran.stderr.contains("did you mean `no-such-task`"), "{ran}");
}

#[test]
fn completion_scripts_are_accepted_by_their_shells() {
    let project = empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.ok(&["completions", shell]).stdout;
        project.edit("script", &script);
        let found = Command::new(shell)
            .args(["-n", "script"])
            .current_dir(project.root())
            .output();
        // bash is part of every system the tests run on; the others are checked where they are.
        match found {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", Ran::from(output)),
            Err(error) => assert!(shell != "bash", "bash cannot be started: {error}"),
        }
    }
    for shell in ["elvish", "powershell"] {
        assert!(project.ok(&["completions", shell]).stdout.contains("nexus"));
    }
}

#[test]
fn init_never_overwrites() {
    let project = Project::new("# mine\n");
    let ran = project.nexus(&["init"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("NX0708"), "{ran}");
    assert_eq!(project.read("nexus.nx"), "# mine\n");
    let ran = project.nexus(&["init", "nowhere"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("no such file or directory"), "{ran}");
}

#[test]
fn an_empty_cache_is_a_clean_one() {
    let project = empty();
    let ran = project.ok(&["cache", "stat"]);
    assert!(
        ran.stdout.contains(&*project.cache().to_string_lossy()),
        "{ran}"
    );
    let ran = project.ok(&["cache", "stat", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(value["results"], 0, "{ran}");
    assert!(
        project
            .ok(&["cache", "verify"])
            .stdout
            .contains("0 results")
    );
    project.ok(&["cache", "gc", "--max-age", "7", "--max-size", "5GB"]);
    let ran = project.nexus(&["cache", "gc", "--max-size", "five"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("500MB"), "{ran}");
}

#[test]
fn a_cache_that_cannot_be_used_is_said_once() {
    let project = empty();
    project.edit("file", "");
    let mut command = project.command(&["cache", "stat"]);
    command.env("NEXUS_CACHE_DIR", project.path("file"));
    let ran = Ran::from(command.output().expect("nexus starts"));
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_eq!(ran.stderr.matches("NX0601").count(), 1, "{ran}");
}
