//! Names in scope.

use crate::hir::LocalId;
use crate::symbol::Symbol;
use rustc_hash::FxHashMap;

/// The binders in scope, innermost last.
#[derive(Default)]
pub(super) struct Scopes {
    /// The innermost binder of each name, in `binders`.
    names: FxHashMap<Symbol, u32>,
    /// All binders there have been, with the next one further out of the same name.
    binders: Vec<(LocalId, u32)>,
    withs: Vec<LocalId>,
}

/// No binder.
const NONE: u32 = u32::MAX;

impl Scopes {
    pub(super) fn bind(&mut self, name: Symbol, local: LocalId) {
        let at = self.binders.len() as u32;
        let outer = self.names.insert(name, at).unwrap_or(NONE);
        self.binders.push((local, outer));
    }

    pub(super) fn unbind(&mut self, name: Symbol) {
        if let Some(at) = self.names.get_mut(&name)
            && let Some((_, outer)) = self.binders.get(*at as usize)
        {
            *at = *outer;
        }
    }

    pub(super) fn get(&self, name: Symbol) -> Option<LocalId> {
        let at = *self.names.get(&name)?;
        Some(self.binders.get(at as usize)?.0)
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
