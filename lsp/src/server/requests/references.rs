//! `textDocument/references`

use crate::ide::refer;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{Location, ReferenceParams};

pub(in crate::server) enum References {}

impl Request for References {
    type Params = ReferenceParams;
    type Answer = Option<Vec<Location>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position) else {
            return Ok(None);
        };
        let found = refer::all(&view.snapshot, shown.file, offset);
        let wanted = params.context.include_declaration;
        Ok(found.map(|found| {
            let found = found.iter().filter(|mention| wanted || !mention.binds);
            found
                .filter_map(|mention| view.location(&mention.at))
                .collect()
        }))
    }
}
