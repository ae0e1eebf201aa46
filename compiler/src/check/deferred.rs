//! Constraints that wait for a type: what they say of each type that flows in.

use super::context::Checker;
use super::operator::{combine, negated, operand};
use super::problem::Place;
use super::subtype::{Fit, Reason, mismatch};
use crate::hir::BinaryOp;
use crate::types::{Kind, Rest, Rule, Ty};

impl Checker<'_> {
    /// Solves a constraint for a type that is neither a variable nor a union nor an alias.
    pub(super) fn solve(
        &mut self,
        found: &Ty,
        rule: &Rule,
        types: &[Ty],
        at: Option<Place>,
    ) -> Fit {
        match (rule, types) {
            (Rule::Narrow(test, holds), [into]) => {
                let mut kept = Vec::new();
                self.narrow_into(found, test, *holds, &mut kept);
                kept.iter().try_for_each(|ty| self.fits(ty, into, at))
            }
            (Rule::SelectOr(name), [into]) => match found.kind() {
                Kind::Any | Kind::TaskRef => self.fits(&Ty::any(), into, at),
                Kind::Record(record) => match record.get(*name) {
                    Some(ty) => self.fits(&ty, into, at),
                    None => Ok(()),
                },
                Kind::Tasks(path) => {
                    let here = at.unwrap_or(Place::Expr(crate::hir::ExprId(0)));
                    match self.select_task(path, *name, here) {
                        Ok(ty) => self.fits(&ty, into, at),
                        Err(_) => Ok(()),
                    }
                }
                _ => Ok(()),
            },
            (Rule::SelectAny, [into]) => match found.kind() {
                Kind::Record(record) => {
                    let types: Vec<Ty> = record.types().cloned().collect();
                    if let Rest::Open = record.rest {
                        self.fits(&Ty::any(), into, at)?;
                    }
                    types.iter().try_for_each(|ty| self.fits(ty, into, at))
                }
                Kind::Any | Kind::TaskRef | Kind::Tasks(_) => self.fits(&Ty::any(), into, at),
                _ => mismatch(found, &Ty::any(), Reason::NoRecord),
            },
            (Rule::UpdateLeft, [right, into]) => {
                if !is_record_like(found) {
                    return mismatch(found, &Ty::any(), Reason::Merged);
                }
                let rule = Rule::UpdateRight;
                let wanted = Ty::deferred(rule, [found.clone(), into.clone()]);
                self.fits(right, &wanted, at)
            }
            (Rule::UpdateRight, [left, into]) => {
                if !is_record_like(found) {
                    return mismatch(found, &Ty::any(), Reason::Merged);
                }
                let merged = self.merged(left, found);
                self.fits(&merged, into, at)
            }
            (Rule::ArithmeticLeft(op), [right, into]) => {
                if operand(found).is_none_or(|operand| !operand.is_quantity()) {
                    return self.no_operand(found, *op);
                }
                let rule = Rule::ArithmeticRight(*op);
                let wanted = Ty::deferred(rule, [found.clone(), into.clone()]);
                self.fits(right, &wanted, at)
            }
            (Rule::ArithmeticRight(op), [left, into]) => match combine(*op, left, found) {
                Some(result) => self.fits(&result, into, at),
                None => mismatch(found, left, Reason::Combined(*op)),
            },
            (Rule::Negate, [into]) => match negated(found) {
                Some(result) => self.fits(&result, into, at),
                None => self.no_operand(found, BinaryOp::Subtract),
            },
            (Rule::Compare, [other]) => self.compared(found, other, at),
            _ => Ok(()),
        }
    }

    fn no_operand(&self, found: &Ty, op: BinaryOp) -> Fit {
        mismatch(found, &Ty::any(), Reason::NoOperand(op))
    }

    /// Both are known, or the other one is asked when it is.
    fn compared(&mut self, found: &Ty, other: &Ty, at: Option<Place>) -> Fit {
        let flipped = || Ty::deferred(Rule::Compare, [found.clone()]);
        let other = self.unalias(other);
        match (found.kind(), other.kind()) {
            (_, Kind::Var(_)) => self.fits(&other, &flipped(), at),
            (_, Kind::Union(members)) => members
                .iter()
                .try_for_each(|member| self.compared(found, member, at)),
            (Kind::Any, _) | (_, Kind::Any) => Ok(()),
            (Kind::List(a), Kind::List(b)) => {
                let wanted = Ty::deferred(Rule::Compare, [b.clone()]);
                self.fits(a, &wanted, at)
            }
            _ => match (operand(found), operand(&other)) {
                (Some(a), Some(b)) if a.is_ordered() && a.compares_with(b) => Ok(()),
                _ => mismatch(found, &other, Reason::Compared),
            },
        }
    }
}

/// Whether `//` takes it.
pub(super) fn is_record_like(ty: &Ty) -> bool {
    matches!(
        ty.kind(),
        Kind::Any | Kind::Record(_) | Kind::Tasks(_) | Kind::TaskRef
    )
}
