//! Gives an expression a name.

use super::{Action, ActionKind, Place};
use nexus_compiler::hir::{Expr, ExprId, LocalId, Span};
use nexus_compiler::ide::{parents, visible_at};
use nexus_grammar::{NodeId, SyntaxKind as K, ast};

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let Some(node) = selected(place) else { return };
    let source = &place.source;
    let span = source.span(node);
    let name = free_name(place, span);
    let value = source.slice(span).to_owned();
    if let Some(body) = around(place, node) {
        let whole = source.span(body);
        let edits = match whole == span {
            true => vec![(whole, format!("let {name} = {value}; in {name}"))],
            false => {
                let start = Span {
                    start: whole.start,
                    end: whole.start,
                };
                vec![
                    (start, format!("let {name} = {value}; in ")),
                    (span, name.clone()),
                ]
            }
        };
        out.push(place.action("Extract into a `let` here", ActionKind::Extract, edits));
    }
    if let Some(edits) = to_head(place, node, &name, &value) {
        out.push(place.action(
            "Extract into the `let` of the file",
            ActionKind::Extract,
            edits,
        ));
    }
}

/// The expression that is selected, exactly. Names and what is as short are not worth it.
fn selected(place: &Place<'_>) -> Option<NodeId> {
    let source = &place.source;
    let tree = source.tree();
    let text = source.slice(place.selected);
    let trimmed = text.trim();
    if trimmed.is_empty() || tree.has_errors() {
        return None;
    }
    let start = place.selected.start + (text.len() - text.trim_start().len()) as u32;
    let span = Span {
        start,
        end: start + trimmed.len() as u32,
    };
    let around = source.nodes_at(span.start);
    let mut fitting = around
        .into_iter()
        .filter(|node| source.span(*node) == span && tree.kind(*node).is_expr());
    let node = fitting.next_back()?;
    let worth = !matches!(
        tree.kind(node),
        K::NameRef | K::Missing | K::Lambda | K::LetExpr
    );
    // `import` is followed only where it is written.
    let imports = tree
        .descendants(node)
        .any(|inner| tree.kind(inner) == K::NameRef && tree.text(inner) == "import");
    (worth && !imports).then_some(node)
}

/// The expression that the `let` is to stand before: nothing between it and `node` binds a name,
/// or knows more than what is outside of it.
fn around(place: &Place<'_>, node: NodeId) -> Option<NodeId> {
    let source = &place.source;
    let tree = source.tree();
    let way = source.ancestors(node);
    let mut best = node;
    for pair in way.windows(2) {
        let (inner, outer) = (pair[0], pair[1]);
        best = inner;
        match tree.kind(outer) {
            // What is computed stands in no place for a `let`.
            K::DynamicName | K::StringName | K::InheritFrom | K::AttrPath => return None,
            K::Binding | K::Lambda | K::WithExpr | K::AssertExpr => break,
            // The values of its bindings are in bindings.
            K::LetExpr => break,
            K::IfExpr => {
                let is_condition = tree.children(outer).first() == Some(&inner);
                if !is_condition {
                    break;
                }
            }
            // On their right more is known than on their left.
            K::Binary
                if matches!(tree.operator(outer), K::AndAnd | K::OrOr)
                    && tree.children(outer).first() != Some(&inner) =>
            {
                return None;
            }
            K::PatternField => return None,
            _ => {}
        }
    }
    let stands_alone = tree.kind(best).is_expr();
    // A `with e;` and the condition of an `assert` end with `;`, which a `let` does not mind.
    stands_alone.then_some(best)
}

/// The changes that put a binding into the `let` of the file; nothing when the expression needs
/// names that are bound further in.
fn to_head(
    place: &Place<'_>,
    node: NodeId,
    name: &str,
    value: &str,
) -> Option<Vec<(Span, String)>> {
    let source = &place.source;
    let tree = source.tree();
    let id = source.expr_of(node)?;
    let parts = ast::file(tree, tree.root());
    let body = *tree
        .children(tree.root())
        .iter()
        .find(|child| tree.kind(**child) == K::Body)?;
    // Inside of a condition it may rely on what was asked.
    let asked = source.ancestors(node).iter().any(|node| {
        matches!(tree.kind(*node), K::IfExpr | K::AssertExpr | K::WithExpr)
            || (tree.kind(*node) == K::Binary
                && matches!(tree.operator(*node), K::AndAnd | K::OrOr))
    });
    if asked || tree.kind(tree.root()) != K::File {
        return None;
    }
    // In the head already: the order does not matter, but names of inner scopes do.
    let body_span = source.span(body);
    let head = parts.head.first().copied();
    let at = head.map_or(body_span.start, |head| tree.span(head).start);
    let seen: Vec<LocalId> = match head {
        Some(_) => {
            let visible = visible_at(source.db, source.file, at);
            visible.locals.into_iter().map(|(_, local)| local).collect()
        }
        None => Vec::new(),
    };
    if !all_seen(place, id, &seen) {
        return None;
    }
    let edit = match head {
        Some(head) => {
            let start = tree.span(head).start;
            let line = source.text[..start as usize]
                .rfind('\n')
                .map_or(0, |i| i + 1);
            let indent = &source.text[line..start as usize];
            let join = match indent.trim().is_empty() && line > 0 {
                true => format!("\n{indent}"),
                false => " ".into(),
            };
            (
                Span { start, end: start },
                format!("{name} = {value};{join}"),
            )
        }
        None => {
            let start = comment_start(place, body_span.start);
            (
                Span { start, end: start },
                format!("let\n  {name} = {value};\nin\n"),
            )
        }
    };
    Some(vec![edit, (source.span(node), name.to_owned())])
}

/// Where the comment above the first binding begins.
fn comment_start(place: &Place<'_>, start: u32) -> u32 {
    let tree = place.source.tree();
    let Some(first) = tree.token_at(start) else {
        return start;
    };
    let mut at = start;
    let mut index = first;
    while let Some(before) = index.checked_sub(1) {
        let token = tree.tokens().at(before);
        match token.kind {
            K::Comment => at = token.start,
            K::Whitespace if tree.token_text(before).matches('\n').count() < 2 => {}
            _ => break,
        }
        index = before;
    }
    at
}

/// Whether everything an expression needs is bound in it, seen at the head, or of the language.
fn all_seen(place: &Place<'_>, id: ExprId, seen: &[LocalId]) -> bool {
    let source = &place.source;
    let parents = parents(source.db, source.file);
    let inside = |expr: ExprId| parents.is_within(expr, id);
    source.module.exprs.iter().enumerate().all(|(i, expr)| {
        let here = ExprId(i as u32);
        let local = match expr {
            Expr::Local(local) => *local,
            Expr::With { .. } => return !inside(here),
            _ => return true,
        };
        if !inside(here) {
            return true;
        }
        let own = parents.binder(local).is_some_and(inside);
        own || seen.contains(&local)
    })
}

/// A name that nothing around is called.
pub(super) fn free_name(place: &Place<'_>, span: Span) -> String {
    let source = &place.source;
    let taken = |name: &str| {
        let own = source.module.locals.iter();
        let bound = own.clone().any(|local| local.name.as_str() == name);
        let symbol = nexus_compiler::symbol::Symbol::new(name);
        bound || nexus_compiler::check::is_global(symbol)
    };
    let base = suggested(place, span);
    if !taken(&base) {
        return base;
    }
    let mut number = 2;
    loop {
        let name = format!("{base}{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// A name after the field that the expression is for.
fn suggested(place: &Place<'_>, span: Span) -> String {
    let source = &place.source;
    let tree = source.tree();
    let around = source.nodes_at(span.start);
    let binding = around.iter().find(|node| tree.kind(**node) == K::Binding);
    let name = binding
        .and_then(|binding| ast::binding(tree, *binding))
        .and_then(|binding| binding.path.last().copied())
        .map(|name| tree.text(name));
    let plain = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.filter(plain)
        .map_or_else(|| "value".into(), |name| format!("{name}_value"))
}
