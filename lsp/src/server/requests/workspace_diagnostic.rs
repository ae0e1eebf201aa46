//! `workspace/diagnostic`

use super::document_diagnostic::result_id;
use crate::server::documents::path_of;
use crate::server::job::Request;
use crate::server::state::diagnostic;
use crate::server::view::View;
use nexus_compiler::db::Role;
use nexus_compiler::ide::project_files;
use rustc_hash::{FxHashMap, FxHashSet};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    FullDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport, WorkspaceDiagnosticParams,
    WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

pub(in crate::server) enum WorkspaceDiagnostic {}

impl Request for WorkspaceDiagnostic {
    type Params = WorkspaceDiagnosticParams;
    type Answer = WorkspaceDiagnosticReportResult;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let db = view.snapshot.db();
        let known: FxHashMap<_, _> = params
            .previous_result_ids
            .iter()
            .map(|previous| (path_of(&previous.uri), previous.value.as_str()))
            .collect();
        let mut seen = FxHashSet::default();
        let mut items = Vec::new();
        let projects = view.snapshot.roots().iter();
        let projects = projects.filter(|root| root.role(db) == Role::Project);
        let files = projects.flat_map(|root| project_files(db, *root).to_vec());
        for file in files {
            if !seen.insert(file) {
                continue;
            }
            let path = file.path(db);
            let found = view.wrong(file);
            let id = result_id(&found);
            let Some(uri) = view.uri(&path) else { continue };
            let document = view.documents.get(&*path);
            let version = document.map(|document| i64::from(document.version));
            if known.get(&*path) == Some(&id.as_str()) {
                items.push(WorkspaceDocumentDiagnosticReport::Unchanged(
                    WorkspaceUnchangedDocumentDiagnosticReport {
                        uri,
                        version,
                        unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport {
                            result_id: id,
                        },
                    },
                ));
                continue;
            }
            let shown = found.iter().filter_map(|d| diagnostic(view, d));
            items.push(WorkspaceDocumentDiagnosticReport::Full(
                WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report: FullDocumentDiagnosticReport {
                        result_id: Some(id),
                        items: shown.collect(),
                    },
                },
            ));
        }
        Ok(WorkspaceDiagnosticReport { items }.into())
    }
}
