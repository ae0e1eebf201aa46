//! `textDocument/selectionRange`

use crate::ide::selection::ranges;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, SelectionRangeParams};

pub(in crate::server) enum SelectionRange {}

impl Request for SelectionRange {
    type Params = SelectionRangeParams;
    type Answer = Option<Vec<lsp::SelectionRange>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let found = params.positions.iter().map(|position| {
            let offset = shown.offset(*position);
            let mut outer: Option<lsp::SelectionRange> = None;
            for span in ranges(&view.snapshot, shown.file, offset).into_iter().rev() {
                outer = Some(lsp::SelectionRange {
                    range: shown.range(span),
                    parent: outer.map(Box::new),
                });
            }
            // The protocol wants one for each position.
            outer.unwrap_or_else(|| {
                let at = shown.position(offset);
                lsp::SelectionRange {
                    range: lsp::Range { start: at, end: at },
                    parent: None,
                }
            })
        });
        Ok(Some(found.collect()))
    }
}
