//! Queries: what is wrong with a file, and the type of its value.

use super::context::{Checker, Outside};
use super::problem::{Place, Problem};
use crate::db::{
    Db, FileState, Import, Role, SourceFile, garbled, imports, is_broken, lowered, source_map,
    syntax,
};
use crate::diagnostic::registry::names::{IMPORT_CYCLE, IMPORT_MISSING, IMPORT_UNREADABLE};
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::diagnostic::{Diagnostic, Severity};
use crate::hir::{ExprId, Module};
use crate::types::schema::schema;
use crate::types::{Scheme, Ty};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use std::sync::Arc;

/// A checked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong, without positions.
    pub problems: Vec<Problem>,
    /// The type of its value.
    pub ty: Scheme,
}

/// Checks a file. Depends on nothing that has positions.
#[salsa::tracked(returns(clone))]
pub fn check(db: &dyn Db, file: SourceFile) -> Arc<Checked> {
    let module = lowered(db, file);
    let imports = imports(db, file);
    let outside = Files {
        db,
        file,
        imports: imports.iter().map(|i| (i.expr, i)).collect(),
    };
    let role = file.role(db);
    let (problems, ty) = check_module(&module, role, &outside);
    Arc::new(Checked { problems, ty })
}

/// The type of a file's value. It changes less often than what is wrong with the file.
#[salsa::tracked(returns(clone))]
pub fn file_type(db: &dyn Db, file: SourceFile) -> Arc<Scheme> {
    Arc::new(check(db, file).ty.clone())
}

/// Whether no circle of imports can be reached from a file.
#[salsa::tracked(returns(copy), cycle_result = is_cyclic)]
fn is_acyclic(db: &dyn Db, file: SourceFile) -> bool {
    let imports = imports(db, file);
    imports
        .iter()
        .all(|import| is_acyclic(db, db.file(&import.path)))
}

fn is_cyclic(_db: &dyn Db, _id: salsa::Id, _file: SourceFile) -> bool {
    false
}

/// All that is wrong with one file.
pub fn diagnostics(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    let mut out = syntax(db, file).to_vec();
    let checked = check(db, file);
    // In a text with holes, what looks unused may be used in one.
    let broken = is_broken(db, file);
    let mut problems = checked
        .problems
        .iter()
        .filter(|problem| !broken || problem.severity == Severity::Error)
        .peekable();
    if problems.peek().is_some() {
        let map = source_map(db, file);
        let path = file.path(db);
        let mut found: Vec<_> = problems
            .map(|problem| problem.locate(&path, &map))
            .collect();
        if broken {
            // What a mistake in the grammar has made of a binding is no mistake of its own.
            let garbled = garbled(db, file);
            found.retain(|diagnostic| {
                let at = diagnostic.primary.span.start;
                !garbled.iter().any(|range| range.contains(&at))
            });
        }
        out.extend(found);
    }
    out
}

fn check_module(module: &Module, role: Role, outside: &dyn Outside) -> (Vec<Problem>, Scheme) {
    let mut checker = Checker::new(module, schema(), outside, role);
    let ty = checker.module_type(role);
    checker.report_faults();
    checker.warn_unused();
    let scheme = checker.export(&ty);
    let mut problems = checker.problems;
    let mut seen = FxHashSet::default();
    problems.retain(|problem| seen.insert(problem.clone()));
    (problems, scheme)
}

impl Checker<'_> {
    fn module_type(&mut self, role: Role) -> Ty {
        let Some(root) = self.module.root else {
            return Ty::any();
        };
        match role {
            Role::Library | Role::Standard(_) => {
                self.level = 1;
                let ty = self.infer(root);
                self.level = 0;
                ty
            }
            Role::Project => {
                let project = self.schema.named("Project");
                self.check_project(root, &project);
                project
            }
        }
    }

    /// A project file may take parameters: what it gives is the project.
    fn check_project(&mut self, root: ExprId, project: &Ty) {
        use crate::hir::Expr;
        match self.expr(root) {
            Expr::Lambda { param, body } => {
                let given = Ty::any();
                self.bind_expected(root, param, &given);
                self.check_project(*body, project);
            }
            Expr::Let { locals, body } => {
                self.define_all(locals);
                self.check_project(*body, project);
            }
            _ => self.check(root, project),
        }
    }
}

/// The other files of the project.
struct Files<'a> {
    db: &'a dyn Db,
    file: SourceFile,
    imports: FxHashMap<ExprId, &'a Import>,
}

impl Outside for Files<'_> {
    fn import(&self, expr: ExprId, literal: &str) -> Result<Arc<Scheme>, Box<Problem>> {
        let at = Place::Expr(expr);
        let Some(import) = self.imports.get(&expr) else {
            return Ok(Arc::new(Scheme::closed(Ty::any())));
        };
        let target = self.db.file(&import.path);
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
            FileState::Present | FileState::NotUtf8(_) => {}
        }
        if let Some(way) = self.way_back(target) {
            return Err(Box::new(self.cycle(at, literal, &way)));
        }
        Ok(file_type(self.db, target))
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

    fn cycle(&self, at: Place, literal: &str, way: &[Arc<Path>]) -> Problem {
        let names: Vec<_> = way.iter().map(|path| self.shown(path)).collect();
        let message = match way.len() {
            2 => "the file imports itself".to_owned(),
            _ => format!("importing `{literal}` leads back to this file"),
        };
        Problem::error(IMPORT_CYCLE, at, message)
            .label("this import closes the circle")
            .note(format!("the circle is {}", names.join(" -> ")))
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

    /// How imports lead from `target` back to this file. Only asks what files import, so the
    /// answer cannot run in a circle itself.
    fn way_back(&self, target: SourceFile) -> Option<Vec<Arc<Path>>> {
        if is_acyclic(self.db, target) {
            return None;
        }
        let mut reached_from: FxHashMap<SourceFile, SourceFile> = FxHashMap::default();
        let mut queue = std::collections::VecDeque::from([target]);
        reached_from.insert(target, self.file);
        while let Some(file) = queue.pop_front() {
            if file == self.file {
                let mut way = vec![file.path(self.db)];
                let mut at = reached_from[&file];
                while at != self.file {
                    way.push(at.path(self.db));
                    at = reached_from[&at];
                }
                way.push(self.file.path(self.db));
                way.reverse();
                return Some(way);
            }
            for import in imports(self.db, file).iter() {
                let next = self.db.file(&import.path);
                reached_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    file
                });
            }
        }
        None
    }
}
