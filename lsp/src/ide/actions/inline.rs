//! Puts what a name stands for in its place.

use super::{Action, ActionKind, Place};
use nexus_compiler::hir::{Expr, ExprId, LocalId, LocalKind, Span};
use nexus_compiler::ide::{Def, Mention, Resolver, parents, references, visible_at};
use nexus_grammar::{NodeId, SyntaxKind as K, ast};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    if let Some((name, edits)) = inlined(place) {
        let title = format!("Inline `{name}`");
        out.push(place.action(title, ActionKind::Inline, edits));
    }
}

fn inlined(place: &Place<'_>) -> Option<(String, Vec<(Span, String)>)> {
    let source = &place.source;
    let tree = source.tree();
    if tree.has_errors() || place.selected.start != place.selected.end {
        return None;
    }
    let occurrences = source.occurrences_at(place.selected.start);
    // What is inherited is defined elsewhere.
    let [occurrence] = &occurrences[..] else {
        return None;
    };
    let defs = Resolver::new(source.db).mention(source.file, occurrence.mention);
    let [Def::Local(_, local)] = defs[..] else {
        return None;
    };
    let binder = &source.module.locals[local.index()];
    if binder.kind != LocalKind::Let || binder.annotation.is_some() {
        return None;
    }
    // A dotted path binds several things at once.
    if source
        .map
        .locals_again
        .iter()
        .any(|(again, _)| *again == local)
    {
        return None;
    }
    let name_span = source.map.locals[local.index()];
    let around = source.nodes_at(name_span.start);
    let node = *around.iter().find(|node| tree.kind(**node) == K::Binding)?;
    let binding = ast::binding(tree, node)?;
    let [name] = binding.path else { return None };
    if source.span(*name) != name_span {
        return None;
    }
    let value_id = source.expr_of(binding.value)?;
    let used = needs(place, value_id);
    if used.locals.contains(&local) || used.with {
        return None;
    }
    let text = in_place(place, binding.value)?;
    let mut edits = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    for reference in references(source.db, &defs, &[source.file]) {
        if reference.binds {
            continue;
        }
        let Mention::Local(_) = reference.mention else {
            return None;
        };
        // An `inherit` names the field, too.
        if source.occurrences_at(reference.span.start).len() != 1 || !seen.insert(reference.span) {
            return None;
        }
        // What the value needs must mean the same there.
        let visible = visible_at(source.db, source.file, reference.span.start);
        let same = used.locals.iter().all(|needed| {
            let name = source.module.locals[needed.index()].name;
            let found = visible.locals.iter().find(|(other, _)| *other == name);
            found.is_some_and(|(_, local)| local == needed)
        });
        let free = used.globals.iter().all(|global| {
            !visible.locals.iter().any(|(name, _)| name == global) && visible.scopes.is_empty()
        });
        if !same || !free {
            return None;
        }
        edits.push((reference.span, text.clone()));
    }
    if edits.is_empty() {
        return None;
    }
    edits.extend(removal(place, node)?);
    let name = source.slice(name_span).to_owned();
    Some((name, edits))
}

/// What an expression needs from outside.
struct Needs {
    locals: Vec<LocalId>,
    globals: Vec<nexus_compiler::symbol::Symbol>,
    /// Something that a `with` provides.
    with: bool,
}

fn needs(place: &Place<'_>, id: ExprId) -> Needs {
    let source = &place.source;
    let parents = parents(source.db, source.file);
    let inside = |expr: ExprId| parents.is_within(expr, id);
    let mut needs = Needs {
        locals: Vec::new(),
        globals: Vec::new(),
        with: false,
    };
    for (i, expr) in source.module.exprs.iter().enumerate() {
        let here = ExprId(i as u32);
        match expr {
            Expr::Local(local) if inside(here) => {
                let own = parents.binder(*local).is_some_and(inside);
                if !own && !needs.locals.contains(local) {
                    needs.locals.push(*local);
                }
            }
            Expr::Global(name) if inside(here) => needs.globals.push(*name),
            Expr::With { .. } | Expr::Unbound(_) | Expr::Import(_) if inside(here) => {
                needs.with = true;
            }
            _ => {}
        }
    }
    needs
}

/// A value as it can stand anywhere; nothing for what has lines of its own.
fn in_place(place: &Place<'_>, value: NodeId) -> Option<String> {
    let source = &place.source;
    let text = source.tree().text(value);
    if source
        .tree()
        .descendants(value)
        .any(|node| source.tree().doc_comment(node).is_some())
    {
        return None;
    }
    let text = text.to_owned();
    Some(match source.tree().kind(value) {
        K::NameRef | K::Paren | K::Record | K::List | K::String | K::Literal => text,
        _ => format!("({text})"),
    })
}

/// The changes that remove a binding of a `let`, and the `let` with it when nothing is left.
fn removal(place: &Place<'_>, node: NodeId) -> Option<Vec<(Span, String)>> {
    let source = &place.source;
    let tree = source.tree();
    let parent = *source.ancestors(node).get(1)?;
    let is_item = |child: &&NodeId| {
        matches!(
            tree.kind(**child),
            K::Binding | K::InheritBinding | K::TypeDef
        )
    };
    let children = tree.children(parent);
    let (items, start, end) = match tree.kind(parent) {
        K::LetHead => {
            let body = tree.children(tree.root()).iter();
            let body = body.copied().find(|child| tree.kind(*child) == K::Body)?;
            let end = match tree.children(body).first() {
                Some(first) => tree.span(*first).start,
                None => return None,
            };
            (children, source.span(parent).start, end)
        }
        K::LetExpr => {
            let (body, _) = children.split_last()?;
            (children, source.span(parent).start, tree.span(*body).start)
        }
        _ => return None,
    };
    if items.iter().filter(is_item).count() == 1 {
        // Comments before the body stay with the body.
        let text = &source.text[start as usize..end as usize];
        if text.contains('#') || text.contains("/*") {
            return None;
        }
        return Some(vec![(Span { start, end }, String::new())]);
    }
    let span = source.span(node);
    let rest = &source.text[span.end as usize..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let line_start = source.text[..span.start as usize]
        .rfind('\n')
        .map_or(0, |i| i + 1);
    let before = &source.text[line_start..span.start as usize];
    let whole_lines = before.trim().is_empty() && rest[blank..].starts_with('\n');
    let span = match whole_lines && line_start > 0 {
        true => Span {
            start: line_start as u32,
            end: span.end + blank as u32 + 1,
        },
        false => Span {
            start: span.start,
            end: span.end + blank as u32,
        },
    };
    // The comment above would be that of the next binding.
    if tree.doc_comment(node).is_some() {
        return None;
    }
    Some(vec![(span, String::new())])
}
