//! Mistakes that single tokens show.

mod literals;
mod strings;

use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::parser::MOST_ERRORS;
use crate::tokens::Tokens;

/// Everything that is wrong with the tokens themselves.
pub(crate) fn check(text: &str, tokens: &Tokens) -> Vec<SyntaxError> {
    let mut errors = Vec::new();
    // The openers of the strings and interpolations we are in.
    let mut open: Vec<usize> = Vec::new();
    // A typographic quote that was reported with its partner.
    let mut paired = usize::MAX;
    let mut at = 0;
    while at < tokens.len() && errors.len() < MOST_ERRORS {
        // Most tokens are looked at no further.
        match tokens.kind(at) {
            K::Quote | K::IndentQuote | K::Interpolate => {
                open.push(at);
                at += 1;
                continue;
            }
            K::QuoteEnd
            | K::IndentQuoteEnd
            | K::InterpolateEnd
            | K::StringText
            | K::UnclosedComment
            | K::Unknown
            | K::BadString
            | K::Int
            | K::Float
            | K::Duration
            | K::Size
            | K::BadNumber => {}
            _ => {
                at += 1;
                continue;
            }
        }
        let token = tokens.at(at);
        let slice = &text[token.start as usize..token.end as usize];
        match token.kind {
            K::QuoteEnd | K::IndentQuoteEnd | K::InterpolateEnd => {
                if token.is_empty() {
                    at += strings::unclosed(text, tokens, at, &mut open, &mut errors);
                    continue;
                }
                open.pop();
            }
            K::StringText if slice.contains('\\') => {
                let in_line = open.last().is_some_and(|o| tokens.kind(*o) == K::Quote);
                if in_line {
                    strings::escapes(token, slice, &mut errors);
                }
            }
            K::UnclosedComment => {
                let opener = token.start..token.start + 2;
                errors.push(
                    SyntaxError::new("NX0015", opener, "this comment is never closed")
                        .help("a comment that begins with `/*` ends with `*/`; one that begins with `#` ends with its line"),
                );
            }
            K::Unknown if at == paired => {}
            K::Unknown => {
                let from_here = tokens.range(at..tokens.len());
                let run = from_here.take_while(|t| t.kind == K::Unknown).count();
                let end = tokens.at(at + run - 1).end;
                let slice = &text[token.start as usize..end as usize];
                let mut error = unknown(token.start..end, slice);
                if run == 1 && is_quote(slice) {
                    let rest = tokens.iter().enumerate().skip(at + 1).take(64);
                    let mut line = rest.take_while(|(_, t)| {
                        !text[t.start as usize..t.end as usize].contains('\n')
                    });
                    let partner = line.find(|(_, t)| {
                        t.kind == K::Unknown && is_quote(&text[t.start as usize..t.end as usize])
                    });
                    if let Some((index, partner)) = partner {
                        paired = index;
                        error = error.fix("Use straight quotes", partner.span(), "\"");
                    }
                }
                errors.push(error);
                at += run;
                continue;
            }
            K::BadString => {
                let inner = &slice[1..slice.len() - 1];
                let error = SyntaxError::new(
                    "NX0021",
                    token.span(),
                    "a string is written in double quotes",
                )
                .help("write `\"…\"`, or `''…''` for several lines");
                errors.push(match inner.contains(['"', '\\', '$']) {
                    true => error,
                    false => error.fix("Use double quotes", token.span(), &format!("\"{inner}\"")),
                });
            }
            K::Int | K::Float | K::Duration | K::Size | K::BadNumber => {
                errors.extend(literals::check(token, slice));
            }
            _ => {}
        }
        at += 1;
    }
    errors
}

/// Characters the language does not use.
fn unknown(span: std::ops::Range<u32>, run: &str) -> SyntaxError {
    let shown: String = run.chars().take(12).collect();
    let error = SyntaxError::new(
        "NX0010",
        span.clone(),
        match run.chars().count() {
            1 => format!("the character `{}` has no meaning here", run.escape_debug()),
            _ => format!(
                "the characters `{}` have no meaning here",
                shown.escape_debug()
            ),
        },
    );
    match run {
        "&" => error
            .help("for \"and\" write `&&`")
            .fix("Write &&", span, "&&"),
        "%" => error.help("there is no such operator; the remainder is `std.math.mod a b`"),
        "^" => error.help("there is no such operator"),
        "$" => {
            error.help("`${…}` interpolates; it belongs into a string, or where a name is computed")
        }
        "'" => error.help("strings are written in double quotes: `\"…\"`"),
        "`" => error.help("strings are written in double quotes: `\"…\"`"),
        "~" => error.help("for a path in the home folder write a string, with `env \"HOME\"`"),
        "\\" => error.help("a backslash belongs into a string; a function is written `x: body`"),
        _ if is_quote(run) => {
            error
                .help("use the straight quote `\"`")
                .fix("Use straight quotes", span, "\"")
        }
        _ if run.chars().all(char::is_whitespace) => error
            .help("this blank is not a space; replace it by one")
            .fix("Use a space", span, " "),
        _ if run.chars().any(char::is_alphabetic) => error.help(
            "names are made of the letters a to z, digits, `_` and `-`; put other text in quotes",
        ),
        _ => error.help("remove it, or put it into a string"),
    }
}

fn is_quote(text: &str) -> bool {
    matches!(text, "“" | "”" | "„" | "«" | "»" | "‘" | "’")
}
