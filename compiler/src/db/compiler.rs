//! The front door: load files, ask what is wrong, get the lowered modules.

use super::helpers::{Helpers, ask_all};
use super::{
    Database, Db, FileState, Project, Role, SourceFile, import_paths, lowered, normalize,
    source_map, store,
};
use crate::check;
use crate::diagnostic::{self, Diagnostic};
use crate::hir::Module;
use crate::inputs::Inputs;
use crate::library::Library;
use crate::lower::Positions;
use crate::stack::{on_big_stack, on_big_stack_asking};
use crate::types::written::Opaque;
use nexus_grammar::Entry;
use rustc_hash::FxHashSet;
use salsa::{Durability, Setter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A loaded project: its files, and everything known about them. Loading again, or
/// [setting](Compiler::set_text) a text, recomputes only what that touches.
#[derive(Default)]
pub struct Compiler {
    db: Database,
    /// Everything reachable from what was loaded, in the order it was found.
    files: Vec<SourceFile>,
    roots: Vec<SourceFile>,
    /// Nobody has asked yet what is wrong since it was loaded: there is much to do.
    is_new: AtomicBool,
}

impl Compiler {
    /// Nothing loaded.
    pub fn new() -> Self {
        Compiler::default()
    }

    /// Reads a project file and, transitively, everything it imports by a path literal. Calling
    /// it again reads everything anew.
    pub fn load(&mut self, root: &Path, inputs: &dyn Inputs) {
        self.load_as(root, Role::Project, inputs);
    }

    /// [`Compiler::load`] for a file that is no project file: nothing is required of its fields.
    pub fn load_library(&mut self, root: &Path, inputs: &dyn Inputs) {
        self.load_as(root, Role::Library, inputs);
    }

    /// Takes a file of the standard library, to check that its functions are what their types
    /// say; to be done with each kind of `opaque`.
    pub fn load_standard(&mut self, library: &Library, opaque: Opaque) {
        let file = self.db.file(&library.path());
        let text = Arc::from(library.text);
        self.store(file, FileState::Present, text, Durability::HIGH);
        self.add_root(file, Role::Standard(opaque));
        self.files.push(file);
    }

    /// Takes a bare expression and reads what it imports. Paths in it are relative to `folder`.
    /// Gives the name to ask for it by; it takes the place of an earlier expression.
    pub fn load_expression(
        &mut self,
        text: impl Into<Arc<str>>,
        folder: &Path,
        inputs: &dyn Inputs,
    ) -> PathBuf {
        let text = text.into();
        let path = normalize(&folder.join("<expression>"));
        let file = self.db.file(&path);
        if file.entry(&self.db) != Entry::Expression {
            file.set_entry(&mut self.db).to(Entry::Expression);
        }
        let state = match u32::try_from(text.len()) {
            Ok(_) => FileState::Present,
            Err(_) => FileState::TooLong,
        };
        self.store(file, state, text, Durability::MEDIUM);
        self.add_root(file, Role::Library);
        self.follow(vec![file], inputs);
        path
    }

    /// Puts a text in place of what is on disk, as an editor does, until the next load.
    pub fn set_text(&mut self, path: &Path, text: &str) {
        let file = self.db.file(&normalize(path));
        if !file.edited(&self.db) {
            file.set_edited(&mut self.db).to(true);
        }
        self.store(file, FileState::Present, Arc::from(text), Durability::LOW);
    }

    /// All that is wrong, errors and warnings, by file and position.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        // What is imported first: its importers then find it done.
        let files: Vec<SourceFile> = self.files.iter().rev().copied().collect();
        let found = match self.is_new.swap(false, Ordering::Relaxed) {
            true => ask_all(&self.db, files, check::diagnostics),
            // After an edit little is new, and another thread costs more than that.
            false => self.query(move |db| {
                let files = files.iter();
                files.map(|file| check::diagnostics(db, *file)).collect()
            }),
        };
        let mut out: Vec<Diagnostic> = found
            .iter()
            .flat_map(|found| found.iter().cloned())
            .collect();
        for root in &self.roots {
            out.extend(self.missing_root(*root));
        }
        diagnostic::sort(&mut out);
        out
    }

    /// All that is wrong with one file.
    pub fn diagnostics_of(&self, path: &Path) -> Vec<Diagnostic> {
        let file = self.db.file(&normalize(path));
        let mut out = self.query(move |db| check::diagnostics(db, file).to_vec());
        diagnostic::sort(&mut out);
        out
    }

    /// How many steps of inference everything took that is loaded: a measure of the work that does
    /// not depend on the machine.
    pub fn steps(&self) -> u64 {
        let files = self.files.clone();
        self.query(move |db| {
            let files = files.iter().rev();
            files.map(|file| check::steps(db, *file)).sum()
        })
    }

    /// The type of a file's value, as it would be written.
    pub fn type_of(&self, path: &Path) -> String {
        let file = self.db.file(&normalize(path));
        self.query(move |db| crate::types::show::show(&check::file_type(db, file).ty))
    }

    /// The files loaded, importers before what they import.
    pub fn files(&self) -> Vec<Arc<Path>> {
        self.files.iter().map(|file| file.path(&self.db)).collect()
    }

    /// The lowered form of a file.
    pub fn module(&self, path: &Path) -> Arc<Module> {
        let file = self.db.file(&normalize(path));
        self.query(move |db| lowered(db, file))
    }

    /// Where the parts of the lowered form are.
    pub fn source_map(&self, path: &Path) -> Arc<Positions> {
        let file = self.db.file(&normalize(path));
        self.query(move |db| source_map(db, file))
    }

    /// The text of a loaded file, or of one of the libraries.
    pub fn source(&self, path: &Path) -> Option<Arc<str>> {
        if let Some(library) = crate::library::at(path) {
            return Some(Arc::from(library.text));
        }
        let file = self.db.file(&normalize(path));
        (file.state(&self.db) != FileState::Missing).then(|| file.text(&self.db))
    }

    /// The database, for queries of editors.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Asks the database something, where there is room for it.
    pub(crate) fn ask<T: Send>(&self, question: impl FnOnce(&Database) -> T + Send) -> T {
        self.query(question)
    }

    /// Salsa recurses natively, so queries run where there is room.
    fn query<T: Send>(&self, query: impl FnOnce(&Database) -> T + Send) -> T {
        let db = self.db.clone();
        on_big_stack(move || query(&db))
    }

    fn load_as(&mut self, root: &Path, role: Role, inputs: &dyn Inputs) {
        let file = self.db.file(&normalize(root));
        self.read(file, inputs);
        self.add_root(file, role);
        self.follow(vec![file], inputs);
    }

    fn add_root(&mut self, file: SourceFile, role: Role) {
        if file.role(&self.db) != role {
            file.set_role(&mut self.db).to(role);
        }
        if !self.roots.contains(&file) {
            self.roots.push(file);
            let roots = Arc::from(&self.roots[..]);
            match Project::try_get(&self.db) {
                Some(project) => {
                    let how = Durability::MEDIUM;
                    project
                        .set_roots(&mut self.db)
                        .with_durability(how)
                        .to(roots);
                }
                None => {
                    let project = Project::builder(roots).durability(Durability::MEDIUM);
                    // There is one, and it is found by its type.
                    let _ = project.new(&self.db);
                }
            }
        }
    }

    /// Reads imports round by round, and sets what is loaded to everything reachable. The same
    /// threads do it all, since what a thread leaves behind costs the next one time.
    fn follow(&mut self, start: Vec<SourceFile>, inputs: &dyn Inputs) {
        self.is_new = AtomicBool::new(true);
        let Compiler {
            db, files, roots, ..
        } = self;
        let mut read: FxHashSet<SourceFile> = start.iter().copied().collect();
        let mut seen: FxHashSet<SourceFile> = FxHashSet::default();
        let mut round = roots.clone();
        files.clear();
        let look = |paths: Vec<Arc<Path>>| -> Vec<store::Content> {
            let contents = paths.iter().map(|path| store::look(path, inputs));
            contents.collect()
        };
        let mut work = |look: &mut dyn FnMut(Vec<Arc<Path>>) -> Vec<store::Content>,
                        helpers: &mut Helpers<'_, '_, Arc<[Arc<Path>]>>| {
            while !round.is_empty() {
                round.retain(|file| seen.insert(*file));
                files.extend(&round);
                let imports = helpers.ask(db, &round);
                round.clear();
                let mut new = Vec::new();
                for path in imports.iter().flat_map(|imports| imports.iter()) {
                    let file = db.file(path);
                    round.push(file);
                    if read.insert(file) {
                        new.push((file, path.clone()));
                    }
                }
                let (found, paths): (Vec<_>, Vec<_>) = new.into_iter().unzip();
                if paths.is_empty() {
                    continue;
                }
                for (file, content) in found.into_iter().zip(look(paths)) {
                    store::take(db, file, content);
                }
            }
        };
        on_big_stack_asking(look, move |look| {
            std::thread::scope(|scope| {
                work(look, &mut Helpers::new(scope, import_paths));
            });
        });
    }

    fn read(&mut self, file: SourceFile, inputs: &dyn Inputs) {
        store::read(&mut self.db, file, inputs);
    }

    fn store(&mut self, file: SourceFile, state: FileState, text: Arc<str>, how: Durability) {
        store::store(&mut self.db, file, state, text, how);
    }

    fn missing_root(&self, file: SourceFile) -> Option<Diagnostic> {
        let path = file.path(&self.db);
        let (code, what) = match file.state(&self.db) {
            FileState::Missing => (
                diagnostic::registry::names::IMPORT_MISSING,
                "there is no such file",
            ),
            FileState::Unreadable => (
                diagnostic::registry::names::IMPORT_UNREADABLE,
                "the file cannot be read",
            ),
            _ => return None,
        };
        let message = format!("{}: {what}", path.display());
        Some(Diagnostic::error(code, path, Default::default(), message))
    }
}
