//! Tasks know who they are, and strings remember which outputs they mention.

use nexus_compiler::db;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::value::{TaskPath, TaskTag, Value};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::{Memory, Recorder};
use std::path::Path;

/// Evaluates a project and hands its `tasks` over.
fn with_tasks<T>(
    text: &str,
    realised: &dyn Fn(&TaskPath) -> bool,
    look: impl FnOnce(&mut Evaluator<'_>, Value) -> T,
) -> T {
    let root = Path::new("/project");
    let inputs = Memory::default()
        .file("/project/nexus.nx", text)
        .file("/project/gen/a.c", "")
        .file("/project/gen/b.c", "");
    let mut compiler = db::Compiler::new();
    let path = root.join("nexus.nx");
    compiler.load(&path, &inputs);
    let modules = SourceModules::new(&mut compiler, &inputs);
    let world = World {
        inputs: &inputs,
        modules: &modules,
        realised,
        trace: &|_| {},
        root,
    };
    let mut evaluator = Evaluator::new(world, Limits::default());
    let project = evaluator.eval_project(&path).expect("a project");
    let tasks = evaluator.field(project, "tasks").expect("tasks");
    look(&mut evaluator, tasks.expect("tasks"))
}

/// What `run` of the task `t` mentions, as `task:output`.
fn mentions(expression: &str) -> Vec<String> {
    let text = format!(
        "tasks.a = {{ run = \"a\"; outputs = [ \"x.c\" \"gen\" ]; }};
         tasks.b = {{ run = \"b\"; outputs = {{ z = \"z\"; y = \"y\"; }}; }};
         tasks.t.run = {expression};"
    );
    with_tasks(&text, &|_| true, |evaluator, tasks| {
        let task = evaluator.field(tasks, "t").unwrap().unwrap();
        let run = evaluator.field(task, "run").unwrap().unwrap();
        let text = evaluator.as_text(run).unwrap().expect("a string");
        text.context
            .iter()
            .map(|item| format!("{}:{}", item.task, item.output))
            .collect()
    })
}

#[test]
fn outputs_are_known_by_position_or_name_order() {
    assert_eq!(mentions("\"cp ${head tasks.a.outputs} d\""), ["a:0"]);
    assert_eq!(mentions("\"cp ${last tasks.a.outputs} d\""), ["a:1"]);
    assert_eq!(mentions("tasks.b.outputs.y"), ["b:0"]);
    assert_eq!(mentions("tasks.b.outputs.z"), ["b:1"]);
    assert_eq!(
        mentions("\"${tasks.b.outputs.z} ${head tasks.a.outputs}\""),
        ["a:0", "b:1"]
    );
    assert_eq!(mentions("\"plain\""), [""; 0]);
}

#[test]
fn every_way_to_make_strings_keeps_what_they_mention() {
    let x = "(head tasks.a.outputs)";
    for expression in [
        format!("std.string.join \" \" [ \"cc\" {x} ]"),
        format!("std.string.join {x} [ \"a\" \"b\" ]"),
        format!("std.string.concat [ {x} \"b\" ]"),
        format!("std.string.replace \".c\" \".o\" {x}"),
        format!("std.string.replace \"@\" {x} \"cc @\""),
        format!("std.string.substring 0 1 {x}"),
        format!("head (std.string.split \".\" {x})"),
        format!("std.string.trim {x}"),
        format!("std.string.to_upper {x}"),
        format!("std.string.repeat 2 {x}"),
        format!("std.string.reverse {x}"),
        format!("std.string.pad_end 9 \" \" {x}"),
        format!("std.string.shell_quote \"${{{x}}} y\""),
        format!("std.string.remove_suffix \".c\" {x}"),
        format!("to_string {x}"),
        format!("to_json {{ file = {x}; }}"),
        format!("std.path.dir_name {x}"),
        format!("std.path.join [ \"d\" {x} ]"),
        format!("std.path.with_extension \"o\" {x}"),
        format!("std.path.normalise {x}"),
        format!("std.path.relative_to \"d\" {x}"),
        format!("\"${{{x}}}/below\""),
    ] {
        assert_eq!(mentions(&expression), ["a:0"], "{expression}");
    }
    // A name does not lead to the file.
    assert_eq!(mentions(&format!("std.path.base_name {x}")), [""; 0]);
    assert_eq!(
        mentions("head (glob \"${elem_at tasks.a.outputs 1}/*.c\")"),
        ["a:1"]
    );
}

#[test]
fn what_is_not_built_is_asked_for() {
    let text = "tasks.gen = { run = \"g\"; outputs.dir = \"gen\"; };
        tasks.cc.run = map (f: \"cc ${f}\") (glob \"${tasks.gen.outputs.dir}/*.c\");";
    for (built, expected) in [(true, Ok(2)), (false, Err(vec!["gen".to_owned()]))] {
        let result = with_tasks(text, &|_| built, |evaluator, tasks| {
            let task = evaluator.field(tasks, "cc").unwrap().unwrap();
            match evaluator.field(task, "run") {
                Ok(run) => Ok(evaluator.as_list(run.unwrap()).unwrap().unwrap().len()),
                Err(Failure::NeedsTasks(tasks)) => {
                    Err(tasks.iter().map(ToString::to_string).collect())
                }
                Err(other) => panic!("{other:?}"),
            }
        });
        assert_eq!(result, expected);
    }
}

#[test]
fn references_say_which_task_they_are() {
    let text = "tasks.lib.\"a.c\".run = \"a\";
        tasks.t.deps = [ tasks.lib.\"a.c\" tasks.lib (tasks.lib.\"a.c\" // { cache = false; }) tasks ];";
    let tags = with_tasks(text, &|_| true, |evaluator, tasks| {
        let task = evaluator.field(tasks, "t").unwrap().unwrap();
        let deps = evaluator.field(task, "deps").unwrap().unwrap();
        let deps = evaluator.as_list(deps).unwrap().unwrap();
        deps.into_iter()
            .map(|dep| evaluator.task_tag(dep).unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        tags,
        [
            Some(TaskTag::Task(TaskPath::new("lib.\"a.c\""))),
            Some(TaskTag::Namespace(TaskPath::new("lib"))),
            // A changed task is another one.
            None,
            Some(TaskTag::Namespace(TaskPath::new(""))),
        ]
    );
}

#[test]
fn fields_know_where_they_were_written() {
    let text =
        "tasks.build = {\n  run = \"make\";\n  env = { A = \"1\"; } // { B = \"2\"; };\n};\n";
    with_tasks(text, &|_| true, |evaluator, tasks| {
        let at = |place: Option<(std::sync::Arc<Path>, nexus_compiler::hir::Span)>| {
            let (file, span) = place.expect("a place");
            assert_eq!(&*file, Path::new("/project/nexus.nx"));
            &text[span.start as usize..span.end as usize]
        };
        assert_eq!(at(evaluator.place_of_field(tasks, "build")), "build");
        let task = evaluator.field(tasks, "build").unwrap().unwrap();
        assert_eq!(at(evaluator.place_of_field(task, "run")), "run");
        let env = evaluator.field(task, "env").unwrap().unwrap();
        assert_eq!(at(evaluator.place_of_field(env, "A")), "A");
        assert_eq!(at(evaluator.place_of_field(env, "B")), "B");
        assert!(evaluator.place_of_field(env, "C").is_none());
    });
}

#[test]
fn what_is_read_is_recorded_once_and_in_one_order() {
    let root = Path::new("/project");
    let inputs = Memory::default().file("/project/v", "1").var("X", "x");
    let run = |text: &str| {
        let recorder = Recorder::new(&inputs);
        let mut compiler = db::Compiler::new();
        let path = compiler.load_expression(text, root, &inputs);
        let modules = SourceModules::new(&mut compiler, &inputs);
        let world = World {
            inputs: &recorder,
            modules: &modules,
            realised: &|_| true,
            trace: &|_| {},
            root,
        };
        let mut evaluator = Evaluator::new(world, Limits::default());
        let value = evaluator.eval_file(&path).expect("a value");
        evaluator.print(value).expect("a text");
        recorder.observations()
    };
    let one = run("[ (read_file ./v) (env \"X\") (env \"Y\" or \"\") (glob \"*\") ]");
    let two = run("[ (glob \"*\") (env \"Y\" or \"\") (env \"X\") (read_file \"v\") (env \"X\") ]");
    assert_eq!(one, two);
    assert_eq!(one.len(), 4);
}
