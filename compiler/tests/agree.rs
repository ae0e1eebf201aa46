//! What evaluates has no type errors: the programs of `eval/` and the examples of the built-ins
//! are checked as well.

use nexus_compiler::db::Compiler;
use nexus_compiler::inputs::Inputs;
use nexus_compiler::world::Memory;
use std::fs;
use std::path::{Path, PathBuf};

/// Right when run, and yet reported, for good reason: the report is worth more than the program.
const REPORTED: &[(&str, &str)] = &[
    (
        "builtin/list/fold_empty",
        "the function would fail for every list but this",
    ),
    (
        "op/compare_lists",
        "a list and a number beside each other are only never compared by luck",
    ),
    (
        "function/lambda_last_argument",
        "`1 [ 1 2 ]` is only saved by being lazy",
    ),
    (
        "project/self.project",
        "a task that does nothing is evaluated, but not planned",
    ),
];

fn world() -> Memory {
    Memory::default()
        .file("/project/VERSION", "1.2.3\n")
        .file("/project/lib.nx", "answer = 42;\ndouble = x: x * 2;\n")
        .file(
            "/project/greet.nx",
            "{ name, ... }:\nhello = \"Hello ${name}\";\n",
        )
        .file(
            "/project/sub/here.nx",
            "path = ./file.txt;\nup = ../VERSION;\n",
        )
}

/// The errors, as the language shows them.
fn errors(text: &str, project: bool) -> Vec<String> {
    let root = Path::new("/project");
    let mut compiler = Compiler::new();
    let mut world = world();
    if project {
        world = world.file(root.join("nexus.nx"), text);
        let inputs: &dyn Inputs = &world;
        compiler.load(&root.join("nexus.nx"), inputs);
    } else {
        compiler.load_expression(text, root, &world);
    }
    let found = compiler.diagnostics();
    let errors = found.iter().filter(|d| d.is_error());
    errors
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect()
}

#[test]
fn programs_that_evaluate_have_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval");
    let mut folders = vec![root.clone()];
    let mut cases: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder of cases") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|e| e == "nx") => cases.push(path),
                false => {}
            }
        }
    }
    cases.sort();
    let mut wrong = String::new();
    let mut checked = 0;
    for path in cases {
        let out = fs::read_to_string(path.with_extension("out")).unwrap_or_default();
        if out.contains("error NX") {
            continue;
        }
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
        let name = name.to_string_lossy();
        let text = fs::read_to_string(&path).expect("a case");
        let project = path.to_string_lossy().ends_with(".project.nx");
        let found = errors(&text, project);
        let excused = REPORTED.iter().any(|(case, _)| *case == name);
        checked += 1;
        if found.is_empty() == excused {
            wrong += &format!("{name}: {found:?}\n    {text}\n");
        }
    }
    assert!(checked > 150, "only {checked}");
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn examples_of_built_ins_have_no_errors() {
    let mut wrong = String::new();
    for builtin in nexus_compiler::builtins::all() {
        for (expression, value) in builtin.examples() {
            for text in [expression, value] {
                let found = errors(text, false);
                if !found.is_empty() {
                    wrong += &format!("{}: {text}: {found:?}\n", builtin.names[0]);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
