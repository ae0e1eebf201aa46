//! What every token means, for colours.

use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::{Expr, LocalKind, Span};
use nexus_compiler::ide::{Mention, Snapshot, occurrences};
use nexus_grammar::SyntaxKind as K;
use rustc_hash::FxHashMap;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a token means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TokenKind {
            $($(#[$doc])* $name,)*
        }

        /// All meanings, by their names in the protocol, in the order of the enumeration.
        pub const KINDS: &[&str] = &[$($text),*];
    };
}

kinds! {
    /// A comment.
    Comment = "comment",
    /// A text.
    String = "string",
    /// A number, duration or size.
    Number = "number",
    /// A reserved word, `true`, `false`, `null`.
    Keyword = "keyword",
    /// An operator.
    Operator = "operator",
    /// A name bound by a `let`.
    Variable = "variable",
    /// A parameter.
    Parameter = "parameter",
    /// A field.
    Property = "property",
    /// A function.
    Function = "function",
    /// A type.
    Type = "type",
    /// A part of the standard library, or `tasks`.
    Namespace = "namespace",
    /// A path.
    Path = "regexp",
}

/// It gives the name its meaning.
pub const DECLARATION: u32 = 1;
/// It is of the language.
pub const DEFAULT_LIBRARY: u32 = 2;

/// The names of the modifiers, by bit.
pub const MODIFIERS: &[&str] = &["declaration", "defaultLibrary"];

/// A token with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: TokenKind,
    /// [`DECLARATION`], [`DEFAULT_LIBRARY`]
    pub modifiers: u32,
}

/// The tokens that begin in a span, in the order of the text.
pub fn tokens(snapshot: &Snapshot, file: SourceFile, within: Span) -> Vec<Token> {
    let source = Source::new(snapshot, file);
    let names = names(&source, within);
    let tree = source.tree();
    let all = tree.tokens();
    let mut found = Vec::new();
    let first = tree.token_at(within.start).unwrap_or_default();
    for index in first..all.len() {
        let token = all.at(index);
        let (start, end) = (token.start, token.end);
        if start > within.end {
            break;
        }
        if start == end || token.kind == K::Whitespace {
            continue;
        }
        let (kind, modifiers) = match names.get(&start) {
            Some(name) => *name,
            None => match kind_of(token.kind) {
                Some(kind) => (kind, 0),
                None => continue,
            },
        };
        found.push(Token {
            span: Span { start, end },
            kind,
            modifiers,
        });
    }
    found
}

fn kind_of(kind: K) -> Option<TokenKind> {
    Some(match kind {
        K::Comment | K::UnclosedComment => TokenKind::Comment,
        K::Quote
        | K::QuoteEnd
        | K::IndentQuote
        | K::IndentQuoteEnd
        | K::StringText
        | K::BadString => TokenKind::String,
        K::Int | K::Float | K::Duration | K::Size | K::BadNumber => TokenKind::Number,
        K::Path => TokenKind::Path,
        K::As | K::Type => TokenKind::Keyword,
        kind if kind.is_reserved() => TokenKind::Keyword,
        K::Bang
        | K::Plus
        | K::Minus
        | K::Star
        | K::Slash
        | K::PlusPlus
        | K::SlashSlash
        | K::EqualsEquals
        | K::NotEquals
        | K::Less
        | K::LessEquals
        | K::Greater
        | K::GreaterEquals
        | K::AndAnd
        | K::OrOr
        | K::Pipe
        | K::Question
        | K::Arrow
        | K::Interpolate
        | K::InterpolateEnd => TokenKind::Operator,
        _ => return None,
    })
}

/// What names mean, by where they begin.
fn names(source: &Source<'_>, within: Span) -> FxHashMap<u32, (TokenKind, u32)> {
    let module = &source.module;
    let all = occurrences(source.db, source.file);
    let from = all.partition_point(|occurrence| occurrence.span.end < within.start);
    let inside = all[from..]
        .iter()
        .take_while(|occurrence| occurrence.span.start <= within.end);
    let mut found = FxHashMap::default();
    for occurrence in inside {
        let declares = if occurrence.binds { DECLARATION } else { 0 };
        let is_function = |value: Option<nexus_compiler::hir::ExprId>| {
            value.is_some_and(|value| matches!(module.exprs[value.index()], Expr::Lambda { .. }))
        };
        let meaning = match occurrence.mention {
            Mention::Local(local) => {
                let binder = &module.locals[local.index()];
                let kind = match binder.kind {
                    LocalKind::Param | LocalKind::PatternField | LocalKind::PatternWhole => {
                        TokenKind::Parameter
                    }
                    _ if is_function(binder.value) => TokenKind::Function,
                    LocalKind::Field if binder.name.as_str() == "tasks" => TokenKind::Namespace,
                    LocalKind::Field => TokenKind::Property,
                    _ => TokenKind::Variable,
                };
                (kind, declares)
            }
            Mention::Field(record, position) => {
                let value = match &module.exprs[record.index()] {
                    Expr::Record(record) => record
                        .fields
                        .get(position as usize)
                        .map(|field| field.value),
                    _ => None,
                };
                let top = source.body() == Some(record);
                let kind = match is_function(value) {
                    true => TokenKind::Function,
                    false if top && source.slice(occurrence.span) == "tasks" => {
                        TokenKind::Namespace
                    }
                    false => TokenKind::Property,
                };
                (kind, declares)
            }
            Mention::Key(expr, _) => {
                let base = match &module.exprs[expr.index()] {
                    Expr::Select { base, .. } | Expr::Has { base, .. } => Some(*base),
                    _ => None,
                };
                let is_standard =
                    base.is_some_and(|base| matches!(module.exprs[base.index()], Expr::Global(_)));
                match is_standard {
                    true => (TokenKind::Function, DEFAULT_LIBRARY),
                    false => (TokenKind::Property, 0),
                }
            }
            Mention::Global(_) => match source.slice(occurrence.span) {
                "true" | "false" | "null" => (TokenKind::Keyword, 0),
                "std" | "git" => (TokenKind::Namespace, DEFAULT_LIBRARY),
                _ => (TokenKind::Function, DEFAULT_LIBRARY),
            },
            Mention::Free(_) => (TokenKind::Variable, 0),
            Mention::Type(_) => (TokenKind::Type, 0),
            Mention::TypeDef(_) => (TokenKind::Type, declares),
            Mention::Import(_) | Mention::Path(_) => continue,
        };
        // At an `inherit` what is bound comes last.
        found.insert(occurrence.span.start, meaning);
    }
    found
}
