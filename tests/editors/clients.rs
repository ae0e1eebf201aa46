//! Neovim and Emacs.

use crate::support::Project;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project with one mistake in it.
const PROJECT: &str = r#"
tasks.compile_all.run = "true";
tasks.build = { run = "make"; timout = 30s; };
tasks.test = { deps = [ tasks.build ]; run = "make test"; };
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs an editor in the project; gives what it said, by what it is about.
fn said(project: &Project, mut command: Command) -> BTreeMap<String, Value> {
    let output = command
        .current_dir(project.root())
        .env("HOME", project.root())
        .env("XDG_CACHE_HOME", project.cache())
        .env("XDG_STATE_HOME", project.cache())
        .env("NEXUS", env!("CARGO_BIN_EXE_nexus"))
        .env("NEXUS_CACHE_DIR", project.cache())
        .output()
        .unwrap_or_else(|e| panic!("{:?} does not start: {e}", command.get_program()));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|said| Some((said["what"].as_str()?.to_string(), said["value"].clone())))
        .collect()
}

/// What every editor must have seen.
fn check(said: &BTreeMap<String, Value>) {
    let of = |what: &str| {
        said.get(what)
            .unwrap_or_else(|| panic!("no {what}: {said:#?}"))
    };
    assert!(!said.contains_key("error"), "{said:#?}");
    let diagnostics = of("diagnostics").as_array().expect("a list");
    assert_eq!(diagnostics.len(), 1, "{said:#?}");
    assert_eq!(diagnostics[0]["line"], 3);
    let message = diagnostics[0]["message"].as_str().expect("a message");
    assert!(message.contains("timout"), "{message}");
    assert_eq!(*of("mended"), Value::Bool(true));
    let labels = of("completion").as_array().expect("labels");
    for name in ["build", "compile_all", "test"] {
        assert!(
            labels.iter().any(|l| l == name),
            "{name} is not offered: {labels:?}"
        );
    }
    let hover = of("hover").as_str().expect("a text");
    assert!(hover.contains("build"), "{hover}");
    assert_eq!(*of("definition"), 3);
    let renamed = of("renamed").as_str().expect("a text");
    assert!(renamed.contains("tasks.compile = {"), "{renamed}");
    assert!(renamed.contains("deps = [ tasks.compile ]"), "{renamed}");
    assert!(!renamed.contains("tasks.build"), "{renamed}");
    assert_eq!(*of("formatted"), "tasks.extra = { run = \"true\"; };");
}

/// The grammar as a library that editors load.
fn parser(project: &Project) -> PathBuf {
    let sources = root().join("grammar/tree-sitter/src");
    let folder = project.cache().join("nvim");
    std::fs::create_dir_all(folder.join("parser")).expect("a folder");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(folder.join("parser/nexus.so"))
        .arg(sources.join("parser.c"))
        .arg("-I")
        .arg(&sources)
        .status()
        .expect("cc starts");
    assert!(built.success(), "the grammar is compiled");
    let queries = folder.join("queries/nexus");
    std::fs::create_dir_all(&queries).expect("a folder");
    for name in [
        "highlights.scm",
        "injections.scm",
        "locals.scm",
        "folds.scm",
    ] {
        let from = root().join("grammar/tree-sitter/queries").join(name);
        std::fs::copy(from, queries.join(name)).expect("a query");
    }
    folder
}

#[test]
fn neovim() {
    let project = Project::new(PROJECT);
    let mut command = Command::new("nvim");
    command
        .args(["--headless", "--clean", "-u", "NONE", "-S"])
        .arg(root().join("tests/editors/nvim.lua"))
        .env("PLUGIN", root().join("editors/neovim"))
        .env("PARSER", parser(&project));
    let said = said(&project, command);
    assert_eq!(said["filetype"], "nexus", "{said:#?}");
    assert_eq!(said["coloured"], true, "{said:#?}");
    check(&said);
}

#[test]
fn emacs() {
    let project = Project::new(PROJECT);
    let mut command = Command::new("emacs");
    command
        .args(["--batch", "-l"])
        .arg(root().join("tests/editors/emacs.el"))
        .env("PLUGIN", root().join("editors/emacs"));
    let said = said(&project, command);
    assert_eq!(said["mode"], "nexus-mode", "{said:#?}");
    check(&said);
}

/// The mode has no mistakes that the byte compiler of Emacs sees.
#[test]
fn the_emacs_mode_compiles() {
    let project = Project::new(PROJECT);
    let copy = project.path("nexus-mode.el");
    std::fs::copy(root().join("editors/emacs/nexus-mode.el"), &copy).expect("a copy");
    let output = Command::new("emacs")
        .args([
            "--batch",
            "--eval",
            "(setq byte-compile-error-on-warn t)",
            "-f",
            "batch-byte-compile",
        ])
        .arg(&copy)
        .output()
        .expect("emacs starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
