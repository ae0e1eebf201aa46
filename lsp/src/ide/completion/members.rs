//! What can be selected: behind a dot.

use super::super::source::Source;
use super::names::standard_names;
use super::{About, Item, Kind};
use nexus_compiler::check::task;
use nexus_compiler::defs::{Form, Shape};
use nexus_compiler::hir::{Expr, ExprId};
use nexus_compiler::ide::{
    Resolver, expected_fields, follow, schema_doc, type_of_expr, type_of_key, type_of_local,
};
use nexus_compiler::symbol::Symbol;
use nexus_compiler::types::readable::readable;
use nexus_compiler::types::show::{name as quoted, show_within};
use nexus_compiler::types::{Kind as TyKind, Ty};
use nexus_grammar::{NodeId, SyntaxKind as K};

/// Proposals for the name behind a dot.
pub(super) fn items(source: &Source<'_>, dot: usize, out: &mut Vec<Item>) {
    let tree = source.tree();
    let at = tree.tokens().at(dot).start;
    // The path that the dot is a part of, and how many of its names come before the dot.
    let around = source.nodes_at(at);
    let path = around
        .iter()
        .copied()
        .find(|node| tree.kind(*node) == K::AttrPath);
    let holder = around.iter().copied().find(|node| {
        matches!(tree.kind(*node), K::Select | K::Has | K::Binding)
            && tree.token_range(*node).contains(&dot)
    });
    let Some(holder) = holder else {
        return written(source, dot, out);
    };
    let names = |path: NodeId| {
        let names = tree.children(path).iter();
        let before =
            names.filter(|name| tree.span(**name).end <= at && !tree.text(**name).is_empty());
        before.count()
    };
    match tree.kind(holder) {
        K::Binding => {
            if let Some(path) = path {
                let binding_path = tree.children(holder).first();
                if binding_path == Some(&path) {
                    return bound(source, path, at, out);
                }
            }
            written(source, dot, out);
        }
        _ => {
            let children = tree.children(holder);
            let (Some(&base), Some(&path)) = (children.first(), children.get(1)) else {
                return written(source, dot, out);
            };
            let count = match tree.span(base).end <= at {
                true => names(path),
                false => return written(source, dot, out),
            };
            let before = out.len();
            selected(source, holder, base, path, count, out);
            if out.len() == before {
                written(source, dot, out);
            }
        }
    }
}

/// The names of a selection, the first `count` of its path being given.
fn selected(
    source: &Source<'_>,
    select: NodeId,
    base: NodeId,
    path: NodeId,
    count: usize,
    out: &mut Vec<Item>,
) {
    let tree = source.tree();
    let Some(base_id) = source.expr_of(base) else {
        return;
    };
    let given: Vec<&str> = tree
        .children(path)
        .iter()
        .take(count)
        .map(|name| tree.text(*name))
        .collect();
    if let Expr::Global(global) = &source.module.exprs[base_id.index()] {
        let mut full = global.as_str().to_owned();
        for name in &given {
            full.push('.');
            full.push_str(name);
        }
        return standard(&full, out);
    }
    let ty = match count.checked_sub(1) {
        None => type_of(source, base_id),
        Some(last) => source
            .expr_of(select)
            .and_then(|id| type_of_key(source.db, source.file, id, last as u32))
            .map(|ty| readable(&ty)),
    };
    let before = out.len();
    if let Some(ty) = ty {
        of_type(source, &ty, out);
    }
    if out.len() == before {
        // What nothing is known of by its type may be written out somewhere.
        let mut resolver = Resolver::new(source.db);
        let mut values = vec![(source.file, base_id)];
        for name in given {
            let mut next = Vec::new();
            for (file, value) in values {
                for def in resolver.fields(file, value, Symbol::new(name)) {
                    if let nexus_compiler::ide::Def::Field(file, record, position) = def
                        && let Expr::Record(record) =
                            &nexus_compiler::db::lowered(source.db, file).exprs[record.index()]
                        && let Some(field) = record.fields.get(position as usize)
                    {
                        next.push((file, field.value));
                    }
                }
            }
            values = next;
        }
        for (file, value) in values {
            for (file, value) in resolver.values(file, value) {
                let module = nexus_compiler::db::lowered(source.db, file);
                if let Expr::Record(record) = &module.exprs[value.index()] {
                    for field in &record.fields {
                        out.push(named(field.name.as_str(), Kind::Field, 0));
                    }
                }
            }
        }
    }
}

/// The names of a dotted binding: what the type of its record says of the field so far.
fn bound(source: &Source<'_>, path: NodeId, at: u32, out: &mut Vec<Item>) {
    let tree = source.tree();
    let names: Vec<NodeId> = tree
        .children(path)
        .iter()
        .copied()
        .filter(|name| tree.span(*name).end <= at && !tree.text(*name).is_empty())
        .collect();
    let around = source.ancestors(path);
    let record = around
        .iter()
        .copied()
        .find_map(|node| match tree.kind(node) {
            K::Record => Some(source.record_of(node)),
            K::Body => Some(source.body()),
            _ => None,
        });
    let Some(Some(record)) = record else { return };
    // The group of each name is a record of its own.
    let mut at = Some(record);
    let mut records = expected_fields(source.db, source.file, record);
    for name in &names {
        let symbol = Symbol::new(tree.text(*name).trim_matches('"'));
        let field = at.and_then(|record| match &source.module.exprs[record.index()] {
            Expr::Record(literal) => literal.fields.iter().find(|field| field.name == symbol),
            _ => None,
        });
        let inner = field.map(|field| field.value);
        let is_record = |id: ExprId| matches!(source.module.exprs[id.index()], Expr::Record(_));
        at = inner.filter(|id| is_record(*id));
        let ty = records.iter().find_map(|wanted| wanted.record.get(symbol));
        records = match (at, ty) {
            (Some(record), _) => expected_fields(source.db, source.file, record),
            (None, Some(ty)) => {
                let records = nexus_compiler::ide::records_at(source.db, source.file, &ty, &[]);
                let wanted = records
                    .into_iter()
                    .map(|record| nexus_compiler::ide::Wanted {
                        record,
                        whole: true,
                    });
                wanted.collect()
            }
            (None, None) => Vec::new(),
        };
    }
    let bound: Vec<Symbol> = match at.map(|record| &source.module.exprs[record.index()]) {
        Some(Expr::Record(literal)) => literal.fields.iter().map(|field| field.name).collect(),
        _ => Vec::new(),
    };
    for wanted in records {
        for field in wanted.record.fields.iter() {
            if bound.contains(&field.name) {
                continue;
            }
            let rank = if field.optional { 10 } else { 0 };
            out.push(
                named(field.name.as_str(), Kind::Field, rank)
                    .detail(show_within(&field.ty, 120))
                    .doc(schema_doc(&wanted.record, field.name)),
            );
        }
    }
}

/// Where the tree says nothing: the words before the dot, as names of the file or the language.
fn written(source: &Source<'_>, dot: usize, out: &mut Vec<Item>) {
    let tree = source.tree();
    let tokens = tree.tokens();
    let mut names: Vec<&str> = Vec::new();
    let mut at = dot;
    while let Some(before) = at.checked_sub(1) {
        if tokens.kind(before) != K::Ident {
            break;
        }
        names.insert(0, tree.token_text(before));
        match before.checked_sub(1) {
            Some(next) if tokens.kind(next) == K::Dot => at = next,
            _ => break,
        }
    }
    let Some((first, rest)) = names.split_first() else {
        return;
    };
    let offset = tokens.at(dot).start;
    let visible = nexus_compiler::ide::visible_at(source.db, source.file, offset);
    let local = visible
        .locals
        .iter()
        .find(|(name, _)| name.as_str() == *first);
    let Some((_, local)) = local else {
        return standard(&names.join("."), out);
    };
    if *first == "tasks" {
        let path: Vec<Symbol> = rest.iter().map(|name| Symbol::new(name)).collect();
        return tasks(source, &path, out);
    }
    let Some(ty) = type_of_local(source.db, source.file, *local) else {
        return;
    };
    let mut ty = readable(&ty);
    for name in rest {
        let records = nexus_compiler::ide::records_at(source.db, source.file, &ty, &[]);
        let next = records
            .iter()
            .find_map(|record| record.get(Symbol::new(name)));
        match next {
            Some(next) => ty = next,
            None => return,
        }
    }
    of_type(source, &ty, out);
}

/// The fields of an expression's value.
pub(super) fn fields_of(source: &Source<'_>, node: NodeId, out: &mut Vec<Item>) {
    let Some(id) = source.expr_of(node) else {
        return;
    };
    if let Expr::Global(name) = &source.module.exprs[id.index()] {
        return standard(name.as_str(), out);
    }
    if let Some(ty) = type_of(source, id) {
        of_type(source, &ty, out);
    }
}

fn type_of(source: &Source<'_>, id: ExprId) -> Option<Ty> {
    let ty = match &source.module.exprs[id.index()] {
        Expr::Local(local) => type_of_expr(source.db, source.file, id)
            .or_else(|| type_of_local(source.db, source.file, *local)),
        _ => type_of_expr(source.db, source.file, id),
    };
    ty.map(|ty| readable(&ty))
}

fn of_type(source: &Source<'_>, ty: &Ty, out: &mut Vec<Item>) {
    for member in ty.members() {
        let member = follow(source.db, source.file, member);
        match member.kind() {
            TyKind::Record(record) => {
                for field in record.fields.iter() {
                    out.push(
                        named(field.name.as_str(), Kind::Field, 0)
                            .detail(show_within(&field.ty, 120))
                            .doc(schema_doc(record, field.name)),
                    );
                }
            }
            TyKind::Tasks(path) => tasks(source, path, out),
            TyKind::Union(_) => of_type(source, &member, out),
            _ => {}
        }
    }
}

/// What is below a path of `tasks`.
fn tasks(source: &Source<'_>, path: &[Symbol], out: &mut Vec<Item>) {
    let shape = match task(source.db, source.file, path.into()) {
        Some(shape) => Some(shape),
        None => match path.split_last() {
            Some((last, way)) if last.as_str() == "outputs" => {
                let shape = task(source.db, source.file, way.into());
                shape.and_then(|shape| match &*shape {
                    Shape::Task(_, Some(outputs)) => {
                        Some(std::sync::Arc::new(Shape::Outputs(outputs.clone())))
                    }
                    _ => None,
                })
            }
            _ => None,
        },
    };
    match shape.as_deref() {
        Some(Shape::Namespace(fields)) => {
            for (name, form) in &fields.names {
                let (kind, what) = match form {
                    Form::Namespace => (Kind::Module, "tasks"),
                    _ => (Kind::Task, "a task"),
                };
                out.push(named(name.as_str(), kind, 0).detail(what));
            }
        }
        Some(Shape::Task(fields, outputs)) => {
            let has = |name: &str| fields.names.iter().any(|(n, _)| n.as_str() == name);
            if outputs.is_some() || has("outputs") {
                out.push(named("outputs", Kind::Field, 0).detail("what it makes"));
            }
            for (name, _) in &fields.names {
                out.push(named(name.as_str(), Kind::Field, 10));
            }
        }
        Some(Shape::Outputs(fields)) => {
            for (name, _) in &fields.names {
                out.push(named(name.as_str(), Kind::Field, 0).detail("an output"));
            }
        }
        Some(Shape::Value) | None => {}
    }
}

/// What is in a part of the standard library.
fn standard(path: &str, out: &mut Vec<Item>) {
    for (name, is_part) in standard_names(path) {
        let full = format!("{path}.{name}");
        let kind = if is_part {
            Kind::Module
        } else {
            Kind::Function
        };
        out.push(named(name, kind, 0).about(About::Standard(full)));
    }
}

fn named(name: &str, kind: Kind, rank: u32) -> Item {
    let mut text = String::new();
    quoted(name, &mut text);
    Item::new(name, kind, rank).insert(text)
}
