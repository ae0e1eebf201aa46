//! The libraries written in `.nx`: their examples are run and checked, and every function is held
//! against its written type. `NEXUS_BLESS=1` formats the files.

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic, RenderOptions};
use nexus_compiler::library::{self, Library};
use nexus_compiler::testing;
use nexus_compiler::types::written::Opaque;
use nexus_compiler::vm::Limits;
use nexus_compiler::world::{Disk, Memory};
use std::path::Path;

mod evaluating;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for library in library::all() {
        let name = format!("types/{}", library.file);
        trials.push(Trial::test(name, || types(library)));
        let name = format!("layout/{}", library.file);
        trials.push(Trial::test(name, || layout(library)));
        for item in library.items() {
            let examples = item.examples();
            let name = format!("documented/{}", item.full);
            let count = examples.len();
            trials.push(Trial::test(name, move || match count {
                0 => Err("no example".into()),
                _ => Ok(()),
            }));
            for (i, (expression, value)) in examples.into_iter().enumerate() {
                let name = format!("example/{}/{i}", item.full);
                trials.push(Trial::test(name, move || example(&expression, &value)));
            }
        }
    }
    trials.extend(own_tests());
    libtest_mimic::run(&arguments, trials).exit();
}

/// The tests that the libraries have in `.nx`.
fn own_tests() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/tests");
    let folder = folder.canonicalize().expect("stdlib/tests");
    let entries = std::fs::read_dir(&folder).expect("stdlib/tests");
    let mut trials = Vec::new();
    for entry in entries {
        let file = entry.expect("an entry").path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let mut compiler = Compiler::new();
        compiler.load_library(&file, &Disk);
        let found = compiler.diagnostics();
        if !found.is_empty() {
            let text = shown(&compiler, &found);
            trials.push(Trial::test(format!("own/{name}"), || Err(text.into())));
            continue;
        }
        let tests = testing::run(&mut compiler, &file, &Disk, &folder, &|_| {}, &|_| true);
        let tests = tests.expect("a record of tests");
        assert!(!tests.is_empty(), "{name} has no tests");
        for test in tests {
            let name = format!("own/{name}/{}", test.name);
            trials.push(Trial::test(name, move || match test.passed() {
                true => Ok(()),
                false => Err(format!("{:#?}", test.verdict).into()),
            }));
        }
    }
    trials
}

fn shown(compiler: &Compiler, found: &[Diagnostic]) -> String {
    let source = |path: &Path| compiler.source(path);
    diagnostic::render(found, &source, &RenderOptions::default())
}

/// Functions do what their types say.
fn types(library: &'static Library) -> Result<(), Failed> {
    for opaque in [Opaque::Text, Opaque::Record] {
        let mut compiler = Compiler::new();
        compiler.load_standard(library, opaque);
        let found = compiler.diagnostics();
        if !found.is_empty() {
            return Err(shown(&compiler, &found).into());
        }
    }
    Ok(())
}

/// Files look as `nexus fmt` writes them: names are found by the layout.
fn layout(library: &'static Library) -> Result<(), Failed> {
    let parse = nexus_grammar::parse(library.text, nexus_grammar::Entry::File);
    let formatted = nexus_grammar::format(&parse.tree).map_err(|e| format!("{e:?}"))?;
    if formatted == library.text {
        return Ok(());
    }
    if std::env::var_os("NEXUS_BLESS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib");
        std::fs::write(folder.join(library.file), formatted)?;
        return Ok(());
    }
    Err(format!("not formatted; it should be\n{formatted}").into())
}

fn example(expression: &str, value: &str) -> Result<(), Failed> {
    for text in [expression, value] {
        let mut compiler = Compiler::new();
        compiler.load_expression(text, Path::new("/project"), &Memory::default());
        let found = compiler.diagnostics();
        if !found.is_empty() {
            return Err(shown(&compiler, &found).into());
        }
    }
    let limits = || Limits {
        memory: 256 << 20,
        depth: 2_000_000,
    };
    let actual = evaluating::evaluate(expression, limits());
    let expected = evaluating::evaluate(value, limits());
    match actual == expected && actual.is_ok() {
        true => Ok(()),
        false => Err(format!("{expression} gives\n{actual:?}, not\n{expected:?}").into()),
    }
}
