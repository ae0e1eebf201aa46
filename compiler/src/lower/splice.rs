//! Puts a lowered value in the place of another.

use super::marks::{Marks, Step, range};
use super::numbers::renumber;
use crate::hir::{ExprId, LocalId, Module, SourceMap, Span};

/// A value in a place of its own: what belongs to it in each table, in the numbering of the whole.
/// Of a module it has no root and no `type`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<T>(pub(super) T);

/// Something of which a part can be replaced.
pub(super) trait Splice: Clone {
    /// What lies between two marks.
    fn part(&self, from: Marks, to: Marks) -> Part<Self>;

    /// Puts a part in the place that a step says.
    fn splice(&mut self, step: &Step, part: Part<Self>);
}

impl Splice for Module {
    fn part(&self, from: Marks, to: Marks) -> Part<Self> {
        Part(Module {
            exprs: self.exprs[range(from.exprs, to.exprs)].to_vec(),
            types: self.types[range(from.types, to.types)].to_vec(),
            locals: self.locals[range(from.locals, to.locals)].to_vec(),
            ..Module::default()
        })
    }

    fn splice(&mut self, step: &Step, Part(part): Part<Self>) {
        let Step { from, old, .. } = step;
        if step.moves() {
            renumber(self, old.exprs, old.types, &mut { *step });
        }
        put(&mut self.exprs, from.exprs, old.exprs, part.exprs);
        put(&mut self.types, from.types, old.types, part.types);
        put(&mut self.locals, from.locals, old.locals, part.locals);
    }
}

impl Splice for SourceMap {
    fn part(&self, from: Marks, to: Marks) -> Part<Self> {
        Part(SourceMap {
            exprs: self.exprs[range(from.exprs, to.exprs)].to_vec(),
            types: self.types[range(from.types, to.types)].to_vec(),
            locals: self.locals[range(from.locals, to.locals)].to_vec(),
            fields: self.fields[range(from.fields, to.fields)].to_vec(),
            records: self.records[range(from.records, to.records)].to_vec(),
            keys: self.keys[range(from.keys, to.keys)].to_vec(),
            again: self.again[range(from.again, to.again)].to_vec(),
            locals_again: self.locals_again[range(from.locals_again, to.locals_again)].to_vec(),
            type_defs: Vec::new(),
        })
    }

    fn splice(&mut self, step: &Step, Part(part): Part<Self>) {
        let Step { from, old, .. } = step;
        let (end, by) = step.text;
        if by != 0 {
            let at = |at: &mut u32| {
                if *at >= end {
                    *at = at.wrapping_add(by);
                }
            };
            let moved = |span: &mut Span| {
                at(&mut span.start);
                at(&mut span.end);
            };
            self.exprs.iter_mut().for_each(moved);
            self.types.iter_mut().for_each(moved);
            self.locals.iter_mut().for_each(moved);
            self.fields.iter_mut().for_each(moved);
            self.keys.iter_mut().for_each(|key| moved(&mut key.2));
            self.again.iter_mut().for_each(|again| moved(&mut again.2));
            let again = self.locals_again.iter_mut();
            again.for_each(|again| moved(&mut again.1));
            self.type_defs.iter_mut().for_each(moved);
        }
        if step.moves() {
            let expr = |id: &mut ExprId| id.0 = step.expr(id.0);
            let after = |old: u32| old as usize..;
            let records = &mut self.records[after(old.records)];
            records.iter_mut().for_each(|record| expr(&mut record.0));
            let keys = &mut self.keys[after(old.keys)];
            keys.iter_mut().for_each(|key| expr(&mut key.0));
            let again = &mut self.again[after(old.again)];
            again.iter_mut().for_each(|again| expr(&mut again.0));
            for (LocalId(id), _) in &mut self.locals_again[after(old.locals_again)] {
                *id = step.local(*id);
            }
        }
        let fields = step.by().fields;
        for (_, first) in &mut self.records[old.records as usize..] {
            *first = first.wrapping_add(fields);
        }
        put(&mut self.exprs, from.exprs, old.exprs, part.exprs);
        put(&mut self.types, from.types, old.types, part.types);
        put(&mut self.locals, from.locals, old.locals, part.locals);
        put(&mut self.fields, from.fields, old.fields, part.fields);
        put(&mut self.records, from.records, old.records, part.records);
        put(&mut self.keys, from.keys, old.keys, part.keys);
        put(&mut self.again, from.again, old.again, part.again);
        let (start, end) = (from.locals_again, old.locals_again);
        put(&mut self.locals_again, start, end, part.locals_again);
    }
}

fn put<T>(table: &mut Vec<T>, from: u32, to: u32, part: Vec<T>) {
    table.splice(range(from, to), part);
}
