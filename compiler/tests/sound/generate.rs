//! Well-typed programs: a type is chosen, then a term of it.

use super::choices::Choices;
use super::term::*;
use super::ty::T;

pub(super) const FIELDS: [&str; 8] = [
    "name", "size", "value", "port", "host", "tag", "left", "items",
];
const WORDS: [&str; 5] = ["always", "never", "fast", "slow", "debug"];

/// Functions that programs use at more than one type.
const HELPERS: [(&str, &str); 15] = [
    ("identity", "x: x"),
    ("constant", "a: b: a"),
    ("call", "f: x: f x"),
    ("compose", "f: g: x: f (g x)"),
    ("flip", "f: a: b: f b a"),
    ("fallback", "d: x: if x == null then d else x"),
    ("value_of", "r: r.value"),
    ("value_or", "d: r: r.value or d"),
    ("pair", "a: b: { first = a; second = b; }"),
    ("merge", "a: b: a // b"),
    ("twice", "f: x: f (f x)"),
    ("pick", "c: a: b: if c then a else b"),
    (
        "repeat",
        "n: f: x: if n <= 0 then x else repeat (n - 1) f (f x)",
    ),
    ("double", "x: x * 2"),
    ("is_set", "x: x != null"),
];

/// Makes one program.
pub struct Generator<'a> {
    pub(super) choices: Choices<'a>,
    /// What names stand for, innermost last; nothing for a name that must not be used.
    pub(super) names: Vec<(String, Option<T>)>,
    next: usize,
    pub(super) used: Vec<&'static str>,
}

/// A program for a sequence of choices.
pub fn program(numbers: &[u32]) -> Term {
    let mut generator = Generator {
        choices: Choices::new(numbers),
        names: Vec::new(),
        next: 0,
        used: Vec::new(),
    };
    let ty = generator.ty(3);
    let body = generator.term(&ty, 6);
    let used = std::mem::take(&mut generator.used);
    if used.is_empty() {
        return body;
    }
    let helpers = HELPERS.iter().filter(|helper| used.contains(&helper.0));
    let binds: Vec<Bind> = helpers
        .map(|(name, value)| bind(name, literal(value)))
        .collect();
    let_in(binds, body)
}

impl Generator<'_> {
    pub(super) fn fresh(&mut self, stem: &str) -> String {
        self.next += 1;
        format!("{stem}{}", self.next)
    }

    pub(super) fn helper(&mut self, name: &'static str) -> Term {
        if !self.used.contains(&name) {
            self.used.push(name);
        }
        Term::Name(name.into())
    }

    /// A type.
    pub(super) fn ty(&mut self, depth: usize) -> T {
        let simple = depth == 0 || self.choices.is_over();
        match self.choices.below(if simple { 8 } else { 17 }) {
            0 => T::Int,
            1 => T::Text,
            2 => T::Bool,
            3 => T::Float,
            4 => T::Duration,
            5 => T::Size,
            6 => T::Null,
            7 => self.words(),
            8 | 9 => T::List(Box::new(self.ty(depth - 1))),
            10..=12 => self.record_ty(depth - 1),
            13 => T::Dict(Box::new(self.ty(depth - 1))),
            14 => self.maybe(depth - 1),
            15 => T::Mixed,
            _ => self.shape(depth - 1),
        }
    }

    fn words(&mut self) -> T {
        let from = self.choices.below(3);
        T::Word(WORDS[from..from + 2 + self.choices.below(2)].to_vec())
    }

    pub(super) fn maybe(&mut self, depth: usize) -> T {
        match self.ty(depth) {
            ty @ (T::Null | T::Maybe(_)) => T::Maybe(Box::new(match ty {
                T::Maybe(inner) => *inner,
                _ => T::Int,
            })),
            ty => T::Maybe(Box::new(ty)),
        }
    }

    pub(super) fn record_ty(&mut self, depth: usize) -> T {
        let count = 1 + self.choices.below(3);
        let from = self.choices.below(FIELDS.len());
        let fields = (0..count).map(|i| {
            let optional = self.choices.rarely(4);
            let ty = match self.choices.rarely(6) {
                true => self.function_ty(),
                false => self.ty(depth),
            };
            (FIELDS[(from + i) % FIELDS.len()], optional, ty)
        });
        T::Record(fields.collect())
    }

    pub(super) fn function_ty(&mut self) -> T {
        let from = self.ty(1);
        let to = self.ty(1);
        T::Function(Box::new(from), Box::new(to))
    }

    fn shape(&mut self, depth: usize) -> T {
        let kinds = ["circle", "square", "label"];
        let count = 2 + self.choices.below(2);
        let cases = kinds[..count].iter().enumerate().map(|(i, kind)| {
            let mut fields = vec![(["radius", "side", "text"][i], self.ty(depth.min(1)))];
            if self.choices.yes() {
                fields.push(("name", T::Text));
            }
            (*kind, fields)
        });
        T::Shape(cases.collect())
    }

    /// Names in scope whose values are of a type.
    pub(super) fn names_of(&self, fits: impl Fn(&T) -> bool) -> Vec<(String, T)> {
        let mut out: Vec<(String, T)> = Vec::new();
        let mut hidden: Vec<&str> = Vec::new();
        for (name, ty) in self.names.iter().rev() {
            // What is known of a field is known only while its record has its name.
            let base = name.split('.').next().unwrap_or(name);
            let shadowed =
                hidden.contains(&name.as_str()) || (base != name && hidden.contains(&base));
            if !shadowed
                && let Some(ty) = ty
                && fits(ty)
            {
                out.push((name.clone(), ty.clone()));
            }
            hidden.push(name);
        }
        out
    }

    /// Runs with more names.
    pub(super) fn with<X>(
        &mut self,
        names: impl IntoIterator<Item = (String, Option<T>)>,
        work: impl FnOnce(&mut Self) -> X,
    ) -> X {
        let before = self.names.len();
        self.names.extend(names);
        let result = work(self);
        self.names.truncate(before);
        result
    }

    pub(super) fn with_one<X>(
        &mut self,
        name: &str,
        ty: &T,
        work: impl FnOnce(&mut Self) -> X,
    ) -> X {
        self.with([(name.to_owned(), Some(ty.clone()))], work)
    }

    /// A term of a type.
    pub fn term(&mut self, ty: &T, depth: usize) -> Term {
        if depth == 0 || self.choices.is_over() {
            return self.leaf(ty);
        }
        match self.choices.below(10) {
            0 => self.leaf(ty),
            1..=4 => self.made(ty, depth - 1),
            5 => self.used_at(ty, depth - 1),
            6 | 7 => self.around(ty, depth - 1),
            _ => self.tested(ty, depth - 1),
        }
    }

    /// A name or the simplest literal.
    pub(super) fn leaf(&mut self, ty: &T) -> Term {
        let known = self.names_of(|known| known.fits(ty));
        if !known.is_empty() && !self.choices.rarely(4) {
            let (known, _) = self.choices.one(&known);
            return name(known);
        }
        self.literal(ty)
    }

    /// A literal.
    pub(super) fn literal(&mut self, ty: &T) -> Term {
        match ty {
            T::Null => literal("null"),
            T::Bool => literal(self.choices.yes()),
            T::Int => literal([1, 2, 0, 3, 7, 10, -1][self.choices.below(7)]),
            T::Float => literal(["1.5", "0.25", "2.0", "10.0"][self.choices.below(4)]),
            T::Text => text(["a", "", "b-c", "Hello", "x y"][self.choices.below(5)]),
            T::Duration => literal(["30s", "5m", "1h30m", "500ms"][self.choices.below(4)]),
            T::Size => literal(["10MB", "4KiB", "1GB"][self.choices.below(3)]),
            T::Word(words) => text(words[self.choices.below(words.len())]),
            T::List(element) => {
                let count = self.choices.below(3);
                Term::List((0..count).map(|_| self.leaf(element)).collect())
            }
            T::Record(fields) => {
                let binds = fields.iter().filter_map(|(name, optional, ty)| {
                    let there = !*optional || self.choices.yes();
                    there.then(|| bind(name, self.leaf(ty)))
                });
                Term::Record(false, binds.collect())
            }
            T::Dict(value) => {
                let count = self.choices.below(3);
                let binds = FIELDS[..count]
                    .iter()
                    .map(|name| bind(name, self.leaf(value)));
                Term::Record(false, binds.collect())
            }
            T::Function(from, to) => {
                let param = self.fresh("x");
                let body = self.with_one(&param, from, |g| g.leaf(to));
                lambda(&param, body)
            }
            T::Maybe(inner) => match self.choices.yes() {
                true => self.leaf(inner),
                false => literal("null"),
            },
            T::Mixed => match self.choices.below(3) {
                0 => self.leaf(&T::Int),
                1 => self.leaf(&T::Text),
                _ => self.leaf(&T::List(Box::new(T::Int))),
            },
            T::Shape(cases) => {
                let (kind, fields) = self.choices.one(cases).clone();
                let mut binds = vec![bind("kind", text(kind))];
                for (name, ty) in &fields {
                    binds.push(bind(name, self.leaf(ty)));
                }
                Term::Record(false, binds)
            }
        }
    }
}
