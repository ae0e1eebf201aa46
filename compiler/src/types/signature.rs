//! The types of built-ins, from the signatures they are declared with: `(a -> b) -> [a] -> [b]`.

use super::scheme::Scheme;
use super::written::Written;
use super::{Rule, Ty};
use crate::hir::BinaryOp;
use crate::lower::{Keep, lower};
use crate::symbol::Symbol;
use nexus_grammar::{Entry, parse};
use std::path::Path;
use std::sync::Arc;

/// Reads a signature. Names in lower case are variables; `number`, `quantity` (a number, duration
/// or size) and `ordered` (a text or quantity that `<` compares with its like) say what may be chosen for them. A signature with mistakes says nothing
/// ([`super::Kind::Any`]); a test keeps those out.
pub fn signature(text: &str) -> Scheme {
    try_signature(text).unwrap_or_else(|_| Scheme::closed(super::Ty::any()))
}

/// Reads a signature.
///
/// # Errors
/// What is wrong with it, in words.
pub fn try_signature(text: &str) -> Result<Scheme, String> {
    let parse = parse(&format!("type Signature = {text};"), Entry::File);
    if let Some(error) = parse.errors.first() {
        return Err(error.message.clone());
    }
    let path = Arc::from(Path::new("<signature>"));
    let lowered = lower(&parse.tree, &path, |_| false, Keep::Text);
    let mut written = Written::new(&lowered.module, None).with_variables();
    let ty = written.defined(Symbol::new("Signature")).ok_or("no type")?;
    if let Some((_, fault)) = written.faults.first() {
        return Err(format!("{fault:?}"));
    }
    let bounds = bounds(&written);
    Ok(Scheme { ty, bounds })
}

/// The bounds of the variables that were met.
pub fn bounds(written: &Written<'_>) -> Vec<(Vec<Ty>, Vec<Ty>)> {
    let mut bounds = vec![(Vec::new(), Vec::new()); written.variable_count()];
    for (name, wanted) in KINDS {
        if let Some(var) = written.variable(Symbol::new(name))
            && let Some((_, upper)) = bounds.get_mut(var.0 as usize)
        {
            upper.extend(wanted(Ty::var(var)));
        }
    }
    bounds
}

/// What a variable must flow into.
type Wanted = fn(Ty) -> Vec<Ty>;

/// Variables that are not free.
const KINDS: [(&str, Wanted); 3] = [
    ("number", |_| vec![Ty::union([Ty::int(), Ty::float()])]),
    // It can be added to itself, and that gives more of it.
    ("quantity", |itself| {
        let rule = Rule::ArithmeticLeft(BinaryOp::Add);
        vec![Ty::deferred(rule, [itself.clone(), itself])]
    }),
    ("ordered", |itself| {
        let texts = [Ty::string(), Ty::path()];
        let numbers = [Ty::int(), Ty::float(), Ty::duration(), Ty::size()];
        vec![
            Ty::union(texts.into_iter().chain(numbers)),
            Ty::deferred(Rule::Compare, [itself]),
        ]
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_numbered_and_mistakes_found() {
        let map = try_signature("(a -> b) -> [a] -> [b]").unwrap();
        assert_eq!(map.bounds.len(), 2);
        assert_eq!(format!("{:?}", map.ty), "(Any -> Any) -> [Any] -> [Any]");
        assert!(try_signature("Itn -> Int").is_err());
        assert!(try_signature("Int ->").is_err());
    }

    #[test]
    fn every_signature_is_a_type() {
        for builtin in crate::builtins::all() {
            if let Err(e) = try_signature(builtin.signature) {
                panic!("{}: {}: {e}", builtin.names[0], builtin.signature);
            }
        }
    }
}
