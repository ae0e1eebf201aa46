//! Types without free variables.

use super::{Kind, Ty, VarId};

/// A type that holds for every choice of its variables, which are numbered from 0 and bounded.
/// It belongs to no checker, so it can be kept and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The type.
    pub ty: Ty,
    /// By variable: what flows into it and what it must flow into.
    pub bounds: Vec<(Vec<Ty>, Vec<Ty>)>,
}

impl Scheme {
    /// A type without variables.
    pub fn closed(ty: Ty) -> Self {
        Scheme {
            ty,
            bounds: Vec::new(),
        }
    }
}

/// Replaces every variable of a type.
pub fn substitute(ty: &Ty, of: &mut dyn FnMut(VarId) -> Ty) -> Ty {
    if !ty.has_vars() {
        return ty.clone();
    }
    match ty.kind() {
        Kind::Var(var) => of(*var),
        _ => ty.map(&mut |inner| substitute(inner, of)),
    }
}
