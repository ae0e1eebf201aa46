//! Records of which nothing is expected.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::BAD_OPERANDS;
use crate::hir::{Expr, ExprId, Record};
use crate::types::{FieldTy, Kind, RecordTy, Rest, Ty};

impl Checker<'_> {
    /// The type of a record literal.
    pub(super) fn infer_record(&mut self, id: ExprId, record: &Record) -> Ty {
        for source in &record.sources {
            self.local_scheme(*source);
        }
        let mut fields = Vec::with_capacity(record.fields.len());
        for (i, field) in record.fields.iter().enumerate() {
            let owner = self.owner.replace(Place::Field(id, i as u32));
            let ty = match field.annotation {
                Some(annotation) => {
                    let ty = self.written(annotation);
                    self.about(format!("`{}`", field.name), |c| c.check(field.value, &ty));
                    ty
                }
                None => {
                    let before = self.subject.take();
                    let ty = self.infer(field.value);
                    self.subject = before;
                    ty
                }
            };
            self.owner = owner;
            fields.push(FieldTy {
                name: field.name,
                optional: false,
                ty,
            });
        }
        for (name, value) in &record.dynamic {
            self.field_name(*name);
            self.infer(*value);
        }
        let rest = match record.dynamic.is_empty() {
            true => Rest::Exact,
            false => Rest::Open,
        };
        Ty::record(RecordTy::new(fields, rest))
    }

    /// The computed name of a field; null leaves the field out.
    pub(super) fn field_name(&mut self, name: ExprId) {
        let wanted = Ty::union([Ty::string(), Ty::null()]);
        self.about("a computed name", |c| c.check(name, &wanted));
    }

    /// The type of `left // right`.
    pub(super) fn update(&mut self, left: ExprId, right: ExprId) -> Ty {
        let left = self.infer_record_like(left);
        let right = self.infer_record_like(right);
        let (Kind::Record(a), Kind::Record(b)) = (left.kind(), right.kind()) else {
            return match right.kind() {
                // All of the right side is in the result, with whatever the left adds.
                Kind::Record(b) => {
                    let mut record = b.clone();
                    record.rest = Rest::Open;
                    record.name = None;
                    Ty::record(record)
                }
                _ => Ty::any(),
            };
        };
        let mut fields: Vec<FieldTy> = Vec::with_capacity(a.fields.len() + b.fields.len());
        for field in a.fields.iter() {
            let ty = match (b.field(field.name), &b.rest) {
                (Some(new), _) if new.optional => Ty::union([field.ty.clone(), new.ty.clone()]),
                (Some(_), _) => continue,
                (None, Rest::Exact | Rest::Closed) => field.ty.clone(),
                (None, Rest::Dict(ty)) => Ty::union([field.ty.clone(), ty.clone()]),
                (None, Rest::Open) => Ty::any(),
            };
            fields.push(FieldTy {
                name: field.name,
                optional: field.optional,
                ty,
            });
        }
        for field in b.fields.iter() {
            if !fields.iter().any(|known| known.name == field.name) {
                fields.push(field.clone());
            }
        }
        let rest = match (&a.rest, &b.rest) {
            (Rest::Exact | Rest::Closed, Rest::Exact | Rest::Closed) => Rest::Exact,
            (Rest::Dict(a), Rest::Dict(b)) => Rest::Dict(Ty::union([a.clone(), b.clone()])),
            (Rest::Dict(ty), Rest::Exact | Rest::Closed) if b.fields.is_empty() => {
                Rest::Dict(ty.clone())
            }
            _ => Rest::Open,
        };
        Ty::record(RecordTy::new(fields, rest))
    }

    /// A side of `//`, which must be a record: a record type, or something unknown.
    pub(super) fn infer_record_like(&mut self, id: ExprId) -> Ty {
        let ty = self.infer(id);
        let known = self.known(&ty);
        let bad = |ty: &Ty| {
            !matches!(
                ty.kind(),
                Kind::Any
                    | Kind::Var(_)
                    | Kind::Record(_)
                    | Kind::Alias(_)
                    | Kind::Tasks(_)
                    | Kind::TaskRef
            )
        };
        if known.members().iter().all(bad) {
            let what = self.describe(&known);
            let mut problem = Problem::error(
                BAD_OPERANDS,
                Place::Expr(id),
                format!("`//` merges records, and this is {what}"),
            )
            .label(format!("this is {what}"));
            if matches!(known.kind(), Kind::List(_)) {
                problem = problem.help("`++` joins lists");
            }
            if matches!(known.kind(), Kind::Function(..)) {
                problem = problem
                    .help("call the function, and merge what it gives: `(f { … }) // { … }`");
            }
            if matches!(known.kind(), Kind::Int | Kind::Float) {
                problem = problem.help("`/` divides; a comment begins with `#`");
            }
            if matches!(self.expr(id), Expr::String(_)) {
                problem = problem.help("a comment begins with `#`");
            }
            self.report(problem);
            return Ty::any();
        }
        known
    }
}
