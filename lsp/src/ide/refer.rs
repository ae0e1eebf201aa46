//! Where something is mentioned.

use super::FileRange;
use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Def, Mention, Reference, Resolver, Snapshot, references};

/// A mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentioned {
    /// Where.
    pub at: FileRange,
    /// It is defined there.
    pub binds: bool,
}

/// Everything that mentions what is at an offset, in all files.
pub fn all(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Vec<Mentioned>> {
    let source = Source::new(snapshot, file);
    let defs = meant(&source, offset);
    if defs.is_empty() {
        return None;
    }
    let found = references(source.db, &defs, &snapshot.files());
    let mut mentions: Vec<Mentioned> = found
        .into_iter()
        .map(|reference| Mentioned {
            at: FileRange {
                path: reference.file.path(source.db).to_path_buf(),
                span: reference.span,
            },
            binds: reference.binds,
        })
        .collect();
    mentions.dedup_by(|a, b| a.at == b.at);
    Some(mentions)
}

/// Everything in the same file that mentions what is at an offset.
pub fn here(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Vec<(Span, bool)> {
    let source = Source::new(snapshot, file);
    let defs = meant(&source, offset);
    if defs.is_empty() {
        return Vec::new();
    }
    let found = references(source.db, &defs, &[file]);
    let mut spans: Vec<(Span, bool)> = found
        .iter()
        .map(|reference| (reference.span, reference.binds))
        .collect();
    spans.dedup_by_key(|mention| mention.0);
    spans
}

/// What is meant at an offset: an `inherit` means what it brings in and what it makes of it.
pub(super) fn meant(source: &Source<'_>, offset: u32) -> Vec<Def> {
    let mut defs = Vec::new();
    for occurrence in source.occurrences_at(offset) {
        for def in Resolver::new(source.db).mention(source.file, occurrence.mention) {
            if !defs.contains(&def) {
                defs.push(def);
            }
        }
    }
    defs
}

/// Whether a mention is where an `inherit` brings a name in: another mention is at the same place.
pub(super) fn is_inherit(all: &[Reference], at: &Reference) -> bool {
    let kind = |mention: Mention| match mention {
        Mention::Field(..) => 0,
        Mention::Key(..) => 1,
        _ => 2,
    };
    all.iter().any(|other| {
        other.file == at.file && other.span == at.span && kind(other.mention) != kind(at.mention)
    })
}
