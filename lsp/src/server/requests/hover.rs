//! `textDocument/hover`

use crate::ide;
use crate::server::convert::markdown;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, HoverContents, HoverParams};

pub(in crate::server) enum Hover {}

impl Request for Hover {
    type Params = HoverParams;
    type Answer = Option<lsp::Hover>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
            return Ok(None);
        };
        let hover = ide::hover::hover(&view.snapshot, shown.file, offset);
        Ok(hover.map(|hover| lsp::Hover {
            contents: HoverContents::Markup(markdown(hover.markdown)),
            range: Some(shown.range(hover.span)),
        }))
    }
}
