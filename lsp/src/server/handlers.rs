//! The entrance: what the client sends is put into the queue, before anything is waited for.

use super::capabilities::capabilities;
use super::documents::path_of;
use super::job::{Asked, Event, Request, Waiting, Wish};
use super::parent;
use super::requests;
use super::settings::Settings;
use super::state::{State, folders_of};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types as lsp;

/// What the client talks to.
pub(super) struct Backend {
    events: Sender<Event>,
    shut_down: Arc<AtomicBool>,
}

impl Backend {
    pub(super) fn new(events: Sender<Event>, shut_down: Arc<AtomicBool>) -> Self {
        Backend { events, shut_down }
    }

    /// Puts a change into the queue.
    fn change(&self, change: impl FnOnce(&mut State) + Send + 'static) {
        // The queue is there as long as this is.
        _ = self.events.send(Event::Change(Box::new(change)));
    }

    /// Puts a request into the queue and waits for its answer. Dropped, it withdraws the request.
    async fn ask<R: Request>(&self, params: R::Params) -> Result<R::Answer> {
        let wish = Arc::new(Wish::default());
        let (answer, answered) = oneshot::channel();
        let _waiting = Waiting(wish.clone());
        let asked = Asked::<R> {
            params,
            answer,
            wish,
        };
        if self.events.send(Event::Read(Box::new(asked))).is_err() {
            return Err(Error::internal_error());
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Error::request_cancelled()))
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.change(|state| state.is_over = true);
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let settings = Settings::of(&params);
        let folders = folders_of(&params);
        let process = params.process_id;
        let capabilities = capabilities(&settings);
        let encoding = settings.encoding.kind();
        let events = self.events.clone();
        if let Some(process) = process {
            // Before the answer: an editor that ends from then on is noticed.
            parent::watch(process, move || {
                // Nobody is there to be told.
                _ = events.send(Event::Change(Box::new(|state| state.is_over = true)));
                std::process::exit(1);
            });
        }
        self.change(move |state| state.initialize(settings, folders));
        Ok(lsp::InitializeResult {
            capabilities,
            server_info: Some(lsp::ServerInfo {
                name: "nexus".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
            offset_encoding: Some(encoding.as_str().to_owned()),
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.change(State::initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        self.change(|state| state.open(params.text_document));
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        self.change(|state| {
            let document = params.text_document;
            state.change(&document.uri, document.version, params.content_changes);
        });
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {
        self.change(State::saved);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.change(move |state| state.close(&params.text_document.uri));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.change(|state| state.files_changed(params.changes));
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<lsp::WorkspaceFolder>| {
            let paths = folders.iter().map(|folder| path_of(&folder.uri));
            paths.collect::<Vec<_>>()
        };
        let (added, removed) = (paths(params.event.added), paths(params.event.removed));
        self.change(move |state| state.change_folders(&added, &removed));
    }

    async fn did_change_configuration(&self, _: lsp::DidChangeConfigurationParams) {
        // There is nothing to configure.
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        self.ask::<requests::Hover>(params).await
    }

    async fn completion(
        &self,
        params: lsp::CompletionParams,
    ) -> Result<Option<lsp::CompletionResponse>> {
        self.ask::<requests::Completion>(params).await
    }

    async fn completion_resolve(&self, params: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        self.ask::<requests::CompletionResolve>(params).await
    }

    async fn goto_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        self.ask::<requests::Definition>(params).await
    }

    async fn goto_declaration(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        self.ask::<requests::Declaration>(params).await
    }

    async fn goto_type_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        self.ask::<requests::TypeDefinition>(params).await
    }

    async fn formatting(
        &self,
        params: lsp::DocumentFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask::<requests::Formatting>(params).await
    }

    async fn range_formatting(
        &self,
        params: lsp::DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask::<requests::RangeFormatting>(params).await
    }

    async fn on_type_formatting(
        &self,
        params: lsp::DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask::<requests::OnTypeFormatting>(params).await
    }

    async fn diagnostic(
        &self,
        params: lsp::DocumentDiagnosticParams,
    ) -> Result<lsp::DocumentDiagnosticReportResult> {
        self.ask::<requests::DocumentDiagnostic>(params).await
    }

    async fn workspace_diagnostic(
        &self,
        params: lsp::WorkspaceDiagnosticParams,
    ) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        self.ask::<requests::WorkspaceDiagnostic>(params).await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        self.ask::<requests::References>(params).await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        self.ask::<requests::DocumentHighlight>(params).await
    }

    async fn prepare_rename(
        &self,
        params: lsp::TextDocumentPositionParams,
    ) -> Result<Option<lsp::PrepareRenameResponse>> {
        self.ask::<requests::PrepareRename>(params).await
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        self.ask::<requests::Rename>(params).await
    }

    async fn document_symbol(
        &self,
        params: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.ask::<requests::DocumentSymbol>(params).await
    }

    async fn symbol(
        &self,
        params: lsp::WorkspaceSymbolParams,
    ) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        self.ask::<requests::WorkspaceSymbol>(params).await
    }

    async fn code_action(
        &self,
        params: lsp::CodeActionParams,
    ) -> Result<Option<lsp::CodeActionResponse>> {
        self.ask::<requests::CodeAction>(params).await
    }

    async fn signature_help(
        &self,
        params: lsp::SignatureHelpParams,
    ) -> Result<Option<lsp::SignatureHelp>> {
        self.ask::<requests::SignatureHelp>(params).await
    }

    async fn semantic_tokens_full(
        &self,
        params: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        self.ask::<requests::SemanticTokensFull>(params).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        self.ask::<requests::SemanticTokensDelta>(params).await
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        self.ask::<requests::SemanticTokensRange>(params).await
    }

    async fn folding_range(
        &self,
        params: lsp::FoldingRangeParams,
    ) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.ask::<requests::FoldingRange>(params).await
    }

    async fn selection_range(
        &self,
        params: lsp::SelectionRangeParams,
    ) -> Result<Option<Vec<lsp::SelectionRange>>> {
        self.ask::<requests::SelectionRange>(params).await
    }

    async fn inlay_hint(
        &self,
        params: lsp::InlayHintParams,
    ) -> Result<Option<Vec<lsp::InlayHint>>> {
        self.ask::<requests::InlayHint>(params).await
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        self.ask::<requests::CodeLens>(params).await
    }

    async fn code_lens_resolve(&self, params: lsp::CodeLens) -> Result<lsp::CodeLens> {
        self.ask::<requests::CodeLensResolve>(params).await
    }

    async fn document_link(
        &self,
        params: lsp::DocumentLinkParams,
    ) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.ask::<requests::DocumentLink>(params).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: lsp::CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
        self.ask::<requests::PrepareCallHierarchy>(params).await
    }

    async fn incoming_calls(
        &self,
        params: lsp::CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
        self.ask::<requests::IncomingCalls>(params).await
    }

    async fn outgoing_calls(
        &self,
        params: lsp::CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
        self.ask::<requests::OutgoingCalls>(params).await
    }

    async fn linked_editing_range(
        &self,
        params: lsp::LinkedEditingRangeParams,
    ) -> Result<Option<lsp::LinkedEditingRanges>> {
        self.ask::<requests::LinkedEditingRange>(params).await
    }

    async fn will_rename_files(
        &self,
        params: lsp::RenameFilesParams,
    ) -> Result<Option<lsp::WorkspaceEdit>> {
        self.ask::<requests::WillRenameFiles>(params).await
    }
}
