//! Names that are edited together: those of a parameter or `let` in one file.

use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Def, Resolver, Snapshot, references};

/// All mentions of the local name at an offset, when each is the plain name and nothing else.
pub fn linked(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Vec<Span>> {
    let source = Source::new(snapshot, file);
    let occurrences = source.occurrences_at(offset);
    // An `inherit` says two things at once.
    let [occurrence] = &occurrences[..] else {
        return None;
    };
    let defs = Resolver::new(source.db).mention(file, occurrence.mention);
    let [Def::Local(..)] = &defs[..] else {
        return None;
    };
    let found = references(source.db, &defs, &[file]);
    let name = source.slice(occurrence.span);
    let plain = found
        .iter()
        .all(|reference| source.slice(reference.span) == name);
    let mut spans: Vec<Span> = found.iter().map(|reference| reference.span).collect();
    spans.dedup();
    let single = spans
        .iter()
        .all(|span| source.occurrences_at(span.start).len() == 1);
    (plain && single && spans.len() > 1).then_some(spans)
}
