//! Every name in the text of a file, and what it stands for there.

use crate::db::{Db, SourceFile, lowered, source_map};
use crate::hir::{Expr, ExprId, Key, LocalId, LocalKind, Span, TypeExpr, TypeId};
use std::sync::Arc;

/// What a name in the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mention {
    /// A name bound in the file, or its binder. Binders that are fields are [`Mention::Field`].
    Local(LocalId),
    /// The name of a field where the record is written: record and position in its fields.
    Field(ExprId, u32),
    /// A name in a selection or question: expression and position in its path.
    Key(ExprId, u32),
    /// A name of the language.
    Global(ExprId),
    /// A name that a `with` provides, or nobody.
    Free(ExprId),
    /// The name of a written type.
    Type(TypeId),
    /// The name of a `type` where it is defined: position in `Module::type_defs`.
    TypeDef(u32),
    /// `./x.nx` of an import.
    Import(ExprId),
    /// A path literal.
    Path(ExprId),
}

/// A name in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// What it is.
    pub mention: Mention,
    /// It gives the name its meaning.
    pub binds: bool,
}

/// The names in a file, in the order of its text. A name of an `inherit` occurs twice: it refers,
/// and is the name of a field.
#[salsa::tracked(returns(clone))]
pub fn occurrences(db: &dyn Db, file: SourceFile) -> Arc<Vec<Occurrence>> {
    let module = lowered(db, file);
    let map = source_map(db, file);
    let mut found = Vec::with_capacity(module.exprs.len());
    let mut add = |span: Span, mention: Mention, binds: bool| {
        if span.start < span.end {
            found.push(Occurrence {
                span,
                mention,
                binds,
            });
        }
    };
    for (i, expr) in module.exprs.iter().enumerate() {
        let id = ExprId(i as u32);
        let span = map.exprs.get(i).copied().unwrap_or_default();
        let keys = |count: usize, path: &[Key], add: &mut dyn FnMut(Span, Mention, bool)| {
            for (at, key) in path.iter().enumerate().take(count) {
                if let Key::Name(_) = key
                    && let Some(span) = map.key(id, at as u32)
                {
                    add(span, Mention::Key(id, at as u32), false);
                }
            }
        };
        match expr {
            Expr::Local(local) if module.locals[local.index()].kind == LocalKind::InheritFrom => {}
            Expr::Local(local) => add(span, Mention::Local(*local), false),
            Expr::Global(_) => add(span, Mention::Global(id), false),
            Expr::With { .. } | Expr::Unbound(_) => add(span, Mention::Free(id), false),
            Expr::Select { path, .. } => keys(path.len(), path, &mut add),
            Expr::Has { path, .. } => keys(path.len(), path, &mut add),
            Expr::Import(literal) => {
                let start = span
                    .end
                    .saturating_sub(literal.len() as u32)
                    .max(span.start);
                add(Span { start, ..span }, Mention::Import(id), false);
            }
            Expr::Path(_) => add(span, Mention::Path(id), false),
            Expr::Record(record) => {
                for position in 0..record.fields.len() as u32 {
                    if let Some(span) = map.field(id, position) {
                        add(span, Mention::Field(id, position), true);
                    }
                }
            }
            _ => {}
        }
    }
    for (record, position, span) in &map.again {
        add(*span, Mention::Field(*record, *position), true);
    }
    for (i, local) in module.locals.iter().enumerate() {
        let named = !matches!(
            local.kind,
            LocalKind::Field | LocalKind::With | LocalKind::InheritFrom
        );
        if let Some(span) = map.locals.get(i).filter(|_| named) {
            add(*span, Mention::Local(LocalId(i as u32)), true);
        }
    }
    for (local, span) in &map.locals_again {
        add(*span, Mention::Local(*local), true);
    }
    for (i, ty) in module.types.iter().enumerate() {
        if let TypeExpr::Name(name, _) = ty
            && let Some(span) = map.types.get(i)
        {
            let end = span.end.min(span.start + name.as_str().len() as u32);
            add(
                Span { end, ..*span },
                Mention::Type(TypeId(i as u32)),
                false,
            );
        }
    }
    for (i, span) in map.type_defs.iter().enumerate() {
        add(*span, Mention::TypeDef(i as u32), true);
    }
    found.sort_by_key(|o| (o.span.start, o.span.end, o.binds, o.mention));
    // The path of an import is one as well, and is named once.
    found.dedup_by(|next, known| {
        let import = matches!(known.mention, Mention::Import(_));
        next == known || (next.span == known.span && import)
    });
    Arc::new(found)
}

/// The names at an offset: those that contain it or end at it; the ones that begin at it are
/// preferred.
pub fn occurrence_at(all: &[Occurrence], offset: u32) -> &[Occurrence] {
    let touches = |o: &Occurrence| o.span.start <= offset && offset <= o.span.end;
    let end = all.partition_point(|o| o.span.start <= offset);
    // Names do not overlap: what touches is among the last few that begin before.
    let Some(last) = all[..end].last().filter(|last| touches(last)) else {
        return &[];
    };
    let start = all[..end].partition_point(|o| o.span.start < last.span.start);
    &all[start..end]
}
