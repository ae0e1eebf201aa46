//! Names and types of modules.

mod globals;

pub use globals::is_global;

use crate::db::{Db, SourceFile, syntax};
use crate::diagnostic::Diagnostic;

/// All that is wrong with one file.
pub fn diagnostics(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    syntax(db, file).to_vec()
}
