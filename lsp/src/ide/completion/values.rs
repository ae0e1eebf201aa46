//! Values that are expected: literals, tasks, forms of records and steps.

use super::super::source::Source;
use super::around::Around;
use super::fields::escaped;
use super::{Item, Kind, Style};
use nexus_compiler::check::task;
use nexus_compiler::db::Role;
use nexus_compiler::defs::{Form, Shape};
use nexus_compiler::hir::{Expr, ExprId, Span};
use nexus_compiler::ide::{expected, follow};
use nexus_compiler::symbol::Symbol;
use nexus_compiler::types::show::{name as quoted, show};
use nexus_compiler::types::{Kind as TyKind, RecordTy, Ty};
use nexus_grammar::SyntaxKind as K;

/// The most tasks that are proposed.
const MOST_TASKS: usize = 2_000;

/// What is expected at the cursor.
pub(super) fn items(
    source: &Source<'_>,
    around: &Around,
    offset: u32,
    style: Style,
    out: &mut Vec<Item>,
) {
    let Some(ty) = wanted(source, around, offset) else {
        return;
    };
    let mut members: Vec<Ty> = Vec::new();
    for member in ty.members() {
        let member = follow(source.db, source.file, member);
        members.extend(member.members().iter().cloned());
    }
    for member in &members {
        match member.kind() {
            TyKind::Text(_) | TyKind::Number(_) => {
                out.push(Item::new(show(member), Kind::Value, 0));
            }
            TyKind::Bool => {
                out.push(Item::new("true", Kind::Value, 0));
                out.push(Item::new("false", Kind::Value, 0));
            }
            TyKind::Null => out.push(Item::new("null", Kind::Value, 1)),
            TyKind::TaskRef => tasks(source, out),
            TyKind::Record(record) if style.snippets => forms(record, out),
            TyKind::Duration if style.snippets => {
                out.push(Item::new("30s", Kind::Value, 5).detail("Duration"));
                out.push(Item::new("5m", Kind::Value, 5).detail("Duration"));
            }
            _ => {}
        }
    }
}

/// The type that is expected of the expression at the cursor.
fn wanted(source: &Source<'_>, around: &Around, offset: u32) -> Option<Ty> {
    let tree = source.tree();
    let nodes = source.nodes_at(offset);
    // The word that is being typed, or the hole where it is missing.
    let here = nodes.iter().copied().find(|node| {
        let span = tree.span(*node);
        let same = (span.start, span.end) == (around.replace.start, around.replace.end);
        same && matches!(tree.kind(*node), K::NameRef | K::Missing)
    });
    if let Some(id) = here.and_then(|node| source.expr_of(node)) {
        return expected(source.db, source.file, id);
    }
    let hole = hole_at(source, around.replace);
    if let Some(id) = hole {
        return expected(source.db, source.file, id);
    }
    // Among the elements of a list.
    let list = nodes.iter().copied().find(|node| {
        tree.kind(*node) == K::List
            || matches!(tree.kind(*node), K::Record | K::Paren | K::Body | K::String)
    })?;
    if tree.kind(list) != K::List {
        return None;
    }
    let id = source.expr_of(list)?;
    let wanted = expected(source.db, source.file, id)?;
    let mut elements = Vec::new();
    for member in wanted.members() {
        let member = follow(source.db, source.file, member);
        for member in member.members() {
            if let TyKind::List(element) = member.kind() {
                elements.push(element.clone());
            }
        }
    }
    (!elements.is_empty()).then(|| Ty::union(elements))
}

/// Where an expression is missing.
fn hole_at(source: &Source<'_>, at: Span) -> Option<ExprId> {
    let before = source.text.get(..at.start as usize)?.trim_end().len() as u32;
    let exprs = source.map.exprs.iter().enumerate();
    let mut holes = exprs.filter(|(i, span)| {
        matches!(source.module.exprs[*i], Expr::Missing)
            && span.start == span.end
            && before <= span.start
            && span.start <= at.end
    });
    holes.next().map(|(i, _)| ExprId(i as u32))
}

/// References to all tasks of the project.
fn tasks(source: &Source<'_>, out: &mut Vec<Item>) {
    if source.file.role(source.db) != Role::Project {
        return;
    }
    let mut queue: Vec<Vec<Symbol>> = vec![Vec::new()];
    while let Some(path) = queue.pop() {
        let shape = task(source.db, source.file, path[..].into());
        let Some(Shape::Namespace(fields)) = shape.as_deref() else {
            continue;
        };
        for (name, form) in &fields.names {
            let mut inner = path.clone();
            inner.push(*name);
            let mut text = String::from("tasks");
            for name in &inner {
                text.push('.');
                quoted(name.as_str(), &mut text);
            }
            let kind = match form {
                Form::Namespace => Kind::Module,
                _ => Kind::Task,
            };
            out.push(Item::new(text, kind, 2));
            if *form == Form::Namespace {
                queue.push(inner);
            }
            if out.len() > MOST_TASKS {
                return;
            }
        }
    }
}

/// Forms of a record: steps by their verbs, others by what they must have.
fn forms(record: &RecordTy, out: &mut Vec<Item>) {
    if record.fields.is_empty() {
        return;
    }
    let name = record.name.map(|name| name.as_str()).unwrap_or("a record");
    let required: Vec<_> = record.fields.iter().filter(|f| !f.optional).collect();
    let mut body = String::new();
    for (i, field) in required.iter().enumerate() {
        let mut key = String::new();
        quoted(field.name.as_str(), &mut key);
        let place = i + 1;
        let is_text = field
            .ty
            .members()
            .iter()
            .any(|ty| *ty.kind() == TyKind::String);
        body.push_str(&match is_text {
            true => format!("{} = \"${place}\"; ", escaped(&key)),
            false => format!("{} = ${place}; ", escaped(&key)),
        });
    }
    let label = match required.first() {
        Some(field) => format!("{{ {} = …; }}", field.name),
        None => "{ }".into(),
    };
    let text = match body.is_empty() {
        true => "{ $0 }".to_owned(),
        false => format!("{{ {body}$0}}"),
    };
    out.push(
        Item::new(label, Kind::Snippet, 6)
            .detail(name)
            .snippet(text),
    );
    if name == "Step" {
        let timed = "{ cmd = \"$1\"; timeout = ${2:30s}; retries = ${3:2}; $0}";
        out.push(
            Item::new("{ cmd = …; timeout = …; retries = …; }", Kind::Snippet, 7)
                .detail(name)
                .snippet(timed),
        );
        out.push(
            Item::new("{ cmd = …; sudo = true; }", Kind::Snippet, 7)
                .detail(name)
                .snippet("{ cmd = \"$1\"; sudo = true; $0}"),
        );
    }
}
