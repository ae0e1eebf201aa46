//! Inferred types as a person would write them: a variable that stands for something is replaced
//! by it, and a variable that ties parts of the type together is a letter.
//!
//! Where a value is given, a variable is what flows into it; where one is taken, it is what is
//! demanded of it. One that occurs on both sides says that both are the same type. This is how
//! Simple-sub (Parreaux, "The Simple Essence of Algebraic Subtyping", ICFP 2020) reads its types.

use super::show::show_within;
use super::{Kind, RecordTy, Rest, Rule, Scheme, Ty, VarId};
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
    read_from(scheme, Side::Given)
}

/// The type of a parameter without variables: what is demanded of it.
pub fn demanded(scheme: &Scheme) -> Ty {
    read_from(scheme, Side::Taken)
}

fn read_from(scheme: &Scheme, side: Side) -> Ty {
    let mut reader = Reader {
        scheme,
        results: FxHashMap::default(),
        same: FxHashMap::default(),
        given: FxHashSet::default(),
        taken: FxHashSet::default(),
        letters: FxHashMap::default(),
        open: Vec::new(),
        left: MOST_FOLLOWED,
    };
    reader.look_at_bounds();
    reader.find(&scheme.ty, side);
    reader.left = MOST_FOLLOWED;
    reader.read(&scheme.ty, side)
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
    /// What comes out of work that is to be done once more is known.
    results: FxHashMap<VarId, Ty>,
    /// Variables that are told as one: what each is told as.
    same: FxHashMap<VarId, VarId>,
    /// Variables that occur where values are given, and where they are taken.
    given: FxHashSet<VarId>,
    taken: FxHashSet<VarId>,
    letters: FxHashMap<VarId, Symbol>,
    /// Being read: a variable met again refers to itself.
    open: Vec<(VarId, bool)>,
    left: usize,
}

impl Reader<'_> {
    /// A function that is called several times is told to take and give one type, and the results
    /// of arithmetic to be numbers.
    fn look_at_bounds(&mut self) {
        for (_, upper) in &self.scheme.bounds {
            let mut first: Option<(&Ty, &Ty)> = None;
            for ty in upper {
                match ty.kind() {
                    Kind::Function(from, to) => match first {
                        Some((first_from, first_to)) => {
                            self.unite(first_from, from);
                            self.unite(first_to, to);
                        }
                        None => first = Some((from, to)),
                    },
                    Kind::Deferred(rule, types) => {
                        if let Some(Kind::Var(result)) = types.last().map(Ty::kind) {
                            let ty = match **rule {
                                Rule::ArithmeticLeft(_)
                                | Rule::ArithmeticRight(_)
                                | Rule::Negate => numbers(),
                                _ => Ty::any(),
                            };
                            self.results.insert(*result, ty);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn unite(&mut self, a: &Ty, b: &Ty) {
        if let (Kind::Var(a), Kind::Var(b)) = (a.kind(), b.kind()) {
            let (a, b) = (self.root(*a), self.root(*b));
            if a != b {
                self.same.insert(a.max(b), a.min(b));
            }
        }
    }

    fn root(&self, mut var: VarId) -> VarId {
        while let Some(next) = self.same.get(&var) {
            var = *next;
        }
        var
    }

    /// The bounds of a variable and of all that are told as the same.
    fn bounds(&self, var: VarId, side: Side) -> Vec<Ty> {
        let mut found = Vec::new();
        for (i, (lower, upper)) in self.scheme.bounds.iter().enumerate() {
            let other = VarId(i as u32);
            if other != var && (self.same.is_empty() || self.root(other) != var) {
                continue;
            }
            let types = match side {
                Side::Given => lower,
                Side::Taken => upper,
            };
            // Work to be done once more is known says nothing to people, nor that a type is
            // itself.
            let says = |ty: &&Ty| match ty.kind() {
                Kind::Deferred(..) => false,
                Kind::Var(bound) => self.root(*bound) != var,
                _ => true,
            };
            found.extend(types.iter().filter(says).cloned());
        }
        found
    }

    /// Notes where variables occur.
    fn find(&mut self, ty: &Ty, side: Side) {
        if !ty.has_vars() || self.left == 0 {
            return;
        }
        match ty.kind() {
            Kind::Var(var) => {
                let var = &self.root(*var);
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
            Kind::Var(var) => self.variable(self.root(*var), side),
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
            (Side::Given, true) if !tied && self.results.contains_key(&var) => {
                self.results[&var].clone()
            }
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
        Ty::new(Kind::Alias(*name, Box::default()))
    }
}

/// What arithmetic gives.
fn numbers() -> Ty {
    Ty::union([Ty::int(), Ty::float(), Ty::duration(), Ty::size()])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::file_type;
    use crate::db::{Compiler, Db};
    use crate::world::Memory;
    use std::path::Path;

    /// The type of the last field of a file.
    fn shown(text: &str) -> String {
        let path = Path::new("/p/a.nx");
        let inputs = Memory::default().file(path, text);
        let mut compiler = Compiler::new();
        compiler.load_library(path, &inputs);
        let scheme = compiler.ask(|db| file_type(db, db.file(path)));
        let Kind::Record(record) = scheme.ty.kind() else {
            panic!("{:?}", scheme.ty);
        };
        let field = record.fields.iter().find(|f| f.name.as_str() == "it");
        show_scheme(&scheme.part(&field.expect("a field `it`").ty), 500)
    }

    #[test]
    fn types_read_as_people_write_them() {
        let cases = [
            ("it = 1;", "Int"),
            ("it = x: x;", "a -> a"),
            ("it = x: y: x;", "a -> b -> a"),
            ("it = x: [ x x ];", "a -> [a]"),
            ("it = f: x: f (f x);", "(a -> a) -> a -> a"),
            ("it = f: g: x: f (g x);", "(a -> b) -> (c -> a) -> c -> b"),
            ("it = x: { inherit x; y = 1; };", "a -> { x : a, y : Int }"),
            ("it = r: r.name;", "{ name : a, ... } -> a"),
            (
                "it = r: [ r.a r.b.c ];",
                "{ a : a, b : { c : b, ... }, ... } -> [a | b]",
            ),
            ("it = map (p: p.name);", "[{ name : a, ... }] -> [a]"),
            ("it = throw \"x\";", "a"),
            ("it = c: if c then 1 else \"x\";", "Bool -> Int | \"x\""),
            ("it = x: std.string.length x + 1;", "String -> Int"),
            (
                "it = x: x * 2;",
                "(Int | Float | Duration | Size) -> Int | Float | Duration | Size",
            ),
            ("it : Int -> String = x: \"${x}\";", "Int -> String"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    /// Whatever is inferred is told in the end.
    #[test]
    fn types_that_hold_themselves_are_told() {
        for text in [
            "it = n: if n == 0 then [ ] else it (n - 1);",
            "it = f: f f;",
            "it = x: { inherit x; again = it x; };",
            "it = a: b: c: d: e: f: g: [ a b c d e f g (a b) (b c) (c d) (d e) ];",
        ] {
            assert!(!shown(text).is_empty(), "{text}");
        }
    }
}
