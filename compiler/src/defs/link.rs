//! A unit together with the units it refers to, for messages that blame what is written there.

use super::{Body, Name, Outer};
use crate::hir::{ExprId, Local, LocalId, Module, TypeId};
use crate::renumber::{self, Numbers, copy};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Units are followed until they have as many expressions together.
const MOST_EXPRS: usize = 2_000;

/// Another unit in the tables of a [`Linked`]: where its part of each begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The unit.
    pub name: Name,
    /// Its first expression.
    pub exprs: u32,
    /// Its first written type.
    pub types: u32,
    /// Its first binder.
    pub locals: u32,
}

/// A unit with what it refers to: binders of other units have values.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The unit; the tables of its module are longer.
    pub body: Body,
    /// The others, in the order of the tables.
    pub links: Vec<Link>,
}

/// Puts the units that a unit refers to behind it. `get` gives them.
pub fn link(own: &Body, get: &mut dyn FnMut(&Name) -> Option<Arc<Body>>) -> Linked {
    let mut module = Module::clone(&own.module);
    let mut links: Vec<Link> = Vec::new();
    let mut bodies: Vec<Arc<Body>> = Vec::new();
    let mut known: FxHashMap<Name, Option<usize>> = FxHashMap::default();
    let mut wanted: Vec<Name> = units(own).collect();
    let mut next = 0;
    let (mut exprs, mut types, mut locals) =
        (module.exprs.len(), module.types.len(), module.locals.len());
    let most = exprs + MOST_EXPRS;
    // Places are given out first: units may refer to each other.
    while next < wanted.len() {
        let name = wanted[next].clone();
        next += 1;
        if known.contains_key(&name) || own.members.contains(&name) {
            continue;
        }
        let body = get(&name).filter(|body| exprs + body.module.exprs.len() <= most);
        let Some(body) = body else {
            known.insert(name, None);
            continue;
        };
        known.insert(name.clone(), Some(links.len()));
        links.push(Link {
            name,
            exprs: exprs as u32,
            types: types as u32,
            locals: locals as u32,
        });
        exprs += body.module.exprs.len();
        types += body.module.types.len();
        locals += body.module.locals.len();
        wanted.extend(units(&body));
        bodies.push(body);
    }
    let target = |outer: &Outer| -> Option<(LocalId, usize)> {
        let Outer::Member { unit, index } = outer else {
            return None;
        };
        let at = (*known.get(unit)?)?;
        Some((LocalId(links[at].locals + index), at))
    };
    for (at, body) in bodies.iter().enumerate() {
        let mut shift = Shift {
            link: &links[at],
            body,
            target: &target,
        };
        let from = &body.module;
        for local in &from.locals {
            module.locals.push(copy(local, renumber::local, &mut shift));
        }
        for expr in &from.exprs {
            module.exprs.push(copy(expr, renumber::expr, &mut shift));
        }
        for ty in &from.types {
            module.types.push(copy(ty, renumber::ty, &mut shift));
        }
    }
    for (i, outer) in own.outers.iter().enumerate() {
        if let Some((local, _)) = target(outer) {
            let value = module.locals[local.index()].value;
            let stand_in = own.own_locals as usize + i;
            module.locals[stand_in] = Local {
                value,
                ..module.locals[stand_in].clone()
            };
        }
    }
    Linked {
        body: Body {
            module: Arc::new(module),
            ..own.clone()
        },
        links,
    }
}

fn units(body: &Body) -> impl Iterator<Item = Name> + '_ {
    body.outers.iter().filter_map(|outer| match outer {
        Outer::Member { unit, .. } => Some(unit.clone()),
        Outer::Tasks => None,
    })
}

struct Shift<'a> {
    link: &'a Link,
    body: &'a Body,
    target: &'a dyn Fn(&Outer) -> Option<(LocalId, usize)>,
}

impl Numbers for Shift<'_> {
    fn expr(&mut self, id: ExprId) -> ExprId {
        ExprId(self.link.exprs + id.0)
    }

    fn ty(&mut self, id: TypeId) -> TypeId {
        TypeId(self.link.types + id.0)
    }

    fn local(&mut self, id: LocalId) -> LocalId {
        match self.body.outer(id).and_then(|outer| (self.target)(outer)) {
            Some((local, _)) => local,
            None => LocalId(self.link.locals + id.0),
        }
    }
}
