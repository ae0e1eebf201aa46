//! What a condition says about the values it tests, and what is left of their types.

use super::context::Checker;
use super::subtype::mismatch_free;
use crate::hir::{BinaryOp, Expr, ExprId, Key, LocalId, LocalKind, Param, UnaryOp};
use crate::symbol::Symbol;
use crate::types::{Family, FieldTy, Kind, RecordTy, Rest, Rule, Test, Ty};

/// Conditions are followed through so many names and functions.
const FARTHEST: u32 = 8;

/// A name whose type a condition can narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// A binder.
    Local(LocalId),
    /// A name that the innermost `with` provides.
    With(Symbol, LocalId),
    /// A name of the language.
    Global(Symbol),
}

/// That a test holds, or does not, for a name.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    root: Root,
    test: Test,
    holds: bool,
}

/// A value that is tested: a name, and the fields selected from it.
struct Tested {
    root: Root,
    path: Vec<Symbol>,
    /// What stands in where a field is missing.
    default: Option<ExprId>,
}

impl Checker<'_> {
    /// Runs where a condition is known to hold, or not to hold.
    pub(super) fn given<T>(
        &mut self,
        cond: ExprId,
        holds: bool,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.narrowed.len();
        let mut facts = Vec::new();
        self.facts(cond, holds, FARTHEST, &mut facts);
        for fact in facts {
            self.muted += 1;
            let ty = match fact.root {
                Root::Local(local) => self.name(local),
                Root::With(..) | Root::Global(_) => self.root_type(fact.root),
            };
            self.muted -= 1;
            let ty = self.narrow(&ty, &fact.test, fact.holds);
            self.narrowed.push((fact.root, ty));
        }
        let result = work(self);
        self.narrowed.truncate(before);
        result
    }

    /// The type of a name where enclosing conditions have said something about it.
    pub(super) fn narrowed(&self, root: Root) -> Option<Ty> {
        let found = self.narrowed.iter().rev().find(|known| known.0 == root);
        found.map(|known| known.1.clone())
    }

    fn root_type(&mut self, root: Root) -> Ty {
        match (self.narrowed(root), root) {
            (Some(ty), _) => ty,
            (None, Root::With(name, scope)) => self.provided_by(name, &[scope]),
            (None, Root::Local(local)) => self.name(local),
            (None, Root::Global(name)) => self.global(&[name]).0,
        }
    }

    /// What follows from a condition.
    pub(super) fn facts(&mut self, cond: ExprId, holds: bool, steps: u32, out: &mut Vec<Fact>) {
        let Some(steps) = steps.checked_sub(1) else {
            return;
        };
        if !self.step() {
            return;
        }
        match self.expr(cond) {
            Expr::Unary(UnaryOp::Not, operand) => self.facts(*operand, !holds, steps + 1, out),
            Expr::Binary(BinaryOp::And, a, b) if holds => {
                self.facts(*a, true, steps + 1, out);
                self.facts(*b, true, steps + 1, out);
            }
            Expr::Binary(BinaryOp::Or, a, b) if !holds => {
                self.facts(*a, false, steps + 1, out);
                self.facts(*b, false, steps + 1, out);
            }
            Expr::Binary(op @ (BinaryOp::Equal | BinaryOp::NotEqual), a, b) => {
                let holds = holds == (*op == BinaryOp::Equal);
                self.equality(*a, *b, holds, steps, out);
                self.equality(*b, *a, holds, steps, out);
            }
            Expr::Has { base, path } => {
                let Some(mut tested) = self.tested(*base) else {
                    return;
                };
                if !holds && path.len() > 1 {
                    return;
                }
                for key in path {
                    let Key::Name(name) = key else { return };
                    self.add_fact(&tested, Test::Has(*name), holds, out);
                    tested.path.push(*name);
                }
            }
            Expr::Apply {
                func,
                args,
                default: None,
            } if args.len() == 1 => self.predicate(*func, args[0], holds, steps, out),
            // A condition that has a name.
            Expr::Local(local) => {
                let local = &self.module.locals[local.index()];
                if let (LocalKind::Let | LocalKind::Field, Some(value)) = (local.kind, local.value)
                {
                    self.facts(value, holds, steps, out);
                }
            }
            _ => {}
        }
    }

    fn equality(&mut self, a: ExprId, b: ExprId, holds: bool, steps: u32, out: &mut Vec<Fact>) {
        match self.expr(b) {
            Expr::Global(name) if name.as_str() == "true" => {
                return self.facts(a, holds, steps, out);
            }
            Expr::Global(name) if name.as_str() == "false" => {
                return self.facts(a, !holds, steps, out);
            }
            _ => {}
        }
        let Some(test) = self.literal(b) else { return };
        // `std.type.of x == "Int"`
        if let (Test::Text(name), Expr::Apply { func, args, .. }) = (&test, self.expr(a))
            && args.len() == 1
            && self.library_path(*func) == ["std", "type", "of"]
        {
            if let (Some(family), Some(tested)) = (Family::named(name), self.tested(args[0])) {
                self.add_fact(&tested, Test::Is(family), holds, out);
            }
            return;
        }
        if let Some(tested) = self.tested(a) {
            self.add_fact(&tested, test, holds, out);
        }
    }

    /// What being equal to a literal says.
    fn literal(&self, id: ExprId) -> Option<Test> {
        match self.expr(id) {
            Expr::Global(name) if name.as_str() == "null" => Some(Test::Is(Family::Null)),
            Expr::Int(number) => Some(Test::Number(*number)),
            Expr::Text(text) => Some(Test::Text(text.clone())),
            _ => None,
        }
    }

    /// `std.type.is_int x`, or a function of the file that tests its argument.
    fn predicate(
        &mut self,
        func: ExprId,
        arg: ExprId,
        holds: bool,
        steps: u32,
        out: &mut Vec<Fact>,
    ) {
        let Some(tested) = self.tested(arg) else {
            return;
        };
        if let ["std", "type", name] = self.library_path(func)[..] {
            let family = match name {
                "is_int" => Family::Int,
                "is_float" => Family::Float,
                "is_bool" => Family::Bool,
                "is_string" => Family::String,
                "is_path" => Family::Path,
                "is_list" => Family::List,
                "is_record" => Family::Record,
                "is_function" => Family::Function,
                "is_null" => Family::Null,
                _ => return,
            };
            return self.add_fact(&tested, Test::Is(family), holds, out);
        }
        let Expr::Local(local) = self.expr(func) else {
            return;
        };
        let Some(value) = self.module.locals[local.index()].value else {
            return;
        };
        for test in self.question(value, holds, steps) {
            self.add_fact(&tested, test.0, test.1, out);
        }
    }

    /// What a function that answers a question says about its argument.
    pub(super) fn question(&mut self, func: ExprId, holds: bool, steps: u32) -> Vec<(Test, bool)> {
        let Expr::Lambda { param, body } = self.expr(func) else {
            return Vec::new();
        };
        let Param::Name(param) = **param else {
            return Vec::new();
        };
        let mut inner = Vec::new();
        self.facts(*body, holds, steps, &mut inner);
        inner.retain(|fact| fact.root == Root::Local(param));
        inner
            .into_iter()
            .map(|fact| (fact.test, fact.holds))
            .collect()
    }

    /// The names of a path into the library; none for anything else.
    pub(super) fn library_path(&mut self, id: ExprId) -> Vec<&'static str> {
        let mut names = Vec::new();
        let (base, path) = match self.expr(id) {
            Expr::Select {
                base,
                path,
                default: None,
            } => (*base, &path[..]),
            _ => (id, &[][..]),
        };
        match self.expr(base) {
            Expr::Global(name) => names.push(name.as_str()),
            Expr::With {
                name,
                scopes,
                global: true,
            } if scopes.iter().all(|scope| self.lacks(*scope, *name)) => names.push(name.as_str()),
            _ => return names,
        }
        for key in path {
            match key {
                Key::Name(name) => names.push(name.as_str()),
                Key::Dynamic(_) => return Vec::new(),
            }
        }
        names
    }

    /// Whether a scope is known not to provide a name.
    fn lacks(&mut self, scope: LocalId, name: Symbol) -> bool {
        let (_, ty) = self.local_scheme(scope);
        let ty = self.unalias(&ty);
        matches!(ty.kind(), Kind::Record(record)
            if record.field(name).is_none() && matches!(record.rest, Rest::Exact))
    }

    fn tested(&self, id: ExprId) -> Option<Tested> {
        match self.expr(id) {
            Expr::Local(local) => (self.tasks != Some(*local)).then(|| Tested {
                root: Root::Local(*local),
                path: Vec::new(),
                default: None,
            }),
            Expr::Global(name) => Some(Tested {
                root: Root::Global(*name),
                path: Vec::new(),
                default: None,
            }),
            Expr::With { name, scopes, .. } => Some(Tested {
                root: Root::With(*name, *scopes.first()?),
                path: Vec::new(),
                default: None,
            }),
            Expr::Select {
                base,
                path,
                default,
            } => {
                let mut tested = self.tested(*base)?;
                if tested.default.is_some() {
                    return None;
                }
                for key in path.iter() {
                    match key {
                        Key::Name(name) => tested.path.push(*name),
                        Key::Dynamic(_) => return None,
                    }
                }
                tested.default = *default;
                Some(tested)
            }
            _ => None,
        }
    }

    fn add_fact(&self, tested: &Tested, test: Test, holds: bool, out: &mut Vec<Fact>) {
        if let Some(default) = tested.default {
            // Only when the default could not have led here, the field was there.
            let Some(literal) = self.literal(default) else {
                return;
            };
            let satisfied = match (&test, &literal) {
                (Test::Is(family), Test::Is(other)) => family == other,
                (Test::Is(family), Test::Text(_)) => *family == Family::String,
                (Test::Is(family), Test::Number(_)) => *family == Family::Int,
                (Test::Has(_), _) => false,
                (test, literal) => test == literal,
            };
            if satisfied == holds {
                return;
            }
        }
        let test = tested
            .path
            .iter()
            .rev()
            .fold(test, |test, name| Test::Field(*name, Box::new(test)));
        out.push(Fact {
            root: tested.root,
            test,
            holds,
        });
    }

    /// What is left of a type. Of nothing at all, a variable into which nothing flows.
    pub(super) fn narrow(&mut self, ty: &Ty, test: &Test, holds: bool) -> Ty {
        let mut kept = Vec::new();
        self.narrow_into(ty, test, holds, &mut kept);
        match kept.is_empty() {
            true => self.fresh(),
            false => Ty::union(kept),
        }
    }

    pub(super) fn narrow_into(&mut self, ty: &Ty, test: &Test, holds: bool, kept: &mut Vec<Ty>) {
        if !self.step() {
            return kept.push(ty.clone());
        }
        match ty.kind() {
            Kind::Alias(..) => {
                let inner = self.unalias(ty);
                let from = kept.len();
                self.narrow_into(&inner, test, holds, kept);
                // What is left as it was keeps its name.
                if kept.len() == from + 1 && kept[from].same(&inner) {
                    kept[from] = ty.clone();
                }
            }
            Kind::Union(members) => {
                for member in members.iter() {
                    self.narrow_into(member, test, holds, kept);
                }
            }
            Kind::Var(_) => {
                let into = self.fresh();
                let rule = Rule::Narrow(test.clone(), holds);
                let narrowing = Ty::deferred(rule, [into.clone()]);
                mismatch_free(self.fits(ty, &narrowing, None));
                kept.push(into);
            }
            _ => kept.extend(self.narrow_one(ty, test, holds)),
        }
    }

    fn narrow_one(&mut self, ty: &Ty, test: &Test, holds: bool) -> Option<Ty> {
        let keep = |yes: bool| yes.then(|| ty.clone());
        match (test, ty.kind()) {
            (Test::Text(text), Kind::Text(other)) => keep((text == other) == holds),
            (Test::Text(text), Kind::String) if holds => Some(Ty::text(text)),
            (Test::Text(text), Kind::Any) if holds => Some(Ty::text(text)),
            (Test::Text(_), Kind::String) => keep(true),
            (Test::Number(number), Kind::Number(other)) => keep((number == other) == holds),
            (Test::Number(number), Kind::Int) if holds => Some(Ty::new(Kind::Number(*number))),
            (Test::Number(_), Kind::Int | Kind::Float) => keep(true),
            (Test::Text(_) | Test::Number(_), Kind::Any) => keep(true),
            (Test::Text(_) | Test::Number(_), _) => keep(!holds),
            (Test::Is(family), _) => narrow_family(ty, *family, holds),
            (Test::Has(name), Kind::Record(record)) => narrow_has(ty, record, *name, holds),
            (Test::Has(_), Kind::Any | Kind::TaskRef | Kind::Tasks(_)) => keep(true),
            (Test::Has(_), _) => keep(!holds),
            (Test::Field(name, test), Kind::Record(record)) => {
                let inner = record.get(*name)?;
                let mut kept = Vec::new();
                self.narrow_into(&inner, test, holds, &mut kept);
                (!kept.is_empty()).then(|| with_field(record, *name, Ty::union(kept)))
            }
            (Test::Field(..), Kind::Any | Kind::TaskRef | Kind::Tasks(_)) => keep(true),
            (Test::Field(..), _) => None,
        }
    }
}

fn narrow_family(ty: &Ty, family: Family, holds: bool) -> Option<Ty> {
    let own = match ty.kind() {
        Kind::Null => Family::Null,
        Kind::Bool => Family::Bool,
        Kind::Int | Kind::Number(_) => Family::Int,
        // A whole number will do where a Float is wanted.
        Kind::Float => {
            return match (family, holds) {
                (Family::Int, true) | (Family::Float, false) => Some(Ty::int()),
                (Family::Float, true) | (_, false) => Some(Ty::float()),
                (_, true) => None,
            };
        }
        Kind::String | Kind::Text(_) => Family::String,
        Kind::Path => Family::Path,
        Kind::Duration => Family::Duration,
        Kind::Size => Family::Size,
        Kind::List(_) => Family::List,
        Kind::Record(_) | Kind::Tasks(_) | Kind::TaskRef => Family::Record,
        Kind::Function(..) => Family::Function,
        Kind::Any if holds => {
            return Some(match family {
                Family::Null => Ty::null(),
                Family::Bool => Ty::bool(),
                Family::Int => Ty::int(),
                Family::Float => Ty::float(),
                Family::String => Ty::string(),
                Family::Path => Ty::path(),
                Family::Duration => Ty::duration(),
                Family::Size => Ty::size(),
                Family::List => Ty::list(Ty::any()),
                Family::Record => Ty::record(RecordTy::dict(Ty::any())),
                Family::Function => Ty::any(),
            });
        }
        _ => return Some(ty.clone()),
    };
    ((own == family) == holds).then(|| ty.clone())
}

fn narrow_has(ty: &Ty, record: &RecordTy, name: Symbol, holds: bool) -> Option<Ty> {
    match (record.field(name), &record.rest, holds) {
        (Some(field), _, true) if !field.optional => Some(ty.clone()),
        (Some(field), _, true) => Some(with_field(record, name, field.ty.clone())),
        (Some(field), _, false) if !field.optional => None,
        (Some(_), _, false) => {
            let mut less = record.clone();
            let fields = record.fields.iter().filter(|field| field.name != name);
            less.fields = fields.cloned().collect();
            less.name = None;
            Some(Ty::record(less))
        }
        (None, Rest::Dict(ty), true) => Some(with_field(record, name, ty.clone())),
        (None, Rest::Open, true) => Some(with_field(record, name, Ty::any())),
        (None, Rest::Exact, true) => None,
        (None, _, false) => Some(ty.clone()),
    }
}

/// The record, known to have a field of that type.
fn with_field(record: &RecordTy, name: Symbol, ty: Ty) -> Ty {
    let new = FieldTy {
        name,
        optional: false,
        ty,
    };
    let mut fields = record.fields.to_vec();
    match fields.iter_mut().find(|field| field.name == name) {
        Some(field) if !field.optional && field.ty.same(&new.ty) => {
            return Ty::record(record.clone());
        }
        Some(field) => *field = new,
        None => fields.push(new),
    }
    Ty::record(RecordTy::new(fields, record.rest.clone()))
}
