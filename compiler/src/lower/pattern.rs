//! Parameters: `x`, `{ a, b ? 1, ... }@all`.

use super::Lowering;
use crate::hir::{LocalId, LocalKind, Param};
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, SyntaxKind};
use rustc_hash::FxHashMap;

impl Lowering<'_> {
    /// Binds the names of a parameter; [`Lowering::unbind_param`] ends their scope.
    pub(super) fn bind_param(&mut self, node: NodeId) -> Param {
        if self.tree.kind(node) != SyntaxKind::Pattern {
            return Param::Name(self.bind_name(node, LocalKind::Param));
        }
        let mut whole = None;
        let mut fields = Vec::new();
        let mut open = false;
        let mut list = None;
        for &child in self.tree.children(node) {
            match self.tree.kind(child) {
                SyntaxKind::PatternFields => list = Some(child),
                _ => whole = Some(child),
            }
        }
        let tree = self.tree;
        let mut seen: FxHashMap<Symbol, LocalId> = FxHashMap::default();
        let mut defaults = Vec::new();
        for &field in list.iter().flat_map(|list| tree.children(*list)) {
            if tree.kind(field) == SyntaxKind::Rest {
                open = true;
                continue;
            }
            let Some((&path, rest)) = tree.children(field).split_first() else {
                continue;
            };
            let Some(&name_node) = tree.children(path).first() else {
                continue;
            };
            let span = self.span(name_node);
            let name = match tree.kind(name_node) {
                SyntaxKind::Name if !tree.text(name_node).is_empty() => {
                    Symbol::new(tree.text(name_node))
                }
                SyntaxKind::StringName => match self.plain_string_name(name_node) {
                    Some(name) => name,
                    None => continue,
                },
                _ => continue,
            };
            if let Some(first) = seen.get(&name) {
                let first = self.map.locals[first.index()];
                self.report_duplicate(name, first, span);
                continue;
            }
            let local = self.push_local(name, LocalKind::PatternField, span);
            seen.insert(name, local);
            fields.push((name, local));
            for &child in rest {
                if self.is_type(field, child) {
                    let annotation = self.ty(child);
                    self.module.locals[local.index()].annotation = Some(annotation);
                } else {
                    defaults.push((local, child));
                }
            }
        }
        for (name, local) in &fields {
            self.scopes.bind(*name, *local);
        }
        let whole = whole.map(|node| {
            let span = self.span(node);
            let name = Symbol::new(tree.text(node));
            if let Some(first) = seen.get(&name) {
                let first = self.map.locals[first.index()];
                self.report_duplicate(name, first, span);
            }
            self.bind_name(node, LocalKind::PatternWhole)
        });
        // Defaults see every name of the pattern.
        for (local, node) in defaults {
            let value = self.expr(node);
            self.module.locals[local.index()].value = Some(value);
        }
        Param::Pattern {
            fields: fields.into(),
            open,
            whole,
        }
    }

    /// Ends the scope of a parameter.
    pub(super) fn unbind_param(&mut self, param: &Param) {
        match param {
            Param::Name(local) => self.unbind(*local),
            Param::Pattern { fields, whole, .. } => {
                for (name, _) in fields {
                    self.scopes.unbind(*name);
                }
                if let Some(whole) = whole {
                    self.unbind(*whole);
                }
            }
        }
    }

    fn bind_name(&mut self, node: NodeId, kind: LocalKind) -> LocalId {
        let name = Symbol::new(self.tree.text(node));
        let local = self.push_local(name, kind, self.span(node));
        self.scopes.bind(name, local);
        local
    }

    fn unbind(&mut self, local: LocalId) {
        self.scopes.unbind(self.module.locals[local.index()].name);
    }

    /// Whether a child of a pattern field is its type; a hole is one behind `:`.
    fn is_type(&self, field: NodeId, child: NodeId) -> bool {
        match self.tree.kind(child) {
            SyntaxKind::Missing => {
                let before = self
                    .tree
                    .own_tokens(field)
                    .take_while(|token| *token < self.tree.token_range(child).end)
                    .last();
                before.is_some_and(|t| self.tree.tokens().kind(t) == SyntaxKind::Colon)
            }
            kind => kind.is_type(),
        }
    }
}
