//! How mistakes are said.

use super::stream::is_operator;
use crate::kind::SyntaxKind as K;

/// A token in a sentence: `` `;` `` or `the string`.
pub(super) fn thing(kind: K, text: &str) -> String {
    match kind {
        K::Quote | K::IndentQuote | K::QuoteEnd | K::IndentQuoteEnd | K::StringText => {
            "this string".to_owned()
        }
        K::InterpolateEnd => "`}`".to_owned(),
        _ if text.chars().count() > 24 => {
            let start: String = text.chars().take(20).collect();
            format!("`{start}…`")
        }
        _ => format!("`{text}`"),
    }
}

/// What is missing behind a token, when that is an operand: the sentence and what to do.
pub(super) fn missing_value(before: Option<K>, text: &str, in_type: bool) -> (String, String) {
    let what = if in_type { "type" } else { "value" };
    let behind = |what: &str| format!("{what} is missing after `{text}`");
    let (message, help) = match before {
        _ if in_type => (
            behind("a type"),
            "write a type, such as `Int` or `[String]`",
        ),
        Some(K::Equals) => (behind("a value"), "write a value before the `;`"),
        Some(K::LParen) => (
            "these parentheses are empty".to_owned(),
            "write an expression between them; for the empty record write `{ }`",
        ),
        Some(K::Interpolate) => (
            "this interpolation is empty".to_owned(),
            "write an expression between `${` and `}`",
        ),
        Some(K::Colon) => (
            "the body of this function is missing".to_owned(),
            "write an expression after the `:`",
        ),
        Some(K::Question) => (
            "the default value is missing after `?`".to_owned(),
            "write a value, or remove the `?`",
        ),
        Some(K::If) => (behind("a condition"), "write `if condition then … else …`"),
        Some(K::Semicolon) => (
            "an expression is missing after this `;`".to_owned(),
            "`with` and `assert` are followed by the expression they are for",
        ),
        Some(k) if is_operator(k) || k == K::Bang => (
            behind("an operand"),
            "write a value on both sides of the operator",
        ),
        Some(k) if k.is_reserved() => (behind("an expression"), "write an expression"),
        _ => (format!("a {what} is missing here"), "write an expression"),
    };
    (message, help.to_owned())
}
