//! Terms by what makes values of their type: operators, literals, the library.

use super::generate::Generator;
use super::term::*;
use super::ty::T;

impl Generator<'_> {
    /// A term whose outermost part is particular to the type.
    pub(super) fn made(&mut self, ty: &T, depth: usize) -> Term {
        match ty {
            T::Null => literal("null"),
            T::Bool => self.bool(depth),
            T::Int => self.int(depth),
            T::Float => self.float(depth),
            T::Text => self.text(depth),
            T::Duration | T::Size => self.quantity(ty, depth),
            T::Word(_) => self.literal(ty),
            T::List(element) => self.list(element, depth),
            T::Record(fields) => self.record(fields, depth),
            T::Dict(value) => self.dict(value, depth),
            T::Function(from, to) => self.function(from, to, depth),
            T::Maybe(inner) => match self.choices.below(3) {
                0 => literal("null"),
                _ => self.term(inner, depth),
            },
            T::Mixed => match self.choices.below(3) {
                0 => self.term(&T::Int, depth),
                1 => self.term(&T::Text, depth),
                _ => self.term(&T::List(Box::new(T::Int)), depth),
            },
            T::Shape(cases) => {
                let (kind, fields) = self.choices.one(cases).clone();
                let mut binds = vec![bind("kind", text(kind))];
                for (name, ty) in &fields {
                    binds.push(bind(name, self.term(ty, depth)));
                }
                Term::Record(false, binds)
            }
        }
    }

    fn ordered(&mut self) -> T {
        let ty = [T::Int, T::Float, T::Text, T::Duration, T::Size][self.choices.below(5)].clone();
        match self.choices.rarely(4) {
            true => T::List(Box::new(ty)),
            false => ty,
        }
    }

    fn list_of(&mut self) -> T {
        T::List(Box::new(self.ty(1)))
    }

    fn bool(&mut self, depth: usize) -> Term {
        match self.choices.below(9) {
            0 => self.literal(&T::Bool),
            1 | 2 => {
                let ty = self.ordered();
                let op = ["<", "<=", ">", ">="][self.choices.below(4)];
                binary(op, self.term(&ty, depth), self.term(&ty, depth))
            }
            3 => {
                let ty = self.ty(1);
                let op = ["==", "!="][self.choices.below(2)];
                binary(op, self.term(&ty, depth), self.term(&ty, depth))
            }
            4 => Term::Unary("!", Box::new(self.term(&T::Bool, depth))),
            5 => {
                let op = ["&&", "||"][self.choices.below(2)];
                binary(op, self.term(&T::Bool, depth), self.term(&T::Bool, depth))
            }
            6 => {
                let ty = self.record_ty(1);
                let T::Record(fields) = &ty else {
                    unreachable!()
                };
                let path = vec![fields[0].0.to_owned()];
                Term::Has(Box::new(self.term(&ty, depth)), path)
            }
            7 => {
                let element = self.ty(1);
                let list = self.term(&T::List(Box::new(element.clone())), depth);
                let param = self.fresh("x");
                let body = self.with_one(&param, &element, |g| g.term(&T::Bool, depth));
                let which = ["std.list.any", "std.list.all"][self.choices.below(2)];
                call(which, [lambda(&param, body), list])
            }
            _ => {
                let element = self.ty(1);
                let item = self.term(&element, depth);
                call(
                    "contains",
                    [item, self.term(&T::List(Box::new(element)), depth)],
                )
            }
        }
    }

    fn int(&mut self, depth: usize) -> Term {
        match self.choices.below(10) {
            0 => self.literal(&T::Int),
            1..=3 => {
                let op = ["+", "-", "*", "/"][self.choices.below(4)];
                binary(op, self.term(&T::Int, depth), self.term(&T::Int, depth))
            }
            4 => {
                let list = self.list_of();
                call("length", [self.term(&list, depth)])
            }
            5 => call("std.string.length", [self.term(&T::Text, depth)]),
            6 => {
                let element = self.ty(1);
                let list = self.term(&T::List(Box::new(element.clone())), depth);
                let (sum, item) = (self.fresh("sum"), self.fresh("x"));
                let names = [(sum.clone(), Some(T::Int)), (item.clone(), Some(element))];
                let body = self.with(names, |g| g.term(&T::Int, depth));
                let start = self.term(&T::Int, depth);
                call("fold", [lambda(&sum, lambda(&item, body)), start, list])
            }
            7 => call(
                "std.list.sum",
                [self.term(&T::List(Box::new(T::Int)), depth)],
            ),
            8 => {
                let which = ["std.math.max", "std.math.min"][self.choices.below(2)];
                call(
                    which,
                    [self.term(&T::Int, depth), self.term(&T::Int, depth)],
                )
            }
            _ => Term::Unary("-", Box::new(self.term(&T::Int, depth))),
        }
    }

    fn float(&mut self, depth: usize) -> Term {
        let op = ["+", "-", "*", "/"][self.choices.below(4)];
        match self.choices.below(5) {
            0 => self.literal(&T::Float),
            1 => binary(op, self.term(&T::Float, depth), self.term(&T::Float, depth)),
            2 => binary(op, self.term(&T::Int, depth), self.term(&T::Float, depth)),
            3 => call("std.math.to_float", [self.term(&T::Int, depth)]),
            _ => Term::Unary("-", Box::new(self.term(&T::Float, depth))),
        }
    }

    fn quantity(&mut self, ty: &T, depth: usize) -> Term {
        match self.choices.below(5) {
            0 => self.literal(ty),
            1 => {
                let op = ["+", "-"][self.choices.below(2)];
                binary(op, self.term(ty, depth), self.term(ty, depth))
            }
            2 => binary("*", self.term(ty, depth), self.term(&T::Int, depth)),
            3 => binary("*", self.term(&T::Int, depth), self.term(ty, depth)),
            _ => binary("/", self.term(ty, depth), self.term(&T::Int, depth)),
        }
    }

    fn scalar(&mut self) -> T {
        let all = [T::Int, T::Text, T::Float, T::Bool, T::Duration, T::Size];
        self.choices.one(&all).clone()
    }

    fn text(&mut self, depth: usize) -> Term {
        match self.choices.below(8) {
            0 => self.literal(&T::Text),
            1..=3 => {
                let mut pieces = Vec::new();
                for _ in 0..1 + self.choices.below(3) {
                    pieces.push(Piece::Text(["", "-", "/"][self.choices.below(3)].into()));
                    let ty = self.scalar();
                    pieces.push(Piece::Value(self.term(&ty, depth)));
                }
                Term::Text(pieces)
            }
            4 => {
                let ty = self.scalar();
                call("to_string", [self.term(&ty, depth)])
            }
            5 => {
                let list = self.term(&T::List(Box::new(T::Text)), depth);
                call("std.string.join", [text(", "), list])
            }
            6 => {
                let which = ["std.string.to_upper", "std.string.trim"][self.choices.below(2)];
                call(which, [self.term(&T::Text, depth)])
            }
            _ => {
                let ty = self.ty(1);
                call("std.type.of", [self.term(&ty, depth)])
            }
        }
    }

    fn list(&mut self, element: &T, depth: usize) -> Term {
        let own = T::List(Box::new(element.clone()));
        match self.choices.below(10) {
            0..=2 => {
                let count = self.choices.below(4);
                Term::List((0..count).map(|_| self.term(element, depth)).collect())
            }
            3 => binary("++", self.term(&own, depth), self.term(&own, depth)),
            4 | 5 => {
                let from = self.ty(1);
                let list = self.term(&T::List(Box::new(from.clone())), depth);
                let func = self.function(&from, element, depth);
                match self.choices.rarely(3) {
                    true => apply(Term::Name("map".into()), [func, list]),
                    false => binary("|>", list, call("map", [func])),
                }
            }
            6 => {
                let question = self.function(element, &T::Bool, depth);
                call("filter", [question, self.term(&own, depth)])
            }
            7 => {
                let which = ["std.list.reverse", "std.list.unique"][self.choices.below(2)];
                call(which, [self.term(&own, depth)])
            }
            8 if element.is_ordered() => {
                let (a, b) = (self.fresh("a"), self.fresh("b"));
                let less = binary("<", Term::Name(a.clone()), Term::Name(b.clone()));
                call(
                    "sort",
                    [lambda(&a, lambda(&b, less)), self.term(&own, depth)],
                )
            }
            8 => {
                let func = self.function(&T::Int, element, depth);
                call("std.list.generate", [func, literal(2)])
            }
            _ => {
                let dict = self.term(&T::Dict(Box::new(element.clone())), depth);
                call("std.record.values", [dict])
            }
        }
    }

    fn record(&mut self, fields: &[(&'static str, bool, T)], depth: usize) -> Term {
        if fields.len() > 1 && self.choices.rarely(4) {
            return self.merged(fields, depth);
        }
        let recursive = self.choices.rarely(3);
        let there: Vec<_> = fields
            .iter()
            .filter(|field| !field.1 || self.choices.yes())
            .cloned()
            .collect();
        let before = self.names.len();
        let mut binds = Vec::new();
        if recursive {
            let own = there.iter().map(|field| (field.0.to_owned(), None));
            self.names.extend(own.collect::<Vec<_>>());
        }
        for (field, _, ty) in &there {
            let value = match (recursive, self.choices.below(6)) {
                (false, 5) => {
                    let known = self.names_of(|known| known.fits(ty));
                    if known.iter().any(|(name, _)| name == field) {
                        binds.push(Bind::Inherit(None, vec![(*field).to_owned()]));
                        continue;
                    }
                    self.term(ty, depth)
                }
                (_, 4) => {
                    let source = Term::Record(false, vec![bind(field, self.term(ty, depth))]);
                    binds.push(Bind::Inherit(Some(source), vec![(*field).to_owned()]));
                    if recursive {
                        self.names.push(((*field).to_owned(), Some(ty.clone())));
                    }
                    continue;
                }
                // `a.b = …; a.c = …;`
                (_, 3) if is_plain_record(ty) => {
                    let T::Record(inner) = ty else { continue };
                    for (name, _, ty) in inner {
                        let path = vec![(*field).to_owned(), (*name).to_owned()];
                        binds.push(Bind::Value(path, None, self.term(ty, depth)));
                    }
                    if recursive {
                        self.names.push(((*field).to_owned(), Some(ty.clone())));
                    }
                    continue;
                }
                _ => self.term(ty, depth),
            };
            let written = self.choices.rarely(8).then(|| ty.to_string());
            binds.push(Bind::Value(vec![(*field).to_owned()], written, value));
            if recursive {
                self.names.push(((*field).to_owned(), Some(ty.clone())));
            }
        }
        self.names.truncate(before);
        Term::Record(recursive, binds)
    }

    /// Two records of which the second wins.
    fn merged(&mut self, fields: &[(&'static str, bool, T)], depth: usize) -> Term {
        let at = 1 + self.choices.below(fields.len() - 1);
        let mut left = fields[..at].to_vec();
        // What the right side always replaces may be anything.
        if let Some(field) = fields[at..].iter().find(|field| !field.1)
            && self.choices.yes()
        {
            left.push((field.0, false, self.ty(0)));
        }
        let left = self.term(&T::Record(left), depth);
        let right = self.term(&T::Record(fields[at..].to_vec()), depth);
        match self.choices.rarely(4) {
            true => apply(self.helper("merge"), [left, right]),
            false => binary("//", left, right),
        }
    }

    fn dict(&mut self, value: &T, depth: usize) -> Term {
        let own = T::Dict(Box::new(value.clone()));
        match self.choices.below(6) {
            0 => self.literal(&own),
            1 => {
                let key = text(["k", "key", "other"][self.choices.below(3)]);
                call(
                    "std.record.set",
                    [key, self.term(value, depth), self.term(&own, depth)],
                )
            }
            2 => {
                let from = self.ty(1);
                let (key, item) = (self.fresh("k"), self.fresh("v"));
                let names = [
                    (key.clone(), Some(T::Text)),
                    (item.clone(), Some(from.clone())),
                ];
                let body = self.with(names, |g| g.term(value, depth));
                let dict = self.term(&T::Dict(Box::new(from)), depth);
                call("std.record.map", [lambda(&key, lambda(&item, body)), dict])
            }
            3 => {
                let key = Term::Text(vec![
                    Piece::Text("k".into()),
                    Piece::Value(self.term(&T::Int, depth)),
                ]);
                Term::Record(false, vec![Bind::Dynamic(key, self.term(value, depth))])
            }
            4 => binary("//", self.term(&own, depth), self.term(&own, depth)),
            _ => {
                let func = self.function(&T::Text, value, depth);
                call(
                    "std.record.generate",
                    [func, Term::List(vec![text("p"), text("q")])],
                )
            }
        }
    }

    pub(super) fn function(&mut self, from: &T, to: &T, depth: usize) -> Term {
        if let T::Record(fields) = from
            && self.choices.yes()
        {
            return self.pattern(fields, to, depth);
        }
        match self.choices.below(6) {
            5 if depth > 0 => {
                let through = self.ty(1);
                let first = self.function(from, &through, depth - 1);
                let second = self.function(&through, to, depth - 1);
                apply(self.helper("compose"), [second, first])
            }
            4 => apply(self.helper("constant"), [self.term(to, depth)]),
            _ => {
                let param = self.fresh("x");
                let body = self.with_one(&param, from, |g| g.term(to, depth));
                lambda(&param, body)
            }
        }
    }

    /// `{ a, b ? 1, ... }: …`
    fn pattern(&mut self, fields: &[(&'static str, bool, T)], to: &T, depth: usize) -> Term {
        let open = self.choices.yes();
        let whole = self.choices.rarely(3).then(|| self.fresh("all"));
        let mut named = Vec::new();
        let mut names: Vec<(String, Option<T>)> = Vec::new();
        let skipped = if open {
            self.choices.below(fields.len() + 1)
        } else {
            0
        };
        for (field, optional, ty) in &fields[skipped..] {
            let default = optional.then(|| self.leaf(ty));
            named.push(((*field).to_owned(), default));
            names.push(((*field).to_owned(), Some(ty.clone())));
        }
        // Defaults see the other fields; the ones generated here do not use them, and must not
        // meet them by accident.
        let clash = named.iter().any(|(_, default)| {
            default.as_ref().is_some_and(|term| {
                let text = term.to_string();
                named.iter().any(|(name, _)| text.contains(name.as_str()))
            })
        });
        if clash {
            for (i, (_, default)) in named.iter_mut().enumerate() {
                if default.is_some() {
                    *default = Some(self.closed(&fields[skipped + i].2));
                }
            }
        }
        if let Some(whole) = &whole {
            names.push((whole.clone(), Some(T::Record(fields.to_vec()))));
        }
        let body = self.with(names, |g| g.term(to, depth));
        let pattern = Pattern::Fields {
            fields: named,
            open,
            whole,
        };
        Term::Lambda(pattern, Box::new(body))
    }

    /// A literal without names.
    fn closed(&mut self, ty: &T) -> Term {
        let names = std::mem::take(&mut self.names);
        let term = self.literal(ty);
        self.names = names;
        term
    }
}

/// A record all of whose fields are always there.
fn is_plain_record(ty: &T) -> bool {
    matches!(ty, T::Record(fields) if fields.iter().all(|field| !field.1))
}
