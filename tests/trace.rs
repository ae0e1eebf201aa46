//! `nexus trace`: what a task is seen to use becomes its declarations, under which it runs in a
//! sandbox.

mod support;
use std::path::Path;
use support::{Project, Ran};

/// A C program whose tasks declare nothing.
const BARE: &str = r#"# A program of three files and a table that is made.
config.sandbox = true;

tasks = {
  # The table.
  gen.run = "mkdir -p build && sed 's/.*/#define & 1/' src/names.txt > build/names.h"; # made
  compile = {
    description = "Objects";

    # One after the other.
    run = [
      "cc -Isrc -Ibuild -c src/main.c -o build/main.o"
      "cc -Isrc -Ibuild -c src/a.c -o build/a.o"
      "cc -Isrc -Ibuild -c src/b.c -o build/b.o"
    ];
  };

  link = { run = "cc -o build/app build/*.o"; };
  test.run = "./build/app > build/log";
};
"#;

fn bare() -> Project {
    let main = "#include \"util.h\"\nint main(void) { return puts(a() + b() == ONE + TWO ? \"ok\" : \"no\") < 0; }\n";
    Project::new(BARE)
        .write("src/names.txt", "ONE\nTWO\n")
        .write("src/main.c", main)
        .write(
            "src/a.c",
            "#include \"util.h\"\nint a(void) { return ONE; }\n",
        )
        .write(
            "src/b.c",
            "#include \"util.h\"\nint b(void) { return TWO; }\n",
        )
        .write(
            "src/util.h",
            "#include <stdio.h>\n#include \"names.h\"\nint a(void);\nint b(void);\n",
        )
        .write("README", "not used\n")
}

/// Removes everything that tasks have made.
fn clean(project: &Project) {
    std::fs::remove_dir_all(project.path("build")).expect("it was built");
}

#[test]
fn what_is_proposed_is_enough_for_a_sandbox() {
    let project = bare();
    let before = project.nexus(&["run", "gen"]);
    assert!(
        before.text().contains("NX054"),
        "the sandbox is on: {before}"
    );
    for task in ["gen", "compile", "link", "test"] {
        let ran = project.ok(&["trace", task, "--write"]);
        assert!(ran.stdout.contains("nexus.nx"), "{ran}");
    }
    let expected = r#"# A program of three files and a table that is made.
config.sandbox = true;

tasks = {
  # The table.
  gen.run = "mkdir -p build && sed 's/.*/#define & 1/' src/names.txt > build/names.h"; # made
  gen.inputs = [ "src/names.txt" ];
  gen.outputs = { names = "build/names.h"; };
  compile = {
    description = "Objects";

    inputs = [ "src/*.c" "src/util.h" tasks.gen.outputs.names ];
    outputs = { a = "build/a.o"; b = "build/b.o"; main = "build/main.o"; };
    # One after the other.
    run = [
      "cc -Isrc -Ibuild -c src/main.c -o build/main.o"
      "cc -Isrc -Ibuild -c src/a.c -o build/a.o"
      "cc -Isrc -Ibuild -c src/b.c -o build/b.o"
    ];
  };

  link = {
    inputs = [ tasks.compile.outputs.a tasks.compile.outputs.b tasks.compile.outputs.main ];
    outputs = { app = "build/app"; };
    run = "cc -o build/app build/*.o";
  };
  test.run = "./build/app > build/log";
  test.inputs = [ tasks.link.outputs.app ];
  test.outputs = { log = "build/log"; };
};
"#;
    assert_eq!(project.read("nexus.nx"), expected);
    clean(&project);
    assert_eq!(
        project.executed(&["run", "test"]),
        ["gen", "compile", "link", "test"]
    );
    assert_eq!(project.read("build/log"), "ok\n");
    assert!(project.executed(&["run", "test"]).is_empty());
    project.edit("src/names.txt", "TWO\nONE\n");
    let executed = project.executed(&["run", "test"]);
    assert_eq!(executed[..2], ["gen", "compile"]);
    // Nothing is left to propose.
    let again = project.ok(&["trace", "compile"]);
    assert!(again.stdout.is_empty(), "{again}");
    assert!(again.stderr.contains("declares everything"), "{again}");
}

#[test]
fn the_proposal_is_a_difference_and_nothing_is_written() {
    let project = bare();
    let ran = project.ok(&["trace", "gen"]);
    assert!(
        ran.stdout.starts_with("--- nexus.nx\n+++ nexus.nx\n@@"),
        "{ran}"
    );
    assert!(
        ran.stdout
            .contains("+  gen.outputs = { names = \"build/names.h\"; };"),
        "{ran}"
    );
    assert!(
        ran.stderr.contains("gen"),
        "the run is reported aside: {ran}"
    );
    assert_eq!(project.read("nexus.nx"), BARE);
    let ran = project.ok(&["trace", "gen", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    assert_eq!(value["inputs"][0]["path"], "src/names.txt");
    assert_eq!(value["outputs"][0], "build/names.h");
    assert_eq!(value["written"], false);
}

#[test]
fn many_files_are_a_pattern_or_a_folder() {
    let text = "tasks.pack.run = \"mkdir -p out; for f in src/*/*.txt; do cp $f out/; done; tar -cf all.tar data\";\n";
    let mut project = Project::new(text);
    for name in ["a", "b", "c", "d", "e"] {
        project = project
            .write(&format!("src/{name}/{name}.txt"), name)
            .write(&format!("src/{name}/x"), "")
            .write(&format!("data/{name}/{name}.bin"), name)
            .write(&format!("data/{name}.txt"), name);
    }
    let ran = project.ok(&["trace", "pack", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    let inputs: Vec<&str> = value["inputs"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|input| input["path"].as_str())
        .collect();
    assert_eq!(inputs.first(), Some(&"data/**"), "{inputs:?}");
    assert!(inputs.contains(&"src/a/*.txt"), "{inputs:?}");
    assert_eq!(value["outputs"], serde_json::json!(["all.tar", "out"]));
}

#[test]
fn what_cannot_be_declared_is_said() {
    let project = Project::new(
        "tasks.odd = { inputs = [ \"src/unused\" ]; run = [ \"cat ../outside > /dev/null\" \"sed -i s/a/b/ notes\" \"rm old\" ]; };\n",
    )
    .write("src/unused", "")
    .write("notes", "a\n")
    .write("old", "");
    std::fs::write(project.root().join("../outside"), "x").expect("written");
    let ran = project.ok(&["trace", "odd", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("one object");
    let remarks: Vec<(&str, Option<&str>)> = value["remarks"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| (r["kind"].as_str().unwrap_or(""), r["path"].as_str()))
        .collect();
    assert!(remarks.iter().any(|r| r.0 == "read_outside"), "{ran}");
    assert!(remarks.contains(&("removed", Some("old"))), "{ran}");
    assert!(remarks.contains(&("unused", Some("src/unused"))), "{ran}");
    // A file that is read and replaced is no output: the next execution would begin without it.
    assert!(remarks.contains(&("changed", Some("notes"))), "{ran}");
    assert_eq!(value["outputs"], serde_json::json!([]), "{ran}");
}

#[test]
fn a_task_of_a_function_is_left_to_a_person() {
    let text = "tasks = std.record.from_list (map (n: { name = n; value.run = \"cp ${n}.in ${n}.out\"; }) [ \"a\" \"b\" ]);\n";
    let project = Project::new(text).write("a.in", "").write("b.in", "");
    let ran = project.ok(&["trace", "a", "--write"]);
    assert_eq!(project.read("nexus.nx"), text);
    assert!(ran.stderr.contains("by hand"), "{ran}");
    assert!(ran.stdout.contains("inputs = [ \"a.in\" ];"), "{ran}");
    assert!(
        ran.stdout.contains("outputs = { a = \"a.out\"; };"),
        "{ran}"
    );
}

#[test]
fn a_failure_is_shown_and_proposes_nothing() {
    let project = Project::new("tasks.bad.run = \"cat nexus.nx > /dev/null; echo why; exit 3\";\n");
    let ran = project.nexus(&["trace", "bad"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(
        ran.stderr.contains("NX0501") && ran.stderr.contains("why"),
        "{ran}"
    );
    assert!(ran.stdout.is_empty(), "{ran}");
    let ran = project.nexus(&["trace", "nobody"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("NX0705"), "{ran}");
}

/// As the example is, without its inputs.
fn stripped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lua/nexus.nx");
    let mut text = std::fs::read_to_string(path).expect("the example");
    for inputs in [
        "inputs = [ \"fetch/Cargo.toml\" ];",
        "inputs = objects;",
        "inputs = [ tasks.link.outputs.lua \"test/*.lua\" ];",
        "inputs = [ source ];",
    ] {
        assert!(text.contains(inputs), "the example has changed: {inputs}");
        text = text.replace(inputs, "");
    }
    format!("config.sandbox = true;\n{text}")
}

#[test]
fn the_example_without_its_declarations() {
    let project = Project::new(&stripped());
    for name in ["fetch/Cargo.toml", "host/main.c", "test/smoke.lua"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples/lua")
            .join(name);
        let text = std::fs::read_to_string(from).expect("a file of the example");
        project.edit(name, &text);
    }
    // The one that runs this test: what stands in its place on the PATH may need more.
    let cargo = std::env::var("CARGO").unwrap_or_default();
    let cargo = Path::new(&cargo)
        .parent()
        .unwrap_or(Path::new(""))
        .display();
    let path = format!("{cargo}:{}", std::env::var("PATH").unwrap_or_default());
    let nexus = |args: &[&str]| {
        let mut command = project.command(args);
        let ran = Ran::from(command.env("PATH", &path).output().expect("nexus starts"));
        assert_eq!(ran.code, Some(0), "{args:?}\n{ran}");
        ran
    };
    for task in ["fetch", "link", "test"] {
        nexus(&["trace", task, "--write"]);
    }
    let text = project.read("nexus.nx");
    for declared in [
        "\"fetch/Cargo.toml\"",
        "\"build/vendor\"",
        "\"test/smoke.lua\"",
    ] {
        assert!(text.contains(declared), "{declared} is not in\n{text}");
    }
    clean(&project);
    let log = nexus(&["run", "test", "-v"]);
    assert!(log.text().contains("checks passed"), "{log}");
}
