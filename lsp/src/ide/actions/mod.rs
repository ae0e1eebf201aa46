//! Changes that are offered at a place: one kind of them a file.

mod extract;
mod fixes;
mod inline;
mod missing;
mod organise;
mod strings;
mod wrap;

use super::Edits;
use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Snapshot, diagnostics, scratch};

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// It mends something.
    Fix,
    /// It mends everything of which there is no doubt.
    FixAll,
    /// It gives a part a name.
    Extract,
    /// It puts what a name stands for in its place.
    Inline,
    /// It says the same in another way.
    Rewrite,
    /// It puts things in order.
    Organise,
}

/// A change that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does: "Replace with `timeout`".
    pub title: String,
    /// What it is for.
    pub kind: ActionKind,
    /// The changes.
    pub edits: Edits,
    /// It can hardly be anything else.
    pub preferred: bool,
    /// What it mends.
    pub mends: Option<Diagnostic>,
}

/// Where something is offered.
struct Place<'a> {
    source: Source<'a>,
    selected: Span,
}

impl Place<'_> {
    fn action(
        &self,
        title: impl Into<String>,
        kind: ActionKind,
        edits: Vec<(Span, String)>,
    ) -> Action {
        Action {
            title: title.into(),
            kind,
            edits: Edits::one(&self.source.path(), edits),
            preferred: false,
            mends: None,
        }
    }
}

/// The fixes of mistakes that were found elsewhere, as far as they concern a selection.
pub fn fixes_of(found: &[Diagnostic], selected: Span) -> Vec<Action> {
    fixes::of_all(found, selected).collect()
}

/// Whether nothing is wrong afterwards that was not before: what stands in another place has less
/// around it that says what it is to be.
fn is_harmless(place: &Place<'_>, action: &Action) -> bool {
    let source = &place.source;
    let Some(after) = action.edits.apply(|path| source.snapshot.source(path)) else {
        return false;
    };
    let copy = scratch(source.snapshot, &after);
    let left = copy.compiler().diagnostics_of(&source.path());
    let before = diagnostics(source.db, source.file);
    let errors = |all: &[Diagnostic]| all.iter().filter(|d| d.is_error()).count();
    errors(&left) <= errors(&before) && left.len() <= before.len()
}

/// The kinds of changes that are offered unasked.
const OFFERS: &[fn(&Place<'_>, &mut Vec<Action>)] = &[
    fixes::offer,
    missing::offer,
    extract::offer,
    inline::offer,
    strings::offer,
    wrap::offer,
];

/// The changes that are offered for a selection, or at an offset when nothing is selected. With
/// `all`, also those that concern the whole file.
pub fn actions(snapshot: &Snapshot, file: SourceFile, selected: Span, all: bool) -> Vec<Action> {
    let place = Place {
        source: Source::new(snapshot, file),
        selected,
    };
    let mut found = Vec::new();
    for offer in OFFERS {
        offer(&place, &mut found);
    }
    found.retain(|action| match action.kind {
        ActionKind::Extract | ActionKind::Inline => is_harmless(&place, action),
        ActionKind::Fix | ActionKind::FixAll | ActionKind::Rewrite | ActionKind::Organise => true,
    });
    if all {
        fixes::offer_all(&place, &mut found);
        organise::offer(&place, &mut found);
    }
    found
}
