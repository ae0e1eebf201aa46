//! "Did you mean …?"

use std::fmt;

/// A name that was most likely meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<'a> {
    /// The name.
    pub name: &'a str,
    /// Nothing else is nearly as near, so a tool may put it in unasked.
    pub clear: bool,
}

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The candidate a person most likely meant, if any is near enough: at most a third of the
/// letters differ (one for short names), where swapping two neighbours counts once
/// (Damerau–Levenshtein), or only case or `_`/`-` differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Near<'a>> {
    let limit = match name.chars().count() {
        0 => return None,
        1..=2 => 1,
        n => (n / 3).max(1) + usize::from(n >= 5),
    };
    let plain = squash(name);
    let letters = bag(name);
    let mut compared = 0;
    let mut best: Option<(usize, &str)> = None;
    // The distance of the best of the others.
    let mut second = usize::MAX;
    let found = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            // Comparing is slow, and there may be thousands of names.
            let length = candidate.len().abs_diff(name.len());
            if compared >= MOST_COMPARED || length > limit + SEPARATORS {
                return None;
            }
            if apart(&letters, &bag(candidate)) > 2 * limit {
                return None;
            }
            if squash(candidate) == plain {
                return Some((0, candidate));
            }
            compared += 1;
            // Two-letter names are all near each other.
            let shared = candidate.chars().any(|c| name.contains(c));
            let distance = strsim::damerau_levenshtein(name, candidate);
            (shared && distance <= limit && distance < candidate.chars().count())
                .then_some((distance, candidate))
        });
    for candidate in found {
        match best {
            Some(known) if known.1 == candidate.1 => {}
            Some(known) if known <= candidate => second = second.min(candidate.0),
            _ => {
                second = second.min(best.map_or(usize::MAX, |known| known.0));
                best = Some(candidate);
            }
        }
    }
    let (distance, candidate) = best?;
    // Short names are near each other by chance.
    let long = distance == 0 || name.chars().count() >= 3;
    Some(Near {
        name: candidate,
        clear: long && distance < second,
    })
}

/// So many candidates that are made of nearly the same letters are looked at closely.
const MOST_COMPARED: usize = 40;

/// Names that only differ in `_` and `-` may differ in this many.
const SEPARATORS: usize = 6;

/// How often each letter occurs; letters share 32 places.
fn bag(name: &str) -> [u8; 32] {
    let mut bag = [0u8; 32];
    for byte in name.bytes().filter(|byte| !matches!(byte, b'_' | b'-')) {
        // Capital and small letters share their places.
        let place = &mut bag[usize::from(byte % 32)];
        *place = place.saturating_add(1);
    }
    bag
}

/// How many letters one has and the other has not: a change of one letter adds two at most.
fn apart(a: &[u8; 32], b: &[u8; 32]) -> usize {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| usize::from(a.abs_diff(*b))).sum()
}

fn squash(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_' && *c != '-')
        .flat_map(char::to_lowercase)
        .collect()
}

/// `a`, `b` and `c`, each between back quotes; at most `limit` of them.
pub fn enumerate<'a>(names: impl IntoIterator<Item = &'a str>, limit: usize) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown = names.len().min(limit);
    let mut text = String::new();
    for (i, name) in names[..shown].iter().enumerate() {
        if i > 0 {
            text += if i + 1 == names.len() { " and " } else { ", " };
        }
        text.push('`');
        text += name;
        text.push('`');
    }
    if names.len() > shown {
        text += &format!(" and {} more", names.len() - shown);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_nothing_else() {
        let fields = [
            "timeout",
            "run",
            "deps",
            "inputs",
            "outputs",
            "env",
            "retry_delay",
        ];
        let cases = [
            ("timout", Some("timeout")),
            ("tiemout", Some("timeout")),
            ("retryDelay", Some("retry_delay")),
            ("input", Some("inputs")),
            ("rnu", Some("run")),
            ("dependencies", None),
            ("x", None),
            ("", None),
        ];
        for (name, expected) in cases {
            let found = nearest(name, fields).map(|near| near.name);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn what_is_equally_near_is_not_clear() {
        let clear = |name, candidates: &[&'static str]| {
            nearest(name, candidates.iter().copied()).map(|near| (near.name, near.clear))
        };
        assert_eq!(
            clear("timout", &["timeout", "run"]),
            Some(("timeout", true))
        );
        assert_eq!(clear("tast", &["test", "task"]), Some(("task", false)));
        assert_eq!(clear("tast", &["task", "test"]), Some(("task", false)));
        assert_eq!(clear("x", &["y"]), None);
        assert_eq!(clear("xs", &["ys"]), Some(("ys", false)));
        assert_eq!(clear("name", &["nmae", "nmae"]), Some(("nmae", true)));
    }

    #[test]
    fn enumerate_reads_as_a_sentence() {
        assert_eq!(enumerate(["a"], 5), "`a`");
        assert_eq!(enumerate(["a", "b", "c"], 5), "`a`, `b` and `c`");
        assert_eq!(enumerate(["a", "b", "c"], 2), "`a`, `b` and 1 more");
    }
}
