//! Where something is mentioned.

use super::definition::{Def, Resolver};
use super::occurrence::{Mention, occurrences};
use crate::db::{Db, SourceFile, lowered};
use crate::hir::{Expr, Span};
use std::path::Path;

/// A place where something is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file.
    pub file: SourceFile,
    /// The name.
    pub span: Span,
    /// How it is mentioned.
    pub mention: Mention,
    /// It is defined there.
    pub binds: bool,
}

/// The places in some files where one of several things is mentioned or defined, in the order of
/// the files and their texts.
pub fn references(db: &dyn Db, defs: &[Def], files: &[SourceFile]) -> Vec<Reference> {
    let mut found = Vec::new();
    let names: Vec<String> = defs.iter().filter_map(|def| name_of(db, def)).collect();
    // What is bound by a `let` or a parameter is not seen from other files.
    let own: Option<Vec<SourceFile>> = defs
        .iter()
        .map(|def| match def {
            Def::Local(file, _) | Def::Type(file, _) => Some(*file),
            _ => None,
        })
        .collect();
    for file in files {
        if own.as_ref().is_some_and(|own| !own.contains(file)) {
            continue;
        }
        let text = file.text(db);
        if !names.iter().any(|name| text.contains(name.as_str())) {
            continue;
        }
        for occurrence in occurrences(db, *file).iter() {
            let span = occurrence.span;
            let written = text.get(span.start as usize..span.end as usize);
            let Some(written) = written else { continue };
            let plain = written.trim_matches('"');
            let is_path = matches!(occurrence.mention, Mention::Import(_) | Mention::Path(_));
            let same = |name: &String| plain == name || (is_path && plain.ends_with(name.as_str()));
            // Escapes hide names: what has some is looked at.
            if !names.iter().any(same) && !written.contains('\\') {
                continue;
            }
            let meant = Resolver::new(db).mention(*file, occurrence.mention);
            if meant.iter().any(|def| defs.contains(def)) {
                found.push(Reference {
                    file: *file,
                    span,
                    mention: occurrence.mention,
                    binds: occurrence.binds,
                });
            }
        }
    }
    found
}

/// The name by which something is mentioned.
fn name_of(db: &dyn Db, def: &Def) -> Option<String> {
    Some(match def {
        Def::Local(file, local) => {
            let module = lowered(db, *file);
            module.locals.get(local.index())?.name.as_str().to_owned()
        }
        Def::Field(file, record, position) => {
            let module = lowered(db, *file);
            match &module.exprs[record.index()] {
                Expr::Record(record) => {
                    let field = record.fields.get(*position as usize)?;
                    field.name.as_str().to_owned()
                }
                _ => return None,
            }
        }
        Def::Type(file, position) => {
            let module = lowered(db, *file);
            module
                .type_defs
                .get(*position as usize)?
                .name
                .as_str()
                .to_owned()
        }
        Def::SchemaType(name) | Def::SchemaField(_, name) => name.as_str().to_owned(),
        Def::Standard(path) => path.rsplit('.').next()?.to_owned(),
        Def::File(path) => name_of_file(path)?,
    })
}

fn name_of_file(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}
