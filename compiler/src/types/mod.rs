//! Types: what a value may be.
//!
//! A [`Ty`] is an immutable tree that is shared and compared by pointer first. It may contain
//! variables of the checker that made it; what leaves a checker is [closed](Scheme).

mod deferred;
pub mod foreign;
pub mod readable;
mod record;
pub mod schema;
mod scheme;
pub mod show;
pub mod signature;
mod union;
pub mod written;

pub use deferred::{Family, Rule, Test};
pub use record::{FieldTy, RecordTy, Rest};
pub use scheme::{Scheme, substitute};

use crate::symbol::Symbol;
use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Deeper types are known only down to here; below is [`Kind::Any`].
const DEEPEST: u16 = 60;

/// Types with more nodes (shared ones counted each time) are known only partly, so that nothing
/// that walks a type takes long.
const LARGEST: u32 = 200_000;

thread_local! {
    static TOO_MUCH: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, and says whether a type was too large to be kept meanwhile. Work inside of other
/// work does not count for that.
pub fn watched<T>(work: impl FnOnce() -> T) -> (T, bool) {
    let before = TOO_MUCH.replace(false);
    let result = work();
    (result, TOO_MUCH.replace(before))
}

/// Notes that a type is too large to be kept.
fn too_much() {
    TOO_MUCH.set(true);
}

/// A type.
#[derive(Clone)]
pub struct Ty(Arc<Node>);

struct Node {
    kind: Kind,
    depth: u16,
    size: u32,
    vars: bool,
}

/// A variable of a checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// What a type is.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// Anything: not known, or not said.
    Any,
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A whole number.
    Int,
    /// A number; a whole number will do.
    Float,
    /// A text.
    String,
    /// A path literal.
    Path,
    /// `30s`
    Duration,
    /// `10MB`
    Size,
    /// A reference to a task or to a namespace of tasks.
    TaskRef,
    /// Exactly this text.
    Text(Box<str>),
    /// Exactly this number.
    Number(i64),
    /// `[T]`
    List(Ty),
    /// `A -> B`
    Function(Ty, Ty),
    /// `{ … }`
    Record(Box<RecordTy>),
    /// `A | B`: at least two, none a union.
    Union(Box<[Ty]>),
    /// A variable.
    Var(VarId),
    /// Only among the upper bounds of variables: a constraint, and the types it speaks of.
    Deferred(Box<Rule>, Box<Box<[Ty]>>),
    /// A type that refers to itself, by name.
    Alias(Symbol, Box<[Ty]>),
    /// The task or namespace at a path below `tasks` of the project file.
    Tasks(Arc<[Symbol]>),
}

/// A checker makes many types; what few of them need is kept behind a pointer.
const _: () = assert!(size_of::<Node>() <= 32);

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        impl Ty {
            $($(#[$doc])* pub fn $name() -> Ty {
                static TY: OnceLock<Ty> = OnceLock::new();
                TY.get_or_init(|| {
                    let node = Node { kind: Kind::$kind, depth: 1, size: 1, vars: false };
                    Ty(Arc::new(node))
                })
                .clone()
            })*
        }
    };
}

constants! {
    /// [`Kind::Any`]
    any = Any;
    /// [`Kind::Null`]
    null = Null;
    /// [`Kind::Bool`]
    bool = Bool;
    /// [`Kind::Int`]
    int = Int;
    /// [`Kind::Float`]
    float = Float;
    /// [`Kind::String`]
    string = String;
    /// [`Kind::Path`]
    path = Path;
    /// [`Kind::Duration`]
    duration = Duration;
    /// [`Kind::Size`]
    size = Size;
    /// [`Kind::TaskRef`]
    task_ref = TaskRef;
}

impl Ty {
    /// Makes a type; one that is too deep becomes [`Kind::Any`].
    pub fn new(kind: Kind) -> Ty {
        let mut node = Node {
            depth: 0,
            size: 1,
            vars: matches!(kind, Kind::Var(_)),
            kind: Kind::Any,
        };
        match &kind {
            Kind::List(element) => node.contain(element),
            Kind::Function(from, to) => {
                node.contain(from);
                node.contain(to);
            }
            Kind::Union(types) | Kind::Alias(_, types) => {
                types.iter().for_each(|ty| node.contain(ty));
            }
            Kind::Deferred(_, types) => types.iter().for_each(|ty| node.contain(ty)),
            Kind::Record(record) => record.types().for_each(|ty| node.contain(ty)),
            _ => {}
        }
        if node.depth >= DEEPEST || node.size > LARGEST {
            too_much();
            return Ty::any();
        }
        node.depth += 1;
        node.kind = kind;
        Ty(Arc::new(node))
    }

    /// What it is.
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// How many parts it has, shared ones counted each time.
    pub fn parts(&self) -> u32 {
        self.0.size
    }

    /// Contains variables.
    pub fn has_vars(&self) -> bool {
        self.0.vars
    }

    /// The same object; equal types may be different objects.
    pub fn same(&self, other: &Ty) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// `[element]`
    pub fn list(element: Ty) -> Ty {
        Ty::new(Kind::List(element))
    }

    /// `from -> to`
    pub fn function(from: Ty, to: Ty) -> Ty {
        Ty::new(Kind::Function(from, to))
    }

    /// A record type.
    pub fn record(record: RecordTy) -> Ty {
        Ty::new(Kind::Record(Box::new(record)))
    }

    /// Exactly this text.
    pub fn text(text: &str) -> Ty {
        Ty::new(Kind::Text(text.into()))
    }

    /// A variable.
    pub fn var(var: VarId) -> Ty {
        Ty::new(Kind::Var(var))
    }

    /// The members of a union; of any other type, itself.
    pub fn members(&self) -> &[Ty] {
        match self.kind() {
            Kind::Union(members) => members,
            _ => std::slice::from_ref(self),
        }
    }

    /// The same type with each type directly inside replaced.
    pub fn map(&self, f: &mut dyn FnMut(&Ty) -> Ty) -> Ty {
        match self.kind() {
            Kind::List(element) => Ty::list(f(element)),
            Kind::Function(from, to) => {
                let from = f(from);
                Ty::function(from, f(to))
            }
            Kind::Union(members) => Ty::union(members.iter().map(f).collect::<Vec<_>>()),
            Kind::Record(record) => Ty::record(record.map(f)),
            Kind::Alias(name, args) if !args.is_empty() => {
                Ty::new(Kind::Alias(*name, args.iter().map(f).collect()))
            }
            Kind::Deferred(rule, types) => {
                Ty::deferred((**rule).clone(), types.iter().map(f).collect::<Vec<_>>())
            }
            _ => self.clone(),
        }
    }

    /// The types directly inside.
    pub fn children(&self) -> Vec<&Ty> {
        match self.kind() {
            Kind::List(element) => vec![element],
            Kind::Function(from, to) => vec![from, to],
            Kind::Union(types) | Kind::Alias(_, types) => types.iter().collect(),
            Kind::Deferred(_, types) => types.iter().collect(),
            Kind::Record(record) => record.types().collect(),
            _ => Vec::new(),
        }
    }

    /// Nothing is known.
    pub fn is_any(&self) -> bool {
        matches!(self.kind(), Kind::Any)
    }
}

impl Node {
    fn contain(&mut self, ty: &Ty) {
        self.depth = self.depth.max(ty.0.depth);
        self.size = self.size.saturating_add(ty.0.size);
        self.vars |= ty.0.vars;
    }
}

impl PartialEq for Ty {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
            || (self.0.depth == other.0.depth
                && self.0.size == other.0.size
                && self.0.vars == other.0.vars
                && self.0.kind == other.0.kind)
    }
}

impl Eq for Ty {}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show::show(self))
    }
}
