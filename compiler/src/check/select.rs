//! Selections: `a.b.c`, `a.b or d`.

use super::context::Checker;
use super::infer::did_you_mean;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::{NO_SUCH_FIELD, NOT_A_RECORD};
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{Expr, ExprId, Key};
use crate::symbol::Symbol;
use crate::types::{Kind, RecordTy, Rest, Ty};

/// Why nothing can be selected.
pub(super) enum Failure {
    /// The record does not have the field.
    NoField(RecordTy),
    /// It is no record.
    NoRecord(Ty),
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
                let default = self.in_branch(None, |c| c.infer(default));
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
        let (mut ty, mut next) = self.infer_base(base, path);
        for key in path {
            self.dynamic_key(key);
        }
        // Definitions are used at one type per use: of a record of functions only the selected
        // one needs to be made anew.
        while let Some(Key::Name(name)) = path.get(next) {
            match self.select(&ty, *name, Place::Key(id, next as u32), has_default) {
                Ok(selected) => ty = selected,
                Err(failure) => {
                    if !has_default && !self.tested.contains(name) {
                        self.report_failure(id, base, path, next, failure);
                    }
                    return Ty::any();
                }
            }
            next += 1;
        }
        // What a computed name leads to is not known.
        if next < path.len() { Ty::any() } else { ty }
    }

    /// The type of what is selected from, and how many names of the path it covers already.
    fn infer_base(&mut self, base: ExprId, path: &[Key]) -> (Ty, usize) {
        match self.expr(base) {
            Expr::Global(name) => {
                let names = path.iter().map_while(|key| match key {
                    Key::Name(name) => Some(*name),
                    Key::Dynamic(_) => None,
                });
                let all: Vec<_> = std::iter::once(*name).chain(names).collect();
                let (ty, used) = self.global(&all);
                (ty, used - 1)
            }
            Expr::Local(local) if self.tasks.is_none_or(|(tasks, _)| tasks != *local) => {
                let (level, mut ty) = self.local_scheme(*local);
                let mut used = 0;
                while let (Kind::Record(record), Some(Key::Name(name))) =
                    (ty.kind(), path.get(used))
                    && let Some(field) = record.field(*name)
                {
                    ty = field.ty.clone();
                    used += 1;
                }
                (self.instantiate(&ty, level), used)
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
            Kind::Alias(_) => {
                let ty = self.unalias(ty);
                self.select(&ty, name, at, optional)
            }
            Kind::Record(record) => match record.get(name) {
                Some(ty) => Ok(ty),
                None => Err(Failure::NoField(record.clone())),
            },
            Kind::Var(var) => {
                let soft = self.var(*var).branch < self.branch;
                if optional || soft || self.tested.contains(&name) {
                    let known = self.known(ty);
                    return match known.kind() {
                        Kind::Var(_) => Ok(Ty::any()),
                        _ => self.select(&known, name, at, optional),
                    };
                }
                let result = self.fresh();
                let wanted = Ty::record(RecordTy::having(name, result.clone()));
                match self.fits(ty, &wanted, Some(at)) {
                    Ok(()) => Ok(result),
                    Err(e) => match e.found.kind() {
                        Kind::Record(record) => Err(Failure::NoField(record.clone())),
                        _ => Err(Failure::NoRecord(e.found)),
                    },
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
                    Some(e) if found.is_empty() => Err(e),
                    _ => Ok(Ty::union(found)),
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
            (true, Rest::Exact | Rest::Closed) => problem.note("it has no fields"),
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

    /// Names that a condition tests with `?`.
    pub(super) fn collect_tested(&mut self, cond: ExprId) {
        let mut stack = vec![cond];
        while let Some(id) = stack.pop() {
            if !self.step() {
                return;
            }
            match self.expr(id) {
                Expr::Has { path, .. } => {
                    for key in path {
                        if let Key::Name(name) = key {
                            self.tested.push(*name);
                        }
                    }
                }
                Expr::Unary(_, a) => stack.push(*a),
                Expr::Binary(_, a, b) => stack.extend([*a, *b]),
                Expr::Apply { func, args, .. } => {
                    stack.push(*func);
                    stack.extend(args);
                }
                // A condition that has a name.
                Expr::Local(local) => {
                    let local = &self.module.locals[local.index()];
                    if let (crate::hir::LocalKind::Let, Some(value)) = (local.kind, local.value)
                        && matches!(self.expr(value), Expr::Has { .. })
                    {
                        stack.push(value);
                    }
                }
                _ => {}
            }
        }
    }
}
