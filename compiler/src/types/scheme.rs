//! Types without free variables.

use super::{Kind, Ty, VarId};
use rustc_hash::FxHashMap;

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

    /// The scheme of a part of the type: only the variables that matter to it.
    pub fn part(&self, ty: &Ty) -> Scheme {
        let mut numbers: FxHashMap<VarId, u32> = FxHashMap::default();
        let mut order: Vec<VarId> = Vec::new();
        let mut number = |ty: &Ty, order: &mut Vec<VarId>| {
            substitute(ty, &mut |var| {
                let next = order.len() as u32;
                let number = *numbers.entry(var).or_insert_with(|| {
                    order.push(var);
                    next
                });
                Ty::var(VarId(number))
            })
        };
        let ty = number(ty, &mut order);
        let mut bounds = Vec::new();
        while let Some(var) = order.get(bounds.len()).copied() {
            let (lower, upper) = match self.bounds.get(var.0 as usize) {
                Some((lower, upper)) => (&lower[..], &upper[..]),
                None => (&[][..], &[][..]),
            };
            let lower = lower.iter().map(|ty| number(ty, &mut order)).collect();
            let upper = upper.iter().map(|ty| number(ty, &mut order)).collect();
            bounds.push((lower, upper));
        }
        Scheme { ty, bounds }
    }

    /// The type with its variables numbered after those in `bounds`, where theirs are added.
    pub fn shifted(&self, bounds: &mut Vec<(Vec<Ty>, Vec<Ty>)>) -> Ty {
        let by = bounds.len() as u32;
        let shift = |ty: &Ty| substitute(ty, &mut |var| Ty::var(VarId(var.0 + by)));
        let all = |types: &[Ty]| types.iter().map(shift).collect();
        let moved = self.bounds.iter();
        bounds.extend(moved.map(|(lower, upper)| (all(lower), all(upper))));
        shift(&self.ty)
    }

    /// Every type in it replaced.
    pub fn map(&self, f: &dyn Fn(&Ty) -> Ty) -> Scheme {
        let all = |types: &[Ty]| types.iter().map(f).collect();
        let bounds = self.bounds.iter();
        Scheme {
            ty: f(&self.ty),
            bounds: bounds
                .map(|(lower, upper)| (all(lower), all(upper)))
                .collect(),
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
