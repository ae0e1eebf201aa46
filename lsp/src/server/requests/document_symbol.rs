//! `textDocument/documentSymbol`

use crate::ide::symbols::{Symbol, SymbolKind, of_file};
use crate::server::job::Request;
use crate::server::view::{Shown, View};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    self as lsp, DocumentSymbolParams, DocumentSymbolResponse, Location, SymbolInformation, Uri,
};

pub(in crate::server) enum DocumentSymbol {}

impl Request for DocumentSymbol {
    type Params = DocumentSymbolParams;
    type Answer = Option<DocumentSymbolResponse>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let symbols = of_file(&view.snapshot, shown.file);
        if view.settings.nested_symbols {
            let symbols = symbols.into_iter().map(|symbol| nested(&shown, symbol));
            return Ok(Some(DocumentSymbolResponse::Nested(symbols.collect())));
        }
        let mut out = Vec::new();
        for symbol in symbols {
            flat(&shown, &params.text_document.uri, symbol, None, &mut out);
        }
        Ok(Some(DocumentSymbolResponse::Flat(out)))
    }
}

/// What the protocol calls it.
pub(super) fn kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Task => lsp::SymbolKind::EVENT,
        SymbolKind::Namespace => lsp::SymbolKind::NAMESPACE,
        SymbolKind::Function => lsp::SymbolKind::FUNCTION,
        SymbolKind::Type => lsp::SymbolKind::STRUCT,
        SymbolKind::Field => lsp::SymbolKind::OBJECT,
        SymbolKind::Variable => lsp::SymbolKind::VARIABLE,
    }
}

#[allow(deprecated, reason = "the field has no other name")]
fn nested(shown: &Shown, symbol: Symbol) -> lsp::DocumentSymbol {
    let children: Vec<_> = symbol
        .children
        .into_iter()
        .map(|child| nested(shown, child))
        .collect();
    lsp::DocumentSymbol {
        name: symbol.name,
        detail: None,
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: shown.range(symbol.span),
        selection_range: shown.range(symbol.name_span),
        children: (!children.is_empty()).then_some(children),
    }
}

#[allow(deprecated, reason = "the field has no other name")]
fn flat(
    shown: &Shown,
    uri: &Uri,
    symbol: Symbol,
    container: Option<String>,
    out: &mut Vec<SymbolInformation>,
) {
    out.push(SymbolInformation {
        name: symbol.name.clone(),
        kind: kind(symbol.kind),
        tags: None,
        deprecated: None,
        location: Location {
            uri: uri.clone(),
            range: shown.range(symbol.span),
        },
        container_name: container,
    });
    for child in symbol.children {
        flat(shown, uri, child, Some(symbol.name.clone()), out);
    }
}
