//! The pages of `docs/errors/`, executed: of each code the wrong example is answered with exactly
//! that code, the right one with none.
//!
//! An example in `nx` is a project file: it is checked, and the tasks of the families that are
//! about running (NX05xx, NX06xx, NX0854) are run. An example in `sh` is run as it is written, in a
//! project. What an example takes for granted (sources, a second file) is [put there](given)
//! before.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::diagnostic::registry;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use support::{Project, Ran};

/// Codes without examples to execute here: a mistake in Nexus that is known would be mended; the
/// examples of the others are too large for a page, or are stopped by checking before evaluation;
/// NX0531 is a remark on a resumed run, which `tests/resume.rs` makes; NX0542 takes a system without
/// a sandbox, which `tests/sandbox.rs` makes. The `limits` test of the compiler makes the others.
const WITHOUT: &[&str] = &[
    "NX0023", "NX0025", "NX0302", "NX0303", "NX0320", "NX0531", "NX0542", "NX0790", "NX0856",
];

/// Failures of connections take a server that fails, or a network that does: the tests of `nexus-ssh`
/// make all of them and look at their codes.
fn is_about_connecting(code: &str) -> bool {
    ("NX0801".."NX0850").contains(&code)
}

/// An example longer than this is hard to take in.
const MOST_LINES: usize = 40;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = registry::all().map(|info| {
        let code = info.code.to_string();
        Trial::test(format!("{code} {}", info.name), move || page(&code))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Removes files when a run has looked at its outputs and has not stored them yet: it is reading
/// the dependency file then, and a pipe is opened for writing only when somebody reads.
const REMOVES_IN_TIME: &str = "mkfifo needs.d
rm() { timeout 60 sh -c 'exec 3> needs.d; exec rm \"$@\"' rm \"$@\"; }
";

/// A block of a page.
struct Example<'a> {
    wrong: bool,
    language: &'a str,
    text: &'a str,
}

fn page(code: &str) -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let text = std::fs::read_to_string(folder.join(format!("{code}.md")))?;
    if text.lines().count() > MOST_LINES {
        return Err(format!("longer than {MOST_LINES} lines").into());
    }
    if WITHOUT.contains(&code) || is_about_connecting(code) {
        return Ok(());
    }
    let examples = examples(&text);
    for wrong in [true, false] {
        let mut some = examples.iter().filter(|e| e.wrong == wrong).peekable();
        if some.peek().is_none() {
            let which = if wrong { "wrong" } else { "right" };
            return Err(format!("the page has no {which} example").into());
        }
        for example in some {
            let ran = execute(code, example);
            let found = codes(&ran.text());
            let mut expected: BTreeSet<String> =
                wrong.then(|| code.to_owned()).into_iter().collect();
            if wrong && code == "NX0544" {
                // A remark on a task that fails for its own reason.
                expected.insert("NX0501".to_owned());
            }
            if found != expected {
                return Err(format!(
                    "this shows {found:?}, not {expected:?}:\n{}\n{ran}",
                    example.text
                )
                .into());
            }
            if !wrong && ran.code != Some(0) {
                return Err(format!("this fails:\n{}\n{ran}", example.text).into());
            }
        }
    }
    Ok(())
}

/// The blocks, those behind a line that begins with `Right` being right.
fn examples(page: &str) -> Vec<Example<'_>> {
    let mut found = Vec::new();
    let mut wrong = true;
    let mut rest = page;
    while let Some(at) = rest.find("\n```") {
        wrong &= !rest[..at].contains("\nRight");
        let block = &rest[at + 4..];
        let (language, block) = block.split_once('\n').unwrap_or((block, ""));
        let (text, after) = block.split_once("```").unwrap_or((block, ""));
        found.push(Example {
            wrong,
            language,
            text,
        });
        rest = after;
    }
    found
}

/// `NXnnnn` of all errors and warnings in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let starts = ["error[NX", "warning[NX"]
        .into_iter()
        .flat_map(|start| text.split(start).skip(1));
    starts
        .filter_map(|rest| Some(format!("NX{}", rest.get(..4)?)))
        .collect()
}

fn execute(code: &str, example: &Example<'_>) -> Ran {
    let project = Project::new("tasks.test.run = \"true\";\n");
    for (name, text) in given(code) {
        project.edit(name, text);
    }
    prepare(code, &project);
    if example.language == "sh" && example.wrong && code == "NX0717" {
        return shell(&project, &without_watches(example.text));
    }
    if example.language == "sh" && example.wrong && code == "NX0511" {
        return shell(&project, &format!("{REMOVES_IN_TIME}{}", example.text));
    }
    if example.language == "sh" {
        return shell(&project, example.text);
    }
    // A comment names the file that what follows it is in.
    let mut name = "nexus.nx".to_owned();
    let mut files = vec![(name.clone(), String::new())];
    for line in example.text.split_inclusive('\n') {
        if let Some(file) = line.trim().strip_prefix("# ")
            && file.ends_with(".nx")
            && !file.contains(' ')
        {
            name = file.to_owned();
            files.push((name.clone(), String::new()));
        }
        if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    for (name, text) in &files {
        project.edit(name, text);
    }
    let main = files.iter().map(|file| file.0.as_str());
    let mut main = main;
    let main = main.find(|name| *name != "nexus.nx").unwrap_or("nexus.nx");
    if code < "NX0500" || ("NX0850"..="NX0853").contains(&code) {
        let whole = &files[0].1;
        // Examples of the grammar are files of any kind, not projects.
        let checked = match code < "NX0100" || (files.len() > 1 && !whole.contains("tasks")) {
            true if !whole.contains("tasks") => project.nexus(&["eval", main]),
            _ => project.nexus(&["check"]),
        };
        // What depends on outputs of tasks shows when these are there.
        if checked.code != Some(0) || code != "NX0407" {
            return checked;
        }
    }
    if code == "NX0407" {
        return project.nexus(&["run", "list"]);
    }
    let names = project.nexus(&["list", "--names"]);
    match names.stdout.lines().next() {
        Some(task) if names.code == Some(0) && code == "NX0546" => {
            project.nexus(&["run", task, "--verify"])
        }
        Some(task) if names.code == Some(0) => project.nexus(&["run", task]),
        _ => names,
    }
}

/// Runs the lines of an example. After a line that starts something in the background it is
/// waited for what is started, and in the end it is told to stop.
fn shell(project: &Project, text: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_nexus"));
    let folder = program.parent().unwrap_or(Path::new("/"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut script = String::new();
    for line in text.lines() {
        script += line;
        script.push('\n');
        if line.ends_with('&') {
            script += "for i in $(seq 500); do [ -e started ] && break; sleep 0.01; done\n";
        }
    }
    script += "result=$?\ntouch stop\nwait\nexit $result\n";
    let mut command = project.command(&[]);
    let environment: Vec<_> = command
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
        .collect();
    command = Command::new("sh");
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .args(["-c", &script])
        .current_dir(project.root())
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("HOME", project.root().join("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].into_iter().flat_map(|who| {
            let set = |what: &str, value: &'static str| (format!("GIT_{who}_{what}"), value);
            [set("NAME", "Test"), set("EMAIL", "test@example.com")]
        }))
        .env("NEXUS_STATE_DIR", project.root().join("state"))
        .stdin(Stdio::null());
    Ran::from(command.output().expect("sh starts"))
}

/// A command run by a user of a namespace of its own, who may not watch anything.
fn without_watches(command: &str) -> String {
    let none = "echo 0 > /proc/sys/user/max_inotify_instances";
    let command = command.trim();
    format!("unshare --user --map-root-user sh -c '{none} && {command}'")
}

/// Makes a repository of the project, with two commits, and a shallow clone of it.
fn repository(project: &Project) {
    let script = "git init -q -b main && git add . && git commit -q -m First \
        && git commit -q --allow-empty -m Second \
        && git clone -q --depth 1 \"file://$PWD\" clone && echo clone >> .git/info/exclude";
    let ran = shell(project, script);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// What is no text file.
fn prepare(code: &str, project: &Project) {
    match code {
        "NX0507" => {
            for name in ["server", "run-tests"] {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(project.path(name), mode).expect("permissions");
            }
        }
        // There is a run to speak of.
        "NX0714" | "NX0716" => {
            let mut command = project.command(&["run", "test"]);
            command.env("NEXUS_STATE_DIR", project.path("state"));
            assert!(command.output().expect("nexus starts").status.success());
        }
        "NX0746" | "NX0747" | "NX0748" | "NX0749" => repository(project),
        // The version of the database is in its header.
        "NX0603" => {
            let mut command = project.command(&["run", "pack"]);
            command.env("NEXUS_CACHE_DIR", project.path("newer"));
            assert!(command.output().expect("nexus starts").status.success());
            for log in ["newer/store.db-wal", "newer/store.db-shm"] {
                // Not there when everything in it is in the database.
                _ = std::fs::remove_file(project.path(log));
            }
            let database = project.path("newer/store.db");
            let mut bytes = std::fs::read(&database).expect("a database");
            bytes[60..64].copy_from_slice(&1_000_000_u32.to_be_bytes());
            std::fs::write(&database, bytes).expect("written");
        }
        // Files are where folders for contents should be: as on a disk without room.
        "NX0604" => {
            for i in 0..256 {
                project.edit(&format!("full/cas/{i:02x}"), "");
            }
        }
        _ => {}
    }
}

/// Files the examples of a code take for granted.
fn given(code: &str) -> &'static [(&'static str, &'static str)] {
    match code {
        "NX0024" => &[("nexus.nx", "tasks.test.run = \"echo für\";\n")],
        "NX0103" | "NX0104" => &[
            ("lib.nx", "command = \"make\";\n"),
            ("lib/main.nx", "command = \"make\";\n"),
        ],
        "NX0550" => &[(
            "nexus.nx",
            "tasks = { one.run = \"true\"; two.run = \"true\"; three.run = \"true\"; four.run = \"true\"; five.run = \"true\"; six.run = \"true\"; seven.run = \"true\"; eight.run = \"true\"; };\n",
        )],
        "NX0105" => &[("shared.nx", "value = \"x\";\n")],
        "NX0311" | "NX0318" => &[("VERSION", "1.0\n")],
        "NX0316" => &[("src/main.c", "int main(void) { return 0; }\n")],
        "NX0408" => &[("jobs.json", "{ \"jobs\": 4 }\n")],
        "NX0501" => &[("haystack.txt", "hay\n")],
        "NX0503" | "NX0505" | "NX0510" => &[("main.c", "int main(void) { return 0; }\n")],
        "NX0507" => &[
            ("server", "#!/bin/sh\nexec sleep 20\n"),
            ("run-tests", "#!/bin/sh\ntrue\n"),
        ],
        "NX0509" => &[("Makefile", "site:\n\ttrue\n"), ("content/a.md", "a")],
        "NX0512" | "NX0603" | "NX0604" | "NX0632" | "NX0633" | "NX0634" | "NX0635" | "NX0636" => {
            &[(
                "nexus.nx",
                "tasks.pack = { inputs = [ \"*.txt\" ]; outputs = [ \"pack\" ]; run = \"seq 100000 > pack\"; };\n",
            )]
        }
        "NX0705" | "NX0710" => &[(
            "nexus.nx",
            "tasks = { build.run = \"true\"; test.run = \"true\"; };\n",
        )],
        "NX0706" => &[("nexus.nx", "tasks.serve.run = \"true\";\n")],
        "NX0711" => &[(
            "nexus.nx",
            "tasks.serve.run = \"touch started; for i in $(seq 500); do [ -e stop ] && break; sleep 0.01; done\";\ntasks.test.run = \"true\";\n",
        )],
        "NX0712" => &[("lib/a.nx", "x = 1;\n")],
        "NX0504" => &[("src/main.c", "int main(void) { return 0; }\n")],
        "NX0540" | "NX0544" => &[
            ("src/main.c", "int main(void) { return 0; }\n"),
            ("src/config.h", "#define SIZE 4\n"),
        ],
        "NX0545" => &[(
            "nexus.nx",
            "tasks = { pack.run = \"tar -cf pack.tar nexus.nx\"; all.deps = [ tasks.pack ]; };\n",
        )],
        "NX0506" => &[("notes.txt", "a\n")],
        "NX0511" => &[(
            "nexus.nx",
            "tasks.pack = { outputs = [ \"pack\" ]; run = { cmd = \"touch started; seq 100 > pack; [ -e needs.d ] || touch needs.d\"; depfile = \"needs.d\"; }; };\n",
        )],
        _ => &[],
    }
}
