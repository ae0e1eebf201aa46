//! How scalars are written.

use std::borrow::Cow;
use std::fmt::Write;

/// The shortest text that reads back as the same number, always with a point or an exponent.
pub fn float(value: f64) -> String {
    format!("{value:?}")
}

const UNITS: [(&str, i64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A duration as the language writes it: `1h30m`, `500ms`, `0s`.
pub fn duration(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0s".into();
    }
    let mut out = String::new();
    if nanoseconds < 0 {
        out.push('-');
    }
    let mut rest = nanoseconds.unsigned_abs();
    for (unit, size) in UNITS {
        let count = rest / size as u64;
        if count > 0 {
            let _ = write!(out, "{count}{unit}");
            rest %= size as u64;
        }
    }
    out
}

/// A size as the language writes it, in the largest unit that divides it: `10MB`, `4KiB`, `7B`.
pub fn size(bytes: i64) -> String {
    const SIZES: [(&str, i64); 8] = [
        ("TiB", 1 << 40),
        ("TB", 1_000_000_000_000),
        ("GiB", 1 << 30),
        ("GB", 1_000_000_000),
        ("MiB", 1 << 20),
        ("MB", 1_000_000),
        ("KiB", 1 << 10),
        ("KB", 1_000),
    ];
    // The unit that leaves the smallest number: 1024 bytes are 1KiB, 10,000,000 are 10MB.
    let best = SIZES
        .iter()
        .filter(|(_, unit)| bytes != 0 && bytes % unit == 0)
        .max_by_key(|(_, unit)| *unit);
    match best {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// A string literal of the language, on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' if chars.peek() == Some(&'{') => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

const KEYWORDS: [&str; 9] = [
    "if", "then", "else", "let", "in", "with", "inherit", "assert", "rec",
];

/// A field name as the language writes it: plain where it can be, else quoted.
pub fn field_name(name: &str) -> Cow<'_, str> {
    let mut chars = name.chars();
    let plain = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
        && !KEYWORDS.contains(&name)
        && name != "or";
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(quoted(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration(5_400_000_000_000), "1h30m");
        assert_eq!(duration(500_000_000), "500ms");
        assert_eq!(duration(-1_500_000_000), "-1s500ms");
        assert_eq!(duration(0), "0s");
        assert!(duration(i64::MIN).starts_with("-106751d"));
    }

    #[test]
    fn sizes() {
        assert_eq!(size(10_000_000), "10MB");
        assert_eq!(size(4096), "4KiB");
        assert_eq!(size(7), "7B");
        assert_eq!(size(0), "0B");
    }

    #[test]
    fn floats_show_that_they_are() {
        assert_eq!(float(1.0), "1.0");
        assert_eq!(float(0.1 + 0.2), "0.30000000000000004");
    }

    #[test]
    fn names_and_strings() {
        assert_eq!(field_name("a-b"), "a-b");
        assert_eq!(field_name("a b"), "\"a b\"");
        assert_eq!(field_name("or"), "\"or\"");
        assert_eq!(quoted("a\"${x}\n$y"), "\"a\\\"\\${x}\\n$y\"");
    }
}
