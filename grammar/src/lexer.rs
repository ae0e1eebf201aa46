//! Text to tokens. Infallible: every byte is in exactly one token.
//!
//! Three sets of rules (plain text, `"…"`, `''…''`) and a stack that says which one holds. A set
//! runs until the rules change; the next one starts at that offset, so nothing is scanned twice.
//!
//! A `"…"` never crosses a line: where one is not closed, the lexer adds empty closing tokens, so
//! that the parser sees a balanced string and a forgotten quote costs one line, not the file.

use crate::kind::SyntaxKind as K;
use crate::token::Token;
use logos::Logos;

#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
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
    fn kind(self, text: &str) -> K {
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
enum Line {
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
enum Indented {
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Plain text outside of any string.
    Top,
    /// Inside `${ }`, with the number of braces opened in it.
    Inner(u32),
    Line,
    Indented,
}

/// Indentation beyond this makes no difference.
const MOST_INDENT: usize = 1_000;

/// Cuts a text into tokens.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let lexer = run(text, false);
    if lexer.unclosed_indented {
        // Somewhere a `''` is missing, and from there on text and program have changed places.
        // Indentation tells where.
        return run(text, true).tokens;
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
    /// Indentation of the lines on which the open `''` strings began, innermost last.
    indents: Vec<u32>,
    pos: usize,
    /// The position among the modes of the outermost thing that has to end on its line: a `"…"`,
    /// or a computed name.
    bound: Option<usize>,
    /// Where the line of `pos` starts, and how far that was looked for.
    line_start: usize,
    looked_at: usize,
    by_layout: bool,
    unclosed_indented: bool,
}

fn run(text: &str, by_layout: bool) -> Lexer<'_> {
    let mut lexer = Lexer {
        text,
        tokens: Vec::with_capacity(text.len() / 3 + 2),
        modes: vec![Mode::Top],
        indents: Vec::new(),
        pos: 0,
        bound: None,
        line_start: 0,
        looked_at: 0,
        by_layout,
        unclosed_indented: false,
    };
    while lexer.pos < text.len() {
        match lexer.mode() {
            Mode::Top | Mode::Inner(_) => lexer.plain(),
            Mode::Line => lexer.line(),
            Mode::Indented => lexer.indented(),
        }
    }
    lexer.close_down_to(1);
    lexer
}

impl Lexer<'_> {
    fn mode(&self) -> Mode {
        self.modes.last().copied().unwrap_or(Mode::Top)
    }

    fn push(&mut self, kind: K, start: usize, end: usize) {
        self.tokens.push(Token {
            kind,
            start: start as u32,
            end: end as u32,
        });
        self.pos = end;
    }

    /// Adds the closing tokens that the text lacks.
    fn close_down_to(&mut self, depth: usize) {
        while self.modes.len() > depth {
            let kind = match self.leave() {
                Some(Mode::Line) => K::QuoteEnd,
                Some(Mode::Indented) => {
                    self.unclosed_indented = true;
                    K::IndentQuoteEnd
                }
                _ => K::InterpolateEnd,
            };
            self.push(kind, self.pos, self.pos);
        }
    }

    fn enter(&mut self, mode: Mode) {
        let ends_on_line = match (mode, self.mode()) {
            (Mode::Line, _) => true,
            (Mode::Inner(_), outer) => matches!(outer, Mode::Top | Mode::Inner(_)),
            _ => false,
        };
        if ends_on_line && self.bound.is_none() {
            self.bound = Some(self.modes.len());
        }
        self.modes.push(mode);
    }

    fn leave(&mut self) -> Option<Mode> {
        let mode = self.modes.pop();
        if mode == Some(Mode::Indented) {
            self.indents.pop();
        }
        self.bound = self.bound.filter(|b| *b < self.modes.len());
        mode
    }

    /// The number of blanks at the start of the line that `offset` is on. Offsets only grow, so
    /// the text is looked through once.
    fn indent_of_line(&mut self, offset: usize) -> u32 {
        if let Some(newline) = self.text[self.looked_at..offset].rfind('\n') {
            self.line_start = self.looked_at + newline + 1;
        }
        self.looked_at = offset;
        let line = &self.text.as_bytes()[self.line_start..offset];
        let blanks = line
            .iter()
            .take(MOST_INDENT)
            .take_while(|b| matches!(b, b' ' | b'\t'));
        blanks.count() as u32
    }

    fn plain(&mut self) {
        let mut lexer = Plain::lexer(self.text);
        lexer.bump(self.pos);
        while let Some(rule) = lexer.next() {
            let span = lexer.span();
            let Ok(rule) = rule else {
                self.push(K::Unknown, span.start, span.end);
                continue;
            };
            let kind = rule.kind(&self.text[span.clone()]);
            match kind {
                K::Whitespace if self.text[span.clone()].contains('\n') => {
                    if let Some(depth) = self.bound {
                        self.close_down_to(depth);
                        return;
                    }
                }
                K::Quote => self.enter(Mode::Line),
                K::IndentQuote => {
                    let indent = self.indent_of_line(span.start);
                    self.indents.push(indent);
                    self.enter(Mode::Indented);
                }
                K::Interpolate => self.enter(Mode::Inner(0)),
                K::LBrace => {
                    if let Some(Mode::Inner(depth)) = self.modes.last_mut() {
                        *depth += 1;
                    }
                }
                K::RBrace => match self.modes.last_mut() {
                    Some(Mode::Inner(0)) => {
                        self.leave();
                        self.push(K::InterpolateEnd, span.start, span.end);
                        return;
                    }
                    Some(Mode::Inner(depth)) => *depth -= 1,
                    _ => {}
                },
                _ => {}
            }
            self.push(kind, span.start, span.end);
            if matches!(kind, K::Quote | K::IndentQuote) {
                return;
            }
        }
        self.pos = self.text.len();
    }

    fn line(&mut self) {
        let mut lexer = Line::lexer(self.text);
        lexer.bump(self.pos);
        while let Some(rule) = lexer.next() {
            let span = lexer.span();
            match rule {
                Ok(Line::Newline) => {
                    self.pos = span.start;
                    self.close_down_to(self.bound.unwrap_or(1));
                    return;
                }
                Ok(Line::Interpolate) => {
                    self.push(K::Interpolate, span.start, span.end);
                    self.enter(Mode::Inner(0));
                    return;
                }
                Ok(Line::End) => {
                    self.push(K::QuoteEnd, span.start, span.end);
                    self.leave();
                    return;
                }
                _ => self.push(K::StringText, span.start, span.end),
            }
        }
        self.pos = self.text.len();
    }

    fn indented(&mut self) {
        let mut lexer = Indented::lexer(self.text);
        lexer.bump(self.pos);
        while let Some(rule) = lexer.next() {
            let span = lexer.span();
            match rule {
                Ok(Indented::Interpolate) => {
                    self.push(K::Interpolate, span.start, span.end);
                    self.enter(Mode::Inner(0));
                    return;
                }
                Ok(Indented::End) => {
                    self.push(K::IndentQuoteEnd, span.start, span.end);
                    self.leave();
                    return;
                }
                _ => {
                    if let Some(cut) = self.layout_cut(span.clone()) {
                        if cut > span.start {
                            self.push(K::StringText, span.start, cut);
                        }
                        let depth = self.modes.len() - 1;
                        self.close_down_to(depth);
                        return;
                    }
                    self.push(K::StringText, span.start, span.end);
                }
            }
        }
        self.pos = self.text.len();
    }

    /// When strings are ended by layout: the end of the last line that is indented deeper than
    /// the line the string began on, if a binding or a closing bracket follows.
    fn layout_cut(&self, span: std::ops::Range<usize>) -> Option<usize> {
        if !self.by_layout {
            return None;
        }
        let limit = self.indents.last().copied().unwrap_or(0);
        let mut at = span.start;
        while let Some(newline) = self.text[at..span.end].find('\n') {
            let line_end = at + newline;
            at = line_end + 1;
            let rest = self.text[at..].split('\n').next().unwrap_or("");
            let indent = (rest.len() - rest.trim_start().len()) as u32;
            if indent <= limit && ends_string(rest.trim_start()) {
                return Some(line_end);
            }
        }
        None
    }
}

/// Whether a line looks like program text that comes after a string.
fn ends_string(line: &str) -> bool {
    if line.starts_with(['}', ']', ')']) {
        return true;
    }
    let name = line.trim_start_matches(|c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '\'')
    });
    name.len() < line.len()
        && name.trim_start().starts_with('=')
        && !name.trim_start().starts_with("==")
}
