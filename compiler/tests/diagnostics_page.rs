//! The page of the commonest mistakes: each screen is what is really said about a program of
//! `check/`, or about an expression that is evaluated. `UPDATE_EXPECT=1` writes it anew.

mod support;

use expect_test::expect_file;
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{Diagnostic, RenderOptions, render};
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Failure, Limits, World};
use std::path::Path;
use support::Memory;

/// A screen is not longer.
const SCREEN: usize = 24;

/// What was meant, and the program.
const CASES: &[(&str, &str)] = &[
    ("A misspelt field", "field_misspelt"),
    ("A word that is not allowed", "when_always"),
    ("A name that does not exist", "on_hosts_misspelt"),
    ("A number in quotes", "retries_text"),
    ("A missing `;`", "syntax_missing_semicolon"),
    ("An unclosed string", "syntax_unclosed_string"),
    ("An unclosed brace", "syntax_unclosed_brace"),
    ("A call in a list without parentheses", "list_application"),
    ("A function used as a record", "lambda_as_record"),
    ("A missing import", "import_missing"),
    ("A circle of imports", "import_cycle"),
    ("A misspelt task", "task_unknown"),
    ("Texts joined with `+`", "plus_texts"),
    ("Arguments in the wrong order", "join_arguments"),
];

/// What goes wrong only when it is computed.
const EVALUATED: &[(&str, &str)] = &[
    (
        "A value that needs itself",
        "let\n  size = width * 2;\n  width = size + 1;\nin\nsize\n",
    ),
    (
        "A recursion that goes on and on",
        "let\n  count = n: 1 + count (n - 1);\nin\ncount 3\n",
    ),
    (
        "A failure deep inside",
        "let\n  check = n: if n == 0 then throw \"no room\" else 1 + check (n - 1);\n  total = 1 + check 50;\nin\ntotal\n",
    ),
];

fn shown(compiler: &Compiler, diagnostics: &[Diagnostic]) -> String {
    let options = RenderOptions {
        base: Some("/p".into()),
        ..RenderOptions::default()
    };
    render(diagnostics, &|file| compiler.source(file), &options)
}

fn checked(text: &str) -> String {
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &Memory::fixture(text));
    let diagnostics = compiler.diagnostics();
    // Of a circle one side is enough to see it.
    shown(&compiler, &diagnostics[..1])
}

fn evaluated(text: &str) -> String {
    let inputs = Memory::default();
    let mut compiler = Compiler::new();
    let path = compiler.load_expression(text, Path::new("/p"), &inputs);
    let modules = SourceModules::new(&mut compiler, &inputs);
    let world = World {
        inputs: &inputs,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root: Path::new("/p"),
    };
    let limits = Limits {
        depth: 100_000,
        ..Limits::default()
    };
    let failure = Evaluator::new(world, limits).eval_file(&path);
    match failure {
        // The real limit takes too long when nothing is optimised.
        Err(Failure::Errors(errors)) => shown(&compiler, &errors).replace(
            &limits.depth.to_string(),
            &Limits::default().depth.to_string(),
        ),
        Err(Failure::NeedsTasks(_)) => panic!("no tasks here"),
        Ok(_) => panic!("nothing goes wrong in {text}"),
    }
}

#[test]
fn the_page_shows_what_is_said() {
    let mut page = String::from(
        "# What mistakes look like\n\n\
         Every message is one sentence that stands alone, has a code that `nexus explain` documents\n\
         (one page each in [`docs/errors`](../errors/)), marks the text that is to blame, and says what to\n\
         write instead. `nexus check --fix` applies what can only be meant one way. With `--format json`\n\
         each diagnostic is one line of JSON: code, name, severity, message, places, helps, notes and the\n\
         fix with its edits.\n",
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let checks = CASES.iter().map(|(title, name)| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.nx"))).expect(name);
        let screen = checked(&text);
        (*title, text, screen)
    });
    let evaluations = EVALUATED
        .iter()
        .map(|(title, text)| (*title, (*text).to_owned(), evaluated(text)));
    for (title, text, screen) in checks.chain(evaluations) {
        assert!(screen.lines().count() <= SCREEN, "{title}:\n{screen}");
        page += &format!("\n## {title}\n\n```nx\n{text}```\n\n```text\n{screen}```\n");
    }
    expect_file!["../../docs/reference/diagnostics.md"].assert_eq(&page);
}
