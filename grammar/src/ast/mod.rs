//! Views of nodes: what a construct consists of, without counting children.
//!
//! Every view takes a node of the kind it is named after. A tree that recovery has touched has
//! the same shape, with [`SyntaxKind::Missing`](crate::SyntaxKind::Missing) nodes and empty names
//! in the holes; given a node of another kind, a view says "missing" as well and does not panic.

mod binding;
mod expr;
mod literal;
mod string;
mod types;

pub use binding::{
    Binding, File, InheritBinding, Item, NameValue, TypeDef, attr_path, binding, file, inherit,
    item, name, type_def,
};
pub use expr::{Expr, Param, PatternField, PatternParts, expr, param, pattern};
pub use literal::{Literal, literal};
pub(crate) use literal::{LiteralError, literal_of};
pub use string::{Part, plain_text, string_value, verbatim_text};
pub use types::{TypeField, TypeNode, ty};
