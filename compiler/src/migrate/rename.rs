//! The edit that gives a field its new name, found in the lossless tree: everything else of the
//! text, comments and layout included, stays as it is.

use super::Migration;
use crate::hir::Span;
use nexus_grammar::{Entry, NodeId, SyntaxKind, Tree, parse};

/// What to write, and where, so that the field whose name or definition is at `span` gets its new
/// name: first the name itself, then where the same file selects it (`config.parallel`). Empty where the name is not written as one: made by interpolation, say.
pub(crate) fn edit(text: &str, span: Span, migration: &Migration) -> Vec<(Span, String)> {
    let tree = parse(text, Entry::File).tree;
    let name = |node: &NodeId| {
        let own = matches!(tree.kind(*node), SyntaxKind::Name | SyntaxKind::StringName);
        own && tree.text(*node).trim_matches('"') == migration.old
    };
    let inside = |node: &NodeId| {
        let at = tree.span(*node);
        span.start <= at.start && at.end <= span.end
    };
    let key = tree
        .descendants(tree.root())
        .filter(|node| name(node) && inside(node))
        .find(|node| is_key(&tree, *node));
    let Some((key, parent)) = key.and_then(|key| Some((key, tree.parent(key)?))) else {
        return Vec::new();
    };
    let mut edits = match tree.kind(parent) {
        SyntaxKind::AttrPath => vec![(span_of(tree.span(key)), migration.new.to_string())],
        // `inherit parallel;` takes the name from around: that one stays.
        SyntaxKind::InheritBinding if tree.children(parent).len() == 1 => {
            let text = format!("{} = {};", migration.new, migration.old);
            vec![(span_of(tree.span(parent)), text)]
        }
        _ => return Vec::new(),
    };
    let selected = tree.descendants(tree.root()).filter(|node| {
        let parent = tree.parent(*node);
        name(node) && parent.is_some_and(|path| is_selected(&tree, path, *node, migration))
    });
    let selected = selected.map(|node| (span_of(tree.span(node)), migration.new.to_string()));
    edits.extend(selected);
    edits
}

/// Whether `name` is the first of a path that selects from the migration's record by its name.
fn is_selected(tree: &Tree, path: NodeId, name: NodeId, migration: &Migration) -> bool {
    let Some(select) = tree.parent(path) else {
        return false;
    };
    let of = tree.children(select).first();
    tree.kind(path) == SyntaxKind::AttrPath
        && tree.kind(select) == SyntaxKind::Select
        && tree.children(path).first() == Some(&name)
        && of.is_some_and(|of| tree.text(*of) == migration.within)
}

fn span_of(range: std::ops::Range<u32>) -> Span {
    Span {
        start: range.start,
        end: range.end,
    }
}

/// Whether a name is what a binding defines: the last of its path, or one that is inherited.
fn is_key(tree: &Tree, node: NodeId) -> bool {
    let Some(parent) = tree.parent(node) else {
        return false;
    };
    match tree.kind(parent) {
        SyntaxKind::InheritBinding => true,
        SyntaxKind::AttrPath => {
            let binding = tree.parent(parent).map(|node| tree.kind(node));
            binding == Some(SyntaxKind::Binding) && tree.children(parent).last() == Some(&node)
        }
        _ => false,
    }
}
