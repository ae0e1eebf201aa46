//! The types of expressions of which nothing is expected.

use super::context::Checker;
use super::elsewhere;
use super::globals;
use super::narrow::Root;
use super::phrases;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::names::UNBOUND_NAME;
use crate::diagnostic::registry::types::{NOT_CONVERTIBLE, NOT_INTERPOLABLE};
use crate::diagnostic::suggest::{Near, nearest};
use crate::hir::{Expr, ExprId, Key, LocalId, StrPart, TypeId, UnaryOp};
use crate::symbol::Symbol;
use crate::types::show::show;
use crate::types::{Kind, Ty};
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

impl Checker<'_> {
    /// The type of an expression; what is wrong inside is reported.
    pub(super) fn infer(&mut self, id: ExprId) -> Ty {
        let ty = self.infer_expr(id);
        if let Some(found) = &mut self.found {
            found.exprs.insert(id, ty.clone());
        }
        ty
    }

    fn infer_expr(&mut self, id: ExprId) -> Ty {
        if !self.step() {
            return Ty::any();
        }
        match self.expr(id) {
            Expr::Missing => Ty::any(),
            Expr::Int(_) => Ty::int(),
            Expr::Float(_) => Ty::float(),
            Expr::Duration(_) => Ty::duration(),
            Expr::Size(_) => Ty::size(),
            Expr::Path(_) => Ty::path(),
            Expr::Text(text) => self.text(text),
            Expr::String(parts) => self.string(parts),
            Expr::Local(local) => self.name(*local),
            Expr::Global(name) => match self.narrowed(Root::Global(*name)) {
                Some(ty) => ty,
                None => self.global(&[*name]).0,
            },
            Expr::With {
                name,
                scopes,
                global,
            } => self.with_name(id, *name, scopes, *global),
            Expr::Unbound(name) => {
                self.unbound(id, *name, &[]);
                Ty::any()
            }
            Expr::List(elements) => {
                let types: Vec<_> = elements.iter().map(|e| self.infer(*e)).collect();
                self.warn_applications(elements, &types);
                match types.is_empty() {
                    true => Ty::list(self.fresh()),
                    false => Ty::list(Ty::union(types)),
                }
            }
            Expr::Record(record) => self.infer_record(id, record),
            Expr::Select {
                base,
                path,
                default,
            } => self.infer_select(id, *base, path, *default),
            Expr::Has { base, path } => {
                self.infer(*base);
                for key in path {
                    self.dynamic_key(key);
                }
                Ty::bool()
            }
            Expr::Conversion { value, ty } => self.conversion(*value, *ty),
            Expr::Apply {
                func,
                args,
                default,
            } => {
                let ty = self.apply(*func, args);
                match default {
                    Some(default) => {
                        let default = self.infer(*default);
                        Ty::union([ty, default])
                    }
                    None => ty,
                }
            }
            Expr::Import(literal) => self.import(id, literal),
            Expr::Unary(UnaryOp::Not, operand) => {
                self.condition(*operand, "the operand of `!`");
                Ty::bool()
            }
            Expr::Unary(UnaryOp::Negate, operand) => self.negate(*operand),
            Expr::Binary(op, left, right) => self.binary(id, *op, *left, *right),
            Expr::Lambda { param, body } => self.infer_lambda(param, *body),
            Expr::Let { locals, body } => {
                self.bind_here(locals.iter().copied());
                self.define_all(locals);
                self.infer(*body)
            }
            Expr::WithScope { scope, body } => {
                self.open_scope(*scope);
                self.infer(*body)
            }
            Expr::Assert { cond, body } => {
                self.condition(*cond, "the condition of `assert`");
                self.given(*cond, true, |c| c.infer(*body))
            }
            Expr::If {
                cond,
                then,
                otherwise,
            } => {
                self.condition(*cond, "the condition of `if`");
                let then = self.given(*cond, true, |c| c.infer(*then));
                let otherwise = self.given(*cond, false, |c| c.infer(*otherwise));
                Ty::union([then, otherwise])
            }
        }
    }

    /// The type of an expression whose problems are of no interest here: it may be asked for
    /// something it lacks.
    pub(super) fn infer_quietly(&mut self, id: ExprId) -> Ty {
        self.muted += 1;
        let ty = self.infer(id);
        self.muted -= 1;
        ty
    }

    /// Looks at every binding of a `let`, used or not.
    pub(super) fn define_all(&mut self, locals: &[LocalId]) {
        for local in locals {
            self.local_scheme(*local);
        }
    }

    pub(super) fn condition(&mut self, id: ExprId, what: &str) {
        self.about(what, |c| c.check(id, &Ty::bool()));
    }

    /// A name bound in the module.
    pub(super) fn name(&mut self, local: LocalId) -> Ty {
        match self.tasks {
            Some(tasks) if tasks == local => Ty::new(Kind::Tasks([].into())),
            _ => match self.narrowed(Root::Local(local)) {
                Some(ty) => ty,
                None => self.local(local),
            },
        }
    }

    /// A name bound by the language, and how many names of the path it covers.
    pub(super) fn global(&mut self, path: &[Symbol]) -> (Ty, usize) {
        match globals::global(path) {
            Some((scheme, used)) => (self.import_scheme(&scheme), used),
            None => (Ty::any(), 1),
        }
    }

    /// The type of a text. Few texts are written often; these share one.
    fn text(&mut self, text: &str) -> Ty {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        let at = hasher.finish() as usize >> 3;
        let size = self.texts.len();
        let known = &mut self.texts[at % size];
        match known.as_ref().map(Ty::kind) {
            Some(Kind::Text(other)) if **other == *text => {}
            _ => *known = Some(Ty::text(text)),
        }
        known.clone().unwrap_or_else(|| Ty::text(text))
    }

    fn string(&mut self, parts: &[StrPart]) -> Ty {
        for part in parts {
            if let StrPart::Expr(expr) = part {
                self.interpolated(*expr);
            }
        }
        Ty::string()
    }

    fn interpolated(&mut self, id: ExprId) {
        let ty = self.infer(id);
        let known = self.known(&ty);
        let bad = |ty: &&Ty| {
            matches!(
                ty.kind(),
                Kind::List(_)
                    | Kind::Record(_)
                    | Kind::Function(..)
                    | Kind::Null
                    | Kind::Tasks(_)
                    | Kind::TaskRef
            )
        };
        if !known.members().iter().any(|ty| bad(&ty)) {
            // Here nothing fails; what flows in later may.
            if let Err(e) = self.fits(&ty, &scalar(), Some(Place::Expr(id))) {
                self.report_mismatch(id, *e);
            }
            return;
        }
        let what = self.describe(&known);
        let mut problem = Problem::error(
            NOT_INTERPOLABLE,
            Place::Expr(id),
            format!("{what} cannot be put into a string"),
        )
        .label(format!("this is {what}"));
        problem = match known.kind() {
            Kind::List(_) => {
                let list = self.spelled(id).unwrap_or_else(|| "list".into());
                problem.help(format!(
                    "join the elements: `${{std.string.join \" \" {list}}}`"
                ))
            }
            Kind::Tasks(path) => self.help_outputs(problem, path),
            Kind::Record(_) => {
                let record = self.spelled(id).unwrap_or_else(|| "value".into());
                problem.help(format!(
                    "select one of its fields, or write `${{to_json {record}}}`"
                ))
            }
            Kind::Function(..) => problem.help("apply the function to its arguments"),
            Kind::Union(_) if !known.members().iter().any(|ty| *ty.kind() == Kind::Null) => {
                problem.help("say what to write for each case: `if … then … else …`")
            }
            _ => {
                let value = self.spelled(id).unwrap_or_else(|| "x".into());
                problem.help(format!(
                    "give a text for the case of null: `if {value} == null then \"\" else {value}`"
                ))
            }
        };
        self.report(problem);
    }

    /// `e as T` takes everything, and is of the type.
    fn conversion(&mut self, value: ExprId, id: TypeId) -> Ty {
        self.infer(value);
        let ty = self.written(id);
        let mut todo = vec![ty.clone()];
        while let Some(part) = todo.pop() {
            if let Kind::Function(..) = part.kind() {
                let problem = Problem::error(
                    NOT_CONVERTIBLE,
                    Place::Type(id),
                    "`as` cannot find out whether a value is a function of this type",
                );
                self.report(
                    problem
                        .label("has a function in it")
                        .help("write the type at a binding instead: `f : Int -> Int = …;`"),
                );
                break;
            }
            todo.extend(part.children().into_iter().cloned());
        }
        ty
    }

    fn import(&mut self, id: ExprId, literal: &str) -> Ty {
        match self.outside.import(id, literal) {
            Ok(scheme) => self.import_scheme(&scheme),
            Err(problem) => {
                self.report(*problem);
                Ty::any()
            }
        }
    }

    /// A name that nothing defines, and what is selected from it.
    pub(super) fn unbound(&mut self, id: ExprId, name: Symbol, path: &[Key]) {
        let problem = not_defined(id, name);
        // `on = host.web`
        let hosts = self.is_about_hosts() && self.near_name(name).is_some();
        if let Some(known) = elsewhere::name(name).filter(|_| !self.is_about_hosts()) {
            let problem = problem.help(known.help);
            return self.report(match known.instead {
                Some(instead) => problem.fix(
                    format!("Replace with `{instead}`"),
                    vec![(Place::Expr(id), instead.into())],
                ),
                None => problem,
            });
        }
        if self.is_about_hosts() && matches!(name.as_str(), "host" | "hosts") && !hosts {
            return self.report(problem.help(
                "name the hosts in groups, `hosts.web = [ \"web-1\" ];`, then write `on = hosts.web;`",
            ));
        }
        if let Some(help) = self.neighbour(name) {
            return self.report(problem.help(help));
        }
        let problem = match (self.near_name(name), self.tasks_hint(name)) {
            (_, Some(task)) => {
                let near = Near {
                    name: &task,
                    clear: true,
                };
                did_you_mean(problem, Place::Expr(id), near)
            }
            (Some(near), None) => {
                let known = Symbol::new(near.name);
                self.suggested.insert(known);
                match path.first() {
                    // The name alone is replaced; what is meant is the whole.
                    Some(Key::Name(field)) if self.outside.has_field(known, *field) => {
                        problem.help(format!("did you mean `{near}.{field}`?")).fix(
                            format!("Replace with `{near}.{field}`"),
                            vec![(Place::Expr(id), near.to_string())],
                        )
                    }
                    _ => did_you_mean(problem, Place::Expr(id), near),
                }
            }
            (None, None) => problem
                .help(format!(
                    "define it before the first field of the file: `let {name} = …; in`"
                ))
                .help(format!("text goes between quotes: `\"{name}\"`")),
        };
        self.report(problem);
    }

    /// Whether the value of `on` is looked at.
    fn is_about_hosts(&self) -> bool {
        let subject = self.subject.as_deref();
        subject.is_some_and(|subject| subject.ends_with("`on`"))
    }

    /// A name that is a field of the record around, which does not see its own fields.
    fn neighbour(&self, name: Symbol) -> Option<String> {
        let Some(Place::Field(record, at)) = self.owner else {
            return None;
        };
        let Expr::Record(literal) = self.expr(record) else {
            return None;
        };
        let position = literal.fields.iter().position(|f| f.name == name)?;
        Some(match position == at as usize {
            true => format!("nothing around the record is called `{name}`: define it in a `let`"),
            false => "the fields of a record do not see each other: write `rec { … }`, or define the value in a `let`".into(),
        })
    }

    /// A name that nothing defines, where text is due: it lacks its quotes. Gives whether that
    /// was reported.
    pub(super) fn word_without_quotes(&mut self, id: ExprId, name: Symbol, wanted: &Ty) -> bool {
        let is_word = |ty: &Ty| matches!(ty.kind(), Kind::Text(text) if **text == *name.as_str());
        let members = wanted.members();
        let word = members.iter().any(is_word);
        let text = members.iter().any(|ty| matches!(ty.kind(), Kind::String));
        let other = elsewhere::name(name).is_some()
            || self.neighbour(name).is_some()
            || self.near_name(name).is_some()
            || self.tasks_hint(name).is_some();
        if !word && (!text || other) {
            return false;
        }
        let quoted = format!("\"{name}\"");
        let problem = not_defined(id, name)
            .help(format!("text goes between quotes: `{quoted}`"))
            .fix("Put it in quotes", vec![(Place::Expr(id), quoted)]);
        self.report(match word {
            true => problem,
            false => problem.help(format!(
                "for a value with that name, define it before the first field of the file: `let {name} = …; in`"
            )),
        });
        true
    }

    /// A task of that name: `build` for `tasks.build`.
    fn tasks_hint(&self, name: Symbol) -> Option<String> {
        self.tasks_shape(&[name])?;
        Some(format!("tasks.{name}"))
    }

    /// A binder or global with nearly that name.
    pub(super) fn near_name(&self, name: Symbol) -> Option<Near<'static>> {
        let own = &self.module.locals[..self.body.own_locals as usize];
        let own = own.iter().map(|local| local.name);
        let locals = own.chain(self.outside.names());
        let locals = locals.map(|name| name.as_str());
        let locals = locals.filter(|name| !matches!(*name, "with" | "inherit"));
        nearest(name.as_str(), locals.chain(globals::names()))
    }

    pub(super) fn dynamic_key(&mut self, key: &Key) {
        if let Key::Dynamic(expr) = key {
            self.about("a computed name", |c| c.check(*expr, &Ty::string()));
        }
    }

    /// The type as a phrase: "an Int", "a task".
    pub(super) fn describe(&mut self, ty: &Ty) -> String {
        match ty.kind() {
            Kind::Any | Kind::Var(_) => "a value".into(),
            Kind::Null => "null".into(),
            Kind::Int => "an Int".into(),
            Kind::Text(text) if text.len() <= 40 => format!("the text {}", show(ty)),
            Kind::Text(_) => "a String".into(),
            Kind::Number(n) => format!("the number {n}"),
            Kind::TaskRef => "a task reference".into(),
            Kind::List(_) => "a list".into(),
            Kind::Function(..) => "a function".into(),
            Kind::Record(record) if record.name.is_some() => format!("a {}", show(ty)),
            Kind::Record(_) => "a record".into(),
            Kind::Tasks(path) => self.describe_tasks(path),
            Kind::Union(members) => phrases::either(members),
            _ => format!("a {}", show(ty)),
        }
    }
}

fn not_defined(id: ExprId, name: Symbol) -> Problem {
    Problem::error(
        UNBOUND_NAME,
        Place::Expr(id),
        format!("`{name}` is not defined"),
    )
    .label("not defined")
}

/// Adds the suggestion and the edit that follows it.
pub(super) fn did_you_mean(problem: Problem, at: Place, near: Near<'_>) -> Problem {
    let problem = problem.help(format!("did you mean `{near}`?"));
    let title = format!("Replace with `{near}`");
    let edits = vec![(at, near.to_string())];
    match near.clear {
        true => problem.fix(title, edits),
        false => problem.proposal(title, edits),
    }
}

/// What can be put into a string.
fn scalar() -> Ty {
    static SCALAR: OnceLock<Ty> = OnceLock::new();
    let scalar = SCALAR.get_or_init(|| {
        Ty::union([
            Ty::string(),
            Ty::int(),
            Ty::float(),
            Ty::bool(),
            Ty::path(),
            Ty::duration(),
            Ty::size(),
        ])
    });
    scalar.clone()
}
