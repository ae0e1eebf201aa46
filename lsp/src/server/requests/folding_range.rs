//! `textDocument/foldingRange`

use crate::ide::folding::{FoldKind, folds};
use crate::server::job::Request;
use crate::server::view::View;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, FoldingRangeKind, FoldingRangeParams};

pub(in crate::server) enum FoldingRange {}

impl Request for FoldingRange {
    type Params = FoldingRangeParams;
    type Answer = Option<Vec<lsp::FoldingRange>>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let lines = view.settings.fold_lines;
        let mut out: Vec<lsp::FoldingRange> = Vec::new();
        for fold in folds(&view.snapshot, shown.file) {
            let range = shown.range(fold.span);
            let (start, mut end) = (range.start, range.end);
            // The line of a closing bracket stays.
            if lines && fold.kind != FoldKind::Comment {
                end.line = end.line.saturating_sub(1);
            }
            // Of several that begin in a line the first.
            let known = out.last().is_some_and(|last| last.start_line == start.line);
            if end.line <= start.line || (lines && known) {
                continue;
            }
            out.push(lsp::FoldingRange {
                start_line: start.line,
                start_character: (!lines).then_some(start.character),
                end_line: end.line,
                end_character: (!lines).then_some(end.character),
                kind: Some(match fold.kind {
                    FoldKind::Comment => FoldingRangeKind::Comment,
                    FoldKind::Imports => FoldingRangeKind::Imports,
                    FoldKind::Region => FoldingRangeKind::Region,
                }),
                collapsed_text: None,
            });
        }
        Ok(Some(out))
    }
}
