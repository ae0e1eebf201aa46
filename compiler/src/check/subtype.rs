//! Whether a value of one type may stand where another is wanted.
//!
//! Constraints between variables are solved as in Simple-sub (Parreaux, "The simple essence of
//! algebraic subtyping", ICFP 2020). Of a union every member must fit, and all that flows into
//! a variable fits all that the variable flows into. What depends on a type that is not known
//! yet waits for it as a [`Kind::Deferred`] bound.

use super::context::{Checker, Identity, Trail};
use super::limits::LONGEST_CHAIN;
use super::problem::Place;
use crate::hir::BinaryOp;
use crate::symbol::Symbol;
use crate::types::{Kind, RecordTy, Rest, Ty, VarId};

/// More lower bounds of a variable are put together into one.
const MOST_BOUNDS: usize = 64;

/// From so many lower bounds on, one that another covers is left out.
const MANY_BOUNDS: usize = 16;

/// Further upper bounds of a variable are only compared, not kept.
const MOST_DEMANDS: usize = 2_000;

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
    /// A field may be missing.
    MayLack(Symbol),
    /// No record, where a field is selected by a computed name.
    NoRecord,
    /// No record, as a side of `//`.
    Merged,
    /// Not a number, as an operand.
    NoOperand(BinaryOp),
    /// The operands do not go together; what is found is the right one.
    Combined(BinaryOp),
    /// They have no common order.
    Compared,
}

pub(super) type Fit = Result<(), Box<Mismatch>>;

/// For a constraint that cannot fail: nothing flows out of what it is about yet, or it takes
/// everything.
pub(super) fn mismatch_free(fit: Fit) {
    debug_assert!(fit.is_ok(), "{fit:?}");
}

pub(super) fn mismatch(found: &Ty, wanted: &Ty, reason: Reason) -> Fit {
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
            (_, Kind::Any) => Ok(()),
            (Kind::Var(a), Kind::Var(b)) if a == b => Ok(()),
            (Kind::Var(var), _) => self.once(found, wanted, |c| c.flow_out(*var, wanted, at)),
            (_, Kind::Var(var)) => self.once(found, wanted, |c| c.flow_in(found, *var, at)),
            (Kind::Alias(a, x), Kind::Alias(b, y)) if a == b && x == y => Ok(()),
            // Types that refer to themselves would be compared for ever.
            (Kind::Alias(..), _) | (_, Kind::Alias(..)) => self.once(found, wanted, |c| {
                let found = c.unalias(found);
                let wanted = c.unalias(wanted);
                c.fits(&found, &wanted, at)
            }),
            (Kind::Union(members), _) => self.all_members_fit(found, members, wanted, at),
            (_, Kind::Deferred(rule, types)) => self.solve(found, rule, types, at),
            (Kind::Any, _) => {
                // What comes from outside may be anything, and so may all that is made of it.
                for inner in wanted.children() {
                    if inner.has_vars() {
                        self.fits(&Ty::any(), inner, at)?;
                    }
                }
                Ok(())
            }
            (_, Kind::Union(members)) => self.fits_a_member(found, members, wanted, at),
            (Kind::Tasks(_), Kind::TaskRef) => Ok(()),
            (Kind::Tasks(_), Kind::Record(record)) if !self.is_outputs(found) => {
                let types: Vec<Ty> = record.types().cloned().collect();
                types
                    .iter()
                    .try_for_each(|ty| self.fits(&Ty::any(), ty, at))
            }
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
            (Kind::Text(_), Kind::String) => Ok(()),
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

    /// A constraint that is not looked at twice, unless it failed.
    fn once(&mut self, found: &Ty, wanted: &Ty, work: impl FnOnce(&mut Self) -> Fit) -> Fit {
        let pair = (Identity(found.clone()), Identity(wanted.clone()));
        if !self.solved.insert(pair.clone()) {
            return Ok(());
        }
        if let Some(trail) = &mut self.trail {
            trail.solved.push(pair.clone());
        }
        let fit = work(self);
        if fit.is_err() {
            self.solved.remove(&pair);
        }
        fit
    }

    /// Tries an alternative: when it fails, nothing has happened to any variable.
    pub(super) fn attempt(&mut self, work: impl FnOnce(&mut Self) -> Fit) -> Fit {
        let outer = self.trail.replace(Trail::default());
        let fit = work(self);
        let done = std::mem::replace(&mut self.trail, outer).unwrap_or_default();
        if fit.is_ok() {
            if let Some(outer) = &mut self.trail {
                outer.bounds.extend(done.bounds);
                outer.solved.extend(done.solved);
            }
            return fit;
        }
        for (var, upper) in done.bounds.into_iter().rev() {
            let state = self.var(var);
            match upper {
                true => state.upper.pop(),
                false => state.lower.pop(),
            };
        }
        for pair in done.solved {
            self.solved.remove(&pair);
        }
        fit
    }

    fn flow_out(&mut self, var: VarId, wanted: &Ty, at: Option<Place>) -> Fit {
        if self.chain >= LONGEST_CHAIN {
            self.give_up();
            return Ok(());
        }
        self.chain += 1;
        let fit = self.demand(var, wanted, at);
        self.chain -= 1;
        fit
    }

    fn demand(&mut self, var: VarId, wanted: &Ty, at: Option<Place>) -> Fit {
        let level = self.var(var).level;
        self.limit_level(wanted, level);
        let state = self.var(var);
        if state.upper.iter().any(|(known, _)| known == wanted) {
            return Ok(());
        }
        if state.upper.len() < MOST_DEMANDS {
            state.upper.push((wanted.clone(), at));
            if let Some(trail) = &mut self.trail {
                trail.bounds.push((var, true));
            }
        }
        let mut first = None;
        for (lower, origin) in self.var(var).lower.clone() {
            if let Err(mut e) = self.fits(&lower, wanted, at) {
                e.origin = e.origin.or(origin);
                e.because = e.because.or(at);
                first.get_or_insert(e);
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn flow_in(&mut self, found: &Ty, var: VarId, at: Option<Place>) -> Fit {
        if self.chain >= LONGEST_CHAIN {
            self.give_up();
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
        let trail = self.trail.is_some();
        let state = self.var(var);
        let many = state.lower.len() >= MANY_BOUNDS;
        let known = |known: &Ty| known == found || (many && known.covers(found));
        if state.lower.iter().any(|bound| known(&bound.0)) {
            return Ok(());
        }
        // A dictionary that starts out empty is one.
        if is_dictionary(found) && !trail {
            state.lower.retain(|(known, _)| !is_empty_record(known));
        } else if is_empty_record(found)
            && state.lower.iter().any(|(known, _)| is_dictionary(known))
        {
            return Ok(());
        }
        let mut found = found.clone();
        if state.lower.len() >= MOST_BOUNDS && !trail {
            let all = std::mem::take(&mut state.lower);
            let (vars, mut types): (Vec<_>, Vec<_>) = all
                .into_iter()
                .partition(|(ty, _)| matches!(ty.kind(), Kind::Var(_)));
            types.push((found, at));
            found = Ty::union(types.into_iter().map(|bound| bound.0));
            state.lower = vars;
        }
        state.lower.push((found.clone(), at));
        if let Some(trail) = &mut self.trail {
            trail.bounds.push((var, false));
        }
        for (upper, because) in self.var(var).upper.clone() {
            if let Err(mut e) = self.fits(&found, &upper, at) {
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
            _ => {
                for inner in ty.children() {
                    self.limit_level(inner, level);
                }
            }
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
                Some(have) if have.optional && !field.optional => {
                    return mismatch(found, wanted, Reason::MayLack(field.name));
                }
                Some(have) => self.fits(&have.ty, &field.ty, at).map_err(|mut e| {
                    e.field = e.field.or(Some(field.name));
                    e
                })?,
                None => match &a.rest {
                    // Selecting from a dictionary is a look-up.
                    Rest::Dict(ty) if field.optional || b.rest == Rest::Open => {
                        self.fits(ty, &field.ty, at)?
                    }
                    Rest::Dict(_) => {
                        return mismatch(found, wanted, Reason::MayLack(field.name));
                    }
                    Rest::Open if field.optional => self.fits(&Ty::any(), &field.ty, at)?,
                    _ if field.optional => {}
                    _ => {
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
                match &a.rest {
                    Rest::Dict(have) => self.fits(have, ty, at),
                    Rest::Open => self.fits(&Ty::any(), ty, at),
                    Rest::Exact => Ok(()),
                }
            }
            // What it has beyond would be met by `//`, `?` and closed patterns.
            Rest::Exact => {
                let extra = a.fields.iter().find(|f| b.field(f.name).is_none());
                match (extra, &a.rest) {
                    (Some(field), _) => mismatch(found, wanted, Reason::Unknown(field.name)),
                    (None, Rest::Dict(_)) => mismatch(found, wanted, Reason::Kind),
                    (None, _) => Ok(()),
                }
            }
            Rest::Open => Ok(()),
        }
    }

    /// What a variable is known to hold; other types as they are.
    pub(super) fn known(&mut self, ty: &Ty) -> Ty {
        self.known_within(ty, 8)
    }

    fn known_within(&mut self, ty: &Ty, depth: u32) -> Ty {
        match ty.kind() {
            Kind::Alias(..) => self.unalias(ty),
            Kind::Var(var) if depth > 0 => {
                let lower: Vec<Ty> = self.var(*var).lower.iter().map(|b| b.0.clone()).collect();
                if lower.is_empty() {
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

fn is_dictionary(ty: &Ty) -> bool {
    matches!(ty.kind(), Kind::Record(record)
        if record.fields.is_empty() && matches!(record.rest, Rest::Dict(_)))
}

fn is_empty_record(ty: &Ty) -> bool {
    matches!(ty.kind(), Kind::Record(record)
        if record.fields.is_empty() && record.rest == Rest::Exact)
}
