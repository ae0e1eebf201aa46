//! Puts the imports of a `let` in order: sorted by name, without those that nothing uses.
//!
//! All bindings of a `let` see each other and nothing is computed before it is needed, so their
//! order means nothing.

use super::{Action, ActionKind, Place, is_harmless};
use nexus_compiler::diagnostic::registry::names::UNUSED_BINDING;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::diagnostics;
use nexus_grammar::{NodeId, SyntaxKind as K, Tree, ast};
use rustc_hash::FxHashSet;

/// Offers it for the whole file.
pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let source = &place.source;
    let tree = source.tree();
    if tree.has_errors() {
        return;
    }
    let found = diagnostics(source.db, source.file);
    let unused = found.iter().filter(|d| d.code == UNUSED_BINDING);
    let unused: FxHashSet<u32> = unused.map(|d| d.primary.span.start).collect();
    let mut edits = Vec::new();
    for node in tree.descendants(tree.root()) {
        if matches!(tree.kind(node), K::LetHead | K::LetExpr) {
            organise(place, node, &unused, &mut edits);
        }
    }
    if edits.is_empty() {
        return;
    }
    let action = place.action("Organise imports", ActionKind::Organise, edits);
    if is_harmless(place, &action) {
        out.push(action);
    }
}

/// A binding that is an import and stands on lines of its own.
struct Import {
    name: String,
    /// Its lines, with the comment above.
    lines: Span,
    unused: bool,
}

fn organise(
    place: &Place<'_>,
    group: NodeId,
    unused: &FxHashSet<u32>,
    edits: &mut Vec<(Span, String)>,
) {
    let source = &place.source;
    let tree = source.tree();
    let items = tree.children(group).iter().copied().filter(|node| {
        matches!(
            tree.kind(*node),
            K::Binding | K::InheritBinding | K::TypeDef
        )
    });
    let items: Vec<NodeId> = items.collect();
    let imports: Vec<Option<Import>> = items
        .iter()
        .map(|item| import(place, *item, unused))
        .collect();
    // A `let` without bindings is none.
    let keep_all = imports
        .iter()
        .all(|import| import.as_ref().is_some_and(|import| import.unused));
    for run in imports.chunk_by(|a, b| match (a, b) {
        (Some(a), Some(b)) => a.lines.end == b.lines.start,
        _ => false,
    }) {
        let run: Vec<&Import> = run.iter().flatten().collect();
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let span = Span {
            start: first.lines.start,
            end: last.lines.end,
        };
        let mut kept: Vec<&&Import> = run
            .iter()
            .filter(|import| keep_all || !import.unused)
            .collect();
        kept.sort_by(|a, b| a.name.cmp(&b.name));
        let new: String = kept
            .iter()
            .map(|import| source.slice(import.lines))
            .collect();
        if new != source.slice(span) {
            edits.push((span, new));
        }
    }
}

fn import(place: &Place<'_>, item: NodeId, unused: &FxHashSet<u32>) -> Option<Import> {
    let source = &place.source;
    let tree = source.tree();
    if tree.kind(item) != K::Binding {
        return None;
    }
    let binding = ast::binding(tree, item)?;
    let [name] = binding.path else { return None };
    if !is_import(tree, binding.value) {
        return None;
    }
    let span = tree.span(item);
    Some(Import {
        name: tree.text(*name).to_owned(),
        lines: whole_lines(tree, item)?,
        unused: unused.contains(&span.start),
    })
}

/// `import ./lib.nx`
fn is_import(tree: &Tree, value: NodeId) -> bool {
    let mut words = tree.text(value).split_whitespace();
    let path = |word: &str| word.starts_with("./") || word.starts_with("../");
    words.next() == Some("import") && words.next().is_some_and(path) && words.next().is_none()
}

/// The lines of a binding and of the comment above it, if there is nothing else on them.
fn whole_lines(tree: &Tree, item: NodeId) -> Option<Span> {
    let tokens = tree.tokens();
    let range = tree.token_range(item);
    // What is written above belongs to it as far as there is no blank line.
    let mut at = range.start;
    let mut start = tree.span(item).start;
    while let Some(blank) = at.checked_sub(1) {
        if tokens.kind(blank) != K::Whitespace || tree.token_text(blank).matches('\n').count() != 1
        {
            break;
        }
        match blank.checked_sub(1) {
            Some(comment) if tokens.kind(comment) == K::Comment => {
                let alone = comment
                    .checked_sub(1)
                    .is_some_and(|before| tree.token_text(before).contains('\n'));
                if !alone {
                    break;
                }
                at = comment;
                start = tokens.at(comment).start;
            }
            _ => break,
        }
    }
    let text = tree.source();
    let line = text[..start as usize].rfind('\n').map_or(0, |i| i + 1);
    if !text[line..start as usize].trim().is_empty() {
        return None;
    }
    let end = tree.span(item).end as usize;
    let rest = text[end..].find('\n')?;
    if !text[end..end + rest].trim().is_empty() {
        return None;
    }
    Some(Span {
        start: line as u32,
        end: (end + rest + 1) as u32,
    })
}
