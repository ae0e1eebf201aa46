//! What is to be done with a type once it is known: constraints that stand among the upper
//! bounds of a variable, and are solved for each type that flows into it.

use super::Ty;
use crate::hir::BinaryOp;
use crate::symbol::Symbol;

/// A constraint on a type that is not known yet. The types it speaks of are kept beside it, see
/// [`super::Kind::Deferred`]; the last of them is where the result flows, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// What is left of the type when a test holds, or when it does not, flows into the result.
    Narrow(Test, bool),
    /// The field, if there is one, flows into the result.
    SelectOr(Symbol),
    /// Every field flows into the result.
    SelectAny,
    /// It is the left side of `//`; the other side is the first type.
    UpdateLeft,
    /// It is the right side of `//`.
    UpdateRight,
    /// It is the left side of an arithmetic operator.
    ArithmeticLeft(BinaryOp),
    /// It is the right side of an arithmetic operator.
    ArithmeticRight(BinaryOp),
    /// It is negated.
    Negate,
    /// It is compared with the first type; there is no result.
    Compare,
}

/// What a condition says about a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this text.
    Text(Box<str>),
    /// It is this number.
    Number(i64),
    /// It is of this family.
    Is(Family),
    /// It is a record that has this field.
    Has(Symbol),
    /// It is a record, and this holds for its field.
    Field(Symbol, Box<Test>),
}

/// What `std.type.of` tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Family {
    Null,
    Bool,
    Int,
    Float,
    String,
    Path,
    Duration,
    Size,
    List,
    Record,
    Function,
}

impl Family {
    /// By the name that `std.type.of` gives.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Null" => Family::Null,
            "Bool" => Family::Bool,
            "Int" => Family::Int,
            "Float" => Family::Float,
            "String" => Family::String,
            "Path" => Family::Path,
            "Duration" => Family::Duration,
            "Size" => Family::Size,
            "List" => Family::List,
            "Record" => Family::Record,
            "Function" => Family::Function,
            _ => return None,
        })
    }
}

impl Ty {
    /// A constraint.
    pub fn deferred(rule: Rule, types: impl Into<Box<[Ty]>>) -> Ty {
        Ty::new(super::Kind::Deferred(
            Box::new(rule),
            Box::new(types.into()),
        ))
    }
}
