//! "Did you mean …?"

/// The candidate a person most likely meant, if any is near enough: at most a third of the
/// letters differ (one for short names), where swapping two neighbours counts once
/// (Damerau–Levenshtein), or only case or `_`/`-` differ.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match name.chars().count() {
        0 => return None,
        1..=2 => 1,
        n => (n / 3).max(1) + usize::from(n >= 5),
    };
    let plain = squash(name);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            if squash(candidate) == plain {
                return Some((0, candidate));
            }
            // Two-letter names are all near each other.
            let shared = candidate.chars().any(|c| name.contains(c));
            let distance = strsim::damerau_levenshtein(name, candidate);
            (shared && distance <= limit && distance < candidate.chars().count())
                .then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
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
            assert_eq!(nearest(name, fields), expected, "{name}");
        }
    }

    #[test]
    fn enumerate_reads_as_a_sentence() {
        assert_eq!(enumerate(["a"], 5), "`a`");
        assert_eq!(enumerate(["a", "b", "c"], 5), "`a`, `b` and `c`");
        assert_eq!(enumerate(["a", "b", "c"], 2), "`a`, `b` and 1 more");
    }
}
