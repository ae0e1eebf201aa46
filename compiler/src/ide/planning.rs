//! What is found wrong only by evaluating a project: what `nexus check` says beyond the checker.

use super::{Snapshot, diagnostics, project_files};
use crate::db::{self, FileState, Role, SourceFile, lowered, source_map};
use crate::diagnostic::registry::evaluation::OUT_OF_MEMORY;
use crate::diagnostic::{self, Diagnostic};
use crate::inputs::{FileKind, GlobResult, Inputs};
use crate::plan::{self, Outcome};
use crate::stack::on_big_stack;
use crate::vm::{Limits, Loaded, Modules};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Values may take less than on the command line: it is done again and again, beside an editor.
const MEMORY: usize = 1 << 30;

/// A project taken out of a [`Snapshot`], which may go on changing meanwhile.
pub struct Planning {
    file: Arc<Path>,
    files: FxHashMap<Arc<Path>, File>,
    /// The texts of open files, which count when only evaluation comes across them.
    open: FxHashMap<Arc<Path>, Arc<str>>,
    /// What the checker says.
    found: Vec<Diagnostic>,
}

struct File {
    text: Arc<str>,
    loaded: Loaded,
}

impl Planning {
    /// Takes a project out. Nothing when its file is not there.
    pub fn of(snapshot: &Snapshot, project: SourceFile) -> Option<Planning> {
        let db = snapshot.db();
        if project.role(db) != Role::Project || project.state(db) != FileState::Present {
            return None;
        }
        let mut files = FxHashMap::default();
        let mut found = Vec::new();
        for file in project_files(db, project).iter() {
            found.extend_from_slice(&diagnostics(db, *file));
            let loaded = Loaded {
                module: lowered(db, *file),
                map: source_map(db, *file),
            };
            let text = file.text(db);
            files.insert(file.path(db), File { text, loaded });
        }
        let open = snapshot.open().iter();
        let open = open.filter(|file| file.state(db) == FileState::Present);
        Some(Planning {
            file: project.path(db),
            files,
            open: open.map(|file| (file.path(db), file.text(db))).collect(),
            found,
        })
    }

    /// The files it is made of.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(|path| &**path)
    }

    /// What the checker says of its files.
    pub fn checked(&self) -> &[Diagnostic] {
        &self.found
    }

    /// Evaluates the project and plans it: what is wrong beyond what the checker says, in the order
    /// of files and positions. Nothing when `stop` became true, or when it takes too much memory to
    /// be found out in passing.
    pub fn run(&self, inputs: &(dyn Inputs + Sync), stop: &AtomicBool) -> Option<Vec<Diagnostic>> {
        let found = on_big_stack(|| self.plan(inputs, stop));
        let too_much = found.iter().any(|d| d.code == OUT_OF_MEMORY);
        (!stop.load(Ordering::Relaxed) && !too_much).then_some(found)
    }

    fn plan(&self, inputs: &dyn Inputs, stop: &AtomicBool) -> Vec<Diagnostic> {
        let inputs = Overlaid {
            planning: self,
            inputs,
            stop,
        };
        let modules = Known {
            planning: self,
            inputs: &inputs,
            others: RefCell::default(),
        };
        let outcome = plan::run(plan::Job {
            file: &self.file,
            root: self.file.parent().unwrap_or(&self.file),
            found: self.found.clone(),
            modules: &modules,
            inputs: &inputs,
            realised: &|_| false,
            elsewhere: None,
            limits: Limits {
                memory: MEMORY,
                ..Limits::default()
            },
            stop: Some(stop),
        });
        let mut found = match outcome {
            Outcome::Done(plan) | Outcome::Needs { plan, .. } => plan.warnings,
            Outcome::Failed(found) => found,
        };
        let said: FxHashSet<&Diagnostic> = self.found.iter().collect();
        found.retain(|diagnostic| !said.contains(diagnostic));
        diagnostic::sort(&mut found);
        found
    }
}

/// The files of the project as they were taken out, everything else as it is.
struct Overlaid<'a> {
    planning: &'a Planning,
    inputs: &'a dyn Inputs,
    stop: &'a AtomicBool,
}

impl Overlaid<'_> {
    fn go_on(&self) -> io::Result<()> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    }
}

impl Inputs for Overlaid<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.go_on()?;
        let known = self.planning.files.get(path).map(|file| &file.text);
        match known.or_else(|| self.planning.open.get(path)) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.inputs.read(path),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        self.inputs.kind(path)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        self.go_on()?;
        self.inputs.glob(root, pattern)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.inputs.env(name)
    }
}

/// The modules of the project; those that only evaluation knows of are loaded when they are asked
/// for.
struct Known<'a> {
    planning: &'a Planning,
    inputs: &'a dyn Inputs,
    others: RefCell<db::Compiler>,
}

impl Modules for Known<'_> {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
        if let Some(file) = self.planning.files.get(path) {
            return Ok(file.loaded.clone());
        }
        let mut others = self.others.borrow_mut();
        let sources = crate::eval::SourceModules::new(&mut others, self.inputs);
        sources.load(path)
    }
}

impl plan::Texts for Known<'_> {
    fn source(&self, path: &Path) -> Option<Arc<str>> {
        match self.planning.files.get(path) {
            Some(file) => Some(file.text.clone()),
            None => self.others.borrow().source(path),
        }
    }
}
