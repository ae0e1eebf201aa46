//! From several elements of a list, `[ f x ]`, to one: `[ (f x) ]`.

use super::{Action, ActionKind, Place, is_harmless};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{follow, type_of_expr};
use nexus_compiler::types::{Kind, Ty};
use nexus_grammar::{NodeId, SyntaxKind as K};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let Some(span) = applied(place) else { return };
    let at = |offset| Span {
        start: offset,
        end: offset,
    };
    let edits = vec![(at(span.start), "(".into()), (at(span.end), ")".into())];
    let title = format!("Apply it: `({})`", shortened(place.source.slice(span)));
    let action = place.action(title, ActionKind::Rewrite, edits);
    // What the checker found out itself is offered as its fix.
    let same = |other: &Action| result(place, other) == result(place, &action);
    if !out.iter().any(same) && is_harmless(place, &action) {
        out.push(action);
    }
}

/// The elements that could be a function and its arguments: those that are selected, or as many as
/// the function takes.
fn applied(place: &Place<'_>) -> Option<Span> {
    let source = &place.source;
    let tree = source.tree();
    if tree.has_errors() {
        return None;
    }
    let selected = place.selected;
    let around = source.nodes_at(selected.start);
    let list = *around.iter().find(|node| tree.kind(**node) == K::List)?;
    let items = tree.children(list);
    let first = items.iter().position(|item| {
        let span = source.span(*item);
        span.start <= selected.start && selected.start <= span.end
    })?;
    let count = match selected.start == selected.end {
        // Only of the element under the cursor itself, not of something further in.
        true if around.contains(&items[first]) || tree.span(items[first]).end == selected.end => {
            arguments(place, items[first])?
        }
        true => return None,
        false => {
            let last = items.iter().rposition(|item| {
                let span = source.span(*item);
                span.start < selected.end && selected.end <= span.end
            })?;
            let is_value = matches!(
                tree.kind(items[first]),
                K::Literal | K::String | K::List | K::Record
            );
            last.checked_sub(first).filter(|_| !is_value)?
        }
    };
    let last = items.get(first + count).filter(|_| count > 0)?;
    Some(Span {
        start: tree.span(items[first]).start,
        end: tree.span(*last).end,
    })
}

/// How many arguments an element takes.
fn arguments(place: &Place<'_>, item: NodeId) -> Option<usize> {
    let source = &place.source;
    let ty = type_of_expr(source.db, source.file, source.expr_of(item)?)?;
    let mut count = 0;
    let mut at: Ty = follow(source.db, source.file, &ty.ty);
    while let Kind::Function(_, result) = at.kind() {
        count += 1;
        at = follow(source.db, source.file, result);
    }
    Some(count)
}

fn result(place: &Place<'_>, action: &Action) -> Option<Vec<std::sync::Arc<str>>> {
    let texts = action
        .edits
        .apply(|path| place.source.snapshot.source(path))?;
    Some(texts.into_values().collect())
}

/// The beginning of what is long.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
