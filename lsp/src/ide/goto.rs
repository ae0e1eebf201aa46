//! Where something is defined, declared, and where its type is.

use super::FileRange;
use super::hover::name_of_type;
use super::source::Source;
use super::standard::builtin_place;
use nexus_compiler::db::{Db, SourceFile, lowered};
use nexus_compiler::hir::{Expr, LocalKind, Span};
use nexus_compiler::ide::{Def, Mention, Resolver, Snapshot, place_of, type_of_def, type_of_key};
use nexus_compiler::types::Ty;
use nexus_compiler::types::readable::readable;

/// Places, and the name that leads there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goto {
    /// The name.
    pub from: Span,
    /// The places; files for the name of a file.
    pub to: Vec<FileRange>,
}

/// Where what a name stands for is defined. An `inherit` is passed through; the name of a field
/// that something is expected of leads to where that is written.
pub fn definition(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Goto> {
    let source = Source::new(snapshot, file);
    let mut to = Vec::new();
    let mut from = None;
    for occurrence in source.occurrences_at(offset) {
        let mut defs = Resolver::new(source.db).mention(file, occurrence.mention);
        if let Mention::Field(record, position) = occurrence.mention
            && let Some(declared) = declared(&source, record, position)
        {
            defs = vec![declared];
        }
        for def in defs {
            let def = through_inherit(source.db, def);
            if let Some(place) = place(source.db, &def) {
                from = from.or(Some(occurrence.span));
                if !to.contains(&place) {
                    to.push(place);
                }
            }
        }
    }
    // A name that is inherited is defined where it comes from, not here.
    if to.len() > 1 {
        let here = source.path();
        to.retain(|place| place.path != here || Some(place.span) != from);
    }
    Some(Goto { from: from?, to })
}

/// Where the name itself is introduced: for a name that is inherited, the `inherit`.
pub fn declaration(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Goto> {
    let source = Source::new(snapshot, file);
    for occurrence in source.occurrences_at(offset) {
        let defs = Resolver::new(source.db).mention(file, occurrence.mention);
        let to: Vec<_> = defs
            .iter()
            .filter_map(|def| place(source.db, def))
            .collect();
        if !to.is_empty() {
            return Some(Goto {
                from: occurrence.span,
                to,
            });
        }
    }
    None
}

/// Where the type of something is defined, if it has a name.
pub fn type_definition(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Goto> {
    let source = Source::new(snapshot, file);
    for occurrence in source.occurrences_at(offset) {
        let mut types: Vec<Ty> = Vec::new();
        match occurrence.mention {
            Mention::Key(expr, index) => {
                let ty = type_of_key(source.db, file, expr, index);
                types.extend(ty.map(|ty| readable(&ty)));
            }
            Mention::Field(record, position) => {
                types.extend(wanted_of(&source, record, position));
            }
            _ => {}
        }
        for def in Resolver::new(source.db).mention(file, occurrence.mention) {
            types.extend(type_of_def(source.db, &def).map(|ty| readable(&ty)));
        }
        let found = types.iter().find_map(|ty| name_of_type(&source, ty));
        if let Some(place) = found.and_then(|def| place(source.db, &def)) {
            return Some(Goto {
                from: occurrence.span,
                to: vec![place],
            });
        }
    }
    None
}

/// Where something is defined, built-ins included.
pub(super) fn place(db: &dyn Db, def: &Def) -> Option<FileRange> {
    let place = match def {
        Def::Standard(name) => place_of(db, def).or_else(|| builtin_place(name)),
        _ => place_of(db, def),
    };
    place.map(|(path, span)| FileRange { path, span })
}

/// What is declared about a field by the type its record is to have.
pub(super) fn declared(
    source: &Source<'_>,
    record: nexus_compiler::hir::ExprId,
    position: u32,
) -> Option<Def> {
    let (wanted, name) = source.demanded(record, position)?;
    let owner = wanted.name?;
    let def = Def::SchemaField(owner, name);
    nexus_compiler::types::schema::schema()
        .get(owner)
        .map(|_| def)
}

fn wanted_of(
    source: &Source<'_>,
    record: nexus_compiler::hir::ExprId,
    position: u32,
) -> Option<Ty> {
    let name = source.field_name(record, position)?;
    nexus_compiler::ide::field_types(source.db, source.file, record, name)
}

/// What an inherited field stands for.
pub(super) fn through_inherit(db: &dyn Db, def: Def) -> Def {
    let mut def = def;
    for _ in 0..16 {
        let (file, value, name) = match &def {
            Def::Field(file, record, position) => {
                let module = lowered(db, *file);
                let Expr::Record(record) = &module.exprs[record.index()] else {
                    return def;
                };
                match record.fields.get(*position as usize) {
                    Some(field) => (*file, field.value, field.name),
                    None => return def,
                }
            }
            Def::Local(file, local) => {
                let module = lowered(db, *file);
                let binder = &module.locals[local.index()];
                match binder.value.filter(|_| binder.kind == LocalKind::Let) {
                    Some(value) => (*file, value, binder.name),
                    None => return def,
                }
            }
            _ => return def,
        };
        let module = lowered(db, file);
        let map = nexus_compiler::db::source_map(db, file);
        let Some((_, here)) = place_of(db, &def) else {
            return def;
        };
        // The value stands where the name stands: it was inherited.
        if map.exprs.get(value.index()) != Some(&here) {
            return def;
        }
        let mention = match &module.exprs[value.index()] {
            Expr::Local(local) if module.locals[local.index()].name == name => {
                Mention::Local(*local)
            }
            Expr::Select { .. } => Mention::Key(value, 0),
            Expr::Global(_) => Mention::Global(value),
            Expr::With { .. } => Mention::Free(value),
            _ => return def,
        };
        match Resolver::new(db).mention(file, mention).into_iter().next() {
            Some(next) if next != def => def = next,
            _ => return def,
        }
    }
    def
}
