//! `textDocument/prepareCallHierarchy`, `callHierarchy/incomingCalls` and `…/outgoingCalls`

use crate::ide::calls::{self, Callable};
use crate::server::documents::path_of;
use crate::server::job::Request;
use crate::server::view::{Shown, View};
use nexus_compiler::hir::Span;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
    CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, Range,
    SymbolKind,
};

pub(in crate::server) enum PrepareCallHierarchy {}
pub(in crate::server) enum IncomingCalls {}
pub(in crate::server) enum OutgoingCalls {}

impl Request for PrepareCallHierarchy {
    type Params = CallHierarchyPrepareParams;
    type Answer = Option<Vec<CallHierarchyItem>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position_params) else {
            return Ok(None);
        };
        let found = calls::prepare(&view.snapshot, shown.file, offset);
        Ok(found
            .and_then(|found| item(view, &found))
            .map(|item| vec![item]))
    }
}

impl Request for IncomingCalls {
    type Params = CallHierarchyIncomingCallsParams;
    type Answer = Option<Vec<CallHierarchyIncomingCall>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = named(view, &params.item) else {
            return Ok(None);
        };
        let found = calls::incoming(&view.snapshot, shown.file, offset);
        let found = found.into_iter().filter_map(|(from, spans)| {
            let own = view.shown_at(&from.at.path)?;
            Some(CallHierarchyIncomingCall {
                from: item(view, &from)?,
                from_ranges: ranges(&own, &spans),
            })
        });
        Ok(Some(found.collect()))
    }
}

impl Request for OutgoingCalls {
    type Params = CallHierarchyOutgoingCallsParams;
    type Answer = Option<Vec<CallHierarchyOutgoingCall>>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = named(view, &params.item) else {
            return Ok(None);
        };
        let found = calls::outgoing(&view.snapshot, shown.file, offset);
        let found = found.into_iter().filter_map(|(to, spans)| {
            Some(CallHierarchyOutgoingCall {
                to: item(view, &to)?,
                from_ranges: ranges(&shown, &spans),
            })
        });
        Ok(Some(found.collect()))
    }
}

/// What an item that the client gives back is about.
fn named(view: &View, item: &CallHierarchyItem) -> Option<(Shown, u32)> {
    let shown = view.shown_at(&path_of(&item.uri))?;
    let offset = shown.offset(item.selection_range.start);
    Some((shown, offset))
}

fn item(view: &View, callable: &Callable) -> Option<CallHierarchyItem> {
    let shown = view.shown_at(&callable.at.path)?;
    Some(CallHierarchyItem {
        name: callable.name.clone(),
        kind: match callable.is_task {
            true => SymbolKind::EVENT,
            false => SymbolKind::FUNCTION,
        },
        tags: None,
        detail: None,
        uri: view.uri(&callable.at.path)?,
        range: shown.range(callable.whole),
        selection_range: shown.range(callable.at.span),
        data: None,
    })
}

fn ranges(shown: &Shown, spans: &[Span]) -> Vec<Range> {
    spans.iter().map(|span| shown.range(*span)).collect()
}
