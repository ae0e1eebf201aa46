//! Functions: parameters and their types.

use super::context::{Checker, LocalTy};
use super::problem::Place;
use super::subtype::mismatch_free;
use crate::hir::{ExprId, LocalId, Param};
use crate::symbol::Symbol;
use crate::types::{FieldTy, RecordTy, Rest, Ty};

impl Checker<'_> {
    /// A function of which nothing is expected.
    pub(super) fn infer_lambda(&mut self, param: &Param, body: ExprId) -> Ty {
        // What the body demands of the parameter it always demands.
        let from = match param {
            Param::Name(local) => {
                let ty = self.fresh();
                self.bind(*local, ty.clone());
                ty
            }
            Param::Pattern {
                fields,
                open,
                whole,
            } => self.bind_pattern(fields, *open, *whole),
        };
        let before = self.subject.take();
        let to = self.infer(body);
        self.subject = before;
        Ty::function(from, to)
    }

    /// Binds a parameter that is given values of a known type.
    pub(super) fn bind_expected(&mut self, id: ExprId, param: &Param, from: &Ty) {
        match param {
            Param::Name(local) => self.bind(*local, from.clone()),
            Param::Pattern {
                fields,
                open,
                whole,
            } => {
                let pattern = self.bind_pattern(fields, *open, *whole);
                if let Err(mismatch) = self.fits(from, &pattern, Some(Place::Expr(id))) {
                    self.report_pattern(id, fields, *mismatch);
                }
            }
        }
    }

    fn bind(&mut self, local: LocalId, ty: Ty) {
        self.locals[local.index()] = LocalTy::Done(u32::MAX, ty);
    }

    /// Binds the names of a pattern; gives the type of what it takes.
    fn bind_pattern(
        &mut self,
        fields: &[(Symbol, LocalId)],
        open: bool,
        whole: Option<LocalId>,
    ) -> Ty {
        let mut types = Vec::with_capacity(fields.len());
        for (name, local) in fields {
            let annotation = self.module.locals[local.index()].annotation;
            let ty = match annotation {
                Some(annotation) => self.written(annotation),
                None => self.fresh(),
            };
            self.bind(*local, ty.clone());
            types.push(FieldTy {
                name: *name,
                optional: self.module.locals[local.index()].value.is_some(),
                ty,
            });
        }
        let rest = if open { Rest::Open } else { Rest::Exact };
        let mut pattern = Ty::record(RecordTy::new(types.clone(), rest));
        if let Some(whole) = whole {
            // What is given, without the defaults of what is not.
            let given = self.fresh();
            mismatch_free(self.fits(&given, &pattern, Some(Place::Local(whole))));
            self.bind(whole, given.clone());
            pattern = given;
        }
        for ((name, local), field) in fields.iter().zip(&types) {
            if let Some(default) = self.module.locals[local.index()].value {
                self.about(format!("the default of `{name}`"), |c| {
                    c.check(default, &field.ty);
                });
            }
        }
        pattern
    }
}
