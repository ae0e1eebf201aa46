//! What can be folded away.

use nexus_compiler::db::{SourceFile, parse};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::Snapshot;
use nexus_grammar::SyntaxKind as K;

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoldKind {
    /// Comments in a row.
    Comment,
    /// Imports in a row.
    Imports,
    /// Anything else.
    Region,
}

/// Something that can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// From the end of what stays to the beginning of what stays.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// What can be folded in a file: whatever has several lines.
pub fn folds(snapshot: &Snapshot, file: SourceFile) -> Vec<Fold> {
    let parse = parse(snapshot.db(), file);
    let tree = &parse.tree;
    let text = tree.source();
    let tokens = tree.tokens();
    let mut found = Vec::new();
    let mut add = |start: u32, end: u32, kind: FoldKind| {
        let inside = text.get(start as usize..end as usize);
        let lines = inside.is_some_and(|inside| inside.contains('\n'));
        if lines {
            let span = Span { start, end };
            found.push(Fold { span, kind });
        }
    };
    for node in tree.descendants(tree.root()) {
        match tree.kind(node) {
            K::Record | K::List | K::Paren | K::PatternFields | K::TypeRecord | K::String => {
                // From behind the bracket that opens it to the one that closes it, if it is there.
                let mut own = tree.own_tokens(node).filter(|t| !tokens.at(*t).is_empty());
                let open = own.find(|token| {
                    matches!(
                        tokens.kind(*token),
                        K::LBrace | K::LBracket | K::LParen | K::Quote | K::IndentQuote
                    )
                });
                let last = own.last().map(|token| tokens.at(token));
                let closer = last.filter(|last| {
                    matches!(
                        last.kind,
                        K::RBrace | K::RBracket | K::RParen | K::QuoteEnd | K::IndentQuoteEnd
                    )
                });
                if let Some(open) = open {
                    let end = closer.map_or(tree.span(node).end, |last| last.start);
                    add(tokens.at(open).end, end, FoldKind::Region);
                }
            }
            K::LetHead | K::LetExpr => {
                let start = tree.own_token(node, K::Let);
                let end = tree.own_token(node, K::In);
                if let (Some(start), Some(end)) = (start, end) {
                    let start = tokens.at(start).end;
                    add(start, tokens.at(end).start, FoldKind::Region);
                }
            }
            _ => {}
        }
    }
    // Comments in a row, with nothing but line ends between.
    let mut run: Option<(u32, u32)> = None;
    for index in 0..tokens.len() {
        let token = tokens.at(index);
        let (start, end) = (token.start, token.end);
        match token.kind {
            K::Comment => {
                run = match run {
                    Some((first, _)) => Some((first, end)),
                    None => Some((start, end)),
                };
            }
            K::Whitespace if tree.token_text(index).matches('\n').count() <= 1 => {}
            _ => {
                if let Some((start, end)) = run.take() {
                    let line = text[start as usize..]
                        .find('\n')
                        .map_or(end, |i| start + i as u32);
                    add(line.min(end), end, FoldKind::Comment);
                }
            }
        }
    }
    if let Some((start, end)) = run {
        let line = text[start as usize..]
            .find('\n')
            .map_or(end, |i| start + i as u32);
        add(line.min(end), end, FoldKind::Comment);
    }
    found.sort_unstable();
    found.dedup();
    found
}
