//! `textDocument/definition`, `textDocument/declaration` and `textDocument/typeDefinition`

use crate::ide::goto::{self, Goto};
use crate::server::job::Request;
use crate::server::view::View;
use nexus_compiler::db::SourceFile;
use nexus_compiler::ide::Snapshot;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse};

pub(in crate::server) enum Definition {}
pub(in crate::server) enum Declaration {}
pub(in crate::server) enum TypeDefinition {}

impl Request for Definition {
    type Params = GotoDefinitionParams;
    type Answer = Option<GotoDefinitionResponse>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        go(view, params, goto::definition)
    }
}

impl Request for Declaration {
    type Params = GotoDefinitionParams;
    type Answer = Option<GotoDefinitionResponse>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        go(view, params, goto::declaration)
    }
}

impl Request for TypeDefinition {
    type Params = GotoDefinitionParams;
    type Answer = Option<GotoDefinitionResponse>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        go(view, params, goto::type_definition)
    }
}

fn go(
    view: &View,
    params: &GotoDefinitionParams,
    find: impl FnOnce(&Snapshot, SourceFile, u32) -> Option<Goto>,
) -> Result<Option<GotoDefinitionResponse>> {
    let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
        return Ok(None);
    };
    let found = find(&view.snapshot, shown.file, offset);
    Ok(found.map(|found| {
        let places = found.to.iter().filter_map(|place| view.location(place));
        GotoDefinitionResponse::Array(places.collect())
    }))
}
