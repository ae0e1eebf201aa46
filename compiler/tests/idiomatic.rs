//! No false alarms: programs as people write them, without annotations, about which nothing is
//! said. `idiomatic/` by theme, what evaluates in `eval/`, and the right ones of `check/`. A name
//! that ends in `.project.nx` is a project file, any other outside `check/` a bare expression.

mod support;

use nexus_compiler::db::Compiler;
use nexus_compiler::world::Memory;
use std::fs;
use std::path::{Path, PathBuf};

/// Evaluates, and something is said about it for good reason: a warning about a binding that is
/// never used, or an error in a part that is never computed.
fn is_remarked(path: &Path) -> bool {
    let path = path.to_string_lossy();
    let cases = [
        "eval/builtin/list/fold_empty",
        "eval/builtin/types/is_not",
        "eval/function/lambda_last_argument",
        "eval/op/compare_lists",
        "eval/project/self.project",
    ];
    cases.iter().any(|case| path.contains(case))
}

fn programs(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of programs") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|e| e == "nx") => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// What is said about a program.
fn remarks(text: &str, is_project: bool) -> Vec<String> {
    let root = Path::new("/project");
    let mut compiler = Compiler::new();
    let world = Memory::default()
        .file("/project/VERSION", "1.2.3\n")
        .file("/project/lib.nx", "answer = 42;\ndouble = x: x * 2;\n")
        .file(
            "/project/greet.nx",
            "{ name, ... }:\nhello = \"Hello ${name}\";\n",
        )
        .file("/project/sub/here.nx", "path = ./file.txt;\n");
    if is_project {
        let file = root.join("nexus.nx");
        compiler.load(&file, &world.file(&file, text));
    } else {
        compiler.load_expression(text, root, &world);
    }
    shown(&compiler)
}

fn shown(compiler: &Compiler) -> Vec<String> {
    let found = compiler.diagnostics();
    found
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect()
}

#[test]
fn nothing_is_said_about_idiomatic_programs() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (mut count, mut wrong) = (0, String::new());
    let mut judge = |path: &Path, text: &str, remarks: Vec<String>| {
        count += 1;
        if !remarks.is_empty() {
            wrong += &format!("{}: {remarks:?}\n    {text}\n", path.display());
        }
    };
    for path in programs(&tests.join("idiomatic")) {
        let text = fs::read_to_string(&path).expect("a program");
        let is_project = path.to_string_lossy().ends_with(".project.nx");
        judge(&path, &text, remarks(&text, is_project));
    }
    for path in programs(&tests.join("eval")) {
        let out = fs::read_to_string(path.with_extension("out")).unwrap_or_default();
        let text = fs::read_to_string(&path).expect("a program");
        let is_project = path.to_string_lossy().ends_with(".project.nx");
        // Warnings belong to programs that are there to show something odd.
        if out.contains("error NX") || is_remarked(&path) {
            continue;
        }
        let found = remarks(&text, is_project);
        if found.iter().any(|remark| remark.starts_with("NX012")) {
            continue;
        }
        judge(&path, &text, found);
    }
    for path in programs(&tests.join("check")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("ok_") {
            let text = fs::read_to_string(&path).expect("a program");
            let mut compiler = Compiler::new();
            compiler.load(Path::new("/p/nexus.nx"), &support::Memory::fixture(&text));
            judge(&path, &text, shown(&compiler));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count >= 400, "only {count} programs");
}
