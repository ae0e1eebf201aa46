//! Bindings that nothing uses.

use super::problem::{Place, Problem};
use crate::diagnostic::registry::names::UNUSED_BINDING;
use crate::hir::{Expr, LocalId, LocalKind, Module};
use crate::symbol::Symbol;
use rustc_hash::FxHashSet;

/// Warns about `let` bindings that nothing refers to. A name that begins with `_` is meant to be
/// unused; one that was `suggested` where another is written will be used.
pub(super) fn unused(module: &Module, suggested: &FxHashSet<Symbol>) -> Vec<Problem> {
    let mut used = vec![false; module.locals.len()];
    for expr in &module.exprs {
        if let Expr::Local(local) = expr {
            used[local.index()] = true;
        }
    }
    let mut found = Vec::new();
    for (i, local) in module.locals.iter().enumerate() {
        if used[i]
            || local.kind != LocalKind::Let
            || local.name.as_str().starts_with('_')
            || suggested.contains(&local.name)
        {
            continue;
        }
        found.push(
            Problem::warning(
                UNUSED_BINDING,
                Place::Local(LocalId(i as u32)),
                format!("`{}` is never used", local.name),
            )
            .label("never used")
            .help(format!("remove it, or call it `_{}`", local.name))
            .proposal(
                format!("Rename to `_{}`", local.name),
                vec![(Place::Local(LocalId(i as u32)), format!("_{}", local.name))],
            ),
        );
    }
    found
}
