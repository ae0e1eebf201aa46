//! Records and `let`.

use super::Lowering;
use super::group::{Entry, Group, Slot};
use crate::diagnostic::registry::syntax;
use crate::hir::{Expr, ExprId, Field, Key, LocalId, LocalKind, Rare, Record, Span, TypeId};
use crate::symbol::Symbol;
use nexus_grammar::NodeId;

impl Lowering<'_> {
    /// A record of collected bindings.
    pub(super) fn record(&mut self, group: Group, recursive: bool, span: Span) -> ExprId {
        let outer = self.inherited(&group);
        let mut locals = Vec::new();
        if recursive {
            for entry in &group.entries {
                locals.push(self.push_local(entry.name, LocalKind::Field, entry.at));
            }
            for (entry, local) in group.entries.iter().zip(&locals) {
                self.scopes.bind(entry.name, *local);
            }
        }
        let sources = self.sources(&group.sources);
        let again = group.again;
        let mut fields = Vec::with_capacity(group.entries.len());
        let mut spans = Vec::new();
        if self.positions {
            spans.reserve(group.entries.len());
        }
        for (i, (entry, outer)) in group.entries.into_iter().zip(outer).enumerate() {
            let name = entry.name;
            if self.positions {
                spans.push(entry.at);
            }
            let (value, annotation) = self.slot(entry, outer, &sources);
            let local = locals.get(i).copied();
            if let Some(local) = local {
                let local = &mut self.module.locals[local.index()];
                local.value = Some(value);
                local.annotation = annotation;
            }
            fields.push(Field::new(name, value, annotation, local));
        }
        let mut dynamic = Vec::with_capacity(group.dynamic.len());
        for (name, slot) in group.dynamic {
            let at = self.span(name);
            let name = self.expr(name);
            let entry = Entry {
                name: Symbol::new(""),
                at,
                slot,
            };
            let (value, _) = self.slot(entry, None, &sources);
            dynamic.push((name, value));
        }
        if recursive {
            for field in &fields {
                self.scopes.unbind(field.name);
            }
        }
        let record = self.push(
            Expr::Record(Box::new(Record {
                recursive,
                sources,
                fields: fields.into(),
                dynamic: dynamic.into(),
            })),
            span,
        );
        if self.positions {
            // Records are finished in the order of their numbers.
            let first = self.map.fields.len() as u32;
            self.map.records.push((record, first));
            self.map.fields.extend(spans);
            let again = again.into_iter();
            let again = again.map(|(position, at)| (record, position, at));
            self.map.again.extend(again);
        }
        record
    }

    /// Binds the names of a `let`; [`Lowering::unbind_let`] ends their scope.
    pub(super) fn bind_let(&mut self, group: Group) -> Vec<LocalId> {
        let outer = self.inherited(&group);
        let mut locals = Vec::new();
        for entry in &group.entries {
            locals.push(self.push_local(entry.name, LocalKind::Let, entry.at));
        }
        for (entry, local) in group.entries.iter().zip(&locals) {
            self.scopes.bind(entry.name, *local);
        }
        let sources = self.sources(&group.sources);
        let again = group.again.iter().filter_map(|(position, at)| {
            let local = locals.get(*position as usize)?;
            Some((*local, *at))
        });
        self.map.locals_again.extend(again);
        for ((entry, outer), local) in group.entries.into_iter().zip(outer).zip(&locals) {
            let (value, annotation) = self.slot(entry, outer, &sources);
            let local = &mut self.module.locals[local.index()];
            local.value = Some(value);
            local.annotation = annotation;
        }
        for (name, _) in group.dynamic {
            let span = self.span(name);
            self.report(
                syntax::SYNTAX,
                span,
                "a name bound by `let` must be written out, not computed",
            );
        }
        locals.extend(sources.iter().copied());
        locals
    }

    /// Ends the scope of a `let`.
    pub(super) fn unbind_let(&mut self, locals: &[LocalId]) {
        for local in locals {
            let local = &self.module.locals[local.index()];
            if local.kind == LocalKind::Let {
                self.scopes.unbind(local.name);
            }
        }
    }

    /// The values of `inherit x;`, which come from outside whatever the record binds.
    fn inherited(&mut self, group: &Group) -> Vec<Option<ExprId>> {
        let entries = group.entries.iter();
        entries
            .map(|entry| match entry.slot {
                Slot::Inherit => Some(self.name(entry.name, entry.at)),
                _ => None,
            })
            .collect()
    }

    fn sources(&mut self, nodes: &[NodeId]) -> Rare<LocalId> {
        nodes
            .iter()
            .map(|node| {
                let span = self.span(*node);
                let local = self.push_local(Symbol::new("inherit"), LocalKind::InheritFrom, span);
                let value = self.expr(*node);
                self.module.locals[local.index()].value = Some(value);
                local
            })
            .collect()
    }

    fn slot(
        &mut self,
        entry: Entry,
        outer: Option<ExprId>,
        sources: &[LocalId],
    ) -> (ExprId, Option<TypeId>) {
        match entry.slot {
            Slot::Value { expr, annotation } => {
                let annotation = annotation.map(|annotation| self.ty(annotation));
                let from = self.marks();
                let value = self.expr(expr);
                let is_last = value.index() + 1 == self.module.exprs.len();
                self.note_piece(expr, from, is_last);
                (value, annotation)
            }
            Slot::Group(group) => {
                if self.depth >= self.limit {
                    return (self.push(Expr::Missing, entry.at), None);
                }
                self.depth += 1;
                let value = self.record(*group, false, entry.at);
                self.leave();
                (value, None)
            }
            Slot::Inherit => match outer {
                Some(value) => (value, None),
                None => (self.push(Expr::Missing, entry.at), None),
            },
            Slot::InheritFrom(source) => {
                let base = self.push(Expr::Local(sources[source]), entry.at);
                let value = self.push(
                    Expr::Select {
                        base,
                        path: Box::new(Box::new([Key::Name(entry.name)])),
                        default: None,
                    },
                    entry.at,
                );
                if self.positions {
                    self.map.keys.push((value, 0, entry.at));
                }
                (value, None)
            }
        }
    }
}
