//! The types of parts of a file, in the numbering of the file.

use super::Def;
use crate::check::{facts, file_type, global, member_types, named_in};
use crate::db::{Db, Definition, SourceFile, definitions, lowered};
use crate::defs::Name;
use crate::hir::{Expr, ExprId, LocalId, LocalKind, TypeId};
use crate::symbol::Symbol;
use crate::types::schema::schema;
use crate::types::written::Written;
use crate::types::{Kind, Scheme, Ty};
use std::sync::Arc;

/// The type an expression was found to have. None for what is checked against a type that is
/// known, which has that type.
pub fn type_of_expr(db: &dyn Db, file: SourceFile, id: ExprId) -> Option<Arc<Scheme>> {
    let definitions = definitions(db, file);
    let (unit, own) = definitions.unit_of(id)?;
    let found = facts(db, Definition::new(db, file, unit.name.clone()));
    found.exprs.get(&own).cloned()
}

/// The type of what a selection gives up to and including a name of its path.
pub fn type_of_key(db: &dyn Db, file: SourceFile, id: ExprId, index: u32) -> Option<Arc<Scheme>> {
    let definitions = definitions(db, file);
    let (unit, own) = definitions.unit_of(id)?;
    let found = facts(db, Definition::new(db, file, unit.name.clone()));
    if let Some(ty) = found.keys.get(&(own, index)) {
        return Some(ty.clone());
    }
    let module = lowered(db, file);
    match &module.exprs[id.index()] {
        Expr::Select { path, .. } if path.len() as u32 == index + 1 => {
            found.exprs.get(&own).cloned()
        }
        _ => None,
    }
}

/// The type of a binder.
pub fn type_of_local(db: &dyn Db, file: SourceFile, id: LocalId) -> Option<Arc<Scheme>> {
    let module = lowered(db, file);
    if let Some(annotation) = module.locals[id.index()].annotation {
        let ty = written_type(db, file, annotation);
        return Some(Arc::new(Scheme::closed(ty)));
    }
    let definitions = definitions(db, file);
    let (unit, own) = definitions.unit_of_local(id)?;
    let definition = Definition::new(db, file, unit.name.clone());
    let kind = module.locals[id.index()].kind;
    let is_member = matches!(
        kind,
        LocalKind::Let | LocalKind::Field | LocalKind::InheritFrom
    );
    if unit.name != Name::Whole && is_member && own.index() < unit.body.members.len() {
        let types = member_types(db, definition);
        return types.get(own.index()).cloned();
    }
    facts(db, definition).locals.get(&own).cloned()
}

/// The type of a field of a record: what was written for it, or what its value was found to be.
pub fn type_of_field(
    db: &dyn Db,
    file: SourceFile,
    record: ExprId,
    position: u32,
) -> Option<Arc<Scheme>> {
    let module = lowered(db, file);
    let Expr::Record(literal) = &module.exprs[record.index()] else {
        return None;
    };
    let field = literal.fields.get(position as usize)?;
    if let Some(annotation) = field.annotation() {
        let ty = written_type(db, file, annotation);
        return Some(Arc::new(Scheme::closed(ty)));
    }
    if let Some(local) = field.local()
        && let Some(ty) = type_of_local(db, file, local)
    {
        return Some(ty);
    }
    type_of_expr(db, file, field.value)
}

/// The type of what a name stands for.
pub fn type_of_def(db: &dyn Db, def: &Def) -> Option<Arc<Scheme>> {
    match def {
        Def::Local(file, local) => type_of_local(db, *file, *local),
        Def::Field(file, record, position) => type_of_field(db, *file, *record, *position),
        Def::Standard(name) => {
            let path: Vec<Symbol> = name.split('.').map(Symbol::new).collect();
            let (ty, used) = global(&path)?;
            (used == path.len()).then_some(ty)
        }
        Def::SchemaField(ty, field) => match schema().get(*ty)?.kind() {
            Kind::Record(record) => Some(Arc::new(Scheme::closed(record.get(*field)?))),
            _ => None,
        },
        Def::File(path) => Some(file_type(db, db.file(path))),
        Def::Type(..) | Def::SchemaType(_) => None,
    }
}

/// What a type written in a file means.
pub fn written_type(db: &dyn Db, file: SourceFile, id: TypeId) -> Ty {
    let module = lowered(db, file);
    Written::new(&module, Some(schema())).ty(id)
}

/// What the name of a type stands for; any other type itself.
pub fn follow(db: &dyn Db, file: SourceFile, ty: &Ty) -> Ty {
    match ty.kind() {
        Kind::Alias(name, args) if args.is_empty() => {
            named_in(db, file, *name).unwrap_or_else(Ty::any)
        }
        Kind::Alias(name, args) => {
            let module = lowered(db, file);
            let mut written = Written::new(&module, Some(schema()));
            let meaning = written.applied(*name, args).and_then(Result::ok);
            meaning.unwrap_or_else(Ty::any)
        }
        _ => ty.clone(),
    }
}
