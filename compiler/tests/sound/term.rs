//! Programs as trees, so that they can be written, broken and made smaller.

use std::fmt::{self, Display, Formatter, Write};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A number, `null`, `true`, …, as written.
    Literal(String),
    Text(Vec<Piece>),
    /// A name, or a path into the library.
    Name(String),
    List(Vec<Term>),
    /// Recursive or not.
    Record(bool, Vec<Bind>),
    Select(Box<Term>, Vec<String>, Option<Box<Term>>),
    Has(Box<Term>, Vec<String>),
    Apply(Box<Term>, Vec<Term>),
    Lambda(Pattern, Box<Term>),
    Let(Vec<Bind>, Box<Term>),
    With(Box<Term>, Box<Term>),
    Assert(Box<Term>, Box<Term>),
    If(Box<Term>, Box<Term>, Box<Term>),
    Binary(&'static str, Box<Term>, Box<Term>),
    Unary(&'static str, Box<Term>),
    /// `e as T`
    As(Box<Term>, String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(String),
    Value(Term),
}

/// A binding of a record or `let`.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// Path, written type, value.
    Value(Vec<String>, Option<String>, Term),
    Inherit(Option<Term>, Vec<String>),
    Dynamic(Term, Term),
    /// `type …`, as written.
    Type(String),
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Name(String),
    Fields {
        /// Name, default.
        fields: Vec<(String, Option<Term>)>,
        open: bool,
        whole: Option<String>,
    },
}

pub fn name(name: &str) -> Term {
    match name.split_once('.') {
        Some((base, path)) if base != "std" => Term::Select(
            Box::new(Term::Name(base.into())),
            path.split('.').map(String::from).collect(),
            None,
        ),
        _ => Term::Name(name.into()),
    }
}

pub fn literal(text: impl ToString) -> Term {
    Term::Literal(text.to_string())
}

pub fn text(text: &str) -> Term {
    Term::Text(vec![Piece::Text(text.into())])
}

pub fn apply(func: Term, args: impl Into<Vec<Term>>) -> Term {
    Term::Apply(Box::new(func), args.into())
}

pub fn call(func: &str, args: impl Into<Vec<Term>>) -> Term {
    apply(name(func), args)
}

pub fn select(base: Term, field: &str) -> Term {
    Term::Select(Box::new(base), vec![field.into()], None)
}

pub fn lambda(param: &str, body: Term) -> Term {
    Term::Lambda(Pattern::Name(param.into()), Box::new(body))
}

pub fn binary(op: &'static str, left: Term, right: Term) -> Term {
    Term::Binary(op, Box::new(left), Box::new(right))
}

pub fn when(cond: Term, then: Term, otherwise: Term) -> Term {
    Term::If(Box::new(cond), Box::new(then), Box::new(otherwise))
}

pub fn bind(name: &str, value: Term) -> Bind {
    Bind::Value(vec![name.into()], None, value)
}

pub fn let_in(binds: impl Into<Vec<Bind>>, body: Term) -> Term {
    Term::Let(binds.into(), Box::new(body))
}

/// An operand: in parentheses unless it cannot be misread.
struct Atom<'a>(&'a Term);

impl Display for Atom<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Term::Literal(text) if text.starts_with('-') => write!(f, "({text})"),
            Term::Literal(_)
            | Term::Text(_)
            | Term::Name(_)
            | Term::List(_)
            | Term::Record(..)
            | Term::Select(_, _, None) => write!(f, "{}", self.0),
            term => write!(f, "({term})"),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Term::Literal(text) | Term::Name(text) => f.write_str(text),
            Term::Text(pieces) => {
                f.write_char('"')?;
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => f.write_str(text)?,
                        Piece::Value(term) => write!(f, "${{{term}}}")?,
                    }
                }
                f.write_char('"')
            }
            Term::List(items) => {
                f.write_char('[')?;
                for item in items {
                    write!(f, " {}", Atom(item))?;
                }
                f.write_str(" ]")
            }
            Term::Record(recursive, binds) => {
                f.write_str(if *recursive { "rec {" } else { "{" })?;
                for bind in binds {
                    write!(f, " {bind}")?;
                }
                f.write_str(" }")
            }
            Term::Select(base, path, default) => {
                write!(f, "{}.{}", Atom(base), path.join("."))?;
                match default {
                    Some(default) => write!(f, " or {}", Atom(default)),
                    None => Ok(()),
                }
            }
            Term::Has(base, path) => write!(f, "{} ? {}", Atom(base), path.join(".")),
            Term::Apply(func, args) => {
                write!(f, "{}", Atom(func))?;
                args.iter().try_for_each(|arg| write!(f, " {}", Atom(arg)))
            }
            Term::Lambda(Pattern::Name(name), body) => write!(f, "{name}: {body}"),
            Term::Lambda(
                Pattern::Fields {
                    fields,
                    open,
                    whole,
                },
                body,
            ) => {
                let mut parts: Vec<String> = Vec::new();
                for (name, default) in fields {
                    parts.push(match default {
                        Some(default) => format!("{name} ? {}", Atom(default)),
                        None => name.clone(),
                    });
                }
                if *open {
                    parts.push("...".into());
                }
                write!(f, "{{ {} }}", parts.join(", "))?;
                if let Some(whole) = whole {
                    write!(f, "@{whole}")?;
                }
                write!(f, ": {body}")
            }
            Term::Let(binds, body) => {
                f.write_str("let")?;
                for bind in binds {
                    write!(f, " {bind}")?;
                }
                write!(f, " in {body}")
            }
            Term::With(scope, body) => write!(f, "with {scope}; {body}"),
            Term::Assert(cond, body) => write!(f, "assert {cond}; {body}"),
            Term::If(cond, then, otherwise) => {
                write!(f, "if {cond} then {then} else {otherwise}")
            }
            Term::Binary(op, left, right) => write!(f, "{} {op} {}", Atom(left), Atom(right)),
            Term::Unary(op, operand) => write!(f, "{op}{}", Atom(operand)),
            Term::As(value, ty) => write!(f, "{} as ({ty})", Atom(value)),
        }
    }
}

impl Display for Bind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Bind::Value(path, Some(ty), value) => write!(f, "{} : {ty} = {value};", path.join(".")),
            Bind::Value(path, None, value) => write!(f, "{} = {value};", path.join(".")),
            Bind::Inherit(Some(from), names) => write!(f, "inherit ({from}) {};", names.join(" ")),
            Bind::Inherit(None, names) => write!(f, "inherit {};", names.join(" ")),
            Bind::Dynamic(name, value) => write!(f, "${{{name}}} = {value};"),
            Bind::Type(text) => f.write_str(text),
        }
    }
}

impl Term {
    /// The terms directly inside that may be changed.
    pub fn children(&mut self) -> Vec<&mut Term> {
        fn of_binds(binds: &mut [Bind]) -> Vec<&mut Term> {
            let mut out = Vec::new();
            for bind in binds {
                match bind {
                    // What recurses stays as it is, so that every program comes to an end.
                    Bind::Value(path, _, _) if path[0].starts_with("go") => {}
                    Bind::Value(_, _, value) | Bind::Inherit(Some(value), _) => out.push(value),
                    Bind::Dynamic(name, value) => out.extend([name, value]),
                    Bind::Inherit(None, _) | Bind::Type(_) => {}
                }
            }
            out
        }
        match self {
            Term::Literal(_) | Term::Name(_) => Vec::new(),
            Term::Text(pieces) => pieces
                .iter_mut()
                .filter_map(|piece| match piece {
                    Piece::Text(_) => None,
                    Piece::Value(value) => Some(value),
                })
                .collect(),
            Term::List(items) => items.iter_mut().collect(),
            Term::Record(_, binds) => of_binds(binds),
            Term::Select(base, _, default) => {
                let default = default.as_deref_mut();
                std::iter::once(&mut **base).chain(default).collect()
            }
            Term::Has(base, _) | Term::Unary(_, base) | Term::As(base, _) => vec![base],
            Term::Apply(func, args) => std::iter::once(&mut **func).chain(args).collect(),
            Term::Lambda(pattern, body) => {
                let mut out: Vec<&mut Term> = Vec::new();
                if let Pattern::Fields { fields, .. } = pattern {
                    out.extend(fields.iter_mut().filter_map(|field| field.1.as_mut()));
                }
                out.push(body);
                out
            }
            Term::Let(binds, body) => {
                let mut out = of_binds(binds);
                out.push(body);
                out
            }
            Term::With(a, b) | Term::Assert(a, b) | Term::Binary(_, a, b) => vec![a, b],
            Term::If(a, b, c) => vec![a, b, c],
        }
    }

    /// How many terms it is made of.
    pub fn size(&mut self) -> usize {
        1 + self.children().into_iter().map(Term::size).sum::<usize>()
    }

    /// One of the terms it is made of, counted from the outermost.
    pub fn at(&mut self, index: usize) -> Option<&mut Term> {
        fn find<'a>(term: &'a mut Term, left: &mut usize) -> Option<&'a mut Term> {
            if *left == 0 {
                return Some(term);
            }
            *left -= 1;
            term.children()
                .into_iter()
                .find_map(|child| find(child, left))
        }
        let mut left = index;
        find(self, &mut left)
    }
}
