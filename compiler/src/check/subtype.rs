//! Whether a value of one type may stand where another is wanted.
//!
//! Constraints between variables are solved as in Simple-sub (Parreaux, "The simple essence of
//! algebraic subtyping", ICFP 2020), with two liberties that keep correct programs free of
//! errors: a union fits when one of its members does, and what only a branch demands of a
//! variable from outside is not demanded.

use super::context::{Checker, Identity, LONGEST_CHAIN};
use super::problem::Place;
use crate::symbol::Symbol;
use crate::types::{Kind, RecordTy, Rest, Ty, VarId};

/// Bounds of a variable beyond this number are only compared, not kept.
const MOST_BOUNDS: usize = 64;

/// Why a type does not fit.
#[derive(Clone, Debug)]
pub(super) struct Mismatch {
    /// What there is.
    pub(super) found: Ty,
    /// What is wanted.
    pub(super) wanted: Ty,
    /// What exactly is wrong.
    pub(super) reason: Reason,
    /// The innermost field it is in, when the whole was a record.
    pub(super) field: Option<Symbol>,
    /// It is an element of a list: of the field, or of the whole.
    pub(super) element: bool,
    /// Where the value comes from.
    pub(super) origin: Option<Place>,
    /// Where it is wanted.
    pub(super) because: Option<Place>,
}

/// What exactly does not fit.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    /// Another kind of value.
    Kind,
    /// A field is missing.
    Missing(Symbol),
    /// A field is there that must not be.
    Unknown(Symbol),
}

type Fit = Result<(), Box<Mismatch>>;

fn mismatch(found: &Ty, wanted: &Ty, reason: Reason) -> Fit {
    Err(Box::new(Mismatch {
        found: found.clone(),
        wanted: wanted.clone(),
        reason,
        field: None,
        element: false,
        origin: None,
        because: None,
    }))
}

impl Checker<'_> {
    /// Demands that values of `found` fit where `wanted` is. `at` is the place of the demand.
    pub(super) fn fits(&mut self, found: &Ty, wanted: &Ty, at: Option<Place>) -> Fit {
        if !self.step() || found.same(wanted) {
            return Ok(());
        }
        match (found.kind(), wanted.kind()) {
            (Kind::Any, _) | (_, Kind::Any) => Ok(()),
            (Kind::Var(a), Kind::Var(b)) if a == b => Ok(()),
            (Kind::Var(var), _) => {
                if self.is_new(found, wanted) {
                    self.flow_out(*var, wanted, at)
                } else {
                    Ok(())
                }
            }
            (_, Kind::Var(var)) => {
                if self.is_new(found, wanted) {
                    self.flow_in(found, *var, at)
                } else {
                    Ok(())
                }
            }
            (Kind::Alias(a), Kind::Alias(b)) if a == b => Ok(()),
            (Kind::Alias(_), _) | (_, Kind::Alias(_)) => {
                // Types that refer to themselves would be compared for ever.
                if !self.is_new(found, wanted) {
                    return Ok(());
                }
                let found = self.unalias(found);
                let wanted = self.unalias(wanted);
                self.fits(&found, &wanted, at)
            }
            (Kind::Union(members), _) => self.any_member_fits(members, wanted, at),
            (_, Kind::Union(members)) => self.fits_a_member(found, members, wanted, at),
            (Kind::Tasks(_), Kind::TaskRef) => Ok(()),
            (Kind::Tasks(path), _) => {
                let ty = self.tasks_type(path);
                self.fits(&ty, wanted, at).map_err(|mut e| {
                    if e.found.same(&ty) {
                        e.found = found.clone();
                    }
                    e
                })
            }
            (Kind::Record(_), Kind::TaskRef) | (Kind::TaskRef, Kind::Record(_) | Kind::TaskRef) => {
                Ok(())
            }
            (Kind::Text(a), Kind::Text(b)) if a == b => Ok(()),
            (Kind::Number(a), Kind::Number(b)) if a == b => Ok(()),
            (Kind::Text(_), Kind::String) | (Kind::String, Kind::Text(_)) => Ok(()),
            (Kind::Number(_), Kind::Int | Kind::Float) | (Kind::Int, Kind::Number(_)) => Ok(()),
            (Kind::Int, Kind::Float) => Ok(()),
            (Kind::List(a), Kind::List(b)) => self.fits(a, b, at).map_err(|mut e| {
                e.element |= e.field.is_none();
                e
            }),
            (Kind::Function(a, b), Kind::Function(c, d)) => {
                self.fits(c, a, at)?;
                self.fits(b, d, at)
            }
            (Kind::Record(a), Kind::Record(b)) => self.record_fits(found, a, wanted, b, at),
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) && is_plain(a) => {
                Ok(())
            }
            _ => mismatch(found, wanted, Reason::Kind),
        }
    }

    fn is_new(&mut self, found: &Ty, wanted: &Ty) -> bool {
        let pair = (Identity(found.clone()), Identity(wanted.clone()));
        self.solved.insert(pair)
    }

    fn flow_out(&mut self, var: VarId, wanted: &Ty, at: Option<Place>) -> Fit {
        if self.chain >= LONGEST_CHAIN {
            return Ok(());
        }
        self.chain += 1;
        let fit = self.demand(var, wanted, at);
        self.chain -= 1;
        fit
    }

    fn demand(&mut self, var: VarId, wanted: &Ty, at: Option<Place>) -> Fit {
        let branch = self.branch;
        let level = self.var(var).level;
        self.limit_level(wanted, level);
        let state = self.var(var);
        if state.branch < branch {
            return Ok(());
        }
        if state.upper.len() < MOST_BOUNDS {
            state.upper.push((wanted.clone(), at));
        }
        let mut first = None;
        let mut fits = false;
        // As in a union, one that fits is enough.
        for (lower, origin) in self.var(var).lower.clone() {
            match self.fits(&lower, wanted, at) {
                Ok(()) => fits = true,
                Err(mut e) => {
                    e.origin = e.origin.or(origin);
                    e.because = e.because.or(at);
                    first.get_or_insert(e);
                }
            }
        }
        match first {
            Some(e) if !fits => Err(e),
            _ => Ok(()),
        }
    }

    fn flow_in(&mut self, found: &Ty, var: VarId, at: Option<Place>) -> Fit {
        if self.chain >= LONGEST_CHAIN {
            return Ok(());
        }
        self.chain += 1;
        let fit = self.supply(found, var, at);
        self.chain -= 1;
        fit
    }

    fn supply(&mut self, found: &Ty, var: VarId, at: Option<Place>) -> Fit {
        let level = self.var(var).level;
        self.limit_level(found, level);
        let state = self.var(var);
        if state.lower.len() < MOST_BOUNDS {
            state.lower.push((found.clone(), at));
        }
        for (upper, because) in self.var(var).upper.clone() {
            if let Err(mut e) = self.fits(found, &upper, at) {
                e.because = e.because.or(because);
                return Err(e);
            }
        }
        Ok(())
    }

    /// What a variable is bound to must not outlive it: deeper variables become as shallow.
    fn limit_level(&mut self, ty: &Ty, level: u32) {
        if !ty.has_vars() || !self.step() || self.chain >= LONGEST_CHAIN {
            return;
        }
        match ty.kind() {
            Kind::Var(var) => {
                if self.var(*var).level <= level {
                    return;
                }
                self.var(*var).level = level;
                let state = self.var(*var);
                let bounds: Vec<Ty> = state
                    .lower
                    .iter()
                    .chain(&state.upper)
                    .map(|(ty, _)| ty.clone())
                    .collect();
                self.chain += 1;
                for bound in bounds {
                    self.limit_level(&bound, level);
                }
                self.chain -= 1;
            }
            Kind::List(element) => self.limit_level(element, level),
            Kind::Function(from, to) => {
                self.limit_level(from, level);
                self.limit_level(to, level);
            }
            Kind::Union(members) => {
                for member in members.iter() {
                    self.limit_level(member, level);
                }
            }
            Kind::Record(record) => {
                for ty in record.types() {
                    self.limit_level(ty, level);
                }
            }
            _ => {}
        }
    }

    fn any_member_fits(&mut self, members: &[Ty], wanted: &Ty, at: Option<Place>) -> Fit {
        let mut first = None;
        let mut fits = false;
        for member in members {
            // What one of several alternatives may demand of a variable is not demanded.
            if matches!(member.kind(), Kind::Var(_)) {
                fits = true;
                continue;
            }
            match self.fits(member, wanted, at) {
                Ok(()) => fits = true,
                Err(e) => {
                    first.get_or_insert(e);
                }
            }
        }
        match first {
            Some(e) if !fits => Err(e),
            _ => Ok(()),
        }
    }

    fn fits_a_member(&mut self, found: &Ty, members: &[Ty], wanted: &Ty, at: Option<Place>) -> Fit {
        let mut closest: Option<(usize, Box<Mismatch>)> = None;
        let mut candidates = 0;
        for member in members {
            let member = self.unalias(member);
            if matches!(member.kind(), Kind::Var(_) | Kind::Any) {
                return Ok(());
            }
            if !heads_fit(found, &member) {
                continue;
            }
            candidates += 1;
            match self.fits(found, &member, at) {
                Ok(()) => return Ok(()),
                Err(e) => {
                    let shared = shared_fields(found, &member);
                    if closest.as_ref().is_none_or(|(most, _)| shared > *most) {
                        closest = Some((shared, e));
                    }
                }
            }
        }
        match closest {
            // Among several, only a record that is clearly meant is worth explaining.
            Some((shared, e)) if candidates == 1 || shared > 0 => Err(e),
            _ => mismatch(found, wanted, Reason::Kind),
        }
    }

    fn record_fits(
        &mut self,
        found: &Ty,
        a: &RecordTy,
        wanted: &Ty,
        b: &RecordTy,
        at: Option<Place>,
    ) -> Fit {
        for field in b.fields.iter() {
            match a.field(field.name) {
                Some(have) => self.fits(&have.ty, &field.ty, at).map_err(|mut e| {
                    e.field = e.field.or(Some(field.name));
                    e
                })?,
                None => match &a.rest {
                    Rest::Dict(ty) => self.fits(ty, &field.ty, at)?,
                    Rest::Open => {}
                    Rest::Exact | Rest::Closed if field.optional => {}
                    Rest::Exact | Rest::Closed => {
                        return mismatch(found, wanted, Reason::Missing(field.name));
                    }
                },
            }
        }
        match &b.rest {
            Rest::Dict(ty) => {
                for field in a.fields.iter().filter(|f| b.field(f.name).is_none()) {
                    self.fits(&field.ty, ty, at).map_err(|mut e| {
                        e.field = e.field.or(Some(field.name));
                        e
                    })?;
                }
                if let Rest::Dict(have) = &a.rest {
                    self.fits(have, ty, at)?;
                }
                Ok(())
            }
            Rest::Closed => {
                let extra = a
                    .fields
                    .iter()
                    .find(|f| !f.optional && b.field(f.name).is_none());
                match extra {
                    Some(field) => mismatch(found, wanted, Reason::Unknown(field.name)),
                    None => Ok(()),
                }
            }
            Rest::Exact | Rest::Open => Ok(()),
        }
    }

    /// What a variable is known to hold; other types as they are.
    pub(super) fn known(&mut self, ty: &Ty) -> Ty {
        self.known_within(ty, 8)
    }

    fn known_within(&mut self, ty: &Ty, depth: u32) -> Ty {
        match ty.kind() {
            Kind::Alias(_) => self.unalias(ty),
            Kind::Var(var) if depth > 0 => {
                let lower: Vec<Ty> = self.var(*var).lower.iter().map(|b| b.0.clone()).collect();
                if lower.is_empty() || lower.len() >= MOST_BOUNDS {
                    return ty.clone();
                }
                let mut known = Vec::with_capacity(lower.len());
                for bound in lower {
                    let bound = self.known_within(&bound, depth - 1);
                    if !matches!(bound.kind(), Kind::Var(_)) {
                        known.push(bound);
                    }
                }
                if known.is_empty() {
                    return ty.clone();
                }
                Ty::union(known)
            }
            _ => ty.clone(),
        }
    }
}

fn is_plain(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Null
            | Kind::Bool
            | Kind::Int
            | Kind::Float
            | Kind::String
            | Kind::Path
            | Kind::Duration
            | Kind::Size
            | Kind::TaskRef
    )
}

/// Whether two types are of the same family, whatever is inside.
pub(super) fn heads_fit(found: &Ty, wanted: &Ty) -> bool {
    match (found.kind(), wanted.kind()) {
        (Kind::Any | Kind::Var(_) | Kind::Alias(_), _) => true,
        (_, Kind::Any | Kind::Var(_) | Kind::Alias(_)) => true,
        (Kind::Text(a), Kind::Text(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a == b,
        (Kind::Text(_) | Kind::String, Kind::Text(_) | Kind::String) => true,
        (Kind::Int | Kind::Number(_), Kind::Int | Kind::Float | Kind::Number(_)) => true,
        (
            Kind::Tasks(_) | Kind::TaskRef | Kind::Record(_),
            Kind::TaskRef | Kind::Record(_) | Kind::Tasks(_),
        ) => true,
        (Kind::Tasks(_), Kind::List(_)) => true,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn shared_fields(found: &Ty, wanted: &Ty) -> usize {
    match (found.kind(), wanted.kind()) {
        (Kind::Record(a), Kind::Record(b)) => {
            let names = a.fields.iter().map(|f| f.name);
            names.filter(|name| b.field(*name).is_some()).count()
        }
        _ => 0,
    }
}
