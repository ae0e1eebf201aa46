//! Depth and length cost heap, not stack: everything here runs in threads with small stacks.

mod support;

use nexus_grammar::{Entry, parse};

/// As deep as in the requirement.
const DEEP: usize = 100_000;

/// Runs with the smallest usual stack of a thread.
fn with_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}

/// Texts of nesting without mistakes.
fn nested() -> Vec<(&'static str, String)> {
    let twice = |open: &str, inner: &str, close: &str| {
        format!("a = {}{inner}{};", open.repeat(DEEP), close.repeat(DEEP))
    };
    vec![
        ("parentheses", twice("(", "1", ")")),
        ("lists", twice("[ ", "1", " ]")),
        ("records", twice("{ a = ", "1", "; }")),
        ("lets", twice("let a = ", "1", "; in a")),
        ("let bodies", twice("let a = 1; in ", "a", "")),
        ("negations", twice("- ", "1", "")),
        ("nots", twice("!", "a", "")),
        ("lambdas", twice("x: ", "x", "")),
        ("patterns", twice("{ a, ... }: ", "a", "")),
        ("conditions", twice("if a then b else ", "c", "")),
        ("withs", twice("with a; ", "b", "")),
        ("asserts", twice("assert a; ", "b", "")),
        ("sums", twice("1 + ", "1", "")),
        ("concatenations", twice("a ++ ", "b", "")),
        ("updates", twice("a // ", "b", "")),
        ("pipes", twice("a |> ", "b", "")),
        ("arguments", twice("f ", "x", "")),
        ("trailing lambdas", twice("f x: ", "x", "")),
        ("selections", format!("a = b{};", ".c".repeat(DEEP))),
        ("defaults", twice("a.b or ", "c", "")),
        ("strings", twice("''${", "1", "}''")),
        (
            "types",
            format!("a : {}Int{} = 1;", "[".repeat(DEEP), "]".repeat(DEEP)),
        ),
        (
            "functions",
            format!("a : {}Int = 1;", "Int -> ".repeat(DEEP)),
        ),
        ("unions", format!("a : {}Int = 1;", "Int | ".repeat(DEEP))),
        ("elements", format!("a = [ {}];", "1 ".repeat(DEEP))),
        ("bindings", "a = 1;\n".repeat(DEEP)),
    ]
}

#[test]
fn deep_texts_are_parsed_walked_and_dropped() {
    with_small_stack(|| {
        for (name, text) in nested() {
            let parse = parse(&text, Entry::File);
            assert_eq!(parse.errors, [], "{name}");
            let count = parse.tree.descendants(parse.tree.root()).count();
            assert!(count > DEEP, "{name}: {count}");
            let formatted = nexus_grammar::format(&parse.tree).unwrap();
            assert!(formatted.len() > DEEP, "{name}");
        }
    });
}

/// Texts that are all mistakes, long and deep.
fn hostile() -> Vec<(&'static str, String)> {
    let pieces = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "{ a = ",
        "let ",
        "let a = ",
        "if ",
        "if a then ",
        "x: ",
        "${",
        "\"",
        "\"${",
        "''",
        "''${",
        "a.",
        "a = ",
        "a : ",
        "a\n",
        "a = {\n",
        "\n  a = [",
        ", ",
        ";",
        "= ",
        "a = (\n",
        "1 ",
        "- ",
        "! ",
        "a or ",
        "/ ",
        "// ",
        "%",
        "in ",
        "with a; ",
        "inherit ",
        "inherit (",
        "type T ",
        "rec ",
        "x@",
        "{ a, ",
        "a ? ",
        "a == b ",
        "a = f { x = 1, y: 2 ",
        "then ",
        "\\",
        "'",
        "/*",
        "[ x: ",
        "a = 1 b = 2 ",
        "(;",
        "({[",
        "a = x: x: ;\n",
    ];
    let repeated = |piece: &&'static str| (*piece, piece.repeat(30_000 / piece.len()));
    pieces.iter().map(repeated).collect()
}

#[test]
fn hostile_texts_are_survived() {
    with_small_stack(|| {
        for (name, text) in hostile() {
            for entry in [Entry::File, Entry::Expression] {
                let parse = parse(&text, entry);
                let covered = parse
                    .tree
                    .tokens()
                    .iter()
                    .last()
                    .map_or(0, |t| t.end as usize);
                assert_eq!(covered, text.len(), "{name}");
                assert!(parse.tree.descendants(parse.tree.root()).count() >= 1);
            }
        }
    });
}
