//! The types of `e as T`, as the machine compares values with them.

use crate::hir::{Module, TypeId};
use crate::symbol::Symbol;
use crate::types::schema::schema;
use crate::types::written::Written;
use crate::types::{Kind, Ty};
use rustc_hash::FxHashMap;

/// A type, and the ones that it refers to by name.
#[derive(Debug)]
pub struct Conversion {
    /// What a value must be.
    pub ty: Ty,
    named: FxHashMap<Symbol, Ty>,
}

impl Conversion {
    /// For a type written in a module.
    pub fn new(module: &Module, id: TypeId) -> Self {
        let mut written = Written::new(module, Some(schema()));
        let ty = written.ty(id);
        let mut named = FxHashMap::default();
        let mut todo = vec![ty.clone()];
        while let Some(ty) = todo.pop() {
            if let Kind::Alias(name) = ty.kind() {
                if named.contains_key(name) {
                    continue;
                }
                let meaning = written.defined(*name).or_else(|| schema().get(*name));
                if let Some(meaning) = meaning {
                    todo.push(meaning.clone());
                    named.insert(*name, meaning);
                }
            }
            todo.extend(ty.children().into_iter().cloned());
        }
        Conversion { ty, named }
    }

    /// Looks behind a name.
    pub fn unalias<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        match ty.kind() {
            Kind::Alias(name) => self.named.get(name).unwrap_or(ty),
            _ => ty,
        }
    }
}
