//! `textDocument/semanticTokens/full`, `…/full/delta` and `…/range`

use crate::ide::tokens::{KINDS, MODIFIERS, Token, tokens};
use crate::server::documents::path_of;
use crate::server::job::Request;
use crate::server::view::{Shown, View};
use nexus_compiler::hir::Span;
use rustc_hash::FxHashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens,
    SemanticTokensDelta as Delta, SemanticTokensDeltaParams, SemanticTokensEdit,
    SemanticTokensFullDeltaResult, SemanticTokensLegend, SemanticTokensParams,
    SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult,
};

pub(in crate::server) enum SemanticTokensFull {}
pub(in crate::server) enum SemanticTokensDelta {}
pub(in crate::server) enum SemanticTokensRange {}

/// The tokens that the client has of each file, and their name.
#[derive(Debug, Default)]
pub(in crate::server) struct Tokens(Mutex<(u64, FxHashMap<PathBuf, Sent>)>);

/// The name of an answer, and what was in it.
type Sent = (String, Arc<Vec<SemanticToken>>);

/// What numbers of kinds and modifiers mean.
pub(in crate::server) fn legend() -> SemanticTokensLegend {
    let kinds = KINDS.iter().map(|kind| SemanticTokenType::new(kind));
    let modifiers = MODIFIERS
        .iter()
        .map(|name| SemanticTokenModifier::new(name));
    SemanticTokensLegend {
        token_types: kinds.collect(),
        token_modifiers: modifiers.collect(),
    }
}

impl Tokens {
    fn get(&self, path: &PathBuf) -> Option<Sent> {
        let sent = self.0.lock().unwrap_or_else(|e| e.into_inner());
        sent.1.get(path).cloned()
    }

    /// A file is closed: nobody will ask what has changed.
    pub(in crate::server) fn forget(&self, path: &PathBuf) {
        let mut sent = self.0.lock().unwrap_or_else(|e| e.into_inner());
        sent.1.remove(path);
    }

    fn put(&self, path: PathBuf, tokens: Arc<Vec<SemanticToken>>) -> String {
        let mut sent = self.0.lock().unwrap_or_else(|e| e.into_inner());
        sent.0 += 1;
        let name = sent.0.to_string();
        sent.1.insert(path, (name.clone(), tokens));
        name
    }
}

impl Request for SemanticTokensFull {
    type Params = SemanticTokensParams;
    type Answer = Option<SemanticTokensResult>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let data = Arc::new(whole(view, &shown));
        let name = view.tokens.put(shown.path.clone(), data.clone());
        Ok(Some(SemanticTokensResult::Tokens(SemanticTokens {
            result_id: Some(name),
            data: data.to_vec(),
        })))
    }
}

impl Request for SemanticTokensDelta {
    type Params = SemanticTokensDeltaParams;
    type Answer = Option<SemanticTokensFullDeltaResult>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let before = view.tokens.get(&path_of(&params.text_document.uri));
        let data = Arc::new(whole(view, &shown));
        let name = view.tokens.put(shown.path.clone(), data.clone());
        Ok(Some(match before {
            Some((known, old)) if known == params.previous_result_id => {
                SemanticTokensFullDeltaResult::TokensDelta(Delta {
                    result_id: Some(name),
                    edits: difference(&old, &data),
                })
            }
            _ => SemanticTokensFullDeltaResult::Tokens(SemanticTokens {
                result_id: Some(name),
                data: data.to_vec(),
            }),
        }))
    }
}

impl Request for SemanticTokensRange {
    type Params = SemanticTokensRangeParams;
    type Answer = Option<SemanticTokensRangeResult>;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let span = shown.span(params.range);
        let found = tokens(&view.snapshot, shown.file, span);
        Ok(Some(SemanticTokensRangeResult::Tokens(SemanticTokens {
            result_id: None,
            data: encode(view, &shown, &found),
        })))
    }
}

fn whole(view: &View, shown: &Shown) -> Vec<SemanticToken> {
    let span = Span {
        start: 0,
        end: shown.text.len() as u32,
    };
    encode(view, shown, &tokens(&view.snapshot, shown.file, span))
}

/// As the protocol has them: each relative to the one before.
fn encode(view: &View, shown: &Shown, found: &[Token]) -> Vec<SemanticToken> {
    let mut out = Vec::with_capacity(found.len());
    let (mut line, mut column) = (0, 0);
    for token in found {
        for span in pieces(view, shown, token.span) {
            let start = shown.position(span.start);
            let end = shown.position(span.end);
            let length = match view.settings.long_tokens && end.line != start.line {
                // As if the lines were one.
                true => shown.width(span),
                false => end.character.saturating_sub(start.character),
            };
            let delta_line = start.line - line;
            let delta_start = match delta_line {
                0 => start.character - column,
                _ => start.character,
            };
            (line, column) = (start.line, start.character);
            out.push(SemanticToken {
                delta_line,
                delta_start,
                length,
                token_type: token.kind as u32,
                token_modifiers_bitset: token.modifiers,
            });
        }
    }
    out
}

/// A token line by line, unless the client takes it whole.
fn pieces(view: &View, shown: &Shown, span: Span) -> Vec<Span> {
    let text = &shown.text[span.start as usize..span.end as usize];
    if view.settings.long_tokens || !text.contains('\n') {
        return vec![span];
    }
    let mut pieces = Vec::new();
    let mut start = span.start;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len() as u32;
        if start < end {
            pieces.push(Span { start, end });
        }
        start += line.len() as u32;
    }
    pieces
}

/// The middle that is different. Counts numbers, of which each token has five.
fn difference(old: &[SemanticToken], new: &[SemanticToken]) -> Vec<SemanticTokensEdit> {
    let same = |(a, b): &(&SemanticToken, &SemanticToken)| a == b;
    let start = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    vec![SemanticTokensEdit {
        start: 5 * start as u32,
        delete_count: 5 * old.len() as u32,
        data: Some(new.to_vec()),
    }]
}
