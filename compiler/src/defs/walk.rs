//! What an expression is made of.

use crate::hir::{Expr, ExprId, Key, LocalId, Param, StrPart, TypeId};

/// A part of an expression.
pub(crate) enum Part {
    /// An expression in it.
    Expr(ExprId),
    /// A binder it introduces, with its value and its type.
    Binds(LocalId),
    /// A binder it refers to.
    Mentions(LocalId),
    /// A type written in it.
    Type(TypeId),
}

/// Calls `each` for the immediate parts of an expression.
pub(crate) fn parts(expr: &Expr, each: &mut impl FnMut(Part)) {
    match expr {
        Expr::Missing
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Duration(_)
        | Expr::Size(_)
        | Expr::Text(_)
        | Expr::Path(_)
        | Expr::Global(_)
        | Expr::Unbound(_)
        | Expr::Import(_) => {}
        Expr::String(parts) => {
            for part in parts {
                if let StrPart::Expr(expr) = part {
                    each(Part::Expr(*expr));
                }
            }
        }
        Expr::Local(local) => each(Part::Mentions(*local)),
        Expr::With { scopes, .. } => {
            for scope in scopes {
                each(Part::Mentions(*scope));
            }
        }
        Expr::List(elements) => {
            for element in elements {
                each(Part::Expr(*element));
            }
        }
        Expr::Record(record) => {
            for source in &record.sources {
                each(Part::Binds(*source));
            }
            for field in &record.fields {
                each(Part::Expr(field.value));
                if let Some(annotation) = field.annotation() {
                    each(Part::Type(annotation));
                }
                if let Some(local) = field.local() {
                    each(Part::Binds(local));
                }
            }
            for (name, value) in &record.dynamic {
                each(Part::Expr(*name));
                each(Part::Expr(*value));
            }
        }
        Expr::Select {
            base,
            path,
            default,
        } => {
            each(Part::Expr(*base));
            keys(path, each);
            if let Some(default) = default {
                each(Part::Expr(*default));
            }
        }
        Expr::Conversion { value, ty } => {
            each(Part::Expr(*value));
            each(Part::Type(*ty));
        }
        Expr::Has { base, path } => {
            each(Part::Expr(*base));
            keys(path, each);
        }
        Expr::Apply {
            func,
            args,
            default,
        } => {
            each(Part::Expr(*func));
            for arg in args.iter() {
                each(Part::Expr(*arg));
            }
            if let Some(default) = default {
                each(Part::Expr(*default));
            }
        }
        Expr::Unary(_, operand) => each(Part::Expr(*operand)),
        Expr::Binary(_, left, right) => {
            each(Part::Expr(*left));
            each(Part::Expr(*right));
        }
        Expr::Lambda { param, body } => {
            match &**param {
                Param::Name(local) => each(Part::Binds(*local)),
                Param::Pattern { fields, whole, .. } => {
                    for (_, local) in fields {
                        each(Part::Binds(*local));
                    }
                    if let Some(whole) = whole {
                        each(Part::Binds(*whole));
                    }
                }
            }
            each(Part::Expr(*body));
        }
        Expr::Let { locals, body } => {
            for local in locals {
                each(Part::Binds(*local));
            }
            each(Part::Expr(*body));
        }
        Expr::WithScope { scope, body } => {
            each(Part::Binds(*scope));
            each(Part::Expr(*body));
        }
        Expr::Assert { cond, body } => {
            each(Part::Expr(*cond));
            each(Part::Expr(*body));
        }
        Expr::If {
            cond,
            then,
            otherwise,
        } => {
            each(Part::Expr(*cond));
            each(Part::Expr(*then));
            each(Part::Expr(*otherwise));
        }
    }
}

fn keys(path: &[Key], each: &mut impl FnMut(Part)) {
    for key in path {
        if let Key::Dynamic(expr) = key {
            each(Part::Expr(*expr));
        }
    }
}
