//! Small programs and what they evaluate to. `tests/eval/**/X.nx` is evaluated in a made-up world
//! and compared with `X.out`: the value, or what is wrong. A name that ends in `.project.nx` is a
//! project file, any other a bare expression. `NEXUS_BLESS=1` writes the `.out` files anew.

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db;
use nexus_compiler::diagnostic::render::position;
use nexus_compiler::diagnostic::{Diagnostic, Label};
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval");
    let mut cases = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "nx") {
                cases.push(path);
            }
        }
    }
    cases.sort();
    let mut trials: Vec<_> = cases
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap_or(&path);
            let name = name.with_extension("").to_string_lossy().into_owned();
            Trial::test(name, move || check(&path))
        })
        .collect();
    let count = trials.len();
    trials.push(Trial::test("there_are_many_cases", move || {
        if count >= 200 {
            Ok(())
        } else {
            Err(format!("only {count}").into())
        }
    }));
    for builtin in nexus_compiler::builtins::all() {
        for (i, (expression, value)) in builtin.examples().enumerate() {
            let name = format!("example/{}/{i}", builtin.names[0]);
            trials.push(Trial::test(name, move || {
                let actual = evaluate(expression, false);
                let actual = without_traces(&actual);
                let expected = evaluate(value, false);
                if actual == expected && !actual.starts_with("error") {
                    return Ok(());
                }
                Err(format!("{expression} gives\n{actual}, not\n{expected}").into())
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let project = path.to_string_lossy().ends_with(".project.nx");
    let actual = evaluate(&text, project);
    let out = path.with_extension("out");
    if std::env::var_os("NEXUS_BLESS").is_some() {
        fs::write(&out, &actual)?;
        return Ok(());
    }
    let expected = fs::read_to_string(&out).unwrap_or_default();
    if actual == expected {
        return Ok(());
    }
    Err(format!("expected\n{expected}\nbut got\n{actual}").into())
}

/// What the cases may read.
fn world() -> Memory {
    Memory::default()
        .file("/project/VERSION", "1.2.3\n")
        .file("/project/package.json", "{\"name\": \"demo\"}")
        .file("/project/Cargo.toml", "[package]\nname = \"demo\"\n")
        .file("/project/ci.yaml", "jobs: [build]\n")
        .file(
            "/etc/os-release",
            "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n",
        )
        .file("/project/lib.nx", "answer = 42;\ndouble = x: x * 2;\n")
        .file(
            "/project/greet.nx",
            "{ name, ... }:\nhello = \"Hello ${name}\";\n",
        )
        .file("/project/broken.nx", "a = ;\n")
        .file("/project/a.nx", "x = (import ./b.nx).y;\n")
        .file("/project/b.nx", "y = (import ./a.nx).x;\n")
        .file(
            "/project/sub/here.nx",
            "path = ./file.txt;\nup = ../VERSION;\n",
        )
        .file("/project/src/a.c", "int a;")
        .file("/project/src/b.c", "int b;")
        .file("/project/src/deep/c.c", "int c;")
        .file("/project/src/.hidden.c", "")
        .file("/project/binary", [0xffu8, 0xfe].as_slice())
        .file("/project/.git/HEAD", "ref: refs/heads/main\n")
        .file(
            "/project/.git/refs/heads/main",
            "0123456789abcdef0123456789abcdef01234567\n",
        )
        .file(
            "/project/.git/refs/tags/v1.2.3",
            "0123456789abcdef0123456789abcdef01234567\n",
        )
        .var("USER", "anna")
}

fn evaluate(text: &str, project: bool) -> String {
    let root = Path::new("/project");
    let mut world = world();
    let mut compiler = db::Compiler::new();
    let path: PathBuf = if project {
        let path = root.join("nexus.nx");
        world = world.file(&path, text);
        compiler.load(&path, &world);
        path
    } else {
        compiler.load_expression(text, root, &world)
    };
    let traced = RefCell::new(String::new());
    let result = {
        let modules = SourceModules::new(&mut compiler, &world);
        let trace = |line: &str| {
            traced.borrow_mut().push_str(&format!("trace: {line}\n"));
        };
        let mut evaluator = Evaluator::new(
            World {
                inputs: &world,
                modules: &modules,
                realised: &|task| task.as_str().starts_with("built"),
                trace: &trace,
                root,
            },
            Limits {
                memory: 256 << 20,
                depth: 2_000_000,
            },
        );
        let value = if project {
            evaluator.eval_project(&path)
        } else {
            evaluator.eval_file(&path)
        };
        value.and_then(|value| evaluator.print(value))
    };
    let mut out = traced.into_inner();
    match result {
        Ok(text) => out.push_str(&format!("{text}\n")),
        Err(Failure::NeedsTasks(tasks)) => {
            let tasks: Vec<_> = tasks.iter().map(|t| t.as_str()).collect();
            out.push_str(&format!("needs tasks: {}\n", tasks.join(", ")));
        }
        Err(Failure::Errors(errors)) => {
            for error in errors.iter() {
                show(&compiler, error, &mut out);
            }
        }
    }
    out
}

/// A diagnostic, one fact a line.
fn show(compiler: &db::Compiler, error: &Diagnostic, out: &mut String) {
    let place = |label: &Label| {
        let text = compiler.source(&label.file).unwrap_or_default();
        let (line, column) = position(&text, label.span.start);
        let file = label.file.strip_prefix("/project").unwrap_or(&label.file);
        format!("{}:{line}:{column}", file.display())
    };
    out.push_str(&format!("error {}: {}\n", error.code, error.message));
    let primary = format!("  at {} {}", place(&error.primary), error.primary.text);
    out.push_str(primary.trim_end());
    out.push('\n');
    for label in &error.secondary {
        out.push_str(&format!("  at {} {}\n", place(label), label.text));
    }
    for note in &error.notes {
        out.push_str(&format!("  note: {note}\n"));
    }
    for help in &error.helps {
        out.push_str(&format!("  help: {help}\n"));
    }
}

fn without_traces(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("trace: "));
    lines.map(|line| format!("{line}\n")).collect()
}
