//! What the tests share.
#![allow(dead_code)]

use nexus_grammar::{NodeId, SyntaxKind, Tree};
use std::fmt::Write;

/// The tree as indented lines: the kind of every node, and the text of those without children.
pub fn dump(tree: &Tree) -> String {
    let mut out = String::new();
    let mut stack = vec![(tree.root(), 0)];
    while let Some((node, depth)) = stack.pop() {
        let _ = write!(out, "{:depth$}{:?}", "", tree.kind(node), depth = depth * 2);
        if matches!(
            tree.kind(node),
            SyntaxKind::Unary | SyntaxKind::Binary | SyntaxKind::Has
        ) {
            let _ = write!(out, " {:?}", tree.operator(node));
        }
        if tree.children(node).is_empty() && !tree.text(node).is_empty() {
            let _ = write!(out, " {:?}", tree.text(node));
        }
        out.push('\n');
        let below = tree.children(node).iter().rev();
        stack.extend(below.map(|child| (*child, depth + 1)));
    }
    out
}

/// Panics unless the tokens are the text and the nodes are properly nested.
pub fn check_lossless(tree: &Tree) {
    let mut at = 0;
    for token in tree.tokens().iter() {
        assert_eq!({ token.start }, at, "a gap or overlap between tokens");
        assert!(token.end >= token.start);
        at = token.end;
    }
    assert_eq!(
        at as usize,
        tree.source().len(),
        "the text goes on behind the last token"
    );
    assert_eq!(tree.token_range(tree.root()), 0..tree.tokens().len());
    for node in tree.descendants(tree.root()) {
        let range = tree.token_range(node);
        let mut from = range.start;
        for &child in tree.children(node) {
            let inner = tree.token_range(child);
            assert!(
                inner.start >= from && inner.end <= range.end,
                "{:?} {inner:?} in {:?} {range:?}",
                tree.kind(child),
                tree.kind(node),
            );
            assert_eq!(tree.parent(child), Some(node));
            from = inner.end;
        }
        let span = tree.span(node);
        assert!(span.start <= span.end && tree.source().is_char_boundary(span.start as usize));
    }
}

/// The significant tokens, for comparisons of texts.
pub fn significant(tree: &Tree) -> Vec<(SyntaxKind, String)> {
    let tokens = tree.tokens().iter().enumerate();
    tokens
        .filter(|(_, t)| !t.kind.is_trivia())
        .map(|(i, t)| (t.kind, tree.token_text(i).to_owned()))
        .collect()
}

/// The dotted names that are bound anywhere in a tree.
pub fn bound_names(tree: &Tree) -> Vec<String> {
    let nodes = tree.descendants(tree.root());
    nodes
        .filter(|n| tree.kind(*n) == SyntaxKind::Binding)
        .filter_map(|n| tree.children(n).first().copied())
        .map(|path: NodeId| tree.text(path).to_owned())
        .collect()
}

/// Compares with a blessed file; `UPDATE_EXPECT=1` blesses.
pub fn expect_file(path: &std::path::Path, actual: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        if std::fs::read_to_string(path).is_ok_and(|old| old == actual) {
            return;
        }
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        let at = expected
            .lines()
            .zip(actual.lines())
            .take_while(|(a, b)| a == b)
            .count();
        panic!(
            "{} differs at line {}:\nexpected: {:?}\nactual:   {:?}\n(UPDATE_EXPECT=1 blesses the new one)",
            path.display(),
            at + 1,
            expected.lines().nth(at).unwrap_or("<end>"),
            actual.lines().nth(at).unwrap_or("<end>"),
        );
    }
}

/// The `.nx` files of a folder of cases, sorted; at least one.
pub fn cases(folder: &str) -> Vec<(std::path::PathBuf, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases")
        .join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "nx"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no cases in {}", folder.display());
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// Line and column, from 1, columns in characters.
pub fn line_column(text: &str, offset: u32) -> (usize, usize) {
    let before = &text[..offset as usize];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

/// The text with the edits of a fix made.
pub fn apply(text: &str, fix: &nexus_grammar::Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|e| std::cmp::Reverse(e.span.start));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    out
}

/// Formats, if there is nothing wrong, and checks what has to hold: the same tokens and comments,
/// no mistakes, stable, no blanks at line ends.
pub fn check_format(text: &str, entry: nexus_grammar::Entry) -> Option<String> {
    let parsed = nexus_grammar::parse(text, entry);
    if !parsed.errors.is_empty() {
        return None;
    }
    let formatted = nexus_grammar::format(&parsed.tree).unwrap_or_else(|e| panic!("{e}: {text:?}"));
    let again = nexus_grammar::parse(&formatted, entry);
    assert_eq!(again.errors, [], "{text:?} became {formatted:?}");
    let twice = nexus_grammar::format(&again.tree).unwrap();
    assert_eq!(formatted, twice, "not stable: {text:?}");
    let drop_commas = |tree: &Tree| {
        let mut tokens = significant(tree);
        tokens.retain(|(kind, _)| *kind != SyntaxKind::Comma);
        tokens
    };
    assert_eq!(
        drop_commas(&parsed.tree),
        drop_commas(&again.tree),
        "{text:?}"
    );
    assert_eq!(
        dump_shape(&parsed.tree),
        dump_shape(&again.tree),
        "{text:?} became {formatted:?}"
    );
    Some(formatted)
}

/// The kinds of all nodes, in order.
pub fn dump_shape(tree: &Tree) -> Vec<SyntaxKind> {
    tree.descendants(tree.root())
        .map(|n| tree.kind(n))
        .collect()
}
