//! The definitions of a file: what is checked, and checked again, by itself.
//!
//! A lowered file ([`crate::hir::Module`]) is cut into units: the bindings of its head and the
//! fields of its body, those that need each other together, and in a project file one for each
//! task. The [`Body`] of a unit has a numbering of its own and names what it needs of others, so
//! an edit elsewhere in the file leaves it equal to what it was. Its [`Origin`] leads back to
//! the numbering of the file, and from there to positions.

mod again;
mod body;
mod components;
mod extent;
mod groups;
mod link;
mod origin;
mod rings;
mod split;
mod tree;
mod types;
mod walk;

pub(crate) use walk::{Part, parts};

pub(crate) use again::split_again;
pub(crate) use components::components;
pub use groups::{Group, Groups};
pub use link::{Link, Linked, link};
pub use origin::Origin;
pub use rings::rings;
pub use split::split;
pub use tree::{Fields, Form, Shape, find, shape};
pub use types::type_table;

use crate::hir::{ExprId, LocalId, Module};
use crate::symbol::Symbol;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a definition is called, wherever in its file it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// All of a file that takes parameters, or of a bare expression.
    Whole,
    /// A binding of the head.
    Let(Symbol),
    /// The `e` of an `inherit (e) …;` of the head, by position among these.
    LetSource(u32),
    /// A field of the body.
    Field(Symbol),
    /// The `e` of an `inherit (e) …;` of the body, by position among these.
    FieldSource(u32),
    /// The fields of the body whose names are computed.
    Computed,
    /// A task, or something else at a path below `tasks`.
    Task(Arc<[Symbol]>),
}

/// A unit of checking without its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The expressions, types and binders of the unit in a numbering of its own. Binders of
    /// other units follow its own; only those of questions have values.
    pub module: Arc<Module>,
    /// What is to be checked.
    pub root: Root,
    /// The names of the definitions in it, in source order.
    pub members: Box<[Name]>,
    /// What the binders after its own stand for.
    pub outers: Box<[Outer]>,
    /// The number of its own expressions.
    pub own_exprs: u32,
    /// The number of its own binders.
    pub own_locals: u32,
    /// The `type`s of the file that it mentions.
    pub type_names: Box<[Symbol]>,
}

/// What is to be checked in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The root of the module.
    Whole,
    /// Bindings: the first so many binders. Some are fields of a record.
    Bindings {
        /// How many.
        count: u32,
        /// The record.
        record: Option<ExprId>,
    },
    /// A record with some of the fields of a project file.
    Project(ExprId),
    /// A record with some of the fields of a namespace of tasks.
    Tasks(ExprId),
}

/// A name that is bound in another unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outer {
    /// A definition.
    Member {
        /// The first definition of its unit.
        unit: Name,
        /// Its position in [`Body::members`].
        index: u32,
    },
    /// The `tasks` of the project file.
    Tasks,
}

impl Body {
    /// All of a module.
    pub fn whole(module: &Arc<Module>) -> Self {
        Body {
            module: module.clone(),
            root: Root::Whole,
            members: Box::new([Name::Whole]),
            outers: Box::default(),
            own_exprs: module.exprs.len() as u32,
            own_locals: module.locals.len() as u32,
            type_names: Box::default(),
        }
    }

    /// What a binder stands for that is bound in another unit.
    pub fn outer(&self, local: LocalId) -> Option<&Outer> {
        let index = local.index().checked_sub(self.own_locals as usize)?;
        self.outers.get(index)
    }
}

/// A unit of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its first definition.
    pub name: Name,
    /// What it says.
    pub body: Arc<Body>,
    /// Where that is.
    pub origin: Origin,
}

impl Unit {
    /// How many parts of the file it consists of; what was copied besides only explains it.
    fn parts(&self) -> usize {
        match self.name {
            Name::Computed => usize::MAX,
            _ => self.body.members.len(),
        }
    }
}

/// All units of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definitions {
    /// The units; what one needs comes before it, but for names of tasks.
    pub units: Vec<Arc<Unit>>,
    /// By the name of their first definition.
    pub index: Arc<FxHashMap<Name, u32>>,
    /// The fields of the body, in source order: name, unit, and position in the unit.
    pub fields: Arc<[(Symbol, Name, u32)]>,
    /// The body has fields whose names are computed.
    pub open: bool,
    /// All names bound by head and body, for suggestions.
    pub names: Arc<[Symbol]>,
    /// The binders of head and body, by number.
    binders: Arc<[Binder]>,
    /// The binder of the `tasks` of a project file.
    tasks: Option<LocalId>,
    /// The records between `tasks` and the units of tasks, by path.
    pub namespaces: Arc<Namespaces>,
    /// The units once more, some in each group: see [`Groups`].
    pub groups: Groups,
}

/// What a binder of head or body stands for in other units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binder {
    local: LocalId,
    /// The position of its unit, and its own in that.
    place: (u32, u32),
    /// It comes along to where it is used.
    is_question: bool,
}

/// The records between `tasks` and the units of tasks, by path.
pub type Namespaces = FxHashMap<Box<[Symbol]>, Arc<Fields>>;

impl Definitions {
    /// The unit whose first definition is called so.
    pub fn unit(&self, name: &Name) -> Option<&Unit> {
        Some(self.units.get(*self.index.get(name)? as usize)?)
    }

    /// The unit an expression of the file belongs to, and its number there.
    pub fn unit_of(&self, id: ExprId) -> Option<(&Unit, ExprId)> {
        let mut units = self.units.iter().map(|unit| &**unit);
        units.find_map(|unit| Some((unit, unit.origin.own_expr(id, unit.parts())?)))
    }

    /// The unit a binder of the file belongs to, and its number there.
    pub fn unit_of_local(&self, id: LocalId) -> Option<(&Unit, LocalId)> {
        let mut units = self.units.iter().map(|unit| &**unit);
        units.find_map(|unit| Some((unit, unit.origin.own_local(id, unit.parts())?)))
    }
}
