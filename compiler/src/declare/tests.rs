use super::*;
use crate::plan::Outcome;
use crate::world::Memory;
use expect_test::{Expect, expect};

/// A project with declarations for one task added.
fn with(text: &str, task: &str, wanted: &Declarations) -> Result<String, Obstacle> {
    let (root, file) = (Path::new("/p"), Path::new("/p/nexus.nx"));
    let world = Memory::default().file("/p/nexus.nx", text);
    let mut compiler = Compiler::new();
    compiler.load(file, &world);
    let graph = match plan::plan(&mut compiler, file, root, &world, &|_| true) {
        Outcome::Done(plan) | Outcome::Needs { plan, .. } => plan.graph,
        Outcome::Failed(mistakes) => panic!("{mistakes:?}"),
    };
    let task = graph.task(graph.find(task).expect("the task"));
    let declared = declare(&mut compiler, file, root, &world, task, wanted)?;
    assert_eq!(*declared.before, *text);
    assert_eq!(
        compiler.source(file).as_deref(),
        Some(text),
        "nothing is left changed"
    );
    Ok(declared.after.to_string())
}

fn wanted() -> Declarations {
    let input = |path: &str, output: Option<(&str, &str, &str)>| Input {
        path: path.into(),
        output: output.map(|(task, name, path)| OutputName {
            task: task.into(),
            name: name.into(),
            path: path.into(),
        }),
    };
    let gen_ = Some(("gen", "made", "gen"));
    Declarations {
        inputs: vec![
            input("src/*.c", None),
            input("gen", gen_),
            input("gen/*.h", gen_),
        ],
        outputs: vec!["build/app".into(), "build/app.map".into()],
        tools: vec!["mytool".into()],
    }
}

fn check(task: &str, text: &str, expected: Expect) {
    let rest = match text.contains("tasks =") {
        true => "",
        false => "tasks.gen = { outputs = { made = \"gen\"; }; run = \"x\"; };\n",
    };
    let text = format!("{text}{rest}");
    let added = with(&text, task, &wanted()).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    expected.assert_eq(added.strip_suffix(rest).expect("the rest is as it was"));
}

#[test]
fn new_fields_stand_before_the_commands() {
    check(
        "a",
        "tasks.a = {\n  # What it is for.\n  description = \"d\"; # so\n\n  # How.\n  run = [ \"x\" ];\n};\n",
        expect![[r#"
            tasks.a = {
              # What it is for.
              description = "d"; # so

              inputs = [ "src/*.c" tasks.gen.outputs.made "${tasks.gen.outputs.made}/*.h" ];
              outputs = { app = "build/app"; app_map = "build/app.map"; };
              tools = [ "mytool" ];
              # How.
              run = [ "x" ];
            };
        "#]],
    );
}

#[test]
fn what_is_there_is_added_to() {
    check(
        "a",
        "tasks.a = {\n  inputs  = [\n    \"a\" # first\n    \"b\" # second\n  ];\n  outputs = { app = \"x\"; };\n  tools = [ ];\n  run     = \"x\";\n};\n",
        expect![[r#"
            tasks.a = {
              inputs  = [
                "a" # first
                "b" # second
                "src/*.c"
                tasks.gen.outputs.made
                "${tasks.gen.outputs.made}/*.h"
              ];
              outputs = { app = "x"; build_app = "build/app"; app_map = "build/app.map"; };
              tools = [ "mytool"  ];
              run     = "x";
            };
        "#]],
    );
}

#[test]
fn fields_written_one_by_one() {
    check(
        "a",
        "tasks.a.run = \"x\"; # why\ntasks.a.inputs = if true then [ \"z\" ] else [ ];\n",
        expect![[r#"
            tasks.a.run = "x"; # why
            tasks.a.outputs = { app = "build/app"; app_map = "build/app.map"; };
            tasks.a.tools = [ "mytool" ];
            tasks.a.inputs = (if true then [ "z" ] else [ ]) ++ [
              "src/*.c"
              tasks.gen.outputs.made
              "${tasks.gen.outputs.made}/*.h"
            ];
        "#]],
    );
}

#[test]
fn in_a_record_of_tasks_behind_let() {
    check(
        "ns.a",
        "let f = \"x\"; in\ntasks = let g = f; in {\n  ns.a = { run = g; };\n  gen = { outputs.made = \"gen\"; run = g; };\n};\n",
        expect![[r#"
            let f = "x"; in
            tasks = let g = f; in {
              ns.a = { inputs = [ "src/*.c" tasks.gen.outputs.made "${tasks.gen.outputs.made}/*.h" ]; outputs = { app = "build/app"; app_map = "build/app.map"; }; tools = [ "mytool" ]; run = g; };
              gen = { outputs.made = "gen"; run = g; };
            };
        "#]],
    );
}

#[test]
fn a_task_that_a_function_makes_is_left_alone() {
    let text =
        "tasks = std.record.from_list (map (n: { name = n; value.run = \"x\"; }) [ \"a\" ]);\n";
    let wanted = Declarations {
        outputs: vec!["x".into()],
        ..Declarations::default()
    };
    let found = with(text, "a", &wanted);
    assert!(matches!(found, Err(Obstacle::NotWritten)), "{found:?}");
}

#[test]
fn what_would_be_wrong_is_not_done() {
    let text = "tasks.b = { outputs = [ \"out\" ]; run = \"x\"; };\ntasks.a.run = \"y\";\n";
    let wanted = Declarations {
        outputs: vec!["out/inner".into()],
        ..Declarations::default()
    };
    let found = with(text, "a", &wanted);
    assert!(
        matches!(&found, Err(Obstacle::Mistakes(all)) if !all.is_empty()),
        "{found:?}"
    );
}
