//! Records of which nothing is expected.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::BAD_OPERANDS;
use crate::hir::{Expr, ExprId, Record};
use crate::types::{FieldTy, Kind, RecordTy, Rest, Rule, Ty};

impl Checker<'_> {
    /// The type of a record literal.
    pub(super) fn infer_record(&mut self, id: ExprId, record: &Record) -> Ty {
        self.bind_fields(record);
        let own = record.fields.iter().filter_map(|field| field.local());
        self.reporting.extend(own);
        for source in &record.sources {
            self.local_scheme(*source);
        }
        let mut fields = Vec::with_capacity(record.fields.len());
        for (i, field) in record.fields.iter().enumerate() {
            let owner = self.owner.replace(Place::Field(id, i as u32));
            let ty = match field.annotation() {
                Some(annotation) => {
                    let ty = self.written(annotation);
                    self.about(format!("`{}`", field.name), |c| c.check(field.value, &ty));
                    ty
                }
                None => {
                    let before = self.subject.take();
                    // Looked at once, whoever asks first.
                    let ty = match field.local() {
                        Some(local) => self.local(local),
                        None => self.infer(field.value),
                    };
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
        let mut others = Vec::new();
        for (name, value) in &record.dynamic {
            self.field_name(*name);
            others.push(self.infer(*value));
        }
        let rest = match others.is_empty() {
            true => Rest::Exact,
            false => Rest::Dict(Ty::union(others)),
        };
        Ty::record(RecordTy::new(fields, rest))
    }

    /// Remembers what is known where the names of a record are bound.
    pub(super) fn bind_fields(&mut self, record: &Record) {
        let own = record.fields.iter().filter_map(|field| field.local());
        self.bind_here(own.chain(record.sources.iter().copied()));
    }

    /// The computed name of a field; null leaves the field out.
    pub(super) fn field_name(&mut self, name: ExprId) {
        let wanted = Ty::union([Ty::string(), Ty::null()]);
        self.about("a computed name", |c| c.check(name, &wanted));
    }

    /// The type of `left // right`.
    pub(super) fn update(&mut self, id: ExprId, left: ExprId, right: ExprId) -> Ty {
        let found = self.problems.len();
        let left = self.infer_record_like(left);
        let right = self.infer_record_like(right);
        if self.problems.len() > found {
            return Ty::any();
        }
        if let (Kind::Record(a), Kind::Record(b)) = (left.kind(), right.kind()) {
            return updated(a, b);
        }
        let into = self.fresh();
        let wanted = Ty::deferred(Rule::UpdateLeft, [right, into.clone()]);
        if let Err(e) = self.fits(&left, &wanted, Some(Place::Expr(id))) {
            self.report_mismatch(id, *e);
        }
        into
    }

    /// The type of `left // right`, both of them known as far as they ever will be.
    pub(super) fn merged(&mut self, left: &Ty, right: &Ty) -> Ty {
        let mut sides = [left, right].map(|side| match side.kind() {
            Kind::Tasks(path) => self.tasks_type(path),
            Kind::TaskRef => Ty::any(),
            _ => side.clone(),
        });
        for side in &mut sides {
            *side = self.unalias(side);
        }
        match (sides[0].kind(), sides[1].kind()) {
            (Kind::Record(a), Kind::Record(b)) => updated(a, b),
            // All of the right side is in the result, with whatever the left adds.
            (_, Kind::Record(b)) => {
                let mut record = (**b).clone();
                record.rest = Rest::Open;
                record.name = None;
                Ty::record(record)
            }
            _ => Ty::any(),
        }
    }

    /// A side of `//`; reported when it is no record.
    pub(super) fn infer_record_like(&mut self, id: ExprId) -> Ty {
        let ty = self.infer(id);
        let known = self.known(&ty);
        let bad = |ty: &Ty| {
            !matches!(
                ty.kind(),
                Kind::Any
                    | Kind::Var(_)
                    | Kind::Record(_)
                    | Kind::Alias(..)
                    | Kind::Tasks(_)
                    | Kind::TaskRef
            )
        };
        if known.members().iter().any(bad) {
            self.not_merged(id, &known);
            return Ty::any();
        }
        self.unalias(&ty)
    }

    fn not_merged(&mut self, id: ExprId, known: &Ty) {
        let what = self.describe(known);
        let mut problem = Problem::error(
            BAD_OPERANDS,
            Place::Expr(id),
            format!("`//` merges records, and this is {what}"),
        )
        .label(format!("this is {what}"));
        if matches!(known.kind(), Kind::Function(..)) {
            problem =
                problem.help("call the function, and merge what it gives: `(f { … }) // { … }`");
        }
        if matches!(known.kind(), Kind::List(_)) {
            problem = problem.help("`++` joins lists");
        }
        if matches!(known.kind(), Kind::Int | Kind::Float) {
            problem = problem.help("`/` divides; a comment begins with `#`");
        }
        if matches!(self.expr(id), Expr::Text(_) | Expr::String(_)) {
            problem = problem.help("a comment begins with `#`");
        }
        if known.members().iter().any(|ty| *ty.kind() == Kind::Null) && known.members().len() > 1 {
            problem = problem.help("give an empty record for the case of null: `x or { }`, `if x == null then { } else x`");
        }
        self.report(problem);
    }
}

/// The type of `a // b`.
fn updated(a: &RecordTy, b: &RecordTy) -> Ty {
    let mut fields: Vec<FieldTy> = Vec::with_capacity(a.fields.len() + b.fields.len());
    for field in a.fields.iter() {
        let (ty, optional) = match (b.field(field.name), &b.rest) {
            (Some(new), _) if new.optional => (
                Ty::union([field.ty.clone(), new.ty.clone()]),
                field.optional,
            ),
            (Some(new), _) => (new.ty.clone(), false),
            (None, Rest::Exact) => (field.ty.clone(), field.optional),
            (None, Rest::Dict(ty)) => (Ty::union([field.ty.clone(), ty.clone()]), field.optional),
            (None, Rest::Open) => (Ty::any(), field.optional),
        };
        fields.push(FieldTy {
            name: field.name,
            optional,
            ty,
        });
    }
    for field in b
        .fields
        .iter()
        .filter(|field| a.field(field.name).is_none())
    {
        let mut field = field.clone();
        // A dictionary on the left may have it, too.
        if let (true, Rest::Dict(ty)) = (field.optional, &a.rest) {
            field.ty = Ty::union([field.ty, ty.clone()]);
        }
        fields.push(field);
    }
    let rest = match (&a.rest, &b.rest) {
        (Rest::Open, _) | (_, Rest::Open) => Rest::Open,
        (Rest::Dict(a), Rest::Dict(b)) => Rest::Dict(Ty::union([a.clone(), b.clone()])),
        (Rest::Dict(ty), _) | (_, Rest::Dict(ty)) => Rest::Dict(ty.clone()),
        (Rest::Exact, Rest::Exact) => Rest::Exact,
    };
    Ty::record(RecordTy::new(fields, rest))
}
