//! Record types.

use super::Ty;
use crate::symbol::Symbol;
use std::sync::Arc;

/// `{ a : T, b ? T, ... }`
#[derive(Clone, PartialEq)]
pub struct RecordTy {
    /// In the order they were written; shared, since declared records are large.
    pub fields: Arc<[FieldTy]>,
    /// What else a value may have.
    pub rest: Rest,
    /// The name it was declared by, for messages.
    pub name: Option<Symbol>,
}

/// A field of a record type.
#[derive(Clone, PartialEq)]
pub struct FieldTy {
    /// Its name.
    pub name: Symbol,
    /// May be absent.
    pub optional: bool,
    /// What it holds.
    pub ty: Ty,
}

/// What a record has besides its named fields.
#[derive(Clone, PartialEq)]
pub enum Rest {
    /// Nothing.
    Exact,
    /// Not known.
    Open,
    /// Any names, all of one type.
    Dict(Ty),
}

impl RecordTy {
    /// A record of these fields.
    pub fn new(fields: Vec<FieldTy>, rest: Rest) -> Self {
        RecordTy {
            fields: fields.into(),
            rest,
            name: None,
        }
    }

    /// `{ [String] : T }`
    pub fn dict(ty: Ty) -> Self {
        RecordTy::new(Vec::new(), Rest::Dict(ty))
    }

    /// `{ name : ty, ... }`
    pub fn having(name: Symbol, ty: Ty) -> Self {
        let field = FieldTy {
            name,
            optional: false,
            ty,
        };
        RecordTy::new(vec![field], Rest::Open)
    }

    /// A named field.
    pub fn field(&self, name: Symbol) -> Option<&FieldTy> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The type of a field that a value of this type may have.
    pub fn get(&self, name: Symbol) -> Option<Ty> {
        match (self.field(name), &self.rest) {
            (Some(field), _) => Some(field.ty.clone()),
            (None, Rest::Dict(ty)) => Some(ty.clone()),
            (None, Rest::Open) => Some(Ty::any()),
            (None, Rest::Exact) => None,
        }
    }

    /// All types in it.
    pub fn types(&self) -> impl Iterator<Item = &Ty> {
        let rest = match &self.rest {
            Rest::Dict(ty) => Some(ty),
            _ => None,
        };
        self.fields.iter().map(|field| &field.ty).chain(rest)
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The same record with every type replaced.
    pub fn map(&self, mut f: impl FnMut(&Ty) -> Ty) -> RecordTy {
        let fields = self.fields.iter().map(|field| FieldTy {
            name: field.name,
            optional: field.optional,
            ty: f(&field.ty),
        });
        let fields = fields.collect();
        let rest = match &self.rest {
            Rest::Dict(ty) => Rest::Dict(f(ty)),
            other => other.clone(),
        };
        RecordTy {
            fields,
            rest,
            name: self.name,
        }
    }
}
