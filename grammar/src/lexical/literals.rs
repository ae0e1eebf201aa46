//! Numbers that are none, or are too large.

use crate::ast::{LiteralError, literal_of};
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::token::Token;

/// What is wrong with a number.
pub(super) fn check(token: Token, text: &str) -> Option<SyntaxError> {
    match literal_of(token.kind, text) {
        Ok(_) => None,
        Err(LiteralError::TooLarge) => Some(too_large(token, text)),
        Err(LiteralError::NotALiteral) => Some(bad(token, text)),
    }
}

fn too_large(token: Token, text: &str) -> SyntaxError {
    let (what, limit) = match token.kind {
        K::Duration => ("duration", "292 years"),
        K::Size => ("size", "8 EiB"),
        K::Float => ("number", "1.8e308"),
        _ => ("number", "9223372036854775807"),
    };
    let shown: String = text.chars().take(24).collect();
    SyntaxError::new(
        "NX0016",
        token.span(),
        format!("the {what} `{shown}` is too large"),
    )
    .help(format!("the largest is {limit}"))
}

fn bad(token: Token, text: &str) -> SyntaxError {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let (number, unit) = text.split_at(text.len() - digits.len());
    let shown: String = text.chars().take(24).collect();
    let error = SyntaxError::new("NX0009", token.span(), format!("`{shown}` is not a number"));
    if unit.starts_with('_') {
        let joined = text.replace('_', "");
        let error = error.help("digits are written without separators");
        return match joined.bytes().all(|b| b.is_ascii_digit()) {
            true => error.fix("Remove the separators", token.span(), &joined),
            false => error,
        };
    }
    if matches!(unit.chars().next(), Some('x' | 'o' | 'b')) && number == "0" {
        return error.help("numbers are written in decimal");
    }
    match known_unit(unit) {
        Some(right) if number.contains('.') => error.help(format!(
            "durations and sizes are whole numbers: use a smaller unit than `{right}`, or combine them as in `1h30m`"
        )),
        Some(right) => error
            .label(format!("did you mean `{number}{right}`?"))
            .help(format!("the unit is written `{right}`"))
            .fix(format!("Write {number}{right}"), token.span(), &format!("{number}{right}")),
        None => error.help(
            "the units are `ns us ms s m h d` for durations and `B kB MB GB TB KiB MiB GiB TiB` for sizes",
        ),
    }
}

/// The unit that was certainly meant.
fn known_unit(unit: &str) -> Option<&'static str> {
    if let Some(exact) = ["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"]
        .into_iter()
        .find(|u| u.eq_ignore_ascii_case(unit))
    {
        return Some(exact);
    }
    Some(match unit.to_ascii_lowercase().as_str() {
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => "ns",
        "us" | "usec" | "microsecond" | "microseconds" => "us",
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "byte" | "bytes" => "B",
        "k" => "kB",
        "g" => "GB",
        "t" => "TB",
        "ki" => "KiB",
        "mi" => "MiB",
        "gi" => "GiB",
        "ti" => "TiB",
        _ => return None,
    })
}
