//! The values of literals.

use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// The value of a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal<'t> {
    /// `42`
    Int(i64),
    /// `4.2`
    Float(f64),
    /// `1h30m`, in nanoseconds.
    Duration(i64),
    /// `10MB`, in bytes.
    Size(i64),
    /// `./x` or `../x`, as written.
    Path(&'t str),
    /// Not a value; already reported.
    Bad,
}

/// Why a literal has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiteralError {
    /// Does not fit into 64 bits.
    TooLarge,
    /// Not a literal of the language.
    NotALiteral,
}

/// The value of a [`K::Literal`].
pub fn literal(tree: &Tree, node: NodeId) -> Literal<'_> {
    let tokens = tree.token_range(node);
    let first = (!tokens.is_empty()).then(|| tree.tokens().at(tokens.start));
    match first {
        Some(token) => literal_of(token.kind, tree.slice(token.span())).unwrap_or(Literal::Bad),
        None => Literal::Bad,
    }
}

/// The value of a token.
pub(crate) fn literal_of(kind: K, text: &str) -> Result<Literal<'_>, LiteralError> {
    let too_large = LiteralError::TooLarge;
    match kind {
        K::Int => text.parse().map(Literal::Int).map_err(|_| too_large),
        K::Float => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Literal::Float(value)),
            _ => Err(too_large),
        },
        K::Duration => with_units(text, nanoseconds).map(Literal::Duration),
        K::Size => with_units(text, bytes).map(Literal::Size),
        K::Path => Ok(Literal::Path(text)),
        _ => Err(LiteralError::NotALiteral),
    }
}

/// Sums `<digits><unit>` groups.
fn with_units(text: &str, unit: fn(&str) -> Option<i64>) -> Result<i64, LiteralError> {
    let mut sum: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (name, tail) = tail.split_at(letters);
        let scale = unit(name).ok_or(LiteralError::NotALiteral)?;
        let number: i64 = number.parse().map_err(|_| LiteralError::TooLarge)?;
        sum = number
            .checked_mul(scale)
            .and_then(|part| sum.checked_add(part))
            .ok_or(LiteralError::TooLarge)?;
        rest = tail;
    }
    Ok(sum)
}

fn nanoseconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    })
}

fn bytes(unit: &str) -> Option<i64> {
    Some(match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let of = |kind, text| literal_of(kind, text);
        assert_eq!(of(K::Int, "007"), Ok(Literal::Int(7)));
        assert_eq!(
            of(K::Int, "9223372036854775807"),
            Ok(Literal::Int(i64::MAX))
        );
        assert_eq!(
            of(K::Int, "9223372036854775808"),
            Err(LiteralError::TooLarge)
        );
        assert_eq!(of(K::Float, "1.5e3"), Ok(Literal::Float(1500.0)));
        assert_eq!(of(K::Float, "1e999"), Err(LiteralError::TooLarge));
        assert_eq!(
            of(K::Duration, "1h30m"),
            Ok(Literal::Duration(5_400_000_000_000))
        );
        assert_eq!(of(K::Duration, "500ms"), Ok(Literal::Duration(500_000_000)));
        assert_eq!(of(K::Duration, "300000d"), Err(LiteralError::TooLarge));
        assert_eq!(of(K::Size, "10MB"), Ok(Literal::Size(10_000_000)));
        assert_eq!(of(K::Size, "4KiB"), Ok(Literal::Size(4096)));
        assert_eq!(of(K::BadNumber, "30sec"), Err(LiteralError::NotALiteral));
    }
}
