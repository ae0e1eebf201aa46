//! From `"…"` to `''…''`, and back.

use super::{Action, ActionKind, Place};
use nexus_grammar::ast::{Part, string_value};
use nexus_grammar::{Entry, NodeId, SyntaxKind as K, Tree, parse};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let source = &place.source;
    let tree = source.tree();
    if tree.has_errors() {
        return;
    }
    let around = source.nodes_at(place.selected.start);
    let Some(&node) = around.iter().find(|node| tree.kind(**node) == K::String) else {
        return;
    };
    // A string that is a name or a type cannot have several lines.
    let plain = around.iter().skip_while(|n| **n != node).nth(1);
    if plain.is_some_and(|parent| matches!(tree.kind(*parent), K::StringName | K::TypeString)) {
        return;
    }
    let span = source.span(node);
    let indented = source.slice(span).starts_with("''");
    let line = source.text[..span.start as usize]
        .rfind('\n')
        .map_or(0, |i| i + 1);
    let indent: String = source.text[line..]
        .chars()
        .take_while(|c| *c == ' ')
        .collect();
    let (title, new) = match indented {
        true => ("Write it as `\"…\"`", as_line(tree, node)),
        false => ("Write it as `''…''`", as_lines(tree, node, &indent)),
    };
    // It must say the same.
    let Some(new) = new.filter(|new| says_the_same(tree, node, new)) else {
        return;
    };
    out.push(place.action(title, ActionKind::Rewrite, vec![(span, new)]));
}

fn as_line(tree: &Tree, node: NodeId) -> Option<String> {
    let mut text = String::from("\"");
    for part in string_value(tree, node) {
        match part {
            Part::Text(part) => {
                for c in part.chars() {
                    match c {
                        '\n' => text.push_str("\\n"),
                        '\t' => text.push_str("\\t"),
                        '\r' => text.push_str("\\r"),
                        '"' | '\\' | '$' => {
                            text.push('\\');
                            text.push(c);
                        }
                        c => text.push(c),
                    }
                }
            }
            Part::Expr(expr) => {
                let inner = tree.text(expr);
                if inner.contains('\n') {
                    return None;
                }
                text.push_str("${");
                text.push_str(inner);
                text.push('}');
            }
        }
    }
    text.push('"');
    Some(text)
}

fn as_lines(tree: &Tree, node: NodeId, indent: &str) -> Option<String> {
    let mut inner = String::new();
    for part in string_value(tree, node) {
        match part {
            Part::Text(part) => {
                let escaped = part.replace("''", "'''").replace("${", "''${");
                inner.push_str(&escaped);
            }
            Part::Expr(expr) => {
                inner.push_str("${");
                inner.push_str(tree.text(expr));
                inner.push('}');
            }
        }
    }
    if inner.contains(['\r', '\t']) {
        return None;
    }
    if !inner.contains('\n') {
        return Some(format!("''{inner}''"));
    }
    let mut text = String::from("''\n");
    let mut lines = inner.split('\n').peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if last {
            match line.is_empty() {
                true => text.push_str(indent),
                false => {
                    text.push_str(indent);
                    text.push_str("  ");
                    text.push_str(line);
                }
            }
        } else {
            if !line.is_empty() {
                text.push_str(indent);
                text.push_str("  ");
                text.push_str(line);
            }
            text.push('\n');
        }
    }
    text.push_str("''");
    Some(text)
}

/// Whether a new text of a string has the same value.
fn says_the_same(tree: &Tree, node: NodeId, new: &str) -> bool {
    let parsed = parse(new, Entry::Expression);
    let other = &parsed.tree;
    let Some(&root) = other.children(other.root()).first() else {
        return false;
    };
    if !parsed.errors.is_empty() || other.kind(root) != K::String {
        return false;
    }
    let values = |tree: &Tree, node: NodeId| -> Vec<(bool, String)> {
        let parts = string_value(tree, node).into_iter();
        parts
            .map(|part| match part {
                Part::Text(text) => (true, text),
                Part::Expr(expr) => (false, tree.text(expr).to_owned()),
            })
            .collect()
    };
    values(tree, node) == values(other, root)
}
