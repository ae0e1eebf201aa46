//! The state of checking one module.

use super::narrow::Root;
use super::problem::{Place, Problem};
use super::units::Known;
use crate::db::Role;
use crate::defs::{Body, Outer, Shape};
use crate::hir::{Expr, ExprId, LocalId, Module};
use crate::symbol::Symbol;
use crate::types::schema::Schema;
use crate::types::written::{Elsewhere, Fault, Written};
use crate::types::{Kind, Scheme, Ty, VarId};
use rustc_hash::FxHashSet;
use std::cell::Cell;
use std::sync::Arc;

/// What is known of the outside of a unit.
pub trait Outside: Elsewhere {
    /// The type of an imported file; what to say when there is none.
    fn import(&self, expr: ExprId, literal: &str) -> Result<Arc<Scheme>, Box<Problem>>;

    /// What is known of a definition in another unit.
    fn definition(&self, outer: &Outer) -> Known;

    /// The type of a field of a definition in another unit, if that has one of this name.
    fn field(&self, outer: &Outer, name: Symbol) -> Option<Arc<Scheme>>;

    /// What is at a path below `tasks` of the project file.
    fn task(&self, path: &Arc<[Symbol]>) -> Option<Arc<Shape>>;

    /// The type of what is computed at a path below `tasks`.
    fn task_type(&self, path: &Arc<[Symbol]>) -> Arc<Scheme>;

    /// About how many units the file has.
    fn units(&self) -> u64;

    /// The names bound by the file.
    fn names(&self) -> Vec<Symbol>;

    /// Whether a field of the file is a record that certainly has a field.
    fn has_field(&self, name: Symbol, field: Symbol) -> bool;

    /// The names of the `type`s of the file.
    fn type_names(&self) -> Vec<Symbol>;
}

/// A variable that stands for a type: what flows into it, and what it must flow into.
pub(super) struct Var {
    pub(super) lower: Vec<(Ty, Option<Place>)>,
    pub(super) upper: Vec<(Ty, Option<Place>)>,
    /// How many definitions deep it was made; deeper ones are chosen anew at each use.
    pub(super) level: u32,
}

/// What is known of a binder.
#[derive(Clone)]
pub(super) enum LocalTy {
    Unseen,
    /// Its definition is being looked at.
    Busy(Ty),
    /// Variables deeper than the level are chosen anew at each use.
    Done(u32, Ty),
}

/// Checks one module.
pub(super) struct Checker<'a> {
    pub(super) body: &'a Body,
    pub(super) module: &'a Module,
    pub(super) schema: &'a Schema,
    pub(super) outside: &'a dyn Outside,
    pub(super) written: Written<'a>,
    pub(super) vars: Vec<Var>,
    pub(super) level: u32,
    pub(super) locals: Vec<LocalTy>,
    pub(super) problems: Vec<Problem>,
    /// Problems are found elsewhere, too, and reported there.
    pub(super) muted: u32,
    /// Steps that may still be taken.
    pub(super) budget: u64,
    /// Steps taken.
    pub(super) steps: u64,
    /// Where something was not followed to its end.
    pub(super) gave_up: Option<Place>,
    /// How many variables deep constraints are being followed.
    pub(super) chain: u32,
    /// Constraints between variables that have been looked at.
    pub(super) solved: FxHashSet<(Identity, Identity)>,
    /// What enclosing conditions have left of the types of names, innermost last.
    pub(super) narrowed: Vec<(Root, Ty)>,
    /// Fields whose mistakes are reported where they are defined, not where their record is.
    pub(super) reporting: FxHashSet<LocalId>,
    /// Types with arguments that refer to themselves, and what they stand for.
    pub(super) applied: Vec<(Ty, Ty)>,
    /// By binder: how many of these were there where it was bound.
    pub(super) narrowed_at: Vec<usize>,
    /// While alternatives are tried: what has been done to variables, to be undone.
    pub(super) trail: Option<Trail>,
    /// What the value being checked is for: "`timeout`".
    pub(super) subject: Option<String>,
    /// The name the value being checked is bound to.
    pub(super) owner: Option<Place>,
    /// What the file is checked against.
    pub(super) role: Role,
    /// What is being selected is named from `tasks` on, so that its type may be asked for: what
    /// needs itself that way is known ([`crate::defs::rings`]).
    pub(super) by_name: bool,
    /// The binder of the `tasks` of a project file.
    pub(super) tasks: Option<LocalId>,
    /// Names that were meant where another was written.
    pub(super) suggested: FxHashSet<Symbol>,
    /// What parts were found to be, when somebody asks.
    pub(super) found: Option<Box<super::found::Found>>,
    /// Types of the texts that were met last, by their hashes.
    pub(super) texts: [Option<Ty>; 64],
}

/// What has been done to variables.
#[derive(Default)]
pub(super) struct Trail {
    /// Bounds added: upper ones, or lower ones.
    pub(super) bounds: Vec<(VarId, bool)>,
    /// Constraints looked at.
    pub(super) solved: Vec<(Identity, Identity)>,
}

/// A type by identity; holding it keeps the identity its own.
#[derive(Clone)]
pub(super) struct Identity(pub(super) Ty);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.kind(), other.0.kind()) {
            (Kind::Var(a), Kind::Var(b)) => a == b,
            _ => self.0.same(&other.0),
        }
    }
}

impl Eq for Identity {}

impl std::hash::Hash for Identity {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self.0.kind() {
            Kind::Var(var) => var.hash(state),
            kind => std::ptr::from_ref(kind).hash(state),
        }
    }
}

thread_local! {
    /// The table of the last unit on this thread: most are small, and would let one grow anew.
    static SOLVED: Cell<FxHashSet<(Identity, Identity)>> = Cell::default();
}

/// A larger table is not kept.
const MOST_KEPT: usize = 1_000;

impl<'a> Checker<'a> {
    /// Leaves its table of solved constraints to the next.
    pub(super) fn end(&mut self) {
        let mut solved = std::mem::take(&mut self.solved);
        if solved.capacity() <= MOST_KEPT {
            solved.clear();
            SOLVED.set(solved);
        }
    }

    pub(super) fn new(
        body: &'a Body,
        schema: &'a Schema,
        outside: &'a dyn Outside,
        role: Role,
    ) -> Self {
        let module = &*body.module;
        let own = body.own_exprs;
        let mut checker = Checker {
            body,
            module,
            schema,
            outside,
            written: super::files::written(module, role).among(outside, &body.type_names),
            vars: Vec::new(),
            level: 0,
            locals: vec![LocalTy::Unseen; module.locals.len()],
            problems: Vec::new(),
            muted: 0,
            budget: super::limits::budget(own, outside.units()),
            steps: 0,
            gave_up: None,
            chain: 0,
            solved: SOLVED.take(),
            narrowed: Vec::new(),
            narrowed_at: vec![0; module.locals.len()],
            trail: None,
            applied: Vec::new(),
            reporting: FxHashSet::default(),
            subject: None,
            owner: None,
            role,
            by_name: false,
            tasks: None,
            suggested: FxHashSet::default(),
            found: None,
            texts: [const { None }; 64],
        };
        if role == Role::Project {
            checker.tasks = checker.find_tasks();
        }
        checker
    }

    pub(super) fn expr(&self, id: ExprId) -> &'a Expr {
        &self.module.exprs[id.index()]
    }

    pub(super) fn report(&mut self, problem: Problem) {
        if self.muted == 0 {
            self.problems.push(problem);
        }
    }

    pub(super) fn fresh(&mut self) -> Ty {
        self.vars.push(Var {
            lower: Vec::new(),
            upper: Vec::new(),
            level: self.level,
        });
        Ty::var(VarId(self.vars.len() as u32 - 1))
    }

    pub(super) fn var(&mut self, var: VarId) -> &mut Var {
        &mut self.vars[var.0 as usize]
    }

    /// Runs with another subject for messages.
    pub(super) fn about<T>(
        &mut self,
        subject: impl Into<String>,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.subject.replace(subject.into());
        let result = work(self);
        self.subject = before;
        result
    }

    /// Remembers what is known where binders are bound, so that their values are looked at with
    /// that knowledge, wherever they are first used.
    pub(super) fn bind_here(&mut self, locals: impl IntoIterator<Item = LocalId>) {
        let known = self.narrowed.len();
        for local in locals {
            self.narrowed_at[local.index()] = known;
            // Looked at again, as a part of something that is: its parameters are others now.
            if let LocalTy::Done(..) = self.locals[local.index()] {
                self.locals[local.index()] = LocalTy::Unseen;
            }
        }
    }

    /// A type written in this module.
    pub(super) fn written(&mut self, id: crate::hir::TypeId) -> Ty {
        self.written.ty(id)
    }

    /// Looks behind the name of a type that refers to itself.
    pub(super) fn unalias(&mut self, ty: &Ty) -> Ty {
        match ty.kind() {
            Kind::Alias(name, args) if args.is_empty() => self
                .written
                .defined(*name)
                .or_else(|| self.schema.get(*name))
                .or_else(|| self.outside.named(*name, &[])?.ok())
                .unwrap_or_else(Ty::any),
            Kind::Alias(name, args) => {
                // The same type each time, so that comparing it comes to an end.
                if let Some((_, known)) = self.applied.iter().find(|known| known.0 == *ty) {
                    return known.clone();
                }
                let meaning = match self.written.applied(*name, args) {
                    Some(meaning) => meaning.ok(),
                    None => self.outside.named(*name, args).and_then(Result::ok),
                };
                let meaning = meaning.unwrap_or_else(Ty::any);
                self.applied.push((ty.clone(), meaning.clone()));
                meaning
            }
            _ => ty.clone(),
        }
    }

    /// What is wrong with the types written in the module.
    pub(super) fn report_faults(&mut self) {
        self.written.all();
        let mut faults = std::mem::take(&mut self.written.faults);
        faults.sort_by_key(|(at, _)| *at);
        faults.dedup();
        for (at, fault) in faults {
            let problem = self.fault(Place::Type(at), fault);
            self.report(problem);
        }
    }

    fn fault(&self, at: Place, fault: Fault) -> Problem {
        use crate::diagnostic::registry::names::{CIRCULAR_TYPE, TYPE_ARGUMENTS, UNKNOWN_TYPE};
        use crate::diagnostic::suggest::nearest;
        match fault {
            Fault::Unknown(name) => {
                let own = self.module.type_defs.iter().map(|def| def.name);
                let all = own
                    .chain(self.outside.type_names())
                    .map(|name| name.as_str())
                    .chain(self.schema.names())
                    .chain(crate::types::written::BUILTIN.iter().copied());
                let problem =
                    Problem::error(UNKNOWN_TYPE, at, format!("there is no type `{name}`"))
                        .label("unknown type");
                let problem = match super::elsewhere::type_name(name) {
                    Some(right) => {
                        return problem.help(format!("it is called `{right}` here")).fix(
                            format!("Replace with `{right}`"),
                            vec![(at, right.into())],
                        );
                    }
                    None => problem,
                };
                match nearest(name.as_str(), all) {
                    Some(near) => super::infer::did_you_mean(problem, at, near),
                    None => problem.note(format!(
                        "the types of the language are {}",
                        crate::diagnostic::suggest::enumerate(
                            crate::types::written::BUILTIN.iter().copied(),
                            20
                        )
                    )),
                }
            }
            Fault::Arguments {
                name,
                wanted,
                given,
            } => Problem::error(
                TYPE_ARGUMENTS,
                at,
                format!(
                    "the type `{name}` takes {}, and {} given",
                    match wanted {
                        0 => "no arguments".into(),
                        1 => "one argument".into(),
                        n => format!("{n} arguments"),
                    },
                    match given {
                        0 => "none is".into(),
                        1 => "one is".into(),
                        n => format!("{n} are"),
                    }
                ),
            )
            .label(match wanted {
                0 => "takes nothing".into(),
                n => format!("needs {n}"),
            })
            .help(match wanted {
                0 => format!("write `{name}` alone"),
                1 => format!("write a type behind it: `{name} Int`"),
                n => format!("write {n} types behind it: `{name} {}`", ["Int", "String", "Bool", "Path"][..n.min(4)].join(" ")),
            }),
            Fault::Circular(name) => Problem::error(
                CIRCULAR_TYPE,
                at,
                format!("the type `{name}` stands for itself and nothing else"),
            )
            .label("leads back to itself")
            .help("a type may contain itself inside a list, a record or a function: `type Tree = { children : [Tree] };`"),
        }
    }
}
