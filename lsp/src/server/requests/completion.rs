//! `textDocument/completion`

use crate::ide::completion::{About, Item, Kind, Style, complete};
use crate::server::convert::markdown;
use crate::server::job::Request;
use crate::server::view::View;
use serde_json::json;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, CompletionParams, CompletionResponse,
    CompletionTextEdit, Documentation, InsertTextFormat, Range, TextEdit, Uri,
};

pub(in crate::server) enum Completion {}

impl Request for Completion {
    type Params = CompletionParams;
    type Answer = Option<CompletionResponse>;
    const URGENT: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some((shown, offset)) = view.at(&params.text_document_position) else {
            return Ok(None);
        };
        let style = Style {
            snippets: view.settings.snippets,
        };
        let found = complete(&view.snapshot, shown.file, offset, style);
        let range = shown.range(found.replace);
        let uri = &params.text_document_position.text_document.uri;
        let items = found.items.into_iter();
        let items = items.map(|item| convert(item, range, uri)).collect();
        Ok(Some(CompletionResponse::Array(items)))
    }
}

fn convert(item: Item, range: Range, uri: &Uri) -> CompletionItem {
    let data = item.about.map(|about| match about {
        About::Standard(name) => json!({ "uri": uri, "standard": name }),
        About::Name(offset, name) => json!({ "uri": uri, "name": name, "offset": offset }),
    });
    CompletionItem {
        kind: Some(kind(item.kind)),
        detail: item.detail,
        documentation: item
            .doc
            .map(|doc| Documentation::MarkupContent(markdown(doc))),
        sort_text: Some(format!("{:03}{}", item.rank, item.label)),
        insert_text_format: item.is_snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range,
            new_text: item.insert,
        })),
        tags: item.deprecated.then(|| vec![CompletionItemTag::DEPRECATED]),
        label: item.label,
        data,
        ..CompletionItem::default()
    }
}

fn kind(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Field => CompletionItemKind::FIELD,
        Kind::Variable => CompletionItemKind::VARIABLE,
        Kind::Function => CompletionItemKind::FUNCTION,
        Kind::Module => CompletionItemKind::MODULE,
        Kind::Task => CompletionItemKind::EVENT,
        Kind::Value => CompletionItemKind::VALUE,
        Kind::Keyword => CompletionItemKind::KEYWORD,
        Kind::Type => CompletionItemKind::STRUCT,
        Kind::File => CompletionItemKind::FILE,
        Kind::Folder => CompletionItemKind::FOLDER,
        Kind::Snippet => CompletionItemKind::SNIPPET,
    }
}
