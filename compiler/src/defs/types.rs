//! The `type`s of a file without the rest of it.

use super::extent::Starts;
use crate::hir::{ExprId, LocalId, Module, TypeDef, TypeId};
use crate::renumber::{self, Numbers, copy};

/// A module of the `type`s of a file, in a numbering that does not depend on what else is in the
/// file.
pub fn type_table(module: &Module) -> Module {
    let mut out = Module::default();
    if module.type_defs.is_empty() {
        return out;
    }
    let starts = Starts::of(module);
    for def in &module.type_defs {
        let range = starts.ty(def.body);
        let mut shift = Shift {
            from: range.start,
            to: out.types.len() as u32,
        };
        for ty in &module.types[range.start as usize..range.end as usize] {
            out.types.push(copy(ty, renumber::ty, &mut shift));
        }
        out.type_defs.push(TypeDef {
            name: def.name,
            params: def.params.clone(),
            body: shift.ty(def.body),
        });
    }
    out
}

struct Shift {
    from: u32,
    to: u32,
}

impl Numbers for Shift {
    fn expr(&mut self, id: ExprId) -> ExprId {
        id
    }

    fn ty(&mut self, id: TypeId) -> TypeId {
        TypeId(id.0 - self.from + self.to)
    }

    fn local(&mut self, id: LocalId) -> LocalId {
        id
    }
}
