//! What holds for every text.

mod support;

use nexus_grammar::{Entry, parse};
use proptest::prelude::*;

/// Pieces that programs are made of, and some that they are not.
const PIECES: &[&str] = &[
    "a",
    "b.c",
    "type",
    "x",
    "1",
    "2.5",
    "30s",
    "10MB",
    "30sec",
    "./p",
    "\"s\"",
    "\"",
    "''",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "=",
    ";",
    ":",
    ",",
    ".",
    "...",
    "@",
    "?",
    "!",
    "+",
    "-",
    "*",
    "/",
    "++",
    "//",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "->",
    "|>",
    "|",
    "if",
    "then",
    "else",
    "let",
    "in",
    "with",
    "inherit",
    "assert",
    "rec",
    "or",
    "\n",
    "\n  ",
    " ",
    "# c\n",
    "/* c */",
    "/*",
    "''\n  t\n  ''",
    "\"a ${b} c\"",
    "a = 1;",
    "x: x",
    "{ a = 1; }",
    "{ a, b ? 1, ... }:",
    "$",
    "\\",
    "é",
    "'",
    "'s'",
    "let x = 1; in",
    "type T = Int;",
    ": Int",
    "if a then b else c",
    "\t",
    "\r\n",
    "inherit (a) b;",
    "[ 1 2 ]",
    "a.b or c",
    "f x",
    "=>",
];

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..60)
        .prop_map(|pieces| pieces.join(" ").replace(" \n ", "\n"))
}

/// Parsing survives, and the tree covers the text.
fn check(text: &str) {
    for entry in [Entry::File, Entry::Expression] {
        let parse = parse(text, entry);
        support::check_lossless(&parse.tree);
        let mut last = 0;
        for error in &parse.errors {
            assert!(error.span.start <= error.span.end && error.span.end as usize <= text.len());
            assert!(text.is_char_boundary(error.span.start as usize));
            assert!(text.is_char_boundary(error.span.end as usize));
            assert!(error.span.start >= last, "errors are in source order");
            last = error.span.start;
            assert!(!error.message.is_empty() && !error.message.ends_with('.'));
            if let Some(fix) = &error.fix {
                support::apply(text, fix);
            }
        }
        for node in parse.tree.descendants(parse.tree.root()) {
            nexus_grammar::ast::expr(&parse.tree, node);
            nexus_grammar::ast::item(&parse.tree, node);
            nexus_grammar::ast::name(&parse.tree, node);
            nexus_grammar::ast::string_value(&parse.tree, node);
            nexus_grammar::ast::ty(&parse.tree, node);
            nexus_grammar::ast::pattern(&parse.tree, node);
            parse.tree.doc_comment(node);
        }
        for offset in 0..=text.len() as u32 {
            parse.tree.node_at(offset);
            parse.tree.token_at(offset);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,80}|[ -~\\n]{0,200}") {
        check(&text);
    }

    #[test]
    fn any_tokens(text in soup()) {
        check(&text);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    /// A good text with something cut out or put in.
    #[test]
    fn any_damage(at in 0usize..4000, cut in 0usize..20, piece in proptest::sample::select(PIECES)) {
        for (_, text) in support::cases("ok") {
            let mut start = at % (text.len() + 1);
            while !text.is_char_boundary(start) { start -= 1; }
            let mut end = (start + cut).min(text.len());
            while !text.is_char_boundary(end) { end -= 1; }
            check(&format!("{}{piece}{}", &text[..start], &text[end.max(start)..]));
        }
    }
}
