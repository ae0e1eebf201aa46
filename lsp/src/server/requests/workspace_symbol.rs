//! `workspace/symbol`

use super::document_symbol::kind;
use crate::ide::symbols::of_all;
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    OneOf, WorkspaceSymbol as Found, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};

pub(in crate::server) enum WorkspaceSymbol {}

impl Request for WorkspaceSymbol {
    type Params = WorkspaceSymbolParams;
    type Answer = Option<WorkspaceSymbolResponse>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let found = of_all(&view.snapshot, &params.query).into_iter();
        let found = found.filter_map(|(symbol, at, container)| {
            Some(Found {
                name: symbol.name,
                kind: kind(symbol.kind),
                tags: None,
                container_name: (!container.is_empty()).then_some(container),
                location: OneOf::Left(view.location(&at)?),
                data: None,
            })
        });
        Ok(Some(WorkspaceSymbolResponse::Nested(found.collect())))
    }
}
