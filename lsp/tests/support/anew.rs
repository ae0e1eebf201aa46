//! What a new process would say of a project, with other texts in some of its files.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic};
use nexus_compiler::ide::PROJECT_FILE;
use nexus_compiler::inputs::{FileKind, GlobResult, Inputs};
use nexus_compiler::plan::{self, Outcome};
use nexus_compiler::world::Disk;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with a file.
pub struct Anew {
    /// What the checker says.
    pub checked: Vec<Diagnostic>,
    /// What `nexus check` says: evaluation and graph included.
    pub planned: Vec<Diagnostic>,
}

/// What is wrong with one of the files of a project, in a folder, when the files have these texts.
pub fn anew(folder: &Path, texts: BTreeMap<PathBuf, String>, file: &Path) -> Anew {
    let inputs = Texts(texts);
    let project = folder.join(PROJECT_FILE);
    let mut compiler = Compiler::new();
    compiler.load(&project, &inputs);
    if !compiler.files().iter().any(|known| **known == *file) {
        // Nobody imports it.
        compiler.load_library(file, &inputs);
        let checked = compiler.diagnostics_of(file);
        return Anew {
            planned: checked.clone(),
            checked,
        };
    }
    let checked = compiler.diagnostics_of(file);
    let outcome = plan::plan(&mut compiler, &project, folder, &inputs, &|_| false);
    let mut planned = match outcome {
        Outcome::Done(plan) | Outcome::Needs { plan, .. } => plan.warnings,
        Outcome::Failed(found) => found,
    };
    planned.retain(|diagnostic| *diagnostic.primary.file == *file);
    diagnostic::sort(&mut planned);
    Anew { checked, planned }
}

struct Texts(BTreeMap<PathBuf, String>);

impl Inputs for Texts {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Disk.read(path),
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        Disk.kind(path)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<GlobResult> {
        Disk.glob(root, pattern)
    }

    fn env(&self, name: &str) -> Option<String> {
        Disk.env(name)
    }
}
