//! What diagnostics propose.

use super::{Action, ActionKind, Place};
use crate::ide::Edits;
use nexus_compiler::diagnostic::{Diagnostic, fix};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{diagnostics, scratch};

/// The fixes of what is wrong in the selection.
pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let source = &place.source;
    let found = diagnostics(source.db, source.file);
    out.extend(of_all(&found, place.selected));
}

/// The fixes of those mistakes that concern a selection.
pub(super) fn of_all(found: &[Diagnostic], selected: Span) -> impl Iterator<Item = Action> {
    let found = found.iter();
    found
        .filter(move |diagnostic| touches(diagnostic.primary.span, selected))
        .filter_map(of)
}

/// Whether a mistake concerns a selection.
fn touches(span: Span, selected: Span) -> bool {
    span.start <= selected.end && selected.start <= span.end
}

fn of(diagnostic: &Diagnostic) -> Option<Action> {
    let fix = diagnostic
        .fix
        .as_ref()
        .filter(|fix| !fix.edits.is_empty())?;
    Some(Action {
        title: fix.title.clone(),
        kind: ActionKind::Fix,
        edits: Edits::one(&fix.file, fix.edits.clone()),
        preferred: fix.certain,
        mends: Some(diagnostic.clone()),
    })
}

/// All fixes of the file that are certain, if they do good together.
pub(super) fn offer_all(place: &Place<'_>, out: &mut Vec<Action>) {
    let source = &place.source;
    let path = source.path();
    let found = diagnostics(source.db, source.file);
    let chosen = fix::certain(found.iter(), &path);
    let fixes = chosen
        .iter()
        .filter_map(|diagnostic| diagnostic.fix.as_ref());
    let edits: Vec<(Span, String)> = fixes.flat_map(|fix| fix.edits.clone()).collect();
    if edits.is_empty() {
        return;
    }
    let edits = Edits::one(&path, edits);
    let Some(after) = edits.apply(|path| source.snapshot.source(path)) else {
        return;
    };
    let left = scratch(source.snapshot, &after)
        .compiler()
        .diagnostics_of(&path);
    let syntax = |all: &[Diagnostic]| all.iter().filter(|d| d.code.0 < 100).count();
    let better = (syntax(&left), left.len()) < (syntax(&found), found.len());
    if better {
        out.push(Action {
            title: "Mend everything that can only be meant one way".into(),
            kind: ActionKind::FixAll,
            edits,
            preferred: false,
            mends: None,
        });
    }
}
