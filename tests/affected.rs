//! `--affected`: which tasks does a change concern? With real repositories.

mod support;

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::process::Command;
use support::{Project, Ran};

/// Runs git in the project.
fn git(project: &Project, args: &[&str]) -> String {
    let mut command = Command::new("git");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Test");
        command.env(format!("GIT_{who}_EMAIL"), "test@example.com");
    }
    let output = command
        .args(["-c", "protocol.file.allow=always"])
        .args(args)
        .current_dir(project.root())
        .env("HOME", project.cache())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git, which these tests need, starts");
    let ran = Ran::from(output);
    assert_eq!(ran.code, Some(0), "git {args:?}: {ran}");
    ran.stdout
}

fn commit(project: &Project) {
    git(project, &["add", "-A"]);
    git(
        project,
        &["commit", "-q", "--allow-empty", "-m", "A change"],
    );
}

/// A repository with the project in it.
fn repository(text: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::new(text);
    for (name, content) in files {
        project.edit(name, content);
    }
    git(&project, &["init", "-q", "-b", "main"]);
    commit(&project);
    project
}

/// The affected tasks, by name.
fn affected(project: &Project, since: &str) -> Vec<String> {
    let ran = project.ok(&["list", "--names", since]);
    ran.stdout.lines().map(str::to_string).collect()
}

const PROJECT: &str = r#"
let lib = import ./lib.nx; in
  tasks = {
    gen    = { inputs = [ "spec.txt" ]; outputs = { c = "out/gen.c"; }; run = "cp spec.txt out/gen.c"; };
    count  = { inputs = [ "src/*.c" "!src/skip.c" ]; outputs = [ "out/n" ]; run = "ls src > out/n"; };
    folder = { inputs = [ "data" ]; outputs = [ "out/data" ]; run = "ls -R data > out/data"; };
    use    = { inputs = [ tasks.gen.outputs.c ]; outputs = [ "out/use" ]; run = "cp out/gen.c out/use"; };
    script = { outputs = [ "out/script" ]; run = "./tool.sh"; };
    lib    = { inputs = [ "other.txt" ]; outputs = [ "out/lib" ]; run = lib.command "other.txt" "out/lib"; };
    deploy = { deps = [ tasks.use ]; run = "true"; };
    greet  = { run = "echo hello"; };
    all    = { deps = [ tasks.count tasks.greet ]; };
  };
"#;

fn whole() -> Project {
    repository(
        PROJECT,
        &[
            ("lib.nx", "command = from: to: \"cp ${from} ${to}\";\n"),
            ("spec.txt", "1"),
            ("other.txt", "1"),
            ("src/a.c", "a"),
            ("src/b.c", "b"),
            ("src/skip.c", "s"),
            ("data/x/y", "1"),
            ("tool.sh", "#!/bin/sh\ntouch out/script\n"),
            (".gitignore", "out\nignored*\n"),
            ("notes.md", "notes"),
        ],
    )
}

#[test]
fn a_change_concerns_those_who_read_it_and_whoever_needs_them() {
    let gen_and_users = ["deploy", "gen", "use"];
    let counts = ["all", "count"];
    let replace = |project: &Project, file: &str, from: &str, to: &str| {
        let text = project.read(file);
        assert!(text.contains(from), "{file}");
        project.edit(file, &text.replace(from, to));
    };
    type Edit<'a> = Box<dyn Fn(&Project) + 'a>;
    let edit = |file: &'static str, text: &'static str| -> Edit<'_> {
        Box::new(move |project| project.edit(file, text))
    };
    let remove = |file: &'static str| -> Edit<'_> { Box::new(move |project| project.remove(file)) };
    let definition = |from: &'static str, to: &'static str| -> Edit<'_> {
        Box::new(move |project| replace(project, "nexus.nx", from, to))
    };
    let cases: Vec<(&str, Edit, &[&str])> = vec![
        ("nothing", Box::new(|_| ()), &[]),
        ("an edit", edit("spec.txt", "2"), &gen_and_users),
        (
            "a touch",
            Box::new(|project| project.touch("spec.txt")),
            &[],
        ),
        ("something nobody reads", edit("notes.md", "more"), &[]),
        ("a new file of a pattern", edit("src/new.c", ""), &counts),
        ("a removed one", remove("src/a.c"), &counts),
        ("one that is taken away", edit("src/skip.c", "new"), &[]),
        ("an ignored one", edit("ignored.c", "new"), &[]),
        ("deep in a folder", edit("data/x/y", "2"), &["folder"]),
        ("new in a folder", edit("data/new", "2"), &["folder"]),
        (
            "a new name",
            Box::new(|project| {
                git(project, &["mv", "src/a.c", "data/a.c"]);
            }),
            &["all", "count", "folder"],
        ),
        (
            "staged, and undone in the work tree",
            Box::new(|project| {
                project.edit("spec.txt", "2");
                git(project, &["add", "spec.txt"]);
                project.edit("spec.txt", "1");
            }),
            &[],
        ),
        (
            "a program",
            edit("tool.sh", "#!/bin/sh\necho > out/script\n"),
            &["script"],
        ),
        (
            "the definition of one",
            definition("echo hello", "echo hi"),
            &["all", "greet"],
        ),
        (
            "of one that others need",
            definition("\"cp spec.txt", "\"cp -p spec.txt"),
            &gen_and_users,
        ),
        (
            "what is said of it",
            definition("greet  = { run", "greet = { description = \"Hi\"; run"),
            &[],
        ),
        (
            "how fast it runs",
            definition("greet  = { run", "greet = { nice = 4; run"),
            &[],
        ),
        ("a remark", definition("let lib", "# Hello\nlet lib"), &[]),
        (
            "a new task",
            definition("greet  =", "more.run = \"true\"; greet ="),
            &["more"],
        ),
        (
            "another name of a task",
            definition("deploy = {", "publish = {"),
            &["publish"],
        ),
        (
            "a library",
            edit("lib.nx", "command = from: to: \"cp -p ${from} ${to}\";\n"),
            &["lib"],
        ),
        (
            "a remark in a library",
            Box::new(|project| replace(project, "lib.nx", "command", "# !\ncommand")),
            &[],
        ),
    ];
    let project = whole();
    for (what, edit, expected) in cases {
        git(&project, &["reset", "-q", "--hard"]);
        git(&project, &["clean", "-q", "-f", "-d"]);
        edit(&project);
        assert_eq!(affected(&project, "--affected=HEAD"), expected, "{what}");
        // A commit makes no difference to what has changed since the one before.
        let before = git(&project, &["rev-parse", "HEAD"]);
        commit(&project);
        let since = format!("--affected={}", before.trim());
        assert_eq!(affected(&project, &since), expected, "{what}, committed");
        assert_eq!(affected(&project, "--affected=HEAD"), [""; 0], "{what}");
        git(&project, &["reset", "-q", "--hard", before.trim()]);
    }
    git(&project, &["rm", "-q", "--cached", "spec.txt"]);
    assert_eq!(affected(&project, "--affected=HEAD"), gen_and_users);
}

#[test]
fn what_evaluation_read_is_compared_as_well() {
    let text = r#"
tasks = {
  each   = std.record.from_list (map (f: { name = std.path.stem f; value = { inputs = [ f ]; outputs = [ "out/${std.path.stem f}" ]; run = "cp ${f} out/${std.path.stem f}"; }; }) (glob "src/*.c"));
  notes  = { run = "echo ${read_file ./VERSION}"; };
  maybe  = { run = if path_exists ./extra then "echo extra" else "echo none"; };
};
"#;
    let project = repository(
        text,
        &[("src/a.c", "a"), ("src/b.c", "b"), ("VERSION", "1")],
    );
    let ran = project.nexus(&["check"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    project.edit("src/c.c", "");
    assert_eq!(affected(&project, "--affected=HEAD"), ["each.c"]);
    commit(&project);
    project.edit("VERSION", "2");
    assert_eq!(affected(&project, "--affected=HEAD"), ["notes"]);
    git(&project, &["reset", "-q", "--hard"]);
    project.edit("extra/file", "");
    assert_eq!(affected(&project, "--affected=HEAD"), ["maybe"]);
    project.remove("extra/file");
    std::fs::remove_dir(project.path("extra")).expect("an empty folder");
    project.remove("src/a.c");
    assert_eq!(affected(&project, "--affected=HEAD"), [""; 0]);
}

#[test]
fn a_plan_of_then_that_cannot_be_made_leaves_nothing_out() {
    let project = whole();
    let right = project.read("nexus.nx");
    project.edit("nexus.nx", "tasks = {");
    commit(&project);
    project.edit("nexus.nx", &right);
    assert_eq!(affected(&project, "--affected=HEAD").len(), 9);
}

#[test]
fn links_depfiles_and_odd_names() {
    let text = r#"
tasks = {
  link  = { inputs = [ "link.txt" ]; outputs = [ "out/link" ]; run = "cp link.txt out/link"; };
  deep  = { inputs = [ "linked/deep/file" ]; outputs = [ "out/deep" ]; run = "cp linked/deep/file out/deep"; };
  dep   = { inputs = [ "main.c" ]; outputs = [ "out/dep" ]; run = { cmd = "cp main.c out/dep; echo 'x: main.c head.h' > out.d"; depfile = "out.d"; }; };
  odd   = { inputs = [ "a \"b\" 'c'\n→.txt" ]; outputs = [ "out/odd" ]; run = "cp a* out/odd"; };
};
"#;
    let odd = "a \"b\" 'c'\n→.txt";
    let project = repository(
        text,
        &[
            ("real.txt", "1"),
            ("real/deep/file", "1"),
            ("main.c", "1"),
            ("head.h", "1"),
            ("unread.h", "1"),
            (odd, "1"),
            (".gitignore", "out\nout.d\n"),
        ],
    );
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, project.path(at));
    link("real.txt", "link.txt").expect("a link");
    link("real", "linked").expect("a link");
    commit(&project);
    // What a depfile would list is not known before the task has run.
    project.edit("unread.h", "2");
    assert_eq!(affected(&project, "--affected=HEAD"), ["dep"]);
    project.ok(&["build"]);
    assert_eq!(affected(&project, "--affected=HEAD"), [""; 0]);
    for (file, tasks) in [
        ("head.h", ["dep"]),
        ("real.txt", ["link"]),
        ("real/deep/file", ["deep"]),
        (odd, ["odd"]),
    ] {
        project.ok(&["build"]);
        commit(&project);
        project.edit(file, "2");
        assert_eq!(affected(&project, "--affected=HEAD"), tasks, "{file}");
    }
}

#[test]
fn a_project_in_a_folder_of_its_repository() {
    let outer = repository(
        "tasks.x.run = \"true\";",
        &[("lib/shared.nx", "word = \"a\";\n")],
    );
    outer.edit(
        "sub/nexus.nx",
        "let s = import ../lib/shared.nx; in tasks = { a = { inputs = [ \"f\" ]; outputs = [ \"o\" ]; run = \"cp f o\"; }; b.run = \"echo ${s.word}\"; };",
    );
    outer.edit("sub/f", "1");
    outer.edit(".gitignore", "o\n");
    commit(&outer);
    let names = |since: &str| {
        let ran = outer.ok(&["-c", "sub", "list", "--names", since]);
        ran.stdout.lines().map(str::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names("--affected"), [""; 0]);
    outer.edit("sub/f", "2");
    assert_eq!(names("--affected=HEAD"), ["a"]);
    outer.edit("lib/shared.nx", "word = \"b\";\n");
    assert_eq!(names("--affected=HEAD"), ["a", "b"]);
}

#[test]
fn without_a_revision_the_branch_counts() {
    let project = whole();
    git(&project, &["switch", "-q", "-c", "topic"]);
    project.edit("spec.txt", "2");
    commit(&project);
    git(&project, &["switch", "-q", "main"]);
    project.edit("src/a.c", "other");
    commit(&project);
    git(&project, &["switch", "-q", "topic"]);
    let ours = ["deploy", "gen", "use"];
    assert_eq!(affected(&project, "--affected"), ours);
    assert_eq!(affected(&project, "--affected=main..."), ours);
    // Compared with main as it is, what others did there differs as well.
    let both = ["all", "count", "deploy", "gen", "use"];
    assert_eq!(affected(&project, "--affected=main"), both);
    let ran = project.ok(&["list", "--affected", "gen"]);
    assert!(ran.stdout.contains("spec.txt changed"), "{ran}");
    assert!(ran.stderr.contains("of main"), "{ran}");
    let ran = project.ok(&["list", "--affected", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(list[0]["affected"], "it needs use");
}

#[test]
fn only_what_is_affected_runs() {
    let project = whole();
    Command::new("chmod")
        .arg("+x")
        .arg(project.path("tool.sh"))
        .status()
        .expect("chmod");
    commit(&project);
    project.edit("spec.txt", "2");
    let since = "--affected=HEAD";
    assert_eq!(project.executed_sorted(&["build", since]), ["gen", "use"]);
    // Again: nothing to do, but still affected.
    assert!(project.executed(&["build", since]).is_empty());
    let dry = project.ok(&["run", "-n", "deploy", "all", since]);
    assert!(dry.stdout.contains("deploy"), "{dry}");
    assert!(!dry.stdout.contains("greet"), "{dry}");
    // A group stands for those of its tasks that are affected.
    project.edit("src/a.c", "2");
    assert_eq!(project.executed_sorted(&["run", "all", since]), ["count"]);
    let ran = project.ok(&["run", "greet", since]);
    assert!(ran.stderr.contains("0 of 1 task"), "{ran}");
    assert!(!ran.text().contains("hello"), "{ran}");
    // With everything up to date and remembered, the choice is the same.
    project.ok(&["build"]);
    let ran = project.ok(&["build", since]);
    assert!(ran.stderr.contains("3 of "), "{ran}");
}

#[test]
fn git_is_only_asked() {
    let project = whole();
    project.touch("spec.txt");
    let index = std::fs::read(project.path(".git/index")).expect("an index");
    project.ok(&["list", "--affected=HEAD"]);
    assert!(index == std::fs::read(project.path(".git/index")).expect("an index"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// What would run after a build of then and the same changes is affected, whatever changes.
    #[test]
    fn never_too_few(edits in prop::collection::vec((0usize..12, any::<bool>()), 1..5)) {
        let project = whole();
        Command::new("chmod").arg("+x").arg(project.path("tool.sh")).status().expect("chmod");
        commit(&project);
        project.ok(&["build"]);
        for (which, other) in edits {
            let content = if other { "x" } else { "y" };
            match which {
                0 => project.edit("spec.txt", content),
                1 => project.edit("src/a.c", content),
                2 if project.exists("src/b.c") => project.remove("src/b.c"),
                3 => project.edit("src/new.c", content),
                4 => project.edit("data/x/y", content),
                5 => project.edit("other.txt", content),
                6 => project.edit("lib.nx", &format!("command = from: to: \"cp ${{from}} ${{to}} # {content}\";\n")),
                7 => project.edit("tool.sh", &format!("#!/bin/sh\necho {content} > out/script\n")),
                8 => { let text = project.read("nexus.nx"); project.edit("nexus.nx", &text.replace("ls src", "ls -a src")); }
                9 => { let text = project.read("nexus.nx"); project.edit("nexus.nx", &text.replace("ls -R data", "ls -aR data")); }
                10 => commit(&project),
                _ => project.edit("notes.md", content),
            }
        }
        let first = git(&project, &["rev-list", "HEAD"]);
        let then = first.lines().nth(first.lines().count() - 2).expect("two commits");
        let dry = project.ok(&["build", "-n", "--format", "json"]);
        let dry: serde_json::Value = serde_json::from_str(&dry.stdout).expect("JSON");
        let runs = dry.as_array().expect("tasks").iter().filter(|task| task["state"] != "up_to_date");
        let runs: BTreeSet<String> = runs.map(|task| task["task"].as_str().unwrap_or("").to_string()).collect();
        let found: BTreeSet<String> = affected(&project, &format!("--affected={then}")).into_iter().collect();
        prop_assert!(runs.is_subset(&found), "{runs:?} would run, {found:?} are affected");
    }
}
