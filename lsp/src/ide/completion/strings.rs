//! The insides of strings: values of which there are only some, paths, names of variables.

use super::super::source::Source;
use super::around::Inside;
use super::{Item, Kind};
use nexus_compiler::hir::{Expr, ExprId};
use nexus_compiler::ide::{Above, expected, follow, parents};
use nexus_compiler::types::Kind as TyKind;
use nexus_grammar::SyntaxKind as K;
use std::path::Path;

/// Fields of tasks and steps that hold paths.
const PATHS: [&str; 5] = ["inputs", "outputs", "cwd", "creates", "depfile"];

/// What a string may be.
pub(super) fn items(source: &Source<'_>, inside: &Inside, out: &mut Vec<Item>) {
    let tree = source.tree();
    let quote = tree.tokens().at(inside.quote);
    let mut around = source.nodes_at(quote.end).into_iter();
    let node = around.find(|node| {
        tree.kind(*node) == K::String && tree.token_range(*node).start == inside.quote
    });
    let Some(id) = node.and_then(|node| source.expr_of(node)) else {
        return;
    };
    let before = out.len();
    if !inside.interpolated {
        literals(source, id, out);
    }
    if out.len() > before {
        return;
    }
    match place(source, id).as_deref() {
        Some("pass") => variables(out),
        Some("pool") => pools(source, out),
        Some(field) if PATHS.contains(&field) && !inside.interpolated => {
            let folder = source.path();
            let folder = folder.parent().unwrap_or(Path::new("/"));
            files(folder, &inside.before, out);
        }
        Some("env") => variables(out),
        _ => {}
    }
}

/// The texts that are expected.
fn literals(source: &Source<'_>, id: ExprId, out: &mut Vec<Item>) {
    let Some(ty) = expected(source.db, source.file, id) else {
        return;
    };
    for member in ty.members() {
        let member = follow(source.db, source.file, member);
        for member in member.members() {
            if let TyKind::Text(text) = member.kind() {
                out.push(Item::new(&**text, Kind::Value, 0));
            }
        }
    }
}

/// The field that a string is in, or the function that it is given to.
fn place(source: &Source<'_>, id: ExprId) -> Option<String> {
    let parents = parents(source.db, source.file);
    let mut at = id;
    loop {
        let Above::Expr(parent) = parents.above(at) else {
            return None;
        };
        match &source.module.exprs[parent.index()] {
            Expr::Record(record) => {
                let field = record.fields.iter().find(|field| field.value == at)?;
                let name = field.name.as_str();
                // The names of outputs are one's own.
                let outer = parents.above(parent);
                if let Above::Expr(outer) = outer
                    && let Expr::Record(outer) = &source.module.exprs[outer.index()]
                    && let Some(outer) = outer.fields.iter().find(|f| f.value == parent)
                    && outer.name.as_str() == "outputs"
                {
                    return Some("outputs".into());
                }
                return Some(name.to_owned());
            }
            Expr::List(_) | Expr::If { .. } | Expr::Binary(..) => at = parent,
            Expr::Apply { func, args, .. } if args.first() == Some(&at) => {
                return match &source.module.exprs[func.index()] {
                    Expr::Global(name) if name.as_str() == "env" => Some("env".into()),
                    Expr::Global(name) if name.as_str() == "glob" => Some("inputs".into()),
                    _ => None,
                };
            }
            _ => return None,
        }
    }
}

/// Names of environment variables; their values are nobody's business.
fn variables(out: &mut Vec<Item>) {
    for (name, _) in std::env::vars_os() {
        if let Some(name) = name.to_str() {
            out.push(Item::new(name, Kind::Value, 10));
        }
    }
}

/// The pools of the project.
fn pools(source: &Source<'_>, out: &mut Vec<Item>) {
    let mut resolver = nexus_compiler::ide::Resolver::new(source.db);
    let Some(body) = source.body() else { return };
    let mut values = vec![(source.file, body)];
    for name in ["config", "pools"] {
        let mut next = Vec::new();
        for (file, value) in values {
            for def in resolver.fields(file, value, nexus_compiler::symbol::Symbol::new(name)) {
                if let nexus_compiler::ide::Def::Field(file, record, position) = def
                    && let Expr::Record(record) =
                        &nexus_compiler::db::lowered(source.db, file).exprs[record.index()]
                    && let Some(field) = record.fields.get(position as usize)
                {
                    next.extend(resolver.values(file, field.value));
                }
            }
        }
        values = next;
    }
    for (file, value) in values {
        if let Expr::Record(record) =
            &nexus_compiler::db::lowered(source.db, file).exprs[value.index()]
        {
            for field in &record.fields {
                out.push(Item::new(field.name.as_str(), Kind::Value, 0));
            }
        }
    }
}

/// Files below the project, as whole paths up to the last `/` typed.
fn files(folder: &Path, typed: &str, out: &mut Vec<Item>) {
    if typed.contains('*') {
        return;
    }
    let written = typed.rfind('/').map_or("", |i| &typed[..=i]);
    let mut found = Vec::new();
    super::paths::entries(&folder.join(written), None, None, &mut found);
    for item in found {
        // The whole text is replaced.
        let insert = format!("{written}{}", item.insert);
        let label = format!("{written}{}", item.label);
        out.push(Item::new(label, item.kind, item.rank).insert(insert));
    }
    out.push(Item::new(format!("{written}**"), Kind::Value, 40).detail("all files below"));
}
