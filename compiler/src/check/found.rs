//! What the parts of a unit were found to be, for editors: the unit is checked once more, with
//! somebody taking notes.

use super::context::{Checker, LocalTy};
use super::files::Files;
use super::query::named_type;
use crate::db::{Db, Definition, SourceFile, body};
use crate::hir::{Expr, ExprId, Key, LocalId};
use crate::symbol::Symbol;
use crate::types::schema::schema;
use crate::types::{Kind, Scheme, Ty, watched};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Steps for telling types after a unit is checked.
const FOR_TELLING: u64 = 2_000_000;

/// Notes taken while a unit is checked; the types have variables.
#[derive(Default)]
pub(super) struct Found {
    pub(super) exprs: FxHashMap<ExprId, Ty>,
    keys: FxHashMap<(ExprId, u32), Ty>,
}

/// The types of the parts of a unit, in its numbering.
#[derive(Debug, Default)]
pub struct Facts {
    /// Of expressions. What is checked against a type that is known is not among them.
    pub exprs: FxHashMap<ExprId, Arc<Scheme>>,
    /// What a selection gives up to and including a name of its path.
    pub keys: FxHashMap<(ExprId, u32), Arc<Scheme>>,
    /// Of binders, as far as they were looked at.
    pub locals: FxHashMap<LocalId, Arc<Scheme>>,
}

/// The types of the parts of a unit. Few are asked for, and only by people.
#[salsa::tracked(returns(clone), no_eq, lru = 64)]
pub fn facts<'db>(db: &'db dyn Db, definition: Definition<'db>) -> Arc<Facts> {
    let file = definition.file(db);
    let own = body(db, definition);
    let outside = Files {
        db,
        file,
        links: &[],
    };
    let role = file.role(db);
    let mut checker = Checker::new(&own, schema(), &outside, role);
    checker.found = Some(Box::default());
    let (facts, _) = watched(|| {
        checker.check_unit(role);
        checker.told()
    });
    Arc::new(facts)
}

/// What the name of a type means in a file, if it takes no arguments.
pub fn named_in(db: &dyn Db, file: SourceFile, name: Symbol) -> Option<Ty> {
    named_type(db, file, name)
        .and_then(Result::ok)
        .or_else(|| schema().get(name))
}

impl Checker<'_> {
    /// Notes what the names of a selection give that were looked up together with its base.
    pub(super) fn note_base(
        &mut self,
        id: ExprId,
        base: ExprId,
        path: &[Key],
        used: usize,
        ty: &Ty,
    ) {
        if let Expr::Local(local) = *self.expr(base) {
            let mut at = self.local(local);
            if let Some(found) = &mut self.found {
                found.exprs.insert(base, at.clone());
            }
            for (i, key) in path.iter().take(used).enumerate() {
                let field = match (at.kind(), key) {
                    (Kind::Record(record), Key::Name(name)) => record.get(*name),
                    _ => None,
                };
                let Some(field) = field else { break };
                at = field;
                self.note_key(id, i, &at);
            }
        }
        if let Some(last) = used.checked_sub(1) {
            self.note_key(id, last, ty);
        }
    }

    /// Notes what a selection gives up to a name of its path.
    pub(super) fn note_key(&mut self, id: ExprId, index: usize, ty: &Ty) {
        if let Some(found) = &mut self.found {
            found.keys.insert((id, index as u32), ty.clone());
        }
    }

    /// What was noted, independent of this checker.
    fn told(&mut self) -> Facts {
        let found = self.found.take().unwrap_or_default();
        self.budget = self.budget.max(FOR_TELLING);
        let mut facts = Facts::default();
        for (id, ty) in found.exprs {
            facts.exprs.insert(id, Arc::new(self.export(&ty)));
        }
        for (key, ty) in found.keys {
            facts.keys.insert(key, Arc::new(self.export(&ty)));
        }
        for i in 0..self.locals.len() {
            if let LocalTy::Done(_, ty) | LocalTy::Busy(ty) = self.locals[i].clone() {
                let ty = Arc::new(self.export(&ty));
                facts.locals.insert(LocalId(i as u32), ty);
            }
        }
        facts
    }
}
