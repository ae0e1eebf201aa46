//! Nothing that can be written makes the checker panic, hang or overflow.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{Diagnostic, RenderOptions, render};
use nexus_compiler::world::Memory;
use proptest::prelude::*;
use std::path::Path;

fn check(text: &[u8]) -> Vec<Diagnostic> {
    let world = Memory::default()
        .file("/p/nexus.nx", text)
        .file("/p/a.nx", text);
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &world);
    let diagnostics = compiler.diagnostics();
    let options = RenderOptions::default();
    let shown: Vec<_> = diagnostics.iter().take(20).cloned().collect();
    render(&shown, &|file| compiler.source(file), &options);
    diagnostics
}

const WORDS: &[&str] = &[
    "tasks", "a", "b", "run", "deps", "outputs", "x", "map", "std", ".", ".", "=", "=", ";", ";",
    "{", "}", "{", "}", "[", "]", "(", ")", "let", "in", "rec", "with", "inherit", "if", "then",
    "else", "assert", "or", "type", "T", ":", ":", ",", "?", "@", "...", "+", "++", "//", "==",
    "<", "&&", "!", "-", "|>", "|", "->", "\"s\"", "\"${", "}\"", "''", "${", "1", "2.5", "30s",
    "10MB", "./a.nx", "import", "true", "null", "Int", "String", "# c\n", "\n",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.join(" "))
}

/// Programs of the golden tests.
fn programs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|e| e == "nx"));
    paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1", "\"s\"", "x", "y", "true", "null", "[ ]", "{ }", "30s", "map", "tasks", "./a.nx",
        "\"${x}\"",
    ])
    .prop_map(String::from);
    leaf.prop_recursive(6, 48, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| format!("({a} {b})")),
            two.clone().prop_map(|(a, b)| format!("({a} // {b})")),
            two.clone().prop_map(|(a, b)| format!("({a} ++ {b})")),
            two.clone().prop_map(|(a, b)| format!("({a} + {b})")),
            two.clone().prop_map(|(a, b)| format!("[ {a} {b} ]")),
            two.clone()
                .prop_map(|(a, b)| format!("(let x = {a}; y = x; in {b})")),
            two.clone()
                .prop_map(|(a, b)| format!("rec {{ x = {a}; y = {b}; }}")),
            two.prop_map(|(a, b)| format!("(with {a}; {b})")),
            three.prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            inner.clone().prop_map(|a| format!("(x: {a})")),
            inner
                .clone()
                .prop_map(|a| format!("({{ x, y ? {a}, ... }}: {a})")),
            inner.clone().prop_map(|a| format!("({a}).x")),
            inner.clone().prop_map(|a| format!("(({a}).x.y or {a})")),
            inner.prop_map(|a| format!("\"${{{a}}}\"")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_words(text in soup()) {
        check(text.as_bytes());
    }

    #[test]
    fn any_expression(text in expression(), other in expression()) {
        check(format!("let x = {text}; y = {other}; in tasks.a = {text}; tasks.b = {{ run = {other}; }};").as_bytes());
    }

    #[test]
    fn any_damage(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0usize..12,
        insert in prop::sample::select(WORDS),
    ) {
        let programs = programs();
        let mut bytes = which.get(&programs).clone().into_bytes();
        let start = from.index(bytes.len() + 1);
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, insert.bytes());
        check(&bytes);
    }
}

/// Deep and long texts: none overflows, all are answered.
#[test]
fn deep_and_long() {
    let n = 8_000;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("let x = {}{inner}{}; in", open.repeat(n), close.repeat(n))
    };
    let chain = |sign: &str| format!("let x = {}1; in", format!("1 {sign} ").repeat(n));
    let definitions = |count: usize| {
        let links: String = (1..count)
            .map(|i| format!("x{i} = [ x{} ];", i - 1))
            .collect();
        format!("let x0 = 1; {links} in tasks.a.run = x{};", count - 1)
    };
    let functions: String = (1..500)
        .map(|i| format!("f{i} = x: f{} (f{} x);", i - 1, i - 1))
        .collect();
    let cases = [
        format!(
            "let x = {}1{}; in",
            "(".repeat(100_000),
            ")".repeat(100_000)
        ),
        format!(
            "let x = {}1{}; in",
            "[ ".repeat(60_000),
            " ]".repeat(60_000)
        ),
        format!(
            "let x = {}1{}; in",
            "let y = ".repeat(55_000),
            "; in y".repeat(55_000)
        ),
        nested("{ a = ", "1", "; }"),
        nested("rec { a = ", "a", "; }"),
        nested("x: ", "x", ""),
        nested("(y: ", "y", ") 1"),
        nested("if true then ", "1", " else 2"),
        nested("let y = ", "1", "; in y"),
        nested("\"${", "1", "}\""),
        nested("!", "true", ""),
        chain("+"),
        chain("++"),
        chain("//"),
        chain("|>"),
        format!("let x{} = 1; in", ".a".repeat(n)),
        format!("let x = y{}; y = {{ }}; in", ".a".repeat(n)),
        format!("let x : {}Int{} = 1; in", "[".repeat(n), "]".repeat(n)),
        format!("let type T = {}Int; x : T = 1; in", "Int -> ".repeat(n)),
        definitions(10_000),
        format!("let f0 = x: x; {functions} y = f499 1; in"),
        format!("tasks{} = 1;", ".a".repeat(n)),
    ];
    for text in cases {
        check(text.as_bytes());
    }
}

/// Files that import each other in a long row, and in a long circle.
#[test]
fn long_rows_of_imports() {
    for (circle, n) in [(false, 1_000), (true, 100)] {
        let mut world = Memory::default();
        for i in 0..n {
            let text = match i + 1 < n {
                true => format!("x = (import ./f{}.nx).x;", i + 1),
                false if circle => "x = (import ./f0.nx).x;".to_owned(),
                false => "x = \"end\";".to_owned(),
            };
            world = world.file(format!("/p/f{i}.nx"), text);
        }
        world = world.file(
            "/p/nexus.nx",
            "let f = import ./f0.nx; in tasks.a = { run = f.x; timeout = f.x; };",
        );
        let mut compiler = Compiler::new();
        compiler.load(Path::new("/p/nexus.nx"), &world);
        let found = compiler.diagnostics();
        let codes: Vec<_> = found.iter().map(|d| d.code.to_string()).collect();
        match circle {
            false => assert_eq!(codes, ["NX0201"]),
            true => assert!(codes.iter().all(|code| code == "NX0105") && !codes.is_empty()),
        }
    }
}
