//! `textDocument/documentHighlight`

use crate::ide::refer;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, DocumentHighlightKind, DocumentHighlightParams};

pub(in crate::server) enum DocumentHighlight {}

impl Request for DocumentHighlight {
    type Params = DocumentHighlightParams;
    type Answer = Option<Vec<lsp::DocumentHighlight>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
            return Ok(None);
        };
        let found = refer::here(&view.snapshot, shown.file, offset);
        let found = found
            .into_iter()
            .map(|(span, binds)| lsp::DocumentHighlight {
                range: shown.range(span),
                kind: Some(match binds {
                    true => DocumentHighlightKind::WRITE,
                    false => DocumentHighlightKind::READ,
                }),
            });
        Ok(Some(found.collect()))
    }
}
