//! Changes the numbers in a lowered file where it is.

use super::marks::Step;
use crate::hir::{ExprId, LocalId, Module, TypeDef, TypeId};
use crate::renumber::{self, Numbers};

/// After a value was put in the place of another.
impl Numbers for Step {
    fn expr(&mut self, id: ExprId) -> ExprId {
        ExprId(Step::expr(self, id.0))
    }

    fn ty(&mut self, id: TypeId) -> TypeId {
        TypeId(Step::ty(self, id.0))
    }

    fn local(&mut self, id: LocalId) -> LocalId {
        LocalId(Step::local(self, id.0))
    }
}

/// Everything of a module but its expressions and types in front of some.
pub(super) fn renumber(
    module: &mut Module,
    first_expr: u32,
    first_type: u32,
    to: &mut impl Numbers,
) {
    for one in &mut module.exprs[first_expr as usize..] {
        renumber::expr(one, to);
    }
    for one in &mut module.types[first_type as usize..] {
        renumber::ty(one, to);
    }
    for one in &mut module.locals {
        renumber::local(one, to);
    }
    for TypeDef { body, .. } in &mut module.type_defs {
        *body = to.ty(*body);
    }
    module.root.iter_mut().for_each(|id| *id = to.expr(*id));
}
