//! The libraries written in `.nx`: their examples are run and checked, and every function is held
//! against its written type. `NEXUS_BLESS=1` formats the files.

use libtest_mimic::{Arguments, Failed, Trial};
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic, RenderOptions};
use nexus_compiler::library::{self, Library};
use nexus_compiler::types::written::Opaque;
use nexus_compiler::vm::Limits;
use nexus_compiler::world::Memory;
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
    libtest_mimic::run(&arguments, trials).exit();
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
