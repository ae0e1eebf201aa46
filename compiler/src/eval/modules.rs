//! Modules from the incremental database.

use crate::db;
use crate::diagnostic::Diagnostic;
use crate::inputs::Inputs;
use crate::plan::Texts;
use crate::vm::{Loaded, Modules};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// The modules of a loaded project. A file that only evaluation knows of (an import whose path
/// is computed) is loaded when it is asked for.
pub struct SourceModules<'a> {
    compiler: RefCell<&'a mut db::Compiler>,
    inputs: &'a dyn Inputs,
}

impl<'a> SourceModules<'a> {
    /// Modules of `compiler`; what it has not loaded yet is read through `inputs`.
    pub fn new(compiler: &'a mut db::Compiler, inputs: &'a dyn Inputs) -> Self {
        SourceModules {
            compiler: RefCell::new(compiler),
            inputs,
        }
    }
}

impl Texts for SourceModules<'_> {
    fn source(&self, path: &Path) -> Option<Arc<str>> {
        self.compiler.borrow().source(path)
    }
}

impl Modules for SourceModules<'_> {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
        let mut compiler = self.compiler.borrow_mut();
        let known = compiler.files().iter().any(|file| **file == *path);
        if !known {
            compiler.load_library(path, self.inputs);
            let errors: Vec<_> = compiler
                .diagnostics_of(path)
                .into_iter()
                .filter(Diagnostic::is_error)
                .collect();
            if !errors.is_empty() {
                return Err(errors);
            }
        }
        Ok(Loaded {
            module: compiler.module(path),
            map: compiler.source_map(path),
        })
    }
}
