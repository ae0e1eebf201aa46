//! The three sets of rules.

use crate::kind::SyntaxKind as K;
use logos::Logos;

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    #[regex(r"[ \t\r\n\u{feff}]+")]
    Whitespace,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    LineComment,
    #[regex(r"/\*([^*]|\*+[^*/])*\*+/")]
    BlockComment,
    #[regex(r"/\*([^*]|\*+[^*/])*\**")]
    UnclosedComment,
    // A name does not end with `-`, so that `a->b` is no name.
    #[regex(r"[A-Za-z_]([A-Za-z0-9_'-]*[A-Za-z0-9_'])?")]
    Word,
    #[regex(r"[0-9]+")]
    Int,
    #[regex(r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?")]
    #[regex(r"[0-9]+[eE][+-]?[0-9]+", priority = 20)]
    Float,
    #[regex(r"([0-9]+(ms|us|ns|s|m|h|d))+", priority = 20)]
    Duration,
    #[regex(r"[0-9]+(KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB|B)", priority = 20)]
    Size,
    #[regex(r"[0-9]+(\.[0-9]+)?[A-Za-z_][A-Za-z0-9_]*", priority = 1)]
    BadNumber,
    #[regex(r"'[^'\n]+'")]
    BadString,
    #[regex(r"\.\.?/[A-Za-z0-9._+\-/@~]*", priority = 30)]
    Path,
    #[token("\"")]
    Quote,
    #[token("''")]
    IndentQuote,
    #[token("${")]
    Interpolate,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("=")]
    Equals,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("@")]
    At,
    #[token("?")]
    Question,
    #[token("!")]
    Bang,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("++")]
    PlusPlus,
    #[token("//")]
    SlashSlash,
    #[token("==")]
    EqualsEquals,
    #[token("!=")]
    NotEquals,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEquals,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEquals,
    #[token("&&")]
    AndAnd,
    #[token("||")]
    OrOr,
    #[token("->")]
    Arrow,
    #[token("|>")]
    Pipe,
    #[token("|")]
    Bar,
}

impl Plain {
    pub(super) fn kind(self, text: &str) -> K {
        match self {
            Plain::Whitespace => K::Whitespace,
            Plain::LineComment | Plain::BlockComment => K::Comment,
            Plain::UnclosedComment => K::UnclosedComment,
            Plain::Word => match text {
                "if" => K::If,
                "then" => K::Then,
                "else" => K::Else,
                "let" => K::Let,
                "in" => K::In,
                "with" => K::With,
                "inherit" => K::Inherit,
                "assert" => K::Assert,
                "rec" => K::Rec,
                "or" => K::Or,
                "type" => K::Type,
                "as" => K::As,
                _ => K::Ident,
            },
            Plain::Int => K::Int,
            Plain::Float => K::Float,
            Plain::Duration => K::Duration,
            Plain::Size => K::Size,
            Plain::BadNumber => K::BadNumber,
            Plain::BadString => K::BadString,
            Plain::Path => K::Path,
            Plain::Quote => K::Quote,
            Plain::IndentQuote => K::IndentQuote,
            Plain::Interpolate => K::Interpolate,
            Plain::LBrace => K::LBrace,
            Plain::RBrace => K::RBrace,
            Plain::LBracket => K::LBracket,
            Plain::RBracket => K::RBracket,
            Plain::LParen => K::LParen,
            Plain::RParen => K::RParen,
            Plain::Equals => K::Equals,
            Plain::Semicolon => K::Semicolon,
            Plain::Colon => K::Colon,
            Plain::Comma => K::Comma,
            Plain::Dot => K::Dot,
            Plain::Ellipsis => K::Ellipsis,
            Plain::At => K::At,
            Plain::Question => K::Question,
            Plain::Bang => K::Bang,
            Plain::Plus => K::Plus,
            Plain::Minus => K::Minus,
            Plain::Star => K::Star,
            Plain::Slash => K::Slash,
            Plain::PlusPlus => K::PlusPlus,
            Plain::SlashSlash => K::SlashSlash,
            Plain::EqualsEquals => K::EqualsEquals,
            Plain::NotEquals => K::NotEquals,
            Plain::Less => K::Less,
            Plain::LessEquals => K::LessEquals,
            Plain::Greater => K::Greater,
            Plain::GreaterEquals => K::GreaterEquals,
            Plain::AndAnd => K::AndAnd,
            Plain::OrOr => K::OrOr,
            Plain::Arrow => K::Arrow,
            Plain::Pipe => K::Pipe,
            Plain::Bar => K::Bar,
        }
    }
}

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    #[regex(r#"([^"\\$\n]|\\[^\n]|\$\$|\$[^{"\\$\n])+"#)]
    Text,
    #[token("\n")]
    Newline,
    #[token("$", priority = 1)]
    Dollar,
    #[token("\\", priority = 1)]
    Backslash,
    #[token("${")]
    Interpolate,
    #[token("\"")]
    End,
}

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indented {
    #[regex(r#"([^'$]|'[^'$]|\$[^{'$]|\$\$)+"#)]
    Text,
    #[regex(r#"''(\$|')"#)]
    Escape,
    #[regex(r#"''\\(.|\n)"#)]
    LetterEscape,
    #[token("$", priority = 1)]
    Dollar,
    #[token("'", priority = 1)]
    Tick,
    #[token("${")]
    Interpolate,
    #[token("''")]
    End,
}
