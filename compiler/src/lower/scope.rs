//! Names in scope.

use crate::hir::LocalId;
use crate::symbol::Symbol;
use rustc_hash::FxHashMap;

/// The binders in scope, innermost last.
#[derive(Default)]
pub(super) struct Scopes {
    names: FxHashMap<Symbol, Vec<LocalId>>,
    withs: Vec<LocalId>,
}

impl Scopes {
    pub(super) fn bind(&mut self, name: Symbol, local: LocalId) {
        self.names.entry(name).or_default().push(local);
    }

    pub(super) fn unbind(&mut self, name: Symbol) {
        if let Some(stack) = self.names.get_mut(&name) {
            stack.pop();
        }
    }

    pub(super) fn get(&self, name: Symbol) -> Option<LocalId> {
        self.names.get(&name)?.last().copied()
    }

    pub(super) fn push_with(&mut self, scope: LocalId) {
        self.withs.push(scope);
    }

    pub(super) fn pop_with(&mut self) {
        self.withs.pop();
    }

    /// The enclosing `with`s, innermost first.
    pub(super) fn withs(&self) -> Box<[LocalId]> {
        self.withs.iter().rev().copied().collect()
    }
}
