//! The types programs are made of.

use std::fmt::{self, Display, Formatter};

/// A type that a term is to have.
#[derive(Clone, Debug, PartialEq)]
pub enum T {
    Null,
    Bool,
    Int,
    Float,
    Text,
    Duration,
    Size,
    /// One of these texts.
    Word(Vec<&'static str>),
    List(Box<T>),
    /// Name, optional, type.
    Record(Vec<(&'static str, bool, T)>),
    /// `{ [String] : T }`
    Dict(Box<T>),
    Function(Box<T>, Box<T>),
    /// `T | Null`
    Maybe(Box<T>),
    /// `Int | String | [Int]`
    Mixed,
    /// Records told apart by their `kind`.
    Shape(Vec<(&'static str, Vec<(&'static str, T)>)>),
}

impl T {
    /// Whether a function is in it.
    pub fn has_function(&self) -> bool {
        match self {
            T::Function(..) => true,
            T::List(inner) | T::Dict(inner) | T::Maybe(inner) => inner.has_function(),
            T::Record(fields) => fields.iter().any(|field| field.2.has_function()),
            T::Shape(cases) => cases
                .iter()
                .any(|case| case.1.iter().any(|field| field.1.has_function())),
            _ => false,
        }
    }

    /// A value that has an order.
    pub fn is_ordered(&self) -> bool {
        match self {
            T::Int | T::Float | T::Text | T::Duration | T::Size | T::Word(_) => true,
            T::List(element) => element.is_ordered(),
            _ => false,
        }
    }

    /// Whether null may be among its values.
    pub fn has_null(&self) -> bool {
        matches!(self, T::Null | T::Maybe(_))
    }

    /// Whether every value of this type is one of the other.
    pub fn fits(&self, wanted: &T) -> bool {
        match (self, wanted) {
            (a, b) if a == b => true,
            (T::Maybe(a), T::Maybe(b)) => a.fits(b),
            (T::Null, T::Maybe(_)) => true,
            (a, T::Maybe(b)) => a.fits(b),
            (T::Int, T::Float | T::Mixed) | (T::Text | T::Word(_), T::Mixed) => true,
            (T::Word(_), T::Text) => true,
            (T::Word(a), T::Word(b)) => a.iter().all(|word| b.contains(word)),
            (T::List(a), T::List(b)) | (T::Dict(a), T::Dict(b)) => a.fits(b),
            (T::Record(a), T::Dict(b)) => a.iter().all(|field| !field.1 && field.2.fits(b)),
            (T::Record(a), T::Record(b)) => {
                let known = |name| b.iter().any(|field| field.0 == name);
                a.iter().all(|field| known(field.0))
                    && b.iter().all(|(name, optional, ty)| {
                        match a.iter().find(|field| field.0 == *name) {
                            Some(field) => (*optional || !field.1) && field.2.fits(ty),
                            None => *optional,
                        }
                    })
            }
            (T::Function(a, b), T::Function(c, d)) => c.fits(a) && b.fits(d),
            _ => false,
        }
    }
}

impl Display for T {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            T::Null => f.write_str("Null"),
            T::Bool => f.write_str("Bool"),
            T::Int => f.write_str("Int"),
            T::Float => f.write_str("Float"),
            T::Text => f.write_str("String"),
            T::Duration => f.write_str("Duration"),
            T::Size => f.write_str("Size"),
            T::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                f.write_str(&words.join(" | "))
            }
            T::List(element) => write!(f, "[{element}]"),
            T::Record(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, optional, ty)| match optional {
                        true => format!("{name} ? {ty}"),
                        false => format!("{name} : {ty}"),
                    })
                    .collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
            T::Dict(value) => write!(f, "{{ [String] : {value} }}"),
            T::Function(from, to) => write!(f, "(({from}) -> {to})"),
            T::Maybe(inner) => write!(f, "{inner} | Null"),
            T::Mixed => f.write_str("Int | String | [Int]"),
            T::Shape(cases) => {
                let cases: Vec<_> = cases
                    .iter()
                    .map(|(kind, fields)| {
                        let fields: String = fields
                            .iter()
                            .map(|(name, ty)| format!(", {name} : {ty}"))
                            .collect();
                        format!("{{ kind : \"{kind}\"{fields} }}")
                    })
                    .collect();
                f.write_str(&cases.join(" | "))
            }
        }
    }
}
