//! Which expressions, types and binders belong to an expression.
//!
//! Lowering finishes the parts of an expression before the expression, and nothing else in
//! between: what belongs to one is a range of each table that ends with it.

use super::walk::{Part, parts};
use crate::hir::{ExprId, LocalId, Module, TypeExpr, TypeId};
use std::ops::Range;

/// Ranges of the three tables of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) exprs: Range<u32>,
    pub(super) types: Range<u32>,
    pub(super) locals: Range<u32>,
}

/// Where the range of each expression and type of a module, or of a stretch of it, begins.
pub(super) struct Starts {
    /// The first of the stretch.
    first: (u32, u32),
    exprs: Vec<u32>,
    types: Vec<u32>,
}

impl Starts {
    pub(super) fn of(module: &Module) -> Self {
        let all = (module.exprs.len() as u32, module.types.len() as u32);
        Starts::within(module, 0..all.0, 0..all.1)
    }

    /// Of a stretch that nothing in it reaches out of.
    pub(super) fn within(module: &Module, within: Range<u32>, types_within: Range<u32>) -> Self {
        let first = (within.start, types_within.start);
        let mut exprs: Vec<u32> = Vec::with_capacity(within.len());
        for i in within {
            let mut start = i;
            let mut contains = |id: ExprId| {
                let inner = id.0.checked_sub(first.0);
                if let Some(inner) = inner.and_then(|inner| exprs.get(inner as usize)) {
                    start = start.min(*inner);
                }
            };
            parts(&module.exprs[i as usize], &mut |part| match part {
                Part::Expr(id) => contains(id),
                Part::Binds(local) => {
                    if let Some(value) = module.locals[local.index()].value {
                        contains(value);
                    }
                }
                Part::Mentions(_) | Part::Type(_) => {}
            });
            exprs.push(start);
        }
        let mut types: Vec<u32> = Vec::with_capacity(types_within.len());
        for i in types_within {
            let mut start = i;
            each_type(&module.types[i as usize], &mut |id| {
                let inner = id.0.checked_sub(first.1);
                if let Some(inner) = inner.and_then(|inner| types.get(inner as usize)) {
                    start = start.min(*inner);
                }
            });
            types.push(start);
        }
        Starts {
            first,
            exprs,
            types,
        }
    }

    fn expr(&self, id: ExprId) -> u32 {
        let at = id.0.checked_sub(self.first.0);
        let start = at.and_then(|at| self.exprs.get(at as usize));
        start.copied().unwrap_or(id.0)
    }

    /// The range of a written type.
    pub(super) fn ty(&self, id: TypeId) -> Range<u32> {
        let at = id.0.checked_sub(self.first.1);
        let start = at.and_then(|at| self.types.get(at as usize));
        start.copied().unwrap_or(id.0)..id.0 + 1
    }

    /// What belongs to an expression and to a type written for it.
    pub(super) fn extent(
        &self,
        module: &Module,
        value: ExprId,
        annotation: Option<TypeId>,
    ) -> Extent {
        let start = self.expr(value);
        let exprs = start..value.0 + 1;
        let mut types = 0..0;
        let mut locals = 0..0;
        let add_type = |types: &mut Range<u32>, id: TypeId| widen(types, self.ty(id));
        if let Some(annotation) = annotation {
            add_type(&mut types, annotation);
        }
        for expr in &module.exprs[exprs.start as usize..exprs.end as usize] {
            parts(expr, &mut |part| match part {
                Part::Type(id) => add_type(&mut types, id),
                Part::Binds(LocalId(id)) => {
                    widen(&mut locals, id..id + 1);
                    if let Some(annotation) = module.locals[id as usize].annotation {
                        add_type(&mut types, annotation);
                    }
                }
                Part::Expr(_) | Part::Mentions(_) => {}
            });
        }
        Extent {
            exprs,
            types,
            locals,
        }
    }
}

fn widen(range: &mut Range<u32>, by: Range<u32>) {
    if range.start == range.end {
        *range = by;
    } else {
        range.start = range.start.min(by.start);
        range.end = range.end.max(by.end);
    }
}

/// The types a written type is made of.
pub(super) fn each_type(ty: &TypeExpr, each: &mut impl FnMut(TypeId)) {
    match ty {
        TypeExpr::Missing | TypeExpr::String(_) | TypeExpr::Int(_) => {}
        TypeExpr::Name(_, inner) | TypeExpr::Union(inner) => inner.iter().for_each(|id| each(*id)),
        TypeExpr::List(id) | TypeExpr::Dictionary(id) => each(*id),
        TypeExpr::Record { fields, .. } => fields.iter().for_each(|(_, _, id)| each(*id)),
        TypeExpr::Function(from, to) => {
            each(*from);
            each(*to);
        }
    }
}
