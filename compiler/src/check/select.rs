//! Selections: `a.b.c`, `a.b or d`.

use super::context::Checker;
use super::infer::did_you_mean;
use super::narrow::Root;
use super::problem::{Place, Problem};
use super::subtype::{Reason, mismatch_free};
use crate::diagnostic::registry::types::{NO_SUCH_FIELD, NOT_A_RECORD};
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{Expr, ExprId, Key};
use crate::symbol::Symbol;
use crate::types::{Kind, RecordTy, Rest, Rule, Ty};

/// Why nothing can be selected.
pub(super) enum Failure {
    /// The record does not have the field.
    NoField(RecordTy),
    /// It is no record.
    NoRecord(Ty),
    /// It may be this, which is no record.
    MayBe(Ty),
    /// The record may not have it.
    MayLack,
    /// Something about tasks, in words.
    Task(Box<Problem>),
}

impl Checker<'_> {
    pub(super) fn infer_select(
        &mut self,
        id: ExprId,
        base: ExprId,
        path: &[Key],
        default: Option<ExprId>,
    ) -> Ty {
        let ty = self.infer_select_part(id, base, path, default.is_some());
        match default {
            Some(default) => {
                let default = self.infer(default);
                Ty::union([ty, default])
            }
            None => ty,
        }
    }

    /// The selection without its default. With one, what is missing is no mistake.
    pub(super) fn infer_select_part(
        &mut self,
        id: ExprId,
        base: ExprId,
        path: &[Key],
        has_default: bool,
    ) -> Ty {
        let (mut ty, next) = self.infer_base(base, path);
        if self.found.is_some() {
            self.note_base(id, base, path, next, &ty);
        }
        for key in path {
            self.dynamic_key(key);
        }
        // Definitions are used at one type per use: of a record of functions only the selected
        // one needs to be made anew.
        for (i, key) in path.iter().enumerate().skip(next) {
            let Key::Name(name) = key else {
                ty = self.select_any(id, &ty, has_default);
                continue;
            };
            let at = Place::Key(id, i as u32);
            self.by_name =
                matches!(self.expr(base), Expr::Local(local) if self.tasks == Some(*local));
            let selected = self.select(&ty, *name, at, has_default);
            self.by_name = false;
            match selected {
                Ok(selected) => {
                    ty = selected;
                    self.note_key(id, i, &ty);
                }
                // What is not there gives the default alone.
                Err(_) if has_default => return self.fresh(),
                Err(failure) => {
                    self.report_failure(id, base, path, i, failure);
                    return Ty::any();
                }
            }
        }
        ty
    }

    /// The type of what a computed name selects.
    fn select_any(&mut self, id: ExprId, ty: &Ty, has_default: bool) -> Ty {
        let into = self.fresh();
        let wanted = Ty::deferred(Rule::SelectAny, [into.clone()]);
        if let Err(e) = self.fits(ty, &wanted, Some(Place::Expr(id)))
            && !has_default
        {
            self.report_mismatch(id, *e);
        }
        into
    }

    /// The type of what is selected from, and how many names of the path it covers already.
    fn infer_base(&mut self, base: ExprId, path: &[Key]) -> (Ty, usize) {
        match self.expr(base) {
            Expr::Global(name) if self.narrowed(Root::Global(*name)).is_some() => {
                (self.infer(base), 0)
            }
            Expr::Global(name) => {
                let names = path.iter().map_while(|key| match key {
                    Key::Name(name) => Some(*name),
                    Key::Dynamic(_) => None,
                });
                let all: Vec<_> = std::iter::once(*name).chain(names).collect();
                let (ty, used) = self.global(&all);
                (ty, used - 1)
            }
            Expr::Local(local)
                if self.tasks != Some(*local) && self.narrowed(Root::Local(*local)).is_none() =>
            {
                if let Some(Key::Name(name)) = path.first()
                    && let Some(ty) = self.outer_field(*local, *name)
                {
                    return (ty, 1);
                }
                let (level, mut ty) = self.local_scheme(*local);
                let mut used = 0;
                while let (Kind::Record(record), Some(Key::Name(name))) =
                    (ty.kind(), path.get(used))
                    && let Some(field) = record.field(*name)
                    && !field.optional
                {
                    ty = field.ty.clone();
                    used += 1;
                }
                (self.instantiate(&ty, level), used)
            }
            Expr::Unbound(name) => {
                self.unbound(base, *name, path);
                (Ty::any(), 0)
            }
            _ => (self.infer(base), 0),
        }
    }

    /// The type of a field.
    pub(super) fn select(
        &mut self,
        ty: &Ty,
        name: Symbol,
        at: Place,
        optional: bool,
    ) -> Result<Ty, Failure> {
        if !self.step() {
            return Ok(Ty::any());
        }
        match ty.kind() {
            Kind::Any | Kind::TaskRef => Ok(Ty::any()),
            Kind::Alias(..) => {
                let ty = self.unalias(ty);
                self.select(&ty, name, at, optional)
            }
            Kind::Record(record) => match (record.field(name), &record.rest) {
                (Some(field), _) if field.optional && !optional => Err(Failure::MayLack),
                (Some(field), _) => Ok(field.ty.clone()),
                (None, Rest::Dict(ty)) => Ok(ty.clone()),
                (None, Rest::Open) if optional => Ok(Ty::any()),
                (None, _) => Err(Failure::NoField((**record).clone())),
            },
            Kind::Var(_) if optional => {
                let into = self.fresh();
                let wanted = Ty::deferred(Rule::SelectOr(name), [into.clone()]);
                mismatch_free(self.fits(ty, &wanted, Some(at)));
                Ok(into)
            }
            Kind::Var(_) => {
                let result = self.fresh();
                let wanted = Ty::record(RecordTy::having(name, result.clone()));
                match self.fits(ty, &wanted, Some(at)) {
                    Ok(()) => Ok(result),
                    Err(e) => Err(match (e.found.kind(), &e.reason) {
                        (_, Reason::MayLack(_)) => Failure::MayLack,
                        (Kind::Record(record), _) => Failure::NoField((**record).clone()),
                        _ => Failure::NoRecord(e.found),
                    }),
                }
            }
            Kind::Union(members) => {
                let mut found = Vec::new();
                let mut failure = None;
                for member in members.iter() {
                    match self.select(member, name, at, optional) {
                        Ok(ty) => found.push(ty),
                        Err(e) => {
                            // A record without the field says more than something else.
                            if matches!(e, Failure::NoField(_)) || failure.is_none() {
                                failure = Some(e);
                            }
                        }
                    }
                }
                match failure {
                    // Of those that have it.
                    Some(_) if optional && !found.is_empty() => Ok(Ty::union(found)),
                    Some(Failure::NoField(_)) if !found.is_empty() => Err(Failure::MayLack),
                    Some(Failure::NoRecord(member)) if !found.is_empty() => {
                        Err(Failure::MayBe(member))
                    }
                    Some(e) => Err(e),
                    None => Ok(Ty::union(found)),
                }
            }
            Kind::Tasks(path) => self.select_task(path, name, at),
            _ => Err(Failure::NoRecord(ty.clone())),
        }
    }

    fn report_failure(
        &mut self,
        id: ExprId,
        base: ExprId,
        path: &[Key],
        index: usize,
        failure: Failure,
    ) {
        let at = Place::Key(id, index as u32);
        let Some(Key::Name(name)) = path.get(index) else {
            return;
        };
        let from = self.written_path(base, &path[..index]);
        let problem = match failure {
            Failure::Task(problem) => *problem,
            Failure::NoField(record) => self.no_such_field(at, *name, from, &record),
            Failure::MayLack => {
                let from = from.unwrap_or_else(|| "this record".into());
                Problem::error(
                    NO_SUCH_FIELD,
                    at,
                    format!("{from} may not have the field `{name}`"),
                )
                .label("may be absent")
                .help(format!("say what else: `.{name} or …`"))
                .help(format!("or ask first: `if … ? {name} then … else …`"))
            }
            Failure::MayBe(ty) => {
                let what = self.describe(&ty);
                let from = from.unwrap_or_else(|| "this".into());
                Problem::error(
                    NOT_A_RECORD,
                    at,
                    format!("{from} may be {what}, which has no field `{name}`"),
                )
                .help(match ty.kind() {
                    Kind::Null => "ask first: `if … == null then … else …`",
                    _ => "ask first what it is: `if std.type.is_record … then … else …`",
                })
            }
            Failure::NoRecord(ty) => {
                let what = self.describe(&ty);
                let from = from.unwrap_or_else(|| "this".into());
                let mut problem = Problem::error(
                    NOT_A_RECORD,
                    at,
                    format!("{from} is {what}, so it has no field `{name}`"),
                )
                .label("only records have fields");
                let list = from.trim_matches('`');
                let list = if list == "this" { "f" } else { list };
                problem = match ty.kind() {
                    Kind::List(_) => problem.help(format!(
                        "take `{name}` of each element: `map (x: x.{name}) {list}`"
                    )),
                    Kind::Function(from, _) => {
                        let argument = match self.known(from).kind() {
                            Kind::Record(_) => "{ … }",
                            _ => "…",
                        };
                        problem.help(format!(
                            "call the function, and select from what it gives: `({list} {argument}).{name}`"
                        ))
                    }
                    _ => problem,
                };
                problem
            }
        };
        self.report(problem);
    }

    fn no_such_field(
        &self,
        at: Place,
        name: Symbol,
        from: Option<String>,
        record: &RecordTy,
    ) -> Problem {
        let owner = match (&from, record.name) {
            (Some(from), _) => from.clone(),
            (None, Some(name)) => format!("a {name}"),
            (None, None) => "this record".into(),
        };
        let problem = Problem::error(NO_SUCH_FIELD, at, format!("{owner} has no field `{name}`"))
            .label("no such field");
        let problem = match nearest(name.as_str(), record.names()) {
            Some(near) => did_you_mean(problem, at, near),
            None => problem,
        };
        let names: Vec<_> = record.names().collect();
        match (names.is_empty(), &record.rest) {
            (true, Rest::Exact) => problem.note("it has no fields"),
            _ => problem.note(format!("it has {}", enumerate(names, 16))),
        }
    }

    /// `a.b` as written, when it is short enough to be repeated.
    pub(super) fn written_path(&self, base: ExprId, path: &[Key]) -> Option<String> {
        let mut text = match self.expr(base) {
            Expr::Local(local) => self.module.locals[local.index()].name.to_string(),
            Expr::Global(name) | Expr::With { name, .. } => name.to_string(),
            _ => return None,
        };
        if text == "inherit" {
            return None;
        }
        for key in path {
            match key {
                Key::Name(name) => {
                    text.push('.');
                    text.push_str(name.as_str());
                }
                Key::Dynamic(_) => return None,
            }
        }
        Some(format!("`{text}`"))
    }
}
