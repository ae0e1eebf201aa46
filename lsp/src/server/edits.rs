//! Changes of texts, for the client.

use super::view::View;
use crate::ide::Edits;
use std::collections::HashMap;
use tower_lsp::ls_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit,
    WorkspaceEdit,
};

/// Changes of some files. Nothing when one of them is not there.
pub(super) fn workspace_edit(view: &View, edits: &Edits) -> Option<WorkspaceEdit> {
    let mut all = Vec::new();
    for (path, changes) in &edits.0 {
        let shown = view.shown_at(path)?;
        let changes = changes.iter().map(|(span, text)| TextEdit {
            range: shown.range(*span),
            new_text: text.clone(),
        });
        let version = view.documents.get(path).map(|document| document.version);
        all.push((view.uri(path)?, version, changes.collect::<Vec<_>>()));
    }
    if view.settings.versions {
        let documents = all
            .into_iter()
            .map(|(uri, version, edits)| TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            });
        return Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(documents.collect())),
            ..WorkspaceEdit::default()
        });
    }
    let changes: HashMap<_, _> = all
        .into_iter()
        .map(|(uri, _, edits)| (uri, edits))
        .collect();
    Some(WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    })
}
