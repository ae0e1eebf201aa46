//! The pages of `docs/errors/`, embedded.

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The documentation of one error code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// `NX0201`.
    pub code: &'static str,
    /// Its name: `type-mismatch`.
    pub name: &'static str,
    /// The Markdown text.
    pub text: &'static str,
}

/// Every page, by code.
pub fn all() -> impl Iterator<Item = Page> {
    PAGES.iter().map(|(code, text)| Page {
        code,
        name: name(text),
        text,
    })
}

/// The page someone means: `NX0201`, `nx201`, `201`, `[NX0201]` or `type-mismatch`.
pub fn find(wanted: &str) -> Option<Page> {
    let wanted = wanted.trim().trim_matches(['[', ']', ':']).to_lowercase();
    let number = wanted.strip_prefix("nx").unwrap_or(&wanted);
    let code = match number.parse::<u16>() {
        Ok(number) if number < 10_000 => format!("NX{number:04}"),
        _ => String::new(),
    };
    let name = wanted.replace(['_', ' '], "-");
    all().find(|page| page.code == code || page.name == name)
}

/// `# NX0201: type-mismatch` on the first line.
fn name(text: &'static str) -> &'static str {
    let title = text.lines().next().unwrap_or_default();
    title.split_once(": ").map_or("", |(_, name)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_may_be_written_in_many_ways() {
        for wanted in [
            "NX0702",
            "nx0702",
            "nx702",
            "702",
            "[NX0702]",
            "Unknown-Command",
            "unknown_command",
        ] {
            assert_eq!(find(wanted).map(|p| p.code), Some("NX0702"), "{wanted}");
        }
        for wanted in ["", "nx", "NX9999", "99999", "-1", "no-such-name"] {
            assert!(find(wanted).is_none(), "{wanted}");
        }
    }

    #[test]
    fn every_page_has_title_and_name() {
        let mut names = std::collections::BTreeSet::new();
        for page in all() {
            let title = page.text.lines().next().unwrap_or_default();
            assert_eq!(title, format!("# {}: {}", page.code, page.name));
            assert!(
                page.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{title}"
            );
            assert!(names.insert(page.name), "two pages are named {}", page.name);
        }
    }
}
