//! Sandboxed tasks: what they do not declare is caught, by name, and nothing else is.

mod support;

use support::{Project, Ran};

/// Sources, and tasks in a sandbox.
fn project(tasks: &str) -> Project {
    Project::new(&format!(
        "config.sandbox = true;\ntasks = {{\n{tasks}\n}};\n"
    ))
    .write("src/a.txt", "a\n")
    .write("src/secret.txt", "s\n")
    .write("src/config.h", "#define SIZE 4\n")
}

/// The code and the whole text of a failure.
fn fails(project: &Project, task: &str, code: &str, parts: &[&str]) -> Ran {
    let ran = project.nexus(&["run", task]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.text().contains(&format!("error[{code}]")), "{ran}");
    for part in parts {
        assert!(ran.text().contains(part), "`{part}` is missing\n{ran}");
    }
    ran
}

#[test]
fn an_undeclared_input_is_caught_with_its_name() {
    // In folders of their own, beside sources, by listing, through a link, by executing.
    let cases = [
        (
            "build/x",
            "cat src/a.txt src/secret.txt > build/x",
            "read `src/secret.txt`",
            "src/secret.txt",
        ),
        (
            "x",
            "cat src/a.txt src/secret.txt > x",
            "read `src/secret.txt`",
            "src/*.txt",
        ),
        ("build/x", "cat src/*.txt > build/x", "`src`", "src/*"),
        (
            "build/x",
            "ln -s ../src/secret.txt build/l; cat build/l > build/x && rm build/l",
            "read `src/secret.txt`",
            "src/secret.txt",
        ),
        (
            "x",
            "ln -s src/secret.txt l; cat l > x; rm l",
            "read `src/secret.txt`",
            "src/secret.txt",
        ),
        (
            "build/x",
            "cat src/../src/./secret.txt > build/x",
            "read `src/secret.txt`",
            "src/secret.txt",
        ),
        (
            "build/x",
            "cd src && cat secret.txt > ../build/x",
            "read `src/secret.txt`",
            "src/secret.txt",
        ),
    ];
    for (output, run, named, advice) in cases {
        let project = project(&format!(
            "t = {{ inputs = [ \"src/a.txt\" ]; outputs = [ \"{output}\" ]; run = \"{run}\"; }};"
        ));
        fails(
            &project,
            "t",
            "NX0540",
            &[named, advice, "nexus.nx:3", "`inputs`"],
        );
        let log = project.nexus(&["run", "t", "--no-sandbox"]);
        assert_eq!(log.code, Some(0), "it is the sandbox that refuses: {log}");
    }
}

#[test]
fn what_is_declared_can_be_used() {
    let project = project(
        r#"
  gen  = { inputs = [ "src/a.txt" ]; outputs = { made = "build/gen.txt"; }; run = "tr a b < src/a.txt > build/gen.txt"; };
  dir  = { outputs = { folder = "build/dir"; }; run = "mkdir -p build/dir/sub; echo x > build/dir/sub/f"; };
  use  = { inputs = [ tasks.gen.outputs.made "src/*.h" ]; outputs = [ "build/use" ]; run = "cat build/gen.txt src/*.h > build/use"; };
  used = { outputs = [ "build/used" ]; run = "cat ${tasks.dir.outputs.folder}/sub/f > build/used"; };
  mv   = { inputs = [ "src/a.txt" ]; outputs = [ "top" ]; run = [ "cp src/a.txt $TMPDIR/a" "mv $TMPDIR/a top.new" "mv top.new top" "cat top" ]; };
  home = { inputs = [ "src/a.txt" ]; run = "touch $HOME/x $TMPDIR/y; echo > /dev/null; head -c 1 /dev/urandom > $TMPDIR/z; python3 -c 'import json'"; };
  dep  = { outputs = [ "build/m.o" ]; run = { cmd = "cc -MD -MF build/m.d -c src/m.c -o build/m.o"; depfile = "build/m.d"; }; };
  all.deps = [ tasks.use tasks.used tasks.mv tasks.home tasks.dep ];
"#,
    )
    .write("src/m.c", "#include \"config.h\"\nint size = SIZE;\n");
    project.ok(&["run", "all"]);
    assert_eq!(project.read("build/use"), "b\n#define SIZE 4\n");
    assert!(project.ok(&["run", "all"]).stdout.contains("up to date"));
    project.edit("src/config.h", "#define SIZE 5\n");
    assert_eq!(project.executed_sorted(&["run", "all"]), ["dep", "use"]);
}

#[test]
fn an_undeclared_output_of_another_task_is_named_with_the_task() {
    let project = project(
        r#"
  gen  = { outputs = [ "made/gen.txt" ]; run = "echo g > made/gen.txt"; };
  use  = { outputs = [ "build/use" ]; run = "cat made/gen.txt > build/use"; };
"#,
    );
    project.ok(&["run", "gen"]);
    fails(
        &project,
        "use",
        "NX0540",
        &["`made/gen.txt`", "add `tasks.gen` to `deps`"],
    );
}

#[test]
fn an_undeclared_write_is_caught_with_its_name() {
    let cases = [
        (
            "build/x",
            "echo 1 > build/x; echo 2 > build/more",
            "build/more",
        ),
        ("build/x", "echo 1 > build/x; echo 2 > src/new", "src/new"),
        (
            "build/x",
            "echo 1 > build/x; echo 2 > src/a.txt",
            "src/a.txt",
        ),
        ("build/x", "echo 1 > build/x; rm src/a.txt", "src/a.txt"),
        (
            "build/x",
            "echo 1 > build/x; mv src/a.txt build/a",
            "build/a",
        ),
        (
            "build/x",
            "echo 1 > build/x; ln -s ../src build/l; echo 2 > build/l/new && rm build/l",
            "src/new",
        ),
        ("x", "echo 1 > x; echo 2 > src/new", "src/new"),
        ("x", "echo 1 > x; mkdir -p d/e; echo 2 > d/e/f", "d"),
        ("x", "echo 1 > x; rm src/secret.txt", "src/secret.txt"),
    ];
    for (output, run, path) in cases {
        let project = project(&format!(
            "t = {{ outputs = [ \"{output}\" ]; run = \"{run}\"; }};"
        ));
        let named = format!("`{path}`");
        fails(
            &project,
            "t",
            "NX0541",
            &[&named, "not among its outputs", "nexus.nx:3"],
        );
    }
}

#[test]
fn a_task_that_fails_by_itself_is_not_blamed_on_the_sandbox() {
    let project = project(
        r#"
  own   = { inputs = [ "src/a.txt" ]; outputs = [ "build/o" ]; run = "cat src/a.txt; exit 3"; };
  both  = { inputs = [ "src/a.txt" ]; outputs = [ "build/p" ]; run = "cat src/secret.txt; exit 3"; };
  leave = { inputs = [ "src/a.txt" ]; outputs = [ "build/q" ]; run = "cat src/secret.txt || true; echo > build/q"; };
"#,
    );
    let ran = fails(&project, "own", "NX0501", &["code 3"]);
    assert!(!ran.text().contains("NX054"), "{ran}");
    fails(
        &project,
        "both",
        "NX0501",
        &["code 3", "warning[NX0544]", "src/secret.txt"],
    );
    // Refused and content with it: the result does not depend on the file.
    project.ok(&["run", "leave"]);
    assert_eq!(project.executed(&["run", "leave"]).len(), 0);
}

#[test]
fn results_with_and_without_a_sandbox_are_kept_apart() {
    let text = |own: &str| {
        format!(
            "config.sandbox = true;\ntasks.t = {{ {own} outputs = [ \"build/t\" ]; run = \"cat src/a.txt > build/t || true\"; }};\n"
        )
    };
    let project = Project::new(&text("")).write("src/a.txt", "a\n");
    assert_eq!(project.executed(&["run", "t"]), ["t"]);
    assert_eq!(project.read("build/t"), "");
    assert_eq!(
        project.executed(&["run", "t", "--no-sandbox", "--force"]),
        ["t"]
    );
    assert_eq!(project.read("build/t"), "a\n");
    // What ran without is not taken for what runs with it.
    assert!(
        project.executed(&["run", "t"]).is_empty(),
        "its result is known"
    );
    assert_eq!(project.read("build/t"), "");
    project.edit("nexus.nx", &text("sandbox = false;"));
    assert!(project.executed(&["run", "t"]).is_empty(), "this one, too");
    assert_eq!(project.read("build/t"), "a\n");
}

#[test]
fn nothing_is_left_in_the_temporary_folder() {
    let project =
        project("t = { outputs = [ \"build/t\" ]; run = \"touch $TMPDIR/a $HOME/b build/t\"; };");
    std::fs::create_dir(project.path("tmp")).expect("a folder");
    let mut command = project.command(&["run", "t"]);
    command.env("TMPDIR", project.path("tmp"));
    let ran = Ran::from(command.output().expect("nexus starts"));
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(
        std::fs::read_dir(project.path("tmp"))
            .expect("it is there")
            .count(),
        0
    );
}

#[test]
fn another_user_is_refused_in_words() {
    let project = project("t.run = { cmd = \"true\"; user = \"nobody\"; };");
    fails(&project, "t", "NX0543", &["`nobody`", "sandbox = false"]);
}
