//! The significant tokens with their layout, and the shapes that are read off them.

use crate::kind::SyntaxKind as K;
use crate::token::Token;

/// A token as recovery sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) kind: K,
    /// Its index among all tokens; for one that was made up, that of the token it stands before.
    pub(super) token: u32,
    /// Its column, if it is the first of its line.
    pub(super) column: Option<u32>,
    /// The column of the first token of its line.
    pub(super) indent: u32,
    /// Counts the lines on which tokens begin.
    pub(super) line: u32,
    /// Not in the text.
    pub(super) made_up: bool,
    /// Characters without meaning stand before it.
    pub(super) after_unknown: bool,
}

/// The significant tokens.
pub(super) fn items(text: &str, tokens: &[Token]) -> Vec<Item> {
    let mut items = Vec::with_capacity(tokens.len() / 2 + 1);
    let mut column = Some(0);
    let mut indent = 0;
    let mut line = 0;
    let mut after_unknown = false;
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == K::Unknown {
            after_unknown = true;
        }
        if !token.kind.is_significant() {
            let blank = &text[token.start as usize..token.end as usize];
            if let (K::Whitespace, Some(newline)) = (token.kind, blank.rfind('\n')) {
                column = Some((blank.len() - newline - 1) as u32);
            } else if let (K::Whitespace, Some(0)) = (token.kind, column) {
                column = Some(blank.len() as u32);
            }
            continue;
        }
        indent = column.unwrap_or(indent);
        line += u32::from(column.is_some());
        items.push(Item {
            kind: token.kind,
            token: index as u32,
            column,
            indent,
            line,
            made_up: false,
            after_unknown,
        });
        column = None;
        after_unknown = false;
    }
    items
}

/// Where a binding seems to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// `a.b =`
    Equals,
    /// `a.b : T =`
    Typed,
    /// `inherit`
    Inherit,
    /// `type N =`
    TypeDef,
}

/// How far a look ahead goes; what is longer is not taken for what is looked for.
const FAR: usize = 64;

/// Whether a binding seems to begin at an item. Only looks at tokens, so it knows nothing of the
/// construct around them.
pub(super) fn head(items: &[Item], at: usize) -> Option<Head> {
    let kind = |i: usize| items.get(i).map(|item| item.kind);
    match kind(at)? {
        K::Inherit => return Some(Head::Inherit),
        K::Type if kind(at + 1) == Some(K::Ident) => {
            let names = (at + 1..at + FAR).find(|i| kind(*i) != Some(K::Ident));
            return (names.and_then(kind) == Some(K::Equals)).then_some(Head::TypeDef);
        }
        _ => {}
    }
    let mut i = at;
    while i < at + FAR {
        i = match kind(i)? {
            K::Ident | K::Type => i + 1,
            K::Quote if kind(i + 1) == Some(K::QuoteEnd) => i + 2,
            K::Quote if kind(i + 1) == Some(K::StringText) && kind(i + 2) == Some(K::QuoteEnd) => {
                i + 3
            }
            _ => return None,
        };
        match kind(i)? {
            K::Dot if items[i + 1..].first().is_none_or(|n| n.column.is_some()) => return None,
            K::Dot => i += 1,
            K::Equals => return Some(Head::Equals),
            K::Colon => return equals_on_line(items, i + 1).then_some(Head::Typed),
            _ => return None,
        }
    }
    None
}

/// Whether a `=` that belongs to the same binding follows on the line.
fn equals_on_line(items: &[Item], from: usize) -> bool {
    let mut depth = 0;
    for item in items[from..].iter().take(FAR) {
        if item.column.is_some() && depth == 0 {
            return false;
        }
        match item.kind {
            K::Equals if depth == 0 => return true,
            K::Semicolon if depth == 0 => return false,
            K::LBrace | K::LBracket | K::LParen => depth += 1,
            K::RBrace | K::RBracket | K::RParen if depth == 0 => return false,
            K::RBrace | K::RBracket | K::RParen => depth -= 1,
            _ => {}
        }
    }
    false
}

/// An expression, a type or a name may end with this token.
pub(super) fn ends_operand(kind: K) -> bool {
    use K::*;
    matches!(
        kind,
        Ident
            | Type
            | Int
            | Float
            | Duration
            | Size
            | Path
            | BadNumber
            | BadString
            | QuoteEnd
            | IndentQuoteEnd
            | InterpolateEnd
            | RBrace
            | RBracket
            | RParen
            | MissingValue
            | MissingName
            | Ellipsis
    )
}

/// An expression may begin with this token.
pub(super) fn starts_operand(kind: K) -> bool {
    use K::*;
    matches!(
        kind,
        Ident
            | Type
            | Int
            | Float
            | Duration
            | Size
            | Path
            | BadNumber
            | BadString
            | Quote
            | IndentQuote
            | LBrace
            | LBracket
            | LParen
            | Rec
            | If
            | Let
            | With
            | Assert
    )
}

/// A binary operator of expressions, or one of types.
pub(super) fn is_operator(kind: K) -> bool {
    use K::*;
    matches!(
        kind,
        Plus | Minus
            | Star
            | Slash
            | PlusPlus
            | SlashSlash
            | EqualsEquals
            | NotEquals
            | Less
            | LessEquals
            | Greater
            | GreaterEquals
            | AndAnd
            | OrOr
            | Arrow
            | Pipe
            | Bar
    )
}

/// The closing token of an opening one.
pub(super) fn closer_of(opener: K) -> Option<K> {
    Some(match opener {
        K::LBrace => K::RBrace,
        K::LBracket => K::RBracket,
        K::LParen => K::RParen,
        K::Quote => K::QuoteEnd,
        K::IndentQuote => K::IndentQuoteEnd,
        K::Interpolate => K::InterpolateEnd,
        _ => return None,
    })
}

/// A token that closes something.
pub(super) fn is_closer(kind: K) -> bool {
    matches!(
        kind,
        K::RBrace | K::RBracket | K::RParen | K::QuoteEnd | K::IndentQuoteEnd | K::InterpolateEnd
    )
}
