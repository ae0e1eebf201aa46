//! `textDocument/codeAction`

use crate::ide::actions::{Action, ActionKind, actions, fixes_of};
use crate::server::edits::workspace_edit;
use crate::server::job::Request;
use crate::server::state::diagnostic;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    self as lsp, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
};

pub(in crate::server) enum CodeAction {}

impl Request for CodeAction {
    type Params = CodeActionParams;
    type Answer = Option<CodeActionResponse>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let only = params.context.only.as_deref();
        let wants = |kind: &CodeActionKind| {
            let within = |only: &CodeActionKind| {
                let (only, kind) = (only.as_str(), kind.as_str());
                kind == only || kind.strip_prefix(only).is_some_and(|r| r.starts_with('.'))
            };
            only.is_none_or(|only| only.iter().any(within))
        };
        // Trying everything at once takes a while: only for those who ask.
        let whole = [
            CodeActionKind::SOURCE_FIX_ALL,
            CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        ];
        let all = only.is_some() && whole.iter().any(wants);
        let selected = shown.span(params.range);
        let mut found = actions(&view.snapshot, shown.file, selected, all);
        if let Some(planned) = view.planned.get(&shown.path) {
            found.extend(fixes_of(planned, selected));
        }
        let found = found.into_iter();
        let found = found.filter(|action| wants(&kind(action.kind)));
        let found = found.filter_map(|action| convert(view, action));
        Ok(Some(found.collect()))
    }
}

/// What the client can ask for.
pub(in crate::server) fn kinds() -> Vec<CodeActionKind> {
    vec![
        CodeActionKind::QUICKFIX,
        CodeActionKind::SOURCE_FIX_ALL,
        CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        CodeActionKind::REFACTOR_EXTRACT,
        CodeActionKind::REFACTOR_INLINE,
        CodeActionKind::REFACTOR_REWRITE,
    ]
}

fn kind(kind: ActionKind) -> CodeActionKind {
    match kind {
        ActionKind::Fix => CodeActionKind::QUICKFIX,
        ActionKind::FixAll => CodeActionKind::SOURCE_FIX_ALL,
        ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        ActionKind::Inline => CodeActionKind::REFACTOR_INLINE,
        ActionKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        ActionKind::Organise => CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
    }
}

fn convert(view: &View, action: Action) -> Option<CodeActionOrCommand> {
    let mends = action
        .mends
        .as_ref()
        .and_then(|found| diagnostic(view, found));
    Some(CodeActionOrCommand::CodeAction(lsp::CodeAction {
        edit: Some(workspace_edit(view, &action.edits)?),
        title: action.title,
        kind: Some(kind(action.kind)),
        diagnostics: mends.map(|mends| vec![mends]),
        is_preferred: action.preferred.then_some(true),
        ..lsp::CodeAction::default()
    }))
}
