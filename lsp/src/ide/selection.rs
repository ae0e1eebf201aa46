//! What is selected when a selection grows.

use super::source::{Source, to_span};
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Span;
use nexus_compiler::ide::Snapshot;
use nexus_grammar::SyntaxKind as K;

/// The stretches around an offset, each in the next.
pub fn ranges(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Vec<Span> {
    let source = Source::new(snapshot, file);
    let tree = source.tree();
    let mut found: Vec<Span> = Vec::new();
    let mut add = |span: Span| {
        let inside = span.start <= offset && offset <= span.end;
        let grows = found
            .last()
            .is_none_or(|last| span.start <= last.start && last.end <= span.end && span != *last);
        if inside && grows && span.start < span.end {
            found.push(span);
        }
    };
    if let Some(token) = tree.token_at(offset) {
        // A word in a text, then the token.
        let span = to_span(tree.tokens().at(token).span());
        if matches!(tree.tokens().kind(token), K::StringText | K::Comment) {
            add(word(&source.text, offset));
        }
        if !tree.tokens().kind(token).is_trivia() {
            add(span);
        }
    }
    for node in source.nodes_at(offset) {
        let span = source.span(node);
        let mut own = tree.own_tokens(node);
        // What is between quotes or brackets before what is with them.
        if matches!(tree.kind(node), K::String | K::Record | K::List | K::Paren)
            && let (Some(first), Some(last)) = (own.next(), own.last())
        {
            add(Span {
                start: tree.tokens().at(first).end,
                end: tree.tokens().at(last).start,
            });
        }
        add(span);
    }
    add(Span {
        start: 0,
        end: source.text.len() as u32,
    });
    found
}

fn word(text: &str, offset: u32) -> Span {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let (before, after) = text.split_at(offset as usize);
    let start = before.trim_end_matches(is_word).len();
    let end = text.len() - after.trim_start_matches(is_word).len();
    Span {
        start: start as u32,
        end: end as u32,
    }
}
