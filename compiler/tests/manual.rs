//! The manual of the language: its examples are files without mistakes, laid out as the formatter
//! does it, and what is said to be a value is that value.
//!
//! In a block `nx`, a line `name = …; # => value` is computed and compared. A block `nx NXnnnn`
//! is wrong, in exactly this way.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Failure, Limits, World};
use nexus_compiler::world::Memory;
use nexus_grammar::{Entry, format, parse};
use std::path::Path;

fn world(text: &str) -> Memory {
    Memory::default()
        .file("/p/page.nx", text)
        .file("/p/VERSION", "1.4\n")
        .file("/p/ports.json", "{ \"web\": 80 }")
        .file("/p/lib.nx", "compiler = \"cc\";\nflags = [ \"-O2\" ];\n")
        .file("/p/greet.nx", "{ name, loud ? false }:\ntext = if loud then \"HELLO ${name}\" else \"hello ${name}\";\n")
        .file("/p/src/main.c", "")
        .file("/p/src/util.c", "")
        .var("USER", "anna")
}

/// The blocks of a page: what is behind `nx`, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("\n```nx").skip(1);
    parts
        .map(|part| {
            let (info, text) = part.split_once('\n').expect("a block");
            (info.trim(), text.split("```").next().expect("an end"))
        })
        .collect()
}

fn diagnostics(compiler: &mut Compiler, world: &Memory, text: &str) -> Vec<Diagnostic> {
    let path = Path::new("/p/page.nx");
    match text.contains("tasks.") || text.contains("tasks =") {
        true => compiler.load(path, world),
        false => compiler.load_library(path, world),
    }
    compiler.diagnostics()
}

/// What evaluates to what, printed alike.
fn printed(world: &Memory, compiler: &mut Compiler, path: &Path, field: Option<&str>) -> String {
    let modules = SourceModules::new(compiler, world);
    let world = World {
        inputs: world,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root: Path::new("/p"),
    };
    let mut evaluator = Evaluator::new(world, Limits::default());
    let value = evaluator.eval_file(path).and_then(|value| match field {
        None => Ok(Some(value)),
        Some(name) => evaluator.field(value, name),
    });
    let text = value.and_then(|value| match value {
        Some(value) => evaluator.print(value),
        None => Ok("no such field".into()),
    });
    match text {
        Ok(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Err(Failure::Errors(errors)) => format!("{}: {}", errors[0].code, errors[0].message),
        Err(Failure::NeedsTasks(_)) => "needs tasks".into(),
    }
}

#[test]
fn the_manual_says_what_is_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/language.md");
    let page = std::fs::read_to_string(path).expect("the manual");
    let blocks = blocks(&page);
    let mut wrong = String::new();
    let mut values = 0;
    for (info, text) in &blocks {
        let world = world(text);
        let mut compiler = Compiler::new();
        let found = diagnostics(&mut compiler, &world, text);
        if !info.is_empty() {
            let codes: Vec<_> = found.iter().map(|d| d.code.to_string()).collect();
            if codes.iter().all(|code| code == info) && !codes.is_empty() {
                continue;
            }
            // It goes wrong when it is computed.
            let said = printed(
                &world,
                &mut compiler,
                Path::new("/p/page.nx"),
                Some("result"),
            );
            if !found.is_empty() || !said.starts_with(info) {
                wrong += &format!("{info} is not said, but {codes:?} and {said}, about\n{text}\n");
            }
            continue;
        }
        for diagnostic in &found {
            wrong += &format!("{} {} in\n{text}\n", diagnostic.code, diagnostic.message);
        }
        let tree = parse(text, Entry::File).tree;
        match format(&tree) {
            Ok(formatted) if formatted == *text => {}
            Ok(formatted) => wrong += &format!("is formatted as\n{formatted}\nnot\n{text}\n"),
            Err(_) => wrong += &format!("cannot be formatted:\n{text}\n"),
        }
        for line in text.lines() {
            let Some((code, expected)) = line.split_once("# => ") else {
                continue;
            };
            let name = code.split(['=', ':']).next().unwrap_or_default().trim();
            let actual = printed(&world, &mut compiler, Path::new("/p/page.nx"), Some(name));
            let mut other = Compiler::new();
            let path = other.load_expression(expected, Path::new("/p"), &world);
            let expected = printed(&world, &mut other, &path, None);
            values += 1;
            if actual != expected {
                wrong += &format!("{name} is {actual}, not {expected}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(
        blocks.len() >= 40 && values >= 60,
        "{} blocks, {values} values",
        blocks.len()
    );
}

/// Every token and every kind of node of the grammar, but for those that only mistakes have,
/// stands in an example that is right.
#[test]
fn the_manual_shows_the_whole_grammar() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/reference/language.md"));
    let page = page.expect("the manual");
    let grammar = root.join("../grammar/src/grammar.lalrpop");
    let grammar = std::fs::read_to_string(grammar).expect("the grammar");
    let mut shown = std::collections::BTreeSet::new();
    for (info, text) in blocks(&page) {
        if info.is_empty() {
            let tree = parse(text, Entry::File).tree;
            shown.extend(
                tree.tokens()
                    .iter()
                    .map(|token| format!("{:?}", token.kind)),
            );
            let nodes = tree.descendants(tree.root());
            shown.extend(nodes.map(|node| format!("{:?}", tree.kind(node))));
        }
    }
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let missing: std::collections::BTreeSet<_> = grammar
        .split("SyntaxKind::")
        .skip(1)
        .map(|rest| &rest[..rest.find(|c| !is_letter(c)).unwrap_or(rest.len())])
        .filter(|kind| {
            // What stands for mistakes, and the roots, of which a page shows one.
            let other = ["Missing", "Bad", "Start"];
            !kind.is_empty()
                && !other.iter().any(|word| kind.starts_with(word))
                && *kind != "Expression"
        })
        .filter(|kind| !shown.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "not shown: {missing:?}");
    assert!(shown.len() > 80, "{shown:?}");
}
