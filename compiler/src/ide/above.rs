//! What is around the parts of a lowered file.

use crate::db::{Db, SourceFile, lowered};
use crate::defs::{Part, parts};
use crate::hir::{Expr, ExprId, LocalId, Module, Param};
use std::sync::Arc;

/// What an expression is directly in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// Nothing: it is the value of the file.
    Nothing,
    /// An expression, not through a binder.
    Expr(ExprId),
    /// It is the value of a binder: of a `let`, a `with`, an `inherit (e)`, or the default of a
    /// pattern field.
    Local(LocalId),
}

/// What is around each part of a lowered file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parents {
    exprs: Vec<Above>,
    locals: Vec<Option<ExprId>>,
}

impl Parents {
    /// What an expression is directly in.
    pub fn above(&self, id: ExprId) -> Above {
        self.exprs
            .get(id.index())
            .copied()
            .unwrap_or(Above::Nothing)
    }

    /// The expression that introduces a binder.
    pub fn binder(&self, id: LocalId) -> Option<ExprId> {
        self.locals.get(id.index()).copied().flatten()
    }

    /// The expression around an expression, through binders.
    pub fn expr_above(&self, id: ExprId) -> Option<ExprId> {
        match self.above(id) {
            Above::Nothing => None,
            Above::Expr(parent) => Some(parent),
            Above::Local(local) => self.binder(local),
        }
    }

    /// Whether an expression is `outer` or a part of it, through binders.
    pub fn is_within(&self, id: ExprId, outer: ExprId) -> bool {
        std::iter::successors(Some(id), |id| self.expr_above(*id)).any(|id| id == outer)
    }

    fn of(module: &Module) -> Parents {
        let mut parents = Parents {
            exprs: vec![Above::Nothing; module.exprs.len()],
            locals: vec![None; module.locals.len()],
        };
        for (i, expr) in module.exprs.iter().enumerate() {
            let id = ExprId(i as u32);
            let is_record = matches!(expr, Expr::Record(_));
            parts(expr, &mut |part| match part {
                Part::Expr(inner) => parents.exprs[inner.index()] = Above::Expr(id),
                Part::Binds(local) => {
                    parents.locals[local.index()] = Some(id);
                    let field = is_record
                        && module.locals[local.index()].kind == crate::hir::LocalKind::Field;
                    // Fields are parts of their record already.
                    if let Some(value) = module.locals[local.index()].value.filter(|_| !field) {
                        parents.exprs[value.index()] = Above::Local(local);
                    }
                }
                Part::Mentions(_) | Part::Type(_) => {}
            });
            if let Expr::Lambda { param, .. } = expr
                && let Param::Pattern {
                    whole: Some(whole), ..
                } = &**param
            {
                parents.locals[whole.index()] = Some(id);
            }
        }
        parents
    }
}

/// What is around each part of a file. Positions do not matter to it.
#[salsa::tracked(returns(clone))]
pub fn parents(db: &dyn Db, file: SourceFile) -> Arc<Parents> {
    Arc::new(Parents::of(&lowered(db, file)))
}
