//! Strings that are not closed, and unknown escapes.

use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::token::Token;
use crate::tokens::Tokens;

/// Reports the empty closing tokens from `at` on, which the lexer has added at one place, as one
/// mistake. Gives their number.
pub(super) fn unclosed(
    text: &str,
    tokens: &Tokens,
    at: usize,
    open: &mut Vec<usize>,
    errors: &mut Vec<SyntaxError>,
) -> usize {
    let from_here = tokens.range(at..tokens.len());
    let count = from_here.take_while(Token::is_empty).count();
    let from = open.len().saturating_sub(count);
    let openers = open.split_off(from);
    // What was forgotten is the brace: the quote behind it opened another string.
    let forgotten = openers.iter().find(|o| tokens.kind(**o) == K::Interpolate);
    let Some(&opener) = forgotten.or(openers.first()) else {
        return count;
    };
    let start = tokens.at(opener).start;
    let end = tokens.at(at).start;
    let error = match tokens.kind(opener) {
        K::Interpolate => {
            let error = SyntaxError::new(
                "NX0004",
                tokens.at(opener).span(),
                "this `${` is never closed",
            )
            .label("opened here")
            .help("add the `}` before the string goes on; for `${` as text write `\\${`");
            let inside = &text[tokens.at(opener).end as usize..];
            let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            match inside.len() - inside.trim_start_matches(name).len() {
                0 => error,
                // What follows a name or a path of names is text.
                length => {
                    let close = tokens.at(opener).end + length as u32;
                    error.fix("Close the interpolation", close..close, "}")
                }
            }
        }
        K::IndentQuote => SyntaxError::new(
            "NX0004",
            tokens.at(opener).span(),
            "this `''` string is never closed",
        )
        .label("opened here")
        .help("add the closing `''`; for `''` as text write `'''`"),
        _ => {
            let line = text[start as usize..end as usize].trim_end();
            // What ends the binding was hardly meant as text.
            let close = start + end_of_text(line).len() as u32;
            SyntaxError::new("NX0004", start..close, "this string is never closed")
                .label("no closing `\"` on this line")
                .help("add the closing `\"`; text of several lines is written `''…''`")
                .fix("Close the string", close..close, "\"")
        }
    };
    errors.push(error);
    count
}

/// A string to the end of its line without what is most likely program: the `;`, and brackets
/// that nothing in it opens.
fn end_of_text(line: &str) -> &str {
    let mut text = line.trim_end_matches([';', ' ']);
    for _ in 0..8 {
        let (open, close) = match text.chars().last() {
            Some(')') => ('(', ')'),
            Some(']') => ('[', ']'),
            Some('}') => ('{', '}'),
            _ => break,
        };
        if text.matches(open).count() >= text.matches(close).count() {
            break;
        }
        text = text[..text.len() - 1].trim_end_matches([';', ' ']);
    }
    text
}

/// Reports escapes that mean nothing.
pub(super) fn escapes(token: Token, text: &str, errors: &mut Vec<SyntaxError>) {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            continue;
        }
        let Some((_, letter)) = chars.next() else {
            return;
        };
        if matches!(letter, 'n' | 't' | 'r' | '"' | '\\' | '$') {
            continue;
        }
        let start = token.start + at as u32;
        let span = start..start + 1 + letter.len_utf8() as u32;
        errors.push(
            SyntaxError::new(
                "NX0017",
                span,
                format!("there is no escape `\\{}`", letter.escape_debug()),
            )
            .help("for a backslash write `\\\\`; the escapes are `\\n \\t \\r \\\" \\\\ \\$`")
            .fix("Write \\\\", start..start, "\\"),
        );
    }
}
