//! What a unit asks of the rest of its file and of other files.

use super::circle::{Way, way_back};
use super::context::Outside;
use super::problem::{Place, Problem};
use super::query::{
    check_unit, field_type, file_type, foreign_applied, foreign_type, member_types, named_type,
    task, task_type, unit_count,
};
use super::units::{Known, Shift};
use crate::db::{Db, Definition, FileState, Role, SourceFile, definitions, resolve, type_table};
use crate::defs::{Link, Outer, Shape};
use crate::diagnostic::registry::names::{IMPORT_CYCLE, IMPORT_MISSING, IMPORT_UNREADABLE};
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{ExprId, Module};
use crate::symbol::Symbol;
use crate::types::foreign::origin;
use crate::types::schema::schema;
use crate::types::written::{Elsewhere, Fault, Written};
use crate::types::{Scheme, Ty};
use std::path::Path;
use std::sync::Arc;

/// The file of a unit, and the other files of the project.
pub(super) struct Files<'a> {
    pub(super) db: &'a dyn Db,
    pub(super) file: SourceFile,
    /// Other units whose text is at hand, when something is to be explained.
    pub(super) links: &'a [Link],
}

/// Reads the types of a file.
pub(super) fn written(table: &Module, role: Role) -> Written<'_> {
    let written = Written::new(table, Some(schema()));
    match role {
        Role::Standard(opaque) => written.with_opaque(opaque),
        Role::Project | Role::Library => written,
    }
}

impl Elsewhere for Files<'_> {
    fn named(&self, name: Symbol, args: &[Ty]) -> Option<Result<Ty, Fault>> {
        if let Some((own, path)) = origin(name) {
            let file = self.db.file(path);
            return match args.is_empty() {
                true => foreign_type(self.db, file, own),
                false => foreign_applied(self.db, file, own, args),
            };
        }
        if args.is_empty() {
            return named_type(self.db, self.file, name);
        }
        let table = type_table(self.db, self.file);
        written(&table, self.file.role(self.db)).applied(name, args)
    }
}

impl Outside for Files<'_> {
    fn import(&self, expr: ExprId, literal: &str) -> Result<Arc<Scheme>, Box<Problem>> {
        let at = Place::Expr(expr);
        let path = resolve(&self.file.path(self.db), literal);
        let target = self.db.file(&path);
        match target.state(self.db) {
            FileState::Missing => return Err(Box::new(self.missing(at, literal, target))),
            FileState::Unreadable => {
                return Err(Box::new(Problem::error(
                    IMPORT_UNREADABLE,
                    at,
                    format!("`{literal}` is there, but it cannot be read as a file"),
                )
                .label("a folder, or not permitted")
                .help("import a file of the folder, such as `./lib/main.nx`, or change the permissions")));
            }
            FileState::Present | FileState::NotUtf8(_) | FileState::TooLong => {}
        }
        if let Some(way) = way_back(self.db, self.file, target) {
            return Err(Box::new(self.cycle(at, literal, &way)));
        }
        Ok(file_type(self.db, target))
    }

    fn definition(&self, outer: &Outer) -> Known {
        let Outer::Member { unit, index } = outer else {
            return Known::new(Arc::new(Scheme::closed(Ty::any())));
        };
        let definition = Definition::new(self.db, self.file, unit.clone());
        if let Some(link) = self.links.iter().find(|link| link.name == *unit)
            && let Some(member) = check_unit(self.db, definition).members.get(*index as usize)
        {
            return Known {
                scheme: member.scheme.clone(),
                places: member.places.clone(),
                shift: Some(Shift {
                    exprs: link.exprs,
                    types: link.types,
                    locals: link.locals,
                }),
            };
        }
        let types = member_types(self.db, definition);
        Known::new(match types.get(*index as usize) {
            Some(scheme) => scheme.clone(),
            // It needs itself to be known.
            None => Arc::new(Scheme::closed(Ty::any())),
        })
    }

    fn field(&self, outer: &Outer, name: Symbol) -> Option<Arc<Scheme>> {
        let Outer::Member { unit, index } = outer else {
            return None;
        };
        // Explanations want to know where bounds come from.
        if self.links.iter().any(|link| link.name == *unit) {
            return None;
        }
        let definition = Definition::new(self.db, self.file, unit.clone());
        field_type(self.db, definition, *index, name)
    }

    fn task(&self, path: &Arc<[Symbol]>) -> Option<Arc<Shape>> {
        task(self.db, self.file, path.clone())
    }

    fn task_type(&self, path: &Arc<[Symbol]>) -> Arc<Scheme> {
        task_type(self.db, self.file, path.clone())
    }

    fn units(&self) -> u64 {
        unit_count(self.db, self.file)
    }

    fn names(&self) -> Vec<Symbol> {
        definitions(self.db, self.file).names.to_vec()
    }

    fn has_field(&self, name: Symbol, field: Symbol) -> bool {
        let definitions = definitions(self.db, self.file);
        let known = definitions.fields.iter().find(|(known, ..)| *known == name);
        known.is_some_and(|(_, unit, index)| {
            let definition = Definition::new(self.db, self.file, unit.clone());
            field_type(self.db, definition, *index, field).is_some()
        })
    }

    fn type_names(&self) -> Vec<Symbol> {
        let table = type_table(self.db, self.file);
        table.type_defs.iter().map(|def| def.name).collect()
    }
}

impl Files<'_> {
    fn missing(&self, at: Place, literal: &str, target: SourceFile) -> Problem {
        let path = target.path(self.db);
        let problem = Problem::error(IMPORT_MISSING, at, format!("there is no file `{literal}`"))
            .label(format!("looked for {}", self.shown(&path)));
        let neighbours = target.neighbours(self.db);
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let names = neighbours.iter().map(String::as_str);
        match nearest(name, names.clone()) {
            Some(near) => {
                let folder = literal.rfind('/').map_or("./", |i| &literal[..=i]);
                let fixed = format!("{folder}{near}");
                let problem = problem.help(format!("did you mean `{fixed}`?"));
                let title = format!("Replace with `{fixed}`");
                let edits = vec![(at, format!("import {fixed}"))];
                match near.clear {
                    true => problem.fix(title, edits),
                    false => problem.proposal(title, edits),
                }
            }
            None if neighbours.is_empty() => {
                problem.note("there are no `.nx` files in that folder")
            }
            None => problem.note(format!("in that folder are {}", enumerate(names, 12))),
        }
    }

    fn cycle(&self, at: Place, literal: &str, way: &Way) -> Problem {
        let names: Vec<_> = way.files.iter().map(|path| self.shown(path)).collect();
        let message = match names.len() {
            2 => "the file imports itself".to_owned(),
            _ => format!("importing `{literal}` leads back to this file"),
        };
        let note = match names.is_empty() {
            true => format!("{} files import each other", way.size),
            false => format!("the circle is {}", names.join(" -> ")),
        };
        Problem::error(IMPORT_CYCLE, at, message)
            .label("this import closes the circle")
            .note(note)
            .help("move what both files need into a third file, and import that in both")
    }

    /// A path as seen from the folder of this file.
    fn shown(&self, path: &Path) -> String {
        let own = self.file.path(self.db);
        let folder = own.parent().unwrap_or(Path::new("/"));
        path.strip_prefix(folder)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}
