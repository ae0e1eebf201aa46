//! Times as they are written in configurations: `30`, `1m30s`, `2h`.

use std::time::Duration;

/// Reads a time (sshd_config(5), "TIME FORMATS"). `None` when it is not one.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut total = 0u64;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number: u64 = rest[..end].parse().ok()?;
        let mut unit = rest[end..].chars();
        let factor = match unit.next() {
            None => 1,
            Some('s' | 'S') => 1,
            Some('m' | 'M') => 60,
            Some('h' | 'H') => 60 * 60,
            Some('d' | 'D') => 24 * 60 * 60,
            Some('w' | 'W') => 7 * 24 * 60 * 60,
            Some(_) => return None,
        };
        total = total.checked_add(number.checked_mul(factor)?)?;
        rest = unit.as_str();
    }
    Some(Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let cases = [
            ("30", Some(30)),
            ("1m30s", Some(90)),
            ("2H", Some(7200)),
            ("1w", Some(604_800)),
            ("", None),
            ("x", None),
            ("1x", None),
            ("99999999999999999999", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text:?}");
        }
    }
}
