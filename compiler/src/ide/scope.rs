//! The names that can be used at a place.

use super::above::{Above, parents};
use crate::db::{Db, SourceFile, lowered, source_map};
use crate::hir::{Expr, ExprId, LocalId, LocalKind, Module, Param, SourceMap, Span};
use crate::symbol::Symbol;
use rustc_hash::FxHashSet;

/// What can be used at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visible {
    /// Names bound in the file, the innermost first, each once.
    pub locals: Vec<(Symbol, LocalId)>,
    /// The records of the enclosing `with`s, innermost first.
    pub scopes: Vec<LocalId>,
}

/// The innermost expression around an offset, ends included; of two that meet there, the one that
/// begins.
pub fn expr_at(module: &Module, map: &SourceMap, offset: u32) -> Option<ExprId> {
    let mut best: Option<(u32, bool, ExprId)> = None;
    for (i, span) in map.exprs.iter().enumerate() {
        if span.start <= offset && offset <= span.end {
            let size = (span.end - span.start, span.start != offset);
            // Of equal ones the innermost, which comes first.
            if best.is_none_or(|(length, begins, _)| size < (length, begins)) {
                best = Some((size.0, size.1, ExprId(i as u32)));
            }
        }
    }
    best.map(|(_, _, id)| id)
        .filter(|id| id.index() < module.exprs.len())
}

/// The names that can be used at an offset.
pub fn visible_at(db: &dyn Db, file: SourceFile, offset: u32) -> Visible {
    let module = lowered(db, file);
    let map = source_map(db, file);
    let parents = parents(db, file);
    let mut visible = Visible::default();
    let mut seen = FxHashSet::default();
    let inside = |span: Span| span.start <= offset && offset <= span.end;
    // What was expanded from a dotted path has the place of a name: it is not around the offset.
    let mut at = around(&module, &map, offset);
    while let Some(id) = at {
        let mut add = |name: Symbol, local: LocalId| {
            if !name.as_str().is_empty() && seen.insert(name) {
                visible.locals.push((name, local));
            }
        };
        match &module.exprs[id.index()] {
            Expr::Let { locals, .. } => {
                for local in locals {
                    let binder = &module.locals[local.index()];
                    if binder.kind == LocalKind::Let {
                        add(binder.name, *local);
                    }
                }
            }
            Expr::Record(record) if record.recursive => {
                for field in &record.fields {
                    if let Some(local) = field.local() {
                        add(field.name, local);
                    }
                }
            }
            Expr::Lambda { param, .. } => match &**param {
                Param::Name(local) => add(module.locals[local.index()].name, *local),
                Param::Pattern { fields, whole, .. } => {
                    for (name, local) in fields {
                        add(*name, *local);
                    }
                    if let Some(whole) = whole {
                        add(module.locals[whole.index()].name, *whole);
                    }
                }
            },
            Expr::WithScope { scope, .. } => {
                let value = module.locals[scope.index()].value;
                let in_scope = value.and_then(|v| map.exprs.get(v.index()));
                if !in_scope.is_some_and(|span| inside(*span)) {
                    visible.scopes.push(*scope);
                }
            }
            _ => {}
        }
        at = match parents.above(id) {
            Above::Nothing => None,
            Above::Expr(parent) => Some(parent),
            Above::Local(local) => parents.binder(local),
        };
    }
    visible
}

/// The innermost expression that spans the offset and is written as such.
fn around(module: &Module, map: &SourceMap, offset: u32) -> Option<ExprId> {
    expr_at(module, map, offset).or(module.root)
}
