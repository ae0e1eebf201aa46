//! "Did you mean …?" for names that people type.

use strsim::damerau_levenshtein;

/// How many proposals are worth reading.
const MOST: usize = 3;

/// The names that `typed` was probably meant to be, the likeliest first, at most three.
///
/// A name is close when few letters differ, when only letter case, `-` and `_` differ, or when
/// `typed` is its last part (`lapi` for `obj.lapi`) or its beginning.
pub fn close_to<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = fold(typed);
    let limit = (wanted.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| Some((distance(&wanted, &fold(name), limit)?, name)))
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// The proposals as a sentence; nothing when there are none.
pub fn sentence(names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last()? {
        (last, []) => Some(format!("did you mean {last}?")),
        (last, rest) => Some(format!("did you mean {} or {last}?", rest.join(", "))),
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn distance(wanted: &str, name: &str, limit: usize) -> Option<usize> {
    let last = name.rsplit('.').next().unwrap_or(name);
    let whole = damerau_levenshtein(wanted, name);
    let part = damerau_levenshtein(wanted, last);
    if whole <= limit {
        Some(whole)
    } else if part <= limit {
        Some(part + 1)
    } else if wanted.len() >= 3 && name.starts_with(wanted) {
        Some(limit + 2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposals() {
        let names = ["build", "test", "obj.lapi", "obj.lcode", "deploy_all"];
        for (typed, expected) in [
            ("biuld", vec!["build"]),
            ("tset", vec!["test"]),
            ("lapi", vec!["obj.lapi"]),
            ("obj.lcod", vec!["obj.lcode"]),
            ("Deploy-All", vec!["deploy_all"]),
            ("dep", vec!["deploy_all"]),
            ("zzz", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(close_to(typed, names), expected, "{typed}");
        }
    }

    #[test]
    fn sentences() {
        assert_eq!(sentence(&[]), None);
        assert_eq!(sentence(&["a"]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(
            sentence(&["a", "b", "c"]).as_deref(),
            Some("did you mean `a`, `b` or `c`?")
        );
    }
}
