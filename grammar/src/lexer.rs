//! Text to tokens. Infallible: every byte is in exactly one token.
//!
//! Three sets of rules (plain text, `"…"`, `''…''`) and a stack that says which one holds. A set
//! runs until the rules change; the next one starts at that offset, so nothing is scanned twice.
//!
//! A `"…"` never crosses a line: where one is not closed, the lexer adds empty closing tokens, so
//! that the parser sees a balanced string and a forgotten quote costs one line, not the file.

mod rules;

use crate::kind::SyntaxKind as K;
use crate::token::Token;
use crate::tokens::{Packer, Tokens};
use logos::Logos;
use rules::{Indented, Line, Plain};

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
pub(crate) fn lex(text: &str) -> Tokens {
    let lexer = run(text, false);
    if lexer.unclosed_indented {
        // Somewhere a `''` is missing, and from there on text and program have changed places.
        // Indentation tells where.
        return run(text, true).tokens.finish();
    }
    lexer.tokens.finish()
}

struct Lexer<'t> {
    text: &'t str,
    tokens: Packer,
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
        // More than most texts have; what is not used is not touched.
        tokens: Packer::with_capacity(text.len() / 2 + 2),
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
            let kind = rule.kind(lexer.slice());
            match kind {
                K::Whitespace => {
                    if let Some(depth) = self.bound
                        && lexer.slice().contains('\n')
                    {
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
