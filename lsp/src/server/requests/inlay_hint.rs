//! `textDocument/inlayHint`

use crate::ide::inlay::hints;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    self as lsp, InlayHintKind, InlayHintLabel, InlayHintParams, Range, TextEdit,
};

pub(in crate::server) enum InlayHint {}

impl Request for InlayHint {
    type Params = InlayHintParams;
    type Answer = Option<Vec<lsp::InlayHint>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let span = shown.span(params.range);
        let found = hints(&view.snapshot, shown.file, span).into_iter();
        let found = found.map(|hint| {
            let position = shown.position(hint.at);
            let edit = hint.can_be_written.then(|| TextEdit {
                range: Range {
                    start: position,
                    end: position,
                },
                new_text: hint.text.clone(),
            });
            lsp::InlayHint {
                position,
                label: InlayHintLabel::String(hint.text),
                kind: Some(match hint.is_type {
                    true => InlayHintKind::TYPE,
                    false => InlayHintKind::PARAMETER,
                }),
                text_edits: edit.map(|edit| vec![edit]),
                tooltip: None,
                padding_left: None,
                padding_right: None,
                data: None,
            }
        });
        Ok(Some(found.collect()))
    }
}
