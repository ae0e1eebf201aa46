//! From plain data to what the protocol calls things.

use super::view::View;
use crate::ide::FileRange;
use nexus_compiler::diagnostic::{Diagnostic, Severity};
use tower_lsp::ls_types::{
    self, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, MarkupContent,
    MarkupKind, NumberOrString,
};

/// A mistake for the client; nothing when its file is not there.
pub(super) fn diagnostic(view: &View, found: &Diagnostic) -> Option<ls_types::Diagnostic> {
    let shown = view.shown_at(&found.primary.file)?;
    let related: Vec<DiagnosticRelatedInformation> = found
        .secondary
        .iter()
        .filter(|label| !label.text.is_empty())
        .filter_map(|label| {
            let at = FileRange {
                path: label.file.to_path_buf(),
                span: label.span,
            };
            Some(DiagnosticRelatedInformation {
                location: view.location(&at)?,
                message: label.text.clone(),
            })
        })
        .collect();
    Some(ls_types::Diagnostic {
        range: shown.range(found.primary.span),
        severity: Some(match found.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.to_string())),
        code_description: None,
        source: Some("nexus".into()),
        message: message(found),
        related_information: (!related.is_empty()).then_some(related),
        tags: is_unused(found).then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    })
}

/// The message with facts and advice, which editors show nowhere else.
fn message(found: &Diagnostic) -> String {
    let mut text = found.message.clone();
    for note in &found.notes {
        text.push_str("\nnote: ");
        text.push_str(note);
    }
    for help in &found.helps {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

/// Whether it says that something is not needed: editors make that pale.
fn is_unused(found: &Diagnostic) -> bool {
    found.code == nexus_compiler::diagnostic::registry::names::UNUSED_BINDING
}

/// Text with markup.
pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    }
}
