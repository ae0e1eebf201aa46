//! Unions: which member is meant, and whether it fits.

use super::context::Checker;
use super::problem::Place;
use super::subtype::{Fit, Mismatch, Reason, mismatch};
use crate::types::{Kind, RecordTy, Ty};

impl Checker<'_> {
    pub(super) fn all_members_fit(
        &mut self,
        found: &Ty,
        members: &[Ty],
        wanted: &Ty,
        at: Option<Place>,
    ) -> Fit {
        let mut first: Option<Box<Mismatch>> = None;
        let mut fits = false;
        for member in members {
            match self.fits(member, wanted, at) {
                Ok(()) => fits = true,
                Err(mut e) => {
                    // The message is about all that it may be, when the rest is right.
                    if e.found.same(member)
                        && e.wanted.same(wanted)
                        && matches!(e.reason, Reason::Kind)
                    {
                        e.found = found.clone();
                    }
                    first.get_or_insert(e);
                }
            }
        }
        match first {
            Some(mut e) => {
                if !fits
                    && e.found.same(found)
                    && let Some(member) = members.first()
                {
                    e.found = member.clone();
                }
                Err(e)
            }
            None => Ok(()),
        }
    }

    pub(super) fn fits_a_member(
        &mut self,
        found: &Ty,
        members: &[Ty],
        wanted: &Ty,
        at: Option<Place>,
    ) -> Fit {
        let mut closest: Option<(usize, Box<Mismatch>)> = None;
        let mut candidates = Vec::new();
        let mut var = None;
        for member in members {
            let member = self.unalias(member);
            match member.kind() {
                Kind::Any => return Ok(()),
                Kind::Var(_) => var = Some(member),
                _ if heads_fit(found, &member) => candidates.push(member),
                _ => {}
            }
        }
        // A field that tells the members apart leaves the ones that are meant.
        let meant: Vec<Ty> = candidates
            .iter()
            .filter(|member| !contradict(found, member))
            .cloned()
            .collect();
        if !meant.is_empty() {
            candidates = meant;
        }
        if let ([only], None) = (&candidates[..], &var) {
            return self.fits(found, only, at);
        }
        for member in &candidates {
            match self.attempt(|c| c.fits(found, member, at)) {
                Ok(()) => return Ok(()),
                Err(e) => {
                    let shared = shared_fields(found, member);
                    if closest.as_ref().is_none_or(|(most, _)| shared > *most) {
                        closest = Some((shared, e));
                    }
                }
            }
        }
        if let Some(var) = var {
            return self.fits(found, &var, at);
        }
        if let Some(cases) = cases(found, &candidates) {
            return cases
                .iter()
                .try_for_each(|case| self.fits_a_member(case, members, wanted, at));
        }
        match closest {
            // Among several, only a record that is clearly meant is worth explaining.
            Some((shared, e)) if shared > 0 => Err(e),
            _ => mismatch(found, wanted, Reason::Kind),
        }
    }
}

/// Whether two types are of the same family, whatever is inside.
pub(super) fn heads_fit(found: &Ty, wanted: &Ty) -> bool {
    match (found.kind(), wanted.kind()) {
        (Kind::Any | Kind::Var(_) | Kind::Alias(..), _) => true,
        (_, Kind::Any | Kind::Var(_) | Kind::Alias(..)) => true,
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

/// Whether two records have a field that is one literal here and another there.
fn contradict(found: &Ty, wanted: &Ty) -> bool {
    let (Kind::Record(a), Kind::Record(b)) = (found.kind(), wanted.kind()) else {
        return false;
    };
    a.fields.iter().any(|field| {
        let literal = |ty: &Ty| matches!(ty.kind(), Kind::Text(_) | Kind::Number(_));
        b.field(field.name).is_some_and(|other| {
            let mut all = field.ty.members().iter().chain(other.ty.members());
            all.all(literal)
                && !field
                    .ty
                    .members()
                    .iter()
                    .any(|ty| other.ty.members().contains(ty))
        })
    })
}

/// A record by the cases of a field that tells the members of a union apart.
fn cases(found: &Ty, members: &[Ty]) -> Option<Vec<Ty>> {
    let Kind::Record(record) = found.kind() else {
        return None;
    };
    let literal = |ty: &Ty| matches!(ty.kind(), Kind::Text(_) | Kind::Number(_));
    let at = record.fields.iter().position(|field| {
        matches!(field.ty.kind(), Kind::Union(cases) if cases.iter().all(literal))
            && members.iter().any(|member| {
                matches!(member.kind(), Kind::Record(other)
                    if other.field(field.name).is_some_and(|f| literal(&f.ty)))
            })
    })?;
    let cases = record.fields[at].ty.members().iter().map(|case| {
        let mut fields = record.fields.to_vec();
        fields[at].ty = case.clone();
        Ty::record(RecordTy::new(fields, record.rest.clone()))
    });
    Some(cases.collect())
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
