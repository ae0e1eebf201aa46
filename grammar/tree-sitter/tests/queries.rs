//! The queries fit the grammar, and colour what they should.

use expect_test::expect_file;
use std::fmt::Write;
use tree_sitter::{Language, Parser, Query, QueryCursor, StreamingIterator};
use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent, Highlighter};

/// Everything that the queries name.
const NAMES: &[&str] = &[
    "boolean",
    "comment",
    "constant.builtin",
    "function",
    "function.builtin",
    "function.call",
    "keyword",
    "keyword.conditional",
    "keyword.exception",
    "keyword.operator",
    "keyword.type",
    "module.builtin",
    "number",
    "number.float",
    "operator",
    "property",
    "punctuation.bracket",
    "punctuation.delimiter",
    "punctuation.special",
    "string",
    "string.escape",
    "string.special.path",
    "type",
    "type.builtin",
    "variable",
    "variable.parameter",
];

fn language() -> Language {
    tree_sitter_nexus::LANGUAGE.into()
}

#[test]
fn every_query_fits_the_grammar() {
    for (name, text) in [
        ("highlights", tree_sitter_nexus::HIGHLIGHTS),
        ("locals", tree_sitter_nexus::LOCALS),
        ("injections", tree_sitter_nexus::INJECTIONS),
        ("folds", tree_sitter_nexus::FOLDS),
        ("indents", tree_sitter_nexus::INDENTS),
    ] {
        let query = Query::new(&language(), text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(query.pattern_count() > 0, "{name} says nothing");
    }
}

/// Editors with capture names of their own have queries of their own.
#[test]
fn queries_of_single_editors_fit_the_grammar() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors");
    let mut found = 0;
    for folder in ["helix/queries", "zed/languages/nexus"] {
        for entry in std::fs::read_dir(root.join(folder))
            .expect(folder)
            .flatten()
        {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "scm") {
                let text = std::fs::read_to_string(&path).expect("a query");
                let query = Query::new(&language(), &text);
                query.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                found += 1;
            }
        }
    }
    assert!(found >= 4, "only {found} queries");
}

#[test]
fn colours() {
    let text = include_str!("sample.nx");
    let mut configuration =
        HighlightConfiguration::new(language(), "nexus", tree_sitter_nexus::HIGHLIGHTS, "", "")
            .expect("the queries");
    for name in configuration.names() {
        assert!(
            NAMES.contains(name) || name.starts_with('_'),
            "{name} has no place in NAMES"
        );
    }
    configuration.configure(NAMES);
    let mut highlighter = Highlighter::new();
    let events = highlighter
        .highlight(&configuration, text.as_bytes(), None, None, |_| None)
        .expect("colours");
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    for event in events {
        match event.expect("an event") {
            HighlightEvent::HighlightStart(highlight) => open.push(NAMES[highlight.0]),
            HighlightEvent::HighlightEnd => {
                open.pop();
            }
            HighlightEvent::Source { start, end } => {
                if let Some(name) = open.last() {
                    let _ = writeln!(out, "{:20} {}", name, text[start..end].escape_debug());
                }
            }
        }
    }
    expect_file!["sample.colours"].assert_eq(&out);
}

/// Strings that are commands are shell to an editor, and only these.
#[test]
fn commands_are_shell() {
    let text = include_str!("sample.nx");
    let mut parser = Parser::new();
    parser.set_language(&language()).expect("the grammar");
    let tree = parser.parse(text, None).expect("a tree");
    let query = Query::new(&language(), tree_sitter_nexus::INJECTIONS).expect("the query");
    let content = query
        .capture_index_for_name("injection.content")
        .expect("a capture");
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
    let mut found = Vec::new();
    while let Some(one) = matches.next() {
        let node = one
            .nodes_for_capture_index(content)
            .next()
            .expect("content");
        if node.kind() == "string_text" {
            found.push(&text[node.byte_range()]);
        }
    }
    found.sort_unstable();
    found.dedup();
    let expected = [
        "cargo build",
        "curl -fs http://",
        "echo ",
        "make",
        "test -e done",
    ];
    assert_eq!(found, expected);
}
