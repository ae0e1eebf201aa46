//! Inferred types as a person would write them: a variable that stands for something is replaced
//! by it, and a variable that ties parts of the type together is a letter.
//!
//! Where a value is given, a variable is what flows into it; where one is taken, it is what is
//! demanded of it. One that occurs on both sides says that both are the same type. This is how
//! Simple-sub (Parreaux, "The Simple Essence of Algebraic Subtyping", ICFP 2020) reads its types.

use super::show::show_within;
use super::{Kind, RecordTy, Rest, Scheme, Ty, VarId};
use crate::symbol::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};

/// Variables that are followed; further ones are not told.
const MOST_FOLLOWED: usize = 2_000;

/// The text of a type, cut to about `longest` bytes.
pub fn show_scheme(scheme: &Scheme, longest: usize) -> String {
    show_within(&readable(scheme), longest)
}

/// The type without variables: letters are names of types.
pub fn readable(scheme: &Scheme) -> Ty {
    let mut reader = Reader {
        scheme,
        given: FxHashSet::default(),
        taken: FxHashSet::default(),
        letters: FxHashMap::default(),
        open: Vec::new(),
        left: MOST_FOLLOWED,
    };
    reader.find(&scheme.ty, Side::Given);
    reader.left = MOST_FOLLOWED;
    reader.read(&scheme.ty, Side::Given)
}

/// Where a type stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The value has it.
    Given,
    /// The value demands it of others.
    Taken,
}

impl Side {
    fn other(self) -> Side {
        match self {
            Side::Given => Side::Taken,
            Side::Taken => Side::Given,
        }
    }
}

struct Reader<'a> {
    scheme: &'a Scheme,
    /// Variables that occur where values are given, and where they are taken.
    given: FxHashSet<VarId>,
    taken: FxHashSet<VarId>,
    letters: FxHashMap<VarId, Symbol>,
    /// Being read: a variable met again refers to itself.
    open: Vec<(VarId, bool)>,
    left: usize,
}

impl Reader<'_> {
    fn bounds(&self, var: VarId, side: Side) -> Vec<Ty> {
        let bounds = self.scheme.bounds.get(var.0 as usize);
        let types = bounds.map_or(&[][..], |(lower, upper)| match side {
            Side::Given => lower,
            Side::Taken => upper,
        });
        // Work to be done once more is known says nothing to people.
        let known = types
            .iter()
            .filter(|ty| !matches!(ty.kind(), Kind::Deferred(..)));
        known.cloned().collect()
    }

    /// Notes where variables occur.
    fn find(&mut self, ty: &Ty, side: Side) {
        if !ty.has_vars() || self.left == 0 {
            return;
        }
        match ty.kind() {
            Kind::Var(var) => {
                let new = match side {
                    Side::Given => self.given.insert(*var),
                    Side::Taken => self.taken.insert(*var),
                };
                if new {
                    self.left -= 1;
                    for bound in self.bounds(*var, side) {
                        self.find(&bound, side);
                    }
                }
            }
            Kind::Function(from, to) => {
                self.find(from, side.other());
                self.find(to, side);
            }
            Kind::Deferred(..) => {}
            _ => ty
                .children()
                .into_iter()
                .for_each(|inner| self.find(inner, side)),
        }
    }

    fn read(&mut self, ty: &Ty, side: Side) -> Ty {
        if !ty.has_vars() {
            return ty.clone();
        }
        match ty.kind() {
            Kind::Var(var) => self.variable(*var, side),
            Kind::Function(from, to) => {
                let from = self.read(from, side.other());
                Ty::function(from, self.read(to, side))
            }
            Kind::Deferred(..) => Ty::any(),
            _ => ty.map(&mut |inner| self.read(inner, side)),
        }
    }

    fn variable(&mut self, var: VarId, side: Side) -> Ty {
        let entry = (var, side == Side::Given);
        if self.open.contains(&entry) || self.left == 0 {
            return Ty::any();
        }
        self.left -= 1;
        self.open.push(entry);
        let bounds = self.bounds(var, side);
        let mut known: Vec<Ty> = bounds.iter().map(|ty| self.read(ty, side)).collect();
        self.open.pop();
        known.retain(|ty| !ty.is_any());
        let tied = self.given.contains(&var) && self.taken.contains(&var);
        match (side, known.is_empty()) {
            (_, true) => self.letter(var),
            (Side::Given, false) if tied => {
                known.insert(0, self.letter(var));
                Ty::union(known)
            }
            (Side::Given, false) => Ty::union(known),
            (Side::Taken, false) => all_of(known),
        }
    }

    /// The letter of a variable, in the order in which they are met.
    fn letter(&mut self, var: VarId) -> Ty {
        let next = self.letters.len();
        let name = self.letters.entry(var).or_insert_with(|| {
            let letter = (b'a' + (next % 26) as u8) as char;
            match next / 26 {
                0 => Symbol::new(&letter.to_string()),
                round => Symbol::new(&format!("{letter}{round}")),
            }
        });
        Ty::new(Kind::Alias(*name))
    }
}

/// What is several things at once: records have the fields of all, of other types the first
/// stands for all.
fn all_of(types: Vec<Ty>) -> Ty {
    let mut types = types.into_iter();
    let Some(first) = types.next() else {
        return Ty::any();
    };
    types.fold(first, |all, next| match (all.kind(), next.kind()) {
        (Kind::Record(a), Kind::Record(b)) if a.name.is_none() && b.name.is_none() => {
            let mut fields = a.fields.to_vec();
            fields.extend(
                b.fields
                    .iter()
                    .filter(|f| a.field(f.name).is_none())
                    .cloned(),
            );
            let rest = match (&a.rest, &b.rest) {
                (Rest::Open, Rest::Open) => Rest::Open,
                (Rest::Open, other) | (other, _) => other.clone(),
            };
            Ty::record(RecordTy::new(fields, rest))
        }
        _ => all,
    })
}
