//! `textDocument/diagnostic`

use crate::server::extract;
use crate::server::job::Request;
use crate::server::state::diagnostic;
use crate::server::view::View;
use nexus_compiler::diagnostic::Diagnostic;
use std::hash::{DefaultHasher, Hash, Hasher};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, RelatedFullDocumentDiagnosticReport,
    RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
};

pub(in crate::server) enum DocumentDiagnostic {}

impl Request for DocumentDiagnostic {
    type Params = DocumentDiagnosticParams;
    type Answer = DocumentDiagnosticReportResult;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let mut full = FullDocumentDiagnosticReport::default();
        if let Some(shown) = view.shown(&params.text_document)
            && !extract::is_extracted(&shown.path)
        {
            let found = view.wrong(shown.file);
            let id = result_id(&found);
            if params.previous_result_id.as_ref() == Some(&id) {
                let unchanged = RelatedUnchangedDocumentDiagnosticReport {
                    unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                        result_id: id,
                    },
                    related_documents: None,
                };
                return Ok(DocumentDiagnosticReport::Unchanged(unchanged).into());
            }
            full.items = found.iter().filter_map(|d| diagnostic(view, d)).collect();
            full.result_id = Some(id);
        }
        let report = RelatedFullDocumentDiagnosticReport {
            full_document_diagnostic_report: full,
            ..RelatedFullDocumentDiagnosticReport::default()
        };
        Ok(DocumentDiagnosticReport::Full(report).into())
    }
}

/// The same for the same mistakes.
pub(super) fn result_id(found: &[Diagnostic]) -> String {
    let mut hasher = DefaultHasher::new();
    found.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
