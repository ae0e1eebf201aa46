//! `textDocument/prepareRename` and `textDocument/rename`

use crate::ide::rename;
use crate::server::edits::workspace_edit;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    PrepareRenameResponse, RenameParams, TextDocumentPositionParams, WorkspaceEdit,
};

pub(in crate::server) enum PrepareRename {}
pub(in crate::server) enum Rename {}

/// `RequestFailed` of the protocol: the request is in order, and there is a reason why not.
const REQUEST_FAILED: i64 = -32803;

impl Request for PrepareRename {
    type Params = TextDocumentPositionParams;
    type Answer = Option<PrepareRenameResponse>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(params) else {
            return Ok(None);
        };
        let (span, placeholder) =
            rename::prepare(&view.snapshot, shown.file, offset).map_err(refused)?;
        Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
            range: shown.range(span),
            placeholder,
        }))
    }
}

impl Request for Rename {
    type Params = RenameParams;
    type Answer = Option<WorkspaceEdit>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position) else {
            return Ok(None);
        };
        let edits = rename::rename(&view.snapshot, shown.file, offset, &params.new_name)
            .map_err(refused)?;
        Ok(workspace_edit(view, &edits))
    }
}

fn refused(why: String) -> Error {
    Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: why.into(),
        data: None,
    }
}
