//! Terms of any type: by what takes values apart, passes them on, and tests them.

use super::generate::Generator;
use super::term::*;
use super::ty::T;

impl Generator<'_> {
    /// The value comes out of something else.
    pub(super) fn used_at(&mut self, ty: &T, depth: usize) -> Term {
        match self.choices.below(14) {
            0 => apply(self.helper("identity"), [self.term(ty, depth)]),
            1 => {
                let other = self.ty(1);
                let args = [self.term(ty, depth), self.term(&other, depth)];
                apply(self.helper("constant"), args)
            }
            2 => {
                let from = self.ty(1);
                let func = self.function(&from, ty, depth);
                apply(self.helper("call"), [func, self.term(&from, depth)])
            }
            3 => {
                let (a, b) = (self.ty(1), self.ty(1));
                let inner = T::Function(Box::new(b.clone()), Box::new(ty.clone()));
                let func = self.function(&a, &inner, depth);
                let args = [func, self.term(&b, depth), self.term(&a, depth)];
                apply(self.helper("flip"), args)
            }
            4 if !ty.has_null() => {
                let maybe = T::Maybe(Box::new(ty.clone()));
                let args = [self.term(ty, depth), self.term(&maybe, depth)];
                apply(self.helper("fallback"), args)
            }
            5 => {
                let record = T::Record(vec![("value", false, ty.clone())]);
                apply(self.helper("value_of"), [self.term(&record, depth)])
            }
            6 => {
                let record = T::Record(vec![("value", true, ty.clone())]);
                let args = [self.term(ty, depth), self.term(&record, depth)];
                apply(self.helper("value_or"), args)
            }
            7 => {
                let other = self.ty(1);
                let args = [self.term(ty, depth), self.term(&other, depth)];
                select(apply(self.helper("pair"), args), "first")
            }
            8 => {
                let func = self.function(ty, ty, depth);
                apply(self.helper("twice"), [func, self.term(ty, depth)])
            }
            9 => {
                let args = [
                    self.term(&T::Bool, depth),
                    self.term(ty, depth),
                    self.term(ty, depth),
                ];
                apply(self.helper("pick"), args)
            }
            10 => {
                let func = self.function(ty, ty, depth);
                let args = [literal(self.choices.below(3)), func, self.term(ty, depth)];
                apply(self.helper("repeat"), args)
            }
            11 if matches!(ty, T::Int | T::Float | T::Duration | T::Size) => {
                apply(self.helper("double"), [self.term(ty, depth)])
            }
            12 => {
                let question = self.helper("is_set");
                let maybe = T::Maybe(Box::new(T::Int));
                let cond = apply(question, [self.term(&maybe, depth)]);
                when(cond, self.term(ty, depth), self.term(ty, depth))
            }
            _ => {
                let from = self.ty(1);
                let func = self.function(&from, ty, depth);
                binary("|>", self.term(&from, depth), func)
            }
        }
    }

    /// The value passes through a construct of the language.
    pub(super) fn around(&mut self, ty: &T, depth: usize) -> Term {
        match self.choices.below(16) {
            0..=2 => {
                let bound = match self.choices.rarely(4) {
                    true => self.function_ty(),
                    false => self.ty(2),
                };
                let value = self.term(&bound, depth);
                let variable = self.fresh("x");
                let written = self.choices.rarely(6).then(|| bound.to_string());
                let body = self.with_one(&variable, &bound, |g| g.term(ty, depth));
                let_in([Bind::Value(vec![variable], written, value)], body)
            }
            3 => when(
                self.term(&T::Bool, depth),
                self.term(ty, depth),
                self.term(ty, depth),
            ),
            4 => {
                let from = self.ty(1);
                let func = self.function(&from, ty, depth);
                apply(func, [self.term(&from, depth)])
            }
            5 => {
                let mut record = self.record_ty(1);
                if let T::Record(fields) = &mut record {
                    fields[0].1 = false;
                    fields[0].2 = ty.clone();
                    let field = fields[0].0;
                    return select(self.term(&record, depth), field);
                }
                self.leaf(ty)
            }
            6 => {
                let record = T::Record(vec![("port", true, ty.clone())]);
                let base = self.term(&record, depth);
                let default = self.term(ty, depth);
                Term::Select(Box::new(base), vec!["port".into()], Some(Box::new(default)))
            }
            7 => {
                let mut items = vec![self.term(ty, depth)];
                if self.choices.yes() {
                    items.push(self.term(ty, depth));
                }
                call(["head", "last"][self.choices.below(2)], [Term::List(items)])
            }
            8 => {
                let bound = self.ty(1);
                let value = self.term(&bound, depth);
                let variable = self.fresh("w");
                let body = self.with_one(&variable, &bound, |g| g.term(ty, depth));
                let scope = Term::Record(false, vec![bind(&variable, value)]);
                Term::With(Box::new(scope), Box::new(body))
            }
            9 => {
                let cond = binary("==", literal(1), literal(1));
                Term::Assert(Box::new(cond), Box::new(self.term(ty, depth)))
            }
            10 => self.recursion(ty, depth),
            11 => {
                let element = self.ty(1);
                let list = self.term(&T::List(Box::new(element.clone())), depth);
                let (so_far, item) = (self.fresh("acc"), self.fresh("x"));
                let names = [
                    (so_far.clone(), Some(ty.clone())),
                    (item.clone(), Some(element)),
                ];
                let body = self.with(names, |g| g.term(ty, depth));
                let start = self.term(ty, depth);
                call("fold", [lambda(&so_far, lambda(&item, body)), start, list])
            }
            12 => {
                let dict = self.term(&T::Dict(Box::new(ty.clone())), depth);
                let default = self.term(ty, depth);
                Term::Select(Box::new(dict), vec!["name".into()], Some(Box::new(default)))
            }
            13 => {
                // A type with parameters, used at the type in question.
                let alias = self.fresh("Box");
                let other = self.ty(1);
                let variable = self.fresh("x");
                let written = format!("{alias} ({ty}) ({other})");
                let record = T::Record(vec![
                    ("value", false, ty.clone()),
                    ("tag", true, other.clone()),
                ]);
                let value = self.term(&record, depth);
                let body = self.with_one(&variable, &record, |g| g.term(ty, depth));
                let definition = format!("type {alias} a b = {{ value : a, tag ? b }};");
                let_in(
                    [
                        Bind::Type(definition),
                        Bind::Value(vec![variable], Some(written), value),
                    ],
                    body,
                )
            }
            14 => match Some(ty)
                .filter(|ty| !ty.has_function())
                .and_then(|ty| self.json(ty))
            {
                Some(json) => {
                    let json = text(&json.replace('"', "\\\""));
                    Term::As(Box::new(call("from_json", [json])), ty.to_string())
                }
                None => self.leaf(ty),
            },
            _ => self.curried(ty, depth),
        }
    }

    /// A value of a type as JSON, where it has that form.
    fn json(&mut self, ty: &T) -> Option<String> {
        Some(match ty {
            T::Null => "null".into(),
            T::Bool => self.choices.yes().to_string(),
            T::Int => self.choices.below(9).to_string(),
            T::Float => "2.5".into(),
            T::Text => "\"json\"".into(),
            T::Word(words) => format!("\"{}\"", words[self.choices.below(words.len())]),
            T::List(element) => match self.choices.yes() {
                true => format!("[{}]", self.json(element)?),
                false => "[]".into(),
            },
            T::Dict(value) => format!("{{\"name\": {}}}", self.json(value)?),
            T::Maybe(inner) => match self.choices.yes() {
                true => self.json(inner)?,
                false => "null".into(),
            },
            T::Mixed => ["1", "\"a\"", "[1, 2]"][self.choices.below(3)].into(),
            T::Record(fields) => {
                let mut parts = Vec::new();
                for (name, optional, ty) in fields {
                    if !optional || self.choices.yes() {
                        parts.push(format!("\"{name}\": {}", self.json(ty)?));
                    }
                }
                format!("{{{}}}", parts.join(", "))
            }
            T::Shape(cases) => {
                let (kind, fields) = &cases[self.choices.below(cases.len())];
                let mut json = format!("{{\"kind\": \"{kind}\"");
                for (name, ty) in fields {
                    json += &format!(", \"{name}\": {}", self.json(ty)?);
                }
                json + "}"
            }
            T::Duration | T::Size | T::Function(..) => return None,
        })
    }

    /// A function of two parameters that has a name, and is applied twice.
    fn curried(&mut self, ty: &T, depth: usize) -> Term {
        let (a, b) = (self.ty(1), self.ty(1));
        let inner = T::Function(Box::new(b.clone()), Box::new(ty.clone()));
        let value = self.function(&a, &inner, depth);
        let func = self.fresh("f");
        let whole = T::Function(Box::new(a.clone()), Box::new(inner));
        let body = self.with_one(&func, &whole, |g| {
            let first = [g.term(&a, depth), g.term(&b, depth)];
            let second = [g.term(&a, depth), g.term(&b, depth)];
            when(
                g.term(&T::Bool, depth),
                apply(Term::Name(func.clone()), first),
                apply(Term::Name(func.clone()), second),
            )
        });
        let_in([bind(&func, value)], body)
    }

    fn recursion(&mut self, ty: &T, depth: usize) -> Term {
        let (func, count) = (self.fresh("go"), self.fresh("n"));
        let less = binary("-", Term::Name(count.clone()), literal(1));
        let stop = binary("<=", Term::Name(count.clone()), literal(0));
        match self.choices.below(3) {
            0 => {
                let so_far = self.fresh("acc");
                let names = [
                    (count.clone(), Some(T::Int)),
                    (so_far.clone(), Some(ty.clone())),
                ];
                let next = self.with(names, |g| g.term(ty, depth));
                let again = apply(Term::Name(func.clone()), [less, next]);
                let body = when(stop, Term::Name(so_far.clone()), again);
                let value = lambda(&count, lambda(&so_far, body));
                let start = self.term(ty, depth);
                let_in(
                    [bind(&func, value)],
                    apply(Term::Name(func.clone()), [literal(3), start]),
                )
            }
            1 => {
                // Through a record.
                let end = self.with_one(&count, &T::Int, |g| g.term(ty, depth));
                let again = apply(Term::Name(func.clone()), [less]);
                let value = lambda(&count, when(stop, end, again));
                let record = Term::Record(true, vec![bind(&func, value)]);
                apply(select(record, &func), [literal(2)])
            }
            _ => {
                // Two that call each other.
                let other = self.fresh("go");
                let again = |to: &str| apply(Term::Name(to.into()), [less.clone()]);
                let end = self.with_one(&count, &T::Int, |g| g.term(ty, depth));
                let first = lambda(&count, when(stop.clone(), end, again(&other)));
                let end = self.with_one(&count, &T::Int, |g| g.term(ty, depth));
                let second = lambda(&count, when(stop, end, again(&func)));
                let_in(
                    [bind(&func, first), bind(&other, second)],
                    apply(Term::Name(func.clone()), [literal(3)]),
                )
            }
        }
    }

    /// The value depends on a test that says more about a name.
    pub(super) fn tested(&mut self, ty: &T, depth: usize) -> Term {
        let known = self.names_of(|ty| {
            matches!(ty, T::Maybe(_) | T::Mixed | T::Shape(_) | T::Record(_))
                && !matches!(ty, T::Record(fields) if !fields.iter().any(|field| {
                    field.1 || matches!(field.2, T::Maybe(_))
                }))
        });
        if !known.is_empty() && !self.choices.rarely(3) {
            let (name, tested) = self.choices.one(&known).clone();
            return self.test(&name, &tested, ty, depth);
        }
        let tested = match self.choices.below(4) {
            0 => self.maybe(1),
            1 => T::Mixed,
            2 => {
                let inner = self.ty(1);
                let field = match self.choices.yes() {
                    true => ("value", true, inner),
                    false => ("value", false, T::Maybe(Box::new(inner))),
                };
                T::Record(vec![field, ("name", false, T::Text)])
            }
            _ => match self.ty(3) {
                shape @ T::Shape(_) => shape,
                other => T::Shape(vec![
                    ("circle", vec![("radius", other), ("name", T::Text)]),
                    ("square", vec![("side", T::Int)]),
                ]),
            },
        };
        let value = self.term(&tested, depth);
        let variable = self.fresh("x");
        let as_parameter = self.choices.yes();
        let body = self.with_one(&variable, &tested, |g| {
            g.test(&variable, &tested, ty, depth)
        });
        match as_parameter {
            true => apply(lambda(&variable, body), [value]),
            false => let_in([bind(&variable, value)], body),
        }
    }

    fn test(&mut self, variable: &str, tested: &T, ty: &T, depth: usize) -> Term {
        let depth = depth.saturating_sub(1);
        match tested {
            T::Maybe(inner) => self.test_null(variable, inner, ty, depth),
            T::Mixed => {
                let is = |what: &str| call(&format!("std.type.{what}"), [name(variable)]);
                let int = self.with_one(variable, &T::Int, |g| g.term(ty, depth));
                let text = self.with_one(variable, &T::Text, |g| g.term(ty, depth));
                let list = T::List(Box::new(T::Int));
                let list = self.with_one(variable, &list, |g| g.term(ty, depth));
                match self.choices.below(3) {
                    0 => when(is("is_int"), int, when(is("is_string"), text, list)),
                    1 => when(is("is_list"), list, when(is("is_int"), int, text)),
                    _ => {
                        let what = call("std.type.of", [name(variable)]);
                        let rest = when(is("is_list"), list, text);
                        when(binary("==", what, super::term::text("Int")), int, rest)
                    }
                }
            }
            T::Shape(cases) => {
                let mut cases = cases.clone();
                let Some((_, fields)) = cases.pop() else {
                    return self.leaf(ty);
                };
                let mut result = self.in_case(variable, &fields, ty, depth);
                for (kind, fields) in cases.iter().rev() {
                    let then = self.in_case(variable, fields, ty, depth);
                    let cond = binary(
                        "==",
                        select(name(variable), "kind"),
                        super::term::text(kind),
                    );
                    result = when(cond, then, result);
                }
                result
            }
            T::Record(fields) => {
                let field = fields
                    .iter()
                    .find(|field| field.1 || matches!(field.2, T::Maybe(_)));
                let Some((field, optional, inner)) = field.cloned() else {
                    return self.leaf(ty);
                };
                let path = format!("{variable}.{field}");
                if !optional {
                    return match &inner {
                        T::Maybe(inner) => self.test_null(&path, inner, ty, depth),
                        _ => self.leaf(ty),
                    };
                }
                let has = Term::Has(Box::new(name(variable)), vec![field.to_owned()]);
                let then = self.with_one(&path, &inner, |g| g.term(ty, depth));
                let otherwise = self.term(ty, depth);
                match self.choices.yes() {
                    true => when(has, then, otherwise),
                    false => when(Term::Unary("!", Box::new(has)), otherwise, then),
                }
            }
            _ => self.leaf(ty),
        }
    }

    fn in_case(&mut self, variable: &str, fields: &[(&str, T)], ty: &T, depth: usize) -> Term {
        let names = fields
            .iter()
            .map(|(field, ty)| (format!("{variable}.{field}"), Some(ty.clone())));
        let names: Vec<_> = names.collect();
        self.with(names, |g| g.term(ty, depth))
    }

    fn test_null(&mut self, variable: &str, inner: &T, ty: &T, depth: usize) -> Term {
        let is = |op| binary(op, name(variable), literal("null"));
        match self.choices.below(5) {
            0 => {
                let otherwise = self.with_one(variable, inner, |g| g.term(ty, depth));
                when(is("=="), self.term(ty, depth), otherwise)
            }
            1 => {
                let then = self.with_one(variable, inner, |g| g.term(ty, depth));
                when(is("!="), then, self.term(ty, depth))
            }
            2 => {
                let more = self.with_one(variable, inner, |g| g.term(&T::Bool, depth));
                let then = self.with_one(variable, inner, |g| g.term(ty, depth));
                when(binary("&&", is("!="), more), then, self.term(ty, depth))
            }
            3 => {
                let more = self.with_one(variable, inner, |g| g.term(&T::Bool, depth));
                let otherwise = self.with_one(variable, inner, |g| g.term(ty, depth));
                when(
                    binary("||", is("=="), more),
                    self.term(ty, depth),
                    otherwise,
                )
            }
            _ => {
                let list = Term::List(vec![name(variable), literal("null")]);
                let param = self.fresh("x");
                let question = binary("!=", Term::Name(param.clone()), literal("null"));
                let left = call("filter", [lambda(&param, question), list]);
                let item = self.fresh("x");
                let body = self.with_one(&item, inner, |g| g.term(ty, depth));
                let all = binary("++", call("map", [lambda(&item, body), left]), {
                    Term::List(vec![self.term(ty, depth)])
                });
                call("head", [all])
            }
        }
    }
}
