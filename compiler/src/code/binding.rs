//! `let` and records. Bindings see each other, so places are made first (empty thunks and
//! functions) and what they capture is filled in afterwards.

use super::compiler::{Compiler, Place};
use super::op::Op;
use super::program::RecordSite;
use crate::hir::{Expr, ExprId, LocalId, Module, Record};
use crate::symbol::Symbol;
use crate::value::Site;

impl Compiler<'_> {
    /// Binds a group of names that see each other. `tasks` is bound to the marked tasks.
    pub(super) fn bind(
        &mut self,
        hir: &Module,
        group: &[(LocalId, ExprId)],
        tasks: Option<LocalId>,
    ) {
        self.pending.extend(group.iter().map(|&(local, _)| local));
        let mut fill = Vec::new();
        for &(local, value) in group {
            let name = Some(hir.locals[local.index()].name);
            let slot = self.depth;
            let place = if tasks == Some(local) {
                let chunk = self.tasks_chunk(value, name);
                self.push(Op::AllocThunk(chunk));
                fill.push(slot);
                Place::Slot(slot)
            } else if let Some(constant) = self.constant_value(hir, value) {
                Place::Const(self.constant(constant))
            } else {
                match &hir.exprs[value.index()] {
                    Expr::Local(other) if !self.pending.contains(other) => {
                        match self.locate(*other) {
                            Some(place) => place,
                            None => {
                                self.load(*other, false);
                                Place::Slot(slot)
                            }
                        }
                    }
                    Expr::Lambda { .. } => {
                        let chunk = self.function_chunk(value, name);
                        self.push(Op::AllocFunction(chunk));
                        fill.push(slot);
                        Place::Slot(slot)
                    }
                    _ if self.is_quick(hir, value) => {
                        self.quickly(hir, value, name);
                        Place::Slot(slot)
                    }
                    _ if let Some(code) = self.quick_code(hir, value) => {
                        self.emit(Op::Quick(code));
                        let chunk = self.thunk_chunk(value, name);
                        self.push(Op::Thunk(chunk));
                        Place::Slot(slot)
                    }
                    _ => {
                        let chunk = self.thunk_chunk(value, name);
                        self.push(Op::AllocThunk(chunk));
                        fill.push(slot);
                        Place::Slot(slot)
                    }
                }
            };
            self.pending.remove(&local);
            self.places().insert(local, place);
        }
        for slot in fill {
            self.emit(Op::Fill(slot));
        }
    }

    /// Pushes a record.
    pub(super) fn record(&mut self, hir: &Module, expr: ExprId, record: &Record) {
        let start = self.depth;
        let sources = record
            .sources
            .iter()
            .filter_map(|&l| Some((l, hir.locals[l.index()].value?)));
        if !record.recursive {
            let group: Vec<_> = sources.collect();
            self.bind(hir, &group, None);
        } else {
            let fields = record.fields.iter();
            let group: Vec<_> = sources
                .chain(fields.filter_map(|f| Some((f.local()?, f.value))))
                .collect();
            let tasks = (self.tasks_record == Some(expr))
                .then(|| record.fields.iter().find(|f| f.name.as_str() == "tasks"))
                .flatten()
                .and_then(|f| f.local());
            self.bind(hir, &group, tasks);
        }
        let bound = self.depth - start;
        let mut fields: Vec<_> = record.fields.iter().collect();
        fields.sort_by_key(|f| f.name);
        for field in &fields {
            match field.local().filter(|_| record.recursive) {
                Some(local) => self.load(local, false),
                None => self.lazy(hir, field.value, Some(field.name)),
            }
        }
        let keys: Vec<Symbol> = fields.iter().map(|f| f.name).collect();
        let site = RecordSite {
            shape: self.heap.shapes.intern(&keys),
            fields: keys.len() as u32,
            site: self.heap.sites.add(Site::Literal {
                module: self.module,
                expr,
            }),
        };
        self.program.records.push(site);
        let index = (self.program.records.len() - 1) as u32;
        self.mark(expr, None);
        self.emit(Op::Record(index));
        self.depth = self.depth + 1 - site.fields;
        if !record.dynamic.is_empty() {
            for &(name, value) in &record.dynamic {
                self.strict(hir, name, false);
                self.lazy(hir, value, None);
            }
            self.mark(expr, None);
            let pairs = record.dynamic.len() as u32;
            self.emit(Op::AddFields(pairs));
            self.depth -= 2 * pairs;
        }
        if bound > 0 {
            self.emit(Op::Slide(bound));
            self.depth -= bound;
        }
    }
}
