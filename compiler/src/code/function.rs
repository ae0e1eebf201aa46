//! Functions: `x: y: body` is one chunk of two parameters; a pattern ends such a run, so its
//! defaults are computed once for each application that gives it.

use super::compiler::{Compiler, Place};
use super::op::Op;
use super::program::{DefaultSite, Pattern};
use crate::hir::{Expr, ExprId, LocalId, Module, Param};
use crate::symbol::Symbol;

/// Parameters taken together at most.
const MAX_ARITY: u32 = 64;

impl Compiler<'_> {
    /// How many parameters the lambda takes at once, and whether the last is a pattern.
    pub(super) fn arity(&self, expr: ExprId) -> (u32, bool) {
        let mut count = 0;
        let mut at = expr;
        while let Expr::Lambda { param, body } = &self.hir.exprs[at.index()] {
            count += 1;
            let pattern = matches!(**param, Param::Pattern { .. });
            if count == MAX_ARITY || pattern {
                return (count, pattern);
            }
            at = *body;
        }
        (count, false)
    }

    /// The code of a lambda, after its arguments were pushed; gives its quick code.
    pub(super) fn function_body(&mut self, hir: &Module, expr: ExprId) -> Option<u32> {
        let (arity, pattern) = self.arity(expr);
        self.depth = arity;
        let mut at = expr;
        for slot in 0..arity {
            let Expr::Lambda { param, body } = &hir.exprs[at.index()] else {
                break;
            };
            match &**param {
                Param::Name(local) => {
                    self.places().insert(*local, Place::Slot(slot));
                }
                Param::Pattern {
                    fields,
                    open,
                    whole,
                } => self.pattern(hir, at, slot, fields, *open, *whole),
            }
            at = *body;
        }
        let quick = match arity {
            1 | 2 if !pattern => self.quick_code(hir, at),
            _ => None,
        };
        self.strict(hir, at, true);
        quick
    }

    fn pattern(
        &mut self,
        hir: &Module,
        expr: ExprId,
        slot: u32,
        fields: &[(Symbol, LocalId)],
        open: bool,
        whole: Option<LocalId>,
    ) {
        self.mark(expr, None);
        let argument = self.depth;
        self.push(Op::SlotForce(slot));
        if let Some(whole) = whole {
            self.places().insert(whole, Place::Slot(argument));
        }
        let default = |local: LocalId| hir.locals[local.index()].value;
        self.program.patterns.push(Pattern {
            fields: fields
                .iter()
                .map(|&(name, local)| (name, default(local).is_some()))
                .collect(),
            open,
        });
        let index = (self.program.patterns.len() - 1) as u32;
        self.emit(Op::Pattern(index));
        for &(_, local) in fields {
            let slot = self.depth;
            self.places().insert(local, Place::Slot(slot));
            self.depth += 1;
        }
        let mut fill = Vec::new();
        for &(field, local) in fields {
            let Some(value) = default(local) else {
                continue;
            };
            let Some(Place::Slot(slot)) = self.locate(local) else {
                continue;
            };
            let given = self.jump_if_given(argument, field);
            if let Some(constant) = self.constant_value(hir, value) {
                let index = self.constant(constant);
                self.emit(Op::Const(index));
            } else {
                let name = Some(hir.locals[local.index()].name);
                let op = match &hir.exprs[value.index()] {
                    Expr::Lambda { .. } => Op::AllocFunction(self.function_chunk(value, name)),
                    _ => Op::AllocThunk(self.thunk_chunk(value, name)),
                };
                self.emit(op);
                fill.push((field, slot));
            }
            self.emit(Op::Store(slot));
            self.patch(given);
        }
        for (name, slot) in fill {
            let given = self.jump_if_given(argument, name);
            self.emit(Op::Fill(slot));
            self.patch(given);
        }
    }

    fn jump_if_given(&mut self, argument: u32, name: Symbol) -> usize {
        self.program.defaults.push(DefaultSite {
            argument,
            name,
            target: 0,
        });
        let index = (self.program.defaults.len() - 1) as u32;
        self.emit(Op::JumpIfGiven(index))
    }
}
