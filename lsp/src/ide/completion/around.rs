//! What is around the cursor. By tokens, since the text is seldom whole while somebody types.

use super::super::source::Source;
use super::line::Line;
use nexus_compiler::hir::Span;
use nexus_grammar::{NodeId, SyntaxKind as K, Tree};

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Nothing can be proposed.
    Nowhere,
    /// Text in a string.
    Text(Inside),
    /// A path literal.
    Path {
        /// What is written of it.
        typed: String,
        /// It is to be imported.
        is_import: bool,
    },
    /// A name behind a dot: the token.
    Member(usize),
    /// A type.
    Type,
    /// A name behind `inherit`.
    Inherit,
    /// A name behind `inherit (e)`: the expression.
    InheritFrom(NodeId),
    /// A binding in a record (the token that opens it) or in the body of the file.
    Item {
        /// `{`
        opener: Option<usize>,
        /// Something may be missing before, so that a value is possible, too.
        also_value: bool,
    },
    /// A binding of a `let`.
    LetItem,
    /// An expression.
    Value,
}

/// A string around the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    /// The token that opens it.
    pub(super) quote: usize,
    /// The text between its beginning, or the last `${…}`, and the cursor.
    pub(super) before: String,
    /// It has `''`.
    pub(super) indented: bool,
    /// There is a `${…}` in it.
    pub(super) interpolated: bool,
}

/// What is around the cursor.
pub(super) struct Around {
    pub(super) place: Where,
    /// The word the cursor is in.
    pub(super) replace: Span,
}

impl Around {
    pub(super) fn of(source: &Source<'_>, offset: u32) -> Around {
        let tree = source.tree();
        let offset = offset.min(source.text.len() as u32);
        let here = Span {
            start: offset,
            end: offset,
        };
        let nowhere = |replace| Around {
            place: Where::Nowhere,
            replace,
        };
        let tokens = tree.tokens();
        let left = match offset.checked_sub(1) {
            Some(before) => tree.token_at(before),
            None => None,
        };
        if let Some(left) = left {
            let token = tokens.at(left);
            let kind = token.kind;
            let at_end = token.end == offset;
            let text = tree.token_text(left);
            let in_comment = match kind {
                K::Comment if text.starts_with('#') => true,
                K::Comment => !at_end,
                K::UnclosedComment => true,
                _ => false,
            };
            if in_comment || kind == K::BadString {
                return nowhere(here);
            }
            if let Some(inside) = inside_string(tree, left, offset) {
                return text_place(source, inside, offset);
            }
            if matches!(
                kind,
                K::Int | K::Float | K::Duration | K::Size | K::BadNumber
            ) {
                return nowhere(here);
            }
        }
        if let Some(around) = path_place(source, left, offset) {
            return around;
        }
        let (replace, before) = word(tree, left, offset);
        let place = place(source, before, replace, offset);
        Around { place, replace }
    }
}

/// The word around an offset, and the token before it that counts.
fn word(tree: &Tree, left: Option<usize>, offset: u32) -> (Span, Option<usize>) {
    let tokens = tree.tokens();
    let is_word = |at: usize| {
        let kind = tokens.kind(at);
        kind == K::Ident || kind.is_reserved() || matches!(kind, K::Type | K::As)
    };
    let here = Span {
        start: offset,
        end: offset,
    };
    let (replace, mut at) = match left {
        Some(left) if is_word(left) => {
            let token = tokens.at(left);
            let span = Span {
                start: token.start,
                end: token.end.max(offset),
            };
            (span, left.checked_sub(1))
        }
        Some(left) => {
            // The cursor is in front of a word.
            let next = tokens.get(left + 1);
            let span = match next {
                Some(next) if next.start == offset && is_word(left + 1) => Span {
                    start: offset,
                    end: next.end,
                },
                _ => here,
            };
            (span, Some(left))
        }
        None => (here, None),
    };
    while let Some(before) = at {
        let token = tokens.at(before);
        if !token.kind.is_trivia() && !token.is_empty() {
            return (replace, Some(before));
        }
        at = before.checked_sub(1);
    }
    (replace, None)
}

/// The string that the cursor is in, if it is in one.
fn inside_string(tree: &Tree, left: usize, offset: u32) -> Option<Inside> {
    let tokens = tree.tokens();
    let token = tokens.at(left);
    let at_end = token.end == offset;
    let inside = match token.kind {
        K::Quote => true,
        K::IndentQuote => at_end,
        K::StringText => true,
        K::InterpolateEnd => at_end && !token.is_empty(),
        K::IndentQuoteEnd => !at_end,
        _ => false,
    };
    if !inside {
        return None;
    }
    // Back to where it begins, over what is interpolated.
    let mut depth = 0u32;
    let mut at = left;
    let mut interpolated = false;
    loop {
        match tokens.kind(at) {
            K::InterpolateEnd => {
                depth += 1;
                interpolated = true;
            }
            K::Interpolate => depth = depth.saturating_sub(1),
            K::Quote | K::IndentQuote if depth == 0 => break,
            _ => {}
        }
        at = at.checked_sub(1)?;
    }
    let start = match token.kind {
        K::StringText => {
            // Texts in a row are one text.
            let mut first = left;
            while first > at + 1 && tokens.kind(first - 1) == K::StringText {
                first -= 1;
            }
            tokens.at(first).start
        }
        _ => offset,
    };
    let before = tree
        .source()
        .get(start as usize..offset as usize)?
        .to_owned();
    Some(Inside {
        quote: at,
        before,
        indented: tokens.kind(at) == K::IndentQuote,
        interpolated,
    })
}

/// In a string the whole text before and behind the cursor, up to a `/` for paths, is the word.
fn text_place(source: &Source<'_>, inside: Inside, offset: u32) -> Around {
    let start = offset - inside.before.len() as u32;
    let line_end = source.text[offset as usize..]
        .find(['"', '\n', '$', '\''])
        .unwrap_or(0) as u32;
    Around {
        place: Where::Text(inside),
        replace: Span {
            start,
            end: offset + line_end,
        },
    }
}

fn path_place(source: &Source<'_>, left: Option<usize>, offset: u32) -> Option<Around> {
    let tree = source.tree();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+');
    let before = source.text.get(..offset as usize)?;
    let start = before.trim_end_matches(is_part).len();
    let typed = &before[start..];
    if !(typed.starts_with("./") || typed.starts_with("../")) {
        return None;
    }
    let rest = source.text[offset as usize..].find(|c| !is_part(c));
    let end = offset + rest.unwrap_or(source.text.len() - offset as usize) as u32;
    let mut at = left;
    while let Some(index) = at {
        let token = tree.tokens().at(index);
        if token.start < start as u32 && !token.kind.is_trivia() {
            break;
        }
        at = index.checked_sub(1);
    }
    let is_import = at.is_some_and(|index| tree.token_text(index) == "import");
    let name = typed.rfind('/').map_or(0, |i| i + 1);
    Some(Around {
        place: Where::Path {
            typed: typed.to_owned(),
            is_import,
        },
        replace: Span {
            start: (start + name) as u32,
            end,
        },
    })
}

fn place(source: &Source<'_>, before: Option<usize>, replace: Span, offset: u32) -> Where {
    let tree = source.tree();
    let tokens = tree.tokens();
    let Some(last) = before else {
        return Where::Item {
            opener: None,
            also_value: false,
        };
    };
    let kind = tokens.kind(last);
    if kind == K::Dot {
        return Where::Member(last);
    }
    if in_type(source, last, offset) {
        return Where::Type;
    }
    let line = Line::of(tree, last);
    match kind {
        K::LBrace | K::Semicolon | K::Let | K::In => {
            if kind == K::LBrace && is_pattern(tree, last) {
                return Where::Nowhere;
            }
            if (kind == K::Semicolon && line.is_value()) || (kind == K::In && !line.is_body()) {
                return Where::Value;
            }
            if kind == K::Let || (kind == K::Semicolon && line.in_let) {
                return Where::LetItem;
            }
            Where::Item {
                opener: line.opener,
                also_value: false,
            }
        }
        K::Inherit => Where::Inherit,
        K::At => Where::Nowhere,
        K::Ident | K::QuoteEnd | K::IndentQuoteEnd | K::RBrace | K::RBracket | K::RParen
            if line.inherits.is_some() =>
        {
            match line.inherits {
                Some(Some(open)) => {
                    let inner = tokens.at(open).end;
                    let node = source.nodes_at(inner + 1).into_iter();
                    let mut from = node.filter(|node| tree.kind(*node) == K::InheritFrom);
                    match from
                        .next()
                        .and_then(|from| tree.children(from).first().copied())
                    {
                        Some(expr) => Where::InheritFrom(expr),
                        None => Where::Nowhere,
                    }
                }
                _ => Where::Inherit,
            }
        }
        _ if ends_value(kind) => {
            // A word at the start of a line, where a `;` may be missing before it.
            let own_line = {
                let start = replace.start as usize;
                let text = &source.text[..start];
                text.trim_end_matches([' ', '\t']).ends_with('\n')
            };
            let in_record = match line.opener {
                None => true,
                Some(opener) => tokens.kind(opener) == K::LBrace,
            };
            match own_line && in_record && !line.in_let {
                true => Where::Item {
                    opener: line.opener,
                    also_value: true,
                },
                false => Where::Value,
            }
        }
        _ => Where::Value,
    }
}

fn ends_value(kind: K) -> bool {
    matches!(
        kind,
        K::Ident
            | K::Int
            | K::Float
            | K::Duration
            | K::Size
            | K::Path
            | K::QuoteEnd
            | K::IndentQuoteEnd
            | K::RBrace
            | K::RBracket
            | K::RParen
    )
}

/// Whether a `{` begins a pattern: a `:` or `@` follows what it opens.
fn is_pattern(tree: &Tree, brace: usize) -> bool {
    let tokens = tree.tokens();
    let mut depth = 0u32;
    let mut at = brace;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            K::LBrace | K::LBracket | K::LParen | K::Interpolate => depth += 1,
            K::RBrace | K::RBracket | K::RParen => depth = depth.saturating_sub(1),
            K::InterpolateEnd if !token.is_empty() => depth = depth.saturating_sub(1),
            K::Equals | K::Semicolon if depth == 1 => return false,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    while let Some(token) = tokens.get(at) {
        if !token.kind.is_trivia() {
            return matches!(token.kind, K::Colon | K::At);
        }
        at += 1;
    }
    false
}

/// Whether the cursor is in a written type.
fn in_type(source: &Source<'_>, last: usize, offset: u32) -> bool {
    let tree = source.tree();
    let tokens = tree.tokens();
    match tokens.kind(last) {
        K::As | K::Arrow | K::Bar => return true,
        K::Colon => {
            // `name :` at the start of a binding or in a pattern; elsewhere a function begins.
            let mut at = last;
            let mut names = 0;
            while let Some(before) = at.checked_sub(1) {
                at = before;
                let kind = tokens.kind(at);
                match kind {
                    K::Ident | K::Quote | K::QuoteEnd | K::StringText => names += 1,
                    K::Dot => {}
                    kind if kind.is_trivia() => {}
                    K::LBrace | K::Semicolon | K::Let | K::In => return names > 0,
                    K::Comma => return names > 0,
                    _ => return false,
                }
            }
            return names > 0;
        }
        K::Equals => {
            let mut at = last;
            while let Some(before) = at.checked_sub(1) {
                at = before;
                match tokens.kind(at) {
                    K::Type => return true,
                    K::Ident => {}
                    kind if kind.is_trivia() => {}
                    _ => return false,
                }
            }
            return false;
        }
        _ => {}
    }
    let nodes = source.nodes_at(offset);
    nodes.iter().any(|node| tree.kind(*node).is_type())
}
