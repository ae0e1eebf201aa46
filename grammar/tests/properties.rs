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

/// What may stand between two tokens.
fn trivia() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        " ",
        " ",
        " ",
        " ",
        "\n",
        "\n\n\n",
        "  \n  ",
        " # note\n",
        "\n# a line\n",
        "\n\n# a line \n\n",
        " /* inline */ ",
        "\n/* several\n   lines */\n",
        "\t",
        " #\n#x\n",
    ])
    .prop_map(str::to_owned)
}

/// Expressions, with `~` for trivia.
fn expression() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "a",
        "some-name",
        "1",
        "2.5",
        "1h30m",
        "10MB",
        "./a/b.nx",
        "\"text ${ x }\"",
        "''~  several~  lines~''",
        "null",
        "\"a rather long string that takes much of the line, so that groups have to be broken\"",
    ])
    .prop_map(|s| {
        if s.starts_with("''") {
            s.replace('~', "\n")
        } else {
            s.to_owned()
        }
    });
    leaf.prop_recursive(5, 60, 4, |inner| {
        let atom = inner.clone().prop_map(|e| format!("(~{e}~)"));
        let list = proptest::collection::vec(atom.clone(), 0..4);
        let bindings = proptest::collection::vec(inner.clone(), 0..3).prop_map(|values| {
            let one = |(i, v): (usize, &String)| match i % 3 {
                0 => format!("a{i}.b~=~{v}~;~"),
                1 => format!("a{i}~:~{{ [String] : Int | \"x\" }}~=~{v}~;~inherit~x~y~;~"),
                _ => format!(
                    "inherit~(~{v}~)~q{i}~;~type~T~a~=~[a]~->~{{ x : Int,~y ? String,~... }}~;~"
                ),
            };
            values.iter().enumerate().map(one).collect::<String>()
        });
        prop_oneof![
            atom.clone(),
            list.clone().prop_map(|l| format!("[~{}~]", l.join("~"))),
            list.clone().prop_map(|l| format!("[~{}~]", l.join("~,~"))),
            bindings.clone().prop_map(|b| format!("{{~{b}}}")),
            bindings.clone().prop_map(|b| format!("rec~{{~{b}}}")),
            (bindings, inner.clone()).prop_map(|(b, e)| format!("let~{b}in~{e}")),
            inner.clone().prop_map(|e| format!("x:~{e}")),
            (inner.clone(), inner.clone())
                .prop_map(|(d, e)| format!("{{~a,~b~?~{d},~...~}}@all:~{e}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, a, b)| format!("if~{c}~then~{a}~else~{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("with~{a};~{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("assert~{a};~{b}")),
            (list.clone(), inner.clone()).prop_map(|(l, e)| format!("f~{}~y:~{e}", l.join("~"))),
            (list.clone(), atom.clone())
                .prop_map(|(l, d)| format!("f~{}~\"x\"~or~{d}", l.join("~"))),
            (atom.clone(), atom.clone()).prop_map(|(a, d)| format!("{a}.b.\"c d\".${{e}}~or~{d}")),
            (
                proptest::collection::vec(atom.clone(), 1..5),
                proptest::sample::select(vec!["+", "-", "*", "++", "//", "&&", "||", "|>"])
            )
                .prop_map(|(l, op)| l.join(&format!("~{op}~"))),
            (
                atom.clone(),
                proptest::sample::select(vec!["==", "<", ">="]),
                atom.clone()
            )
                .prop_map(|(a, op, b)| format!("{a}~{op}~{b}")),
            atom.clone().prop_map(|e| format!("!{e}")),
            atom.clone().prop_map(|e| format!("-~{e}")),
            atom.prop_map(|e| format!("{e}~?~a.b")),
        ]
    })
}

fn good_file() -> impl Strategy<Value = String> {
    let bindings = proptest::collection::vec(expression(), 0..4);
    (
        bindings,
        proptest::collection::vec(trivia(), 64),
        any::<bool>(),
    )
        .prop_map(|(values, trivia, head)| {
            let mut text = if head {
                "{~args,~...~}:~let~x~=~1;~in~".to_owned()
            } else {
                "~".to_owned()
            };
            for (i, value) in values.iter().enumerate() {
                text.push_str(&format!("name{i}~=~{value}~;~"));
            }
            let mut trivia = trivia.iter().cycle();
            let mut out = String::new();
            for c in text.chars() {
                match c {
                    '~' => out.push_str(trivia.next().map_or(" ", |t| t)),
                    c => out.push(c),
                }
            }
            out
        })
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
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,80}|[ -~\\n]{0,200}") {
        check(&text);
    }

    /// Formatting keeps every token and comment, and is stable.
    #[test]
    fn any_good_text_is_formatted(text in good_file()) {
        support::check_format(&text, Entry::File).expect("the text has mistakes");
    }

    #[test]
    fn any_tokens_are_formatted(text in soup()) {
        support::check_format(&text, Entry::File);
        support::check_format(&text, Entry::Expression);
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
