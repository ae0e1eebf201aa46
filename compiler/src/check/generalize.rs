//! Definitions: inferred once, when first needed, and used at many types.

use super::context::{Checker, LocalTy};
use super::problem::Place;
use super::units::BoundPlaces;
use crate::few::Few;
use crate::hir::{LocalId, LocalKind};
use crate::types::{Kind, Scheme, Ty, VarId, substitute};
use rustc_hash::FxHashMap;

/// A scheme with more variables is exported without them.
const MOST_VARIABLES: usize = 2_000;

/// Further variables of one definition are not chosen anew but left open.
const MOST_CHOSEN: usize = 2_000;

/// Variables of a scheme and what was chosen for them.
#[derive(Default)]
struct Chosen {
    by_var: Few<VarId, Ty>,
    /// In the order in which they were met.
    order: Vec<(VarId, VarId)>,
}

impl Checker<'_> {
    /// The type of a binder where it is used.
    pub(super) fn local(&mut self, id: LocalId) -> Ty {
        match &self.locals[id.index()] {
            LocalTy::Done(level, ty) => {
                let (level, ty) = (*level, ty.clone());
                self.instantiate(&ty, level)
            }
            LocalTy::Busy(ty) => ty.clone(),
            LocalTy::Unseen => match self.body.outer(id) {
                Some(outer) => self.use_outer(id, outer),
                None => self.define(id),
            },
        }
    }

    /// The type of a binder before variables are chosen: with the level below which they are
    /// fixed.
    pub(super) fn local_scheme(&mut self, id: LocalId) -> (u32, Ty) {
        if let LocalTy::Unseen = self.locals[id.index()] {
            self.define(id);
        }
        match &self.locals[id.index()] {
            LocalTy::Done(level, ty) => (*level, ty.clone()),
            LocalTy::Busy(ty) => (u32::MAX, ty.clone()),
            LocalTy::Unseen => (u32::MAX, Ty::any()),
        }
    }

    fn define(&mut self, id: LocalId) -> Ty {
        if let Some(outer) = self.body.outer(id) {
            return self.define_outer(id, outer);
        }
        let local = &self.module.locals[id.index()];
        let annotation = local.annotation.map(|annotation| self.written(annotation));
        let Some(value) = local.value else {
            let ty = annotation.unwrap_or_else(Ty::any);
            self.locals[id.index()] = LocalTy::Done(u32::MAX, ty.clone());
            return ty;
        };
        // Fields are looked at, and what is wrong with them reported, where their record is.
        let elsewhere = local.kind == LocalKind::Field
            && (annotation.is_some() || !self.reporting.contains(&id));
        if let Some(ty) = annotation {
            self.locals[id.index()] = LocalTy::Done(u32::MAX, ty.clone());
            if !elsewhere {
                self.apart(id, false, |c| {
                    let owner = c.owner.replace(Place::Local(id));
                    c.about(format!("`{}`", local.name), |c| c.check(value, &ty));
                    c.owner = owner;
                });
            }
            return ty;
        }
        self.level += 1;
        let hole = self.fresh();
        self.locals[id.index()] = LocalTy::Busy(hole.clone());
        let ty = self.apart(id, elsewhere, |c| {
            let ty = c.infer(value);
            if let Err(e) = c.fits(&ty, &hole, None) {
                c.report_mismatch(value, *e);
            }
            ty
        });
        self.level -= 1;
        let level = self.level;
        self.locals[id.index()] = LocalTy::Done(level, ty.clone());
        self.instantiate(&ty, level)
    }

    /// Looks at a definition independently of where its name is used.
    fn apart<T>(&mut self, id: LocalId, muted: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = (
            std::mem::replace(&mut self.muted, u32::from(muted)),
            self.subject.take(),
            self.owner.take(),
        );
        let known = self.narrowed_at[id.index()].min(self.narrowed.len());
        let later = self.narrowed.split_off(known);
        let result = work(self);
        self.narrowed.truncate(known);
        self.narrowed.extend(later);
        (self.muted, self.subject, self.owner) = before;
        result
    }

    /// Chooses the variables deeper than `level` anew.
    pub(super) fn instantiate(&mut self, ty: &Ty, level: u32) -> Ty {
        if !ty.has_vars() {
            return ty.clone();
        }
        let mut chosen = Few::default();
        self.freshen(ty, level, &mut chosen)
    }

    fn freshen(&mut self, ty: &Ty, level: u32, chosen: &mut Few<VarId, Ty>) -> Ty {
        if !ty.has_vars() || !self.step() {
            return ty.clone();
        }
        match ty.kind() {
            Kind::Var(var) => {
                if self.var(*var).level <= level {
                    return ty.clone();
                }
                if let Some(known) = chosen.get(*var) {
                    return known.clone();
                }
                if chosen.len() >= MOST_CHOSEN {
                    self.give_up();
                    return Ty::any();
                }
                let new = self.fresh();
                chosen.insert(*var, new.clone());
                let lower = self.var(*var).lower.clone();
                let upper = self.var(*var).upper.clone();
                let mut copy = |checker: &mut Self, bounds: Vec<(Ty, Option<Place>)>| {
                    let bounds = bounds.into_iter();
                    bounds
                        .map(|(ty, at)| (checker.freshen(&ty, level, chosen), at))
                        .collect::<Vec<_>>()
                };
                let lower = copy(self, lower);
                let upper = copy(self, upper);
                if let Kind::Var(new) = new.kind() {
                    let state = self.var(*new);
                    state.lower = lower;
                    state.upper = upper;
                }
                new
            }
            _ => ty.map(&mut |inner| self.freshen(inner, level, chosen)),
        }
    }

    /// A type from outside, with its variables chosen.
    pub(super) fn import_scheme(&mut self, scheme: &Scheme) -> Ty {
        self.import_placed(scheme, &|_| None)
    }

    /// [`Checker::import_scheme`] with places for the bounds of variables: by variable, whether it
    /// is an upper bound, and position.
    pub(super) fn import_placed(
        &mut self,
        scheme: &Scheme,
        place: &dyn Fn((usize, bool, usize)) -> Option<Place>,
    ) -> Ty {
        if scheme.bounds.is_empty() {
            return scheme.ty.clone();
        }
        let mut chosen = Chosen::default();
        let ty = self.choose(&scheme.ty, &mut chosen);
        // Bounds may bring in more variables.
        let mut done = 0;
        while let Some((var, new)) = chosen.order.get(done).copied() {
            done += 1;
            let Some((lower, upper)) = scheme.bounds.get(var.0 as usize) else {
                continue;
            };
            let mut copy = |checker: &mut Self, bounds: &[Ty], is_upper: bool| {
                let bounds = bounds.iter().enumerate();
                bounds
                    .map(|(i, ty)| {
                        let at = place((var.0 as usize, is_upper, i));
                        (checker.choose(ty, &mut chosen), at)
                    })
                    .collect::<Vec<_>>()
            };
            let lower = copy(self, lower, false);
            let upper = copy(self, upper, true);
            let state = self.var(new);
            state.lower = lower;
            state.upper = upper;
        }
        ty
    }

    fn choose(&mut self, ty: &Ty, chosen: &mut Chosen) -> Ty {
        if ty.has_vars() && !self.pay(ty.parts() as usize) {
            return Ty::any();
        }
        substitute(ty, &mut |var| match chosen.by_var.get(var) {
            Some(ty) => ty.clone(),
            None => {
                let new = self.fresh();
                chosen.by_var.insert(var, new.clone());
                if let Kind::Var(new) = new.kind() {
                    chosen.order.push((var, *new));
                }
                new
            }
        })
    }

    /// A type for others: independent of this checker.
    pub(super) fn export(&mut self, ty: &Ty) -> Scheme {
        self.export_placed(ty).0
    }

    /// [`Checker::export`], and where the bounds of the variables come from.
    pub(super) fn export_placed(&mut self, ty: &Ty) -> (Scheme, Vec<BoundPlaces>) {
        let mut numbers: FxHashMap<VarId, u32> = FxHashMap::default();
        let mut order: Vec<VarId> = Vec::new();
        let outer = self.number(ty, &mut numbers, &mut order);
        let mut bounds = Vec::new();
        let mut places = Vec::new();
        while bounds.len() < order.len() {
            if order.len() > MOST_VARIABLES || !self.step() {
                self.give_up();
                let ty = substitute(&outer, &mut |_| Ty::any());
                return (Scheme::closed(ty), Vec::new());
            }
            let state = self.var(order[bounds.len()]);
            let all_places = |bounds: &[(Ty, Option<Place>)]| bounds.iter().map(|b| b.1).collect();
            places.push((all_places(&state.lower), all_places(&state.upper)));
            let lower: Vec<Ty> = state.lower.iter().map(|b| b.0.clone()).collect();
            let upper: Vec<Ty> = state.upper.iter().map(|b| b.0.clone()).collect();
            let mut all = |checker: &mut Self, types: Vec<Ty>| {
                let types = types.iter();
                types
                    .map(|ty| checker.number(ty, &mut numbers, &mut order))
                    .collect::<Vec<_>>()
            };
            let lower = all(self, lower);
            let upper = all(self, upper);
            bounds.push((lower, upper));
        }
        (Scheme { ty: outer, bounds }, places)
    }

    fn number(
        &mut self,
        ty: &Ty,
        numbers: &mut FxHashMap<VarId, u32>,
        order: &mut Vec<VarId>,
    ) -> Ty {
        if ty.has_vars() && !self.pay(ty.parts() as usize) {
            return Ty::any();
        }
        substitute(ty, &mut |var| {
            let next = order.len() as u32;
            let number = *numbers.entry(var).or_insert_with(|| {
                order.push(var);
                next
            });
            Ty::var(VarId(number))
        })
    }
}
