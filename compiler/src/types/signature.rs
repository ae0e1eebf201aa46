//! The types of built-ins, from the signatures they are declared with: `(a -> b) -> [a] -> [b]`.

use super::scheme::Scheme;
use super::written::Written;
use crate::lower::lower;
use crate::symbol::Symbol;
use nexus_grammar::{Entry, parse};
use std::path::Path;
use std::sync::Arc;

/// Reads a signature. Names in lower case are variables. A signature with mistakes says nothing
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
    let lowered = lower(&parse.tree, &Arc::from(Path::new("<signature>")), &|_| {
        false
    });
    let mut written = Written::new(&lowered.module, None).with_variables();
    let ty = written.defined(Symbol::new("Signature")).ok_or("no type")?;
    if let Some((_, fault)) = written.faults.first() {
        return Err(format!("{fault:?}"));
    }
    Ok(Scheme {
        ty,
        bounds: vec![(Vec::new(), Vec::new()); written.variable_count()],
    })
}

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
