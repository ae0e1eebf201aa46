//! `textDocument/linkedEditingRange`

use crate::ide::linked::linked;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{LinkedEditingRangeParams, LinkedEditingRanges};

pub(in crate::server) enum LinkedEditingRange {}

/// What a name may consist of.
const NAME: &str = "[A-Za-z_][A-Za-z0-9_'-]*";

impl Request for LinkedEditingRange {
    type Params = LinkedEditingRangeParams;
    type Answer = Option<LinkedEditingRanges>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
            return Ok(None);
        };
        let found = linked(&view.snapshot, shown.file, offset);
        Ok(found.map(|spans| LinkedEditingRanges {
            ranges: spans.into_iter().map(|span| shown.range(span)).collect(),
            word_pattern: Some(NAME.into()),
        }))
    }
}
