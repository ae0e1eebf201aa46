//! `textDocument/formatting`, `textDocument/rangeFormatting` and `textDocument/onTypeFormatting`

use crate::ide::format;
use crate::server::job::Request;
use crate::server::view::{Shown, View};
use nexus_compiler::hir::Span;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    DocumentFormattingParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams,
    TextEdit,
};

pub(in crate::server) enum Formatting {}
pub(in crate::server) enum RangeFormatting {}
pub(in crate::server) enum OnTypeFormatting {}

impl Request for Formatting {
    type Params = DocumentFormattingParams;
    type Answer = Option<Vec<TextEdit>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let changes = format::format(&view.snapshot, shown.file);
        Ok(changes.map(|changes| edits(&shown, changes)))
    }
}

impl Request for RangeFormatting {
    type Params = DocumentRangeFormattingParams;
    type Answer = Option<Vec<TextEdit>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let span = shown.span(params.range);
        let changes = format::format_range(&view.snapshot, shown.file, span);
        Ok(changes.map(|changes| edits(&shown, changes)))
    }
}

impl Request for OnTypeFormatting {
    type Params = DocumentOnTypeFormattingParams;
    type Answer = Option<Vec<TextEdit>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position) else {
            return Ok(None);
        };
        let Some(typed) = params.ch.chars().next_back() else {
            return Ok(None);
        };
        let changes = format::format_typed(&view.snapshot, shown.file, offset, typed);
        Ok(changes.map(|changes| edits(&shown, changes)))
    }
}

fn edits(shown: &Shown, changes: Vec<(Span, String)>) -> Vec<TextEdit> {
    let changes = changes.into_iter();
    changes
        .map(|(span, new_text)| TextEdit {
            range: shown.range(span),
            new_text,
        })
        .collect()
}
