//! The types of `e as T`, as the machine compares values with them.

use crate::hir::{Module, TypeId};
use crate::types::schema::schema;
use crate::types::written::Written;
use crate::types::{Kind, Ty};

/// Types that grow with every turn are followed through so many.
const MOST: usize = 200;

/// A type, and the ones that it refers to by name.
#[derive(Debug)]
pub struct Conversion {
    /// What a value must be.
    pub ty: Ty,
    named: Vec<(Ty, Ty)>,
}

impl Conversion {
    /// For a type written in a module.
    pub fn new(module: &Module, id: TypeId) -> Self {
        let mut written = Written::new(module, Some(schema()));
        let ty = written.ty(id);
        let mut named: Vec<(Ty, Ty)> = Vec::new();
        let mut todo = vec![ty.clone()];
        while let Some(ty) = todo.pop() {
            if let Kind::Alias(name, args) = ty.kind() {
                if named.len() >= MOST || named.iter().any(|known| known.0 == ty) {
                    continue;
                }
                let own = written.applied(*name, args).and_then(Result::ok);
                if let Some(meaning) = own.or_else(|| schema().get(*name)) {
                    todo.push(meaning.clone());
                    named.push((ty.clone(), meaning));
                }
            }
            todo.extend(ty.children().into_iter().cloned());
        }
        Conversion { ty, named }
    }

    /// Looks behind a name.
    pub fn unalias<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        match ty.kind() {
            Kind::Alias(..) => {
                let known = self.named.iter().find(|known| known.0 == *ty);
                known.map_or(ty, |known| &known.1)
            }
            _ => ty,
        }
    }
}
