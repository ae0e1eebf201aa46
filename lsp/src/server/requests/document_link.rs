//! `textDocument/documentLink`

use crate::ide::links::links;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, DocumentLinkParams};

pub(in crate::server) enum DocumentLink {}

impl Request for DocumentLink {
    type Params = DocumentLinkParams;
    type Answer = Option<Vec<lsp::DocumentLink>>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let found = links(&view.snapshot, shown.file).into_iter();
        let found = found.filter_map(|(span, target)| {
            Some(lsp::DocumentLink {
                range: shown.range(span),
                target: Some(view.uri(&target.path)?),
                tooltip: None,
                data: None,
            })
        });
        Ok(Some(found.collect()))
    }
}
