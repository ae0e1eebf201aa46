//! One pattern of files: which folders it looks into and which files it takes.

use globset::{GlobBuilder, GlobMatcher};
use std::io;

/// A compiled pattern.
#[derive(Clone)]
pub struct Pattern {
    matcher: GlobMatcher,
    /// The folder the search starts in, relative, without pattern characters.
    pub folder: String,
    /// How many folders deep below `folder` a match can be; `None` with `**`.
    pub depth: Option<usize>,
    /// The pattern itself, when it has no pattern characters.
    pub plain: bool,
    /// For each part below `folder`, whether it names a leading dot.
    dots: Vec<bool>,
    /// Some part is `**`.
    any_depth: bool,
}

impl Pattern {
    /// Compiles a relative pattern.
    ///
    /// # Errors
    /// When it is malformed, absolute, or leaves its folder.
    pub fn new(pattern: &str) -> io::Result<Self> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        if pattern.starts_with('/') {
            return Err(invalid(
                "it is absolute; write it relative to the project".into(),
            ));
        }
        if pattern.split('/').any(|part| part == "..") {
            return Err(invalid("it leaves the project".into()));
        }
        let pattern: String = pattern
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect::<Vec<_>>()
            .join("/");
        let matcher = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|e| invalid(e.kind().to_string()))?
            .compile_matcher();
        let magic = |part: &str| part.contains(['*', '?', '[', ']', '{', '}', '\\']);
        let parts: Vec<&str> = pattern.split('/').collect();
        let fixed = parts
            .iter()
            .position(|part| magic(part))
            .unwrap_or(parts.len() - 1);
        let below = &parts[fixed..];
        // Alternatives may span parts: `{a,b/c}`.
        let spans = pattern.contains('{');
        let any_depth = below.iter().any(|part| part.contains("**")) || spans;
        Ok(Pattern {
            plain: !parts.iter().any(|part| magic(part)),
            folder: parts[..fixed].join("/"),
            depth: (!any_depth).then_some(below.len()),
            dots: below
                .iter()
                .map(|part| part.starts_with('.') || part.contains("{."))
                .collect(),
            any_depth,
            matcher,
        })
    }

    /// Whether a file, given relative to where the pattern starts, is taken.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
            && path
                .strip_prefix(&self.folder)
                .map(|rest| rest.trim_start_matches('/'))
                .unwrap_or(path)
                .split('/')
                .enumerate()
                .all(|(at, part)| self.allows(part, at))
    }

    /// Whether a name may be looked at, `at` parts below the pattern's folder: hidden ones only
    /// when the pattern names the dot there (with `**`, anywhere).
    pub fn allows(&self, name: &str, at: usize) -> bool {
        if !name.starts_with('.') {
            return true;
        }
        if self.any_depth {
            self.dots.iter().any(|dot| *dot)
        } else {
            self.dots.get(at).copied().unwrap_or(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(path)
    }

    #[test]
    fn stars_stay_within_a_part() {
        assert!(matches("src/*.c", "src/a.c"));
        assert!(!matches("src/*.c", "src/x/a.c"));
        assert!(matches("src/**/*.c", "src/a.c"));
        assert!(matches("src/**/*.c", "src/x/y/a.c"));
        assert!(matches("*.{c,h}", "a.h"));
        assert!(matches("[ab]?.txt", "ax.txt"));
        assert!(!matches("[!ab]?.txt", "ax.txt"));
    }

    #[test]
    fn hidden_files_are_named() {
        assert!(!matches("*", ".hidden"));
        assert!(matches(".*", ".hidden"));
        assert!(!matches("**", "a/.git/config"));
        assert!(matches("**/.config", "a/.config"));
        assert!(matches(".github/**", ".github/workflows/ci.yml"));
        assert!(!matches(".github/*", ".github/.x"));
    }

    #[test]
    fn the_search_is_narrow() {
        let pattern = Pattern::new("./src//lib/*.c").unwrap();
        assert_eq!(pattern.folder, "src/lib");
        assert_eq!(pattern.depth, Some(1));
        assert!(Pattern::new("a.txt").unwrap().plain);
        assert!(Pattern::new("../x").is_err());
        assert!(Pattern::new("/x").is_err());
        assert!(Pattern::new("a[").is_err());
    }
}
