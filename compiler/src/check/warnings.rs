//! Bindings that nothing uses.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::names::UNUSED_BINDING;
use crate::hir::{Expr, LocalId, LocalKind};

impl Checker<'_> {
    /// Warns about `let` bindings that nothing refers to. A name that begins with `_` is meant
    /// to be unused.
    pub(super) fn warn_unused(&mut self) {
        let mut used = vec![false; self.module.locals.len()];
        for expr in &self.module.exprs {
            if let Expr::Local(local) = expr {
                used[local.index()] = true;
            }
        }
        for (i, local) in self.module.locals.iter().enumerate() {
            if used[i] || local.kind != LocalKind::Let || local.name.as_str().starts_with('_') {
                continue;
            }
            if self.suggested.contains(&local.name) {
                continue;
            }
            self.report(
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
    }
}
