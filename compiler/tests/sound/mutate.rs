//! Breaks programs in the ways people do.

use super::choices::Choices;
use super::generate::FIELDS;
use super::term::*;

/// Changes one place; nothing when the change does not apply there.
pub fn mutate(program: &Term, choices: &mut Choices<'_>) -> Option<Term> {
    let mut changed = program.clone();
    let size = changed.size();
    let place = choices.below(size);
    let term = changed.at(place)?;
    let before = term.clone();
    change(term, choices)?;
    (*term != before).then_some(changed)
}

fn misspell(name: &mut String) {
    match name.len() {
        0 | 1 => name.push('x'),
        _ => {
            name.pop();
        }
    }
}

fn other_literal(choices: &mut Choices<'_>) -> Term {
    match choices.below(8) {
        0 => literal(3),
        1 => text("three"),
        2 => literal("null"),
        3 => literal("true"),
        4 => Term::List(vec![literal(1)]),
        5 => Term::Record(false, vec![bind("other", literal(1))]),
        6 => lambda("unused", literal(1)),
        _ => literal("30s"),
    }
}

fn change(term: &mut Term, choices: &mut Choices<'_>) -> Option<()> {
    // What can happen to anything.
    if choices.rarely(4) {
        let old = std::mem::replace(term, literal("null"));
        *term = match choices.below(6) {
            0 => literal("null"),
            1 => apply(old, [literal(1)]),
            2 => lambda("unused", old),
            3 => Term::List(vec![old]),
            4 => select(old, "value"),
            _ => other_literal(choices),
        };
        return Some(());
    }
    match term {
        Term::Literal(_) => *term = other_literal(choices),
        Term::Text(pieces) => match &mut pieces[..] {
            [Piece::Text(text)] if choices.yes() => text.push('x'),
            _ => *term = other_literal(choices),
        },
        Term::Name(name) => {
            // Names are numbered from the inside out: one with a smaller number is not the one
            // that is being defined, so that nothing comes to call itself.
            let number = name.strip_prefix('x').and_then(|n| n.parse::<usize>().ok());
            *name = match number {
                Some(number) if number > 1 && choices.yes() => {
                    format!("x{}", 1 + choices.below(number - 1))
                }
                _ => (*choices.one(&["map", "length", "head"])).to_owned(),
            };
        }
        Term::List(items) if !items.is_empty() => {
            let at = choices.below(items.len());
            match choices.below(3) {
                0 => items[at] = other_literal(choices),
                1 => items.push(other_literal(choices)),
                _ => *term = items.swap_remove(at),
            }
        }
        Term::List(items) => items.push(other_literal(choices)),
        Term::Record(_, binds) => change_bind(binds, choices)?,
        Term::Let(binds, _) => change_bind(binds, choices)?,
        Term::Select(base, path, default) => match choices.below(4) {
            0 if default.is_some() => *default = None,
            1 => *term = (**base).clone(),
            _ => {
                let last = path.len() - 1;
                misspell(&mut path[last]);
            }
        },
        Term::Has(_, path) => misspell(&mut path[0]),
        Term::Apply(func, args) => match choices.below(5) {
            0 => {
                args.pop();
                if args.is_empty() {
                    *term = (**func).clone();
                }
            }
            1 if args.len() > 1 => args.reverse(),
            2 => args.push(literal(1)),
            3 => {
                let at = choices.below(args.len());
                args[at] = other_literal(choices);
            }
            _ => {
                let at = choices.below(args.len());
                *term = args.swap_remove(at);
            }
        },
        Term::Lambda(pattern, body) => match (choices.below(3), pattern) {
            (0, _) => *term = (**body).clone(),
            (1, Pattern::Fields { fields, .. }) if !fields.is_empty() => {
                let at = choices.below(fields.len());
                misspell(&mut fields[at].0);
            }
            (_, Pattern::Fields { open, fields, .. }) => {
                *open = false;
                fields.truncate(1);
            }
            _ => *term = lambda("unused", term.clone()),
        },
        Term::With(scope, _) => **scope = other_literal(choices),
        Term::Assert(_, body) => *term = (**body).clone(),
        Term::If(cond, then, otherwise) => match choices.below(4) {
            0 => *term = (**then).clone(),
            1 => *term = (**otherwise).clone(),
            2 => std::mem::swap(then, otherwise),
            _ => **cond = literal("true"),
        },
        Term::Binary(op, left, right) => match choices.below(4) {
            0 => *op = ["+", "++", "//", "<", "&&", "*"][choices.below(6)],
            1 => **left = other_literal(choices),
            2 => **right = other_literal(choices),
            _ => *term = (**left).clone(),
        },
        Term::Unary(_, operand) => **operand = other_literal(choices),
        Term::As(value, _) => **value = other_literal(choices),
    }
    Some(())
}

fn change_bind(binds: &mut Vec<Bind>, choices: &mut Choices<'_>) -> Option<()> {
    if binds.is_empty() {
        binds.push(bind("other", literal(1)));
        return Some(());
    }
    let at = choices.below(binds.len());
    match &mut binds[at] {
        _ if choices.rarely(3) => {
            binds.remove(at);
        }
        // A field more, which types that are written hide, but `//` and `?` would find.
        Bind::Value(..) if choices.rarely(3) => {
            let name = *choices.one(&FIELDS);
            let value = other_literal(choices);
            binds.push(bind(name, value));
        }
        Bind::Value(path, _, value) => match choices.yes() {
            true => {
                let last = path.len() - 1;
                misspell(&mut path[last]);
            }
            false => *value = other_literal(choices),
        },
        Bind::Inherit(_, names) => misspell(&mut names[0]),
        Bind::Dynamic(name, _) => *name = other_literal(choices),
        Bind::Type(_) => return None,
    }
    Some(())
}

/// A smaller program that still has a property.
pub fn shrink(mut program: Term, mut has: impl FnMut(&Term) -> bool) -> Term {
    let mut at = 0;
    while at < program.size() {
        let mut candidates: Vec<Term> = Vec::new();
        let mut copy = program.clone();
        let Some(term) = copy.at(at) else { break };
        candidates.extend(term.children().into_iter().map(|child| child.clone()));
        candidates.extend([literal(1), literal("null")]);
        match term {
            Term::Record(recursive, binds) => {
                for i in 0..binds.len() {
                    let mut less = binds.clone();
                    less.remove(i);
                    candidates.push(Term::Record(*recursive, less));
                }
            }
            Term::Let(binds, body) => {
                for i in 0..binds.len() {
                    let mut less = binds.clone();
                    less.remove(i);
                    candidates.push(Term::Let(less, body.clone()));
                }
            }
            Term::List(items) => {
                for i in 0..items.len() {
                    let mut less = items.clone();
                    less.remove(i);
                    candidates.push(Term::List(less));
                }
            }
            _ => {}
        }
        let smaller = candidates.into_iter().find_map(|candidate| {
            let mut less = program.clone();
            let term = less.at(at)?;
            (candidate != *term && candidate.clone().size() < term.size()).then_some(())?;
            *term = candidate;
            has(&less).then_some(less)
        });
        match smaller {
            Some(smaller) => program = smaller,
            None => at += 1,
        }
    }
    program
}
