//! Names of files in a text, that can be followed.

use super::FileRange;
use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Mention, Snapshot, import_target, occurrences};

/// The names of files that are there.
pub fn links(snapshot: &Snapshot, file: SourceFile) -> Vec<(Span, FileRange)> {
    let source = Source::new(snapshot, file);
    let mut found = Vec::new();
    for occurrence in occurrences(source.db, file).iter() {
        let (Mention::Import(expr) | Mention::Path(expr)) = occurrence.mention else {
            continue;
        };
        let Some(path) = import_target(source.db, file, &source.module, expr) else {
            continue;
        };
        if path.is_file() || snapshot.source(&path).is_some() {
            let target = FileRange {
                path: path.to_path_buf(),
                span: Span::default(),
            };
            found.push((occurrence.span, target));
        }
    }
    found
}
