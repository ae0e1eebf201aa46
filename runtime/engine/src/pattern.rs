//! Globs over paths, matched part by part so that a walk enters only folders that can match.
//!
//! `*`, `?` and `[…]` stay within a part, `**` stands for any number of folders, `{a,b}` for
//! either. A part matches a name that begins with a dot only when it begins with one itself.

use globset::{GlobBuilder, GlobMatcher};

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A bracket or brace is not closed, or there are too many alternatives.
    #[error("{0}")]
    Malformed(String),
}

/// Alternatives one entry may stand for.
const MOST_ALTERNATIVES: usize = 1000;

/// One alternative of a glob.
#[derive(Debug)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// `**`
    Folders,
    Literal(String),
    Glob { dot: bool, matcher: GlobMatcher },
}

/// Positions a pattern may be at inside a folder, as indices of the part that comes next.
pub type Positions = Vec<usize>;

impl Pattern {
    /// The alternatives of a glob.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(glob: &str) -> Result<Vec<Pattern>, PatternError> {
        let mut alternatives = Vec::new();
        open_braces(glob, &mut alternatives)?;
        alternatives.iter().map(|text| Pattern::parse_one(text)).collect()
    }

    fn parse_one(text: &str) -> Result<Pattern, PatternError> {
        let mut parts = Vec::new();
        for part in text.split('/').filter(|p| !p.is_empty() && *p != ".") {
            parts.push(match part {
                "**" => Part::Folders,
                part if !part.contains(['*', '?', '[']) => Part::Literal(part.to_string()),
                part => {
                    let built = GlobBuilder::new(part).literal_separator(true).backslash_escape(true).build();
                    let glob = built.map_err(|e| PatternError::Malformed(e.kind().to_string()))?;
                    Part::Glob { dot: part.starts_with('.'), matcher: glob.compile_matcher() }
                }
            });
        }
        Ok(Pattern { parts })
    }

    /// The position after `count` leading parts; for starting a walk below them.
    pub fn after_literals(&self, count: usize) -> Positions {
        let mut positions = vec![count.min(self.parts.len())];
        self.close(&mut positions);
        positions
    }

    /// The positions inside the folder `name`; empty when nothing in it can match.
    pub fn enter(&self, positions: &Positions, name: &str) -> Positions {
        let mut next = Vec::new();
        for at in positions {
            match self.parts.get(*at) {
                Some(Part::Folders) if !name.starts_with('.') => next.push(*at),
                Some(part) if *at + 1 < self.parts.len() && part.matches(name) => next.push(at + 1),
                _ => {}
            }
        }
        self.close(&mut next);
        next
    }

    /// Whether the file `name`, in a folder with these positions, matches.
    pub fn ends_with(&self, positions: &Positions, name: &str) -> bool {
        positions.iter().any(|at| match self.parts.get(*at) {
            Some(Part::Folders) => at + 1 == self.parts.len() && !name.starts_with('.'),
            Some(part) => at + 1 == self.parts.len() && part.matches(name),
            None => false,
        })
    }

    /// Whether it matches a whole path.
    pub fn matches(&self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut positions = self.after_literals(0);
        for folder in folders.split('/').filter(|f| !f.is_empty()) {
            positions = self.enter(&positions, folder);
        }
        self.ends_with(&positions, name)
    }

    /// `**` also stands for no folder at all.
    fn close(&self, positions: &mut Positions) {
        let mut i = 0;
        while i < positions.len() {
            let at = positions[i];
            if matches!(self.parts.get(at), Some(Part::Folders)) && at + 1 < self.parts.len() {
                positions.push(at + 1);
            }
            i += 1;
        }
        positions.sort_unstable();
        positions.dedup();
    }
}

impl Part {
    fn matches(&self, name: &str) -> bool {
        match self {
            Part::Folders => false,
            Part::Literal(text) => text == name,
            Part::Glob { dot, matcher } => (*dot || !name.starts_with('.')) && matcher.is_match(name),
        }
    }
}

/// Replaces the first group of braces by each of its alternatives, until none is left.
fn open_braces(text: &str, found: &mut Vec<String>) -> Result<(), PatternError> {
    let Some(open) = text.find('{') else {
        if found.len() == MOST_ALTERNATIVES {
            let message = format!("it has more than {MOST_ALTERNATIVES} alternatives");
            return Err(PatternError::Malformed(message));
        }
        found.push(text.to_string());
        return Ok(());
    };
    let mut depth = 0;
    let mut starts = vec![open + 1];
    let mut close = None;
    for (i, c) in text.char_indices().skip_while(|(i, _)| *i < open) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    close = Some(i);
                    break;
                }
            }
            ',' if depth == 1 => starts.push(i + 1),
            _ => {}
        }
    }
    let close = close.ok_or_else(|| PatternError::Malformed("a `{` is not closed".to_string()))?;
    for (i, start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).map_or(close, |next| next - 1);
        let one = format!("{}{}{}", &text[..open], &text[*start..end], &text[close + 1..]);
        open_braces(&one, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(glob: &str, path: &str) -> bool {
        Pattern::parse(glob).unwrap().iter().any(|p| p.matches(path))
    }

    #[test]
    fn table() {
        let cases: &[(&str, &str, bool)] = &[
            ("*.c", "a.c", true),
            ("*.c", "x/a.c", false),
            ("**", "x/a.c", true),
            ("**/a", "a", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b/**/c", "a/b/x/b/c", true),
            ("a/**", "a", false),
            ("**", ".x/a", false),
            ("**/.x/*", "b/.x/a", true),
            ("{a,b/{c,d}}.x", "b/d.x", true),
            ("{a,b}", "c", false),
            ("[!a]b", "cb", true),
        ];
        for (glob, path, expected) in cases {
            assert_eq!(matches(glob, path), *expected, "{glob} {path}");
        }
    }

    #[test]
    fn malformed() {
        for glob in ["a{b", "[a", "{a,{b,c}", "{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}"] {
            assert!(Pattern::parse(glob).is_err(), "{glob}");
        }
    }

    proptest! {
        /// The part-wise matcher agrees with `globset` on whole paths without hidden names.
        #[test]
        fn agrees_with_globset(glob in "(\\*\\*|[ab*?]{1,3})(/(\\*\\*|[ab*?]{1,3})){0,3}", path in "[ab]{1,3}(/[ab]{1,3}){0,3}") {
            // `***` and the like have no agreed meaning.
            prop_assume!(glob.split('/').all(|p| p == "**" || !p.contains("**")));
            let whole = GlobBuilder::new(&glob).literal_separator(true).build().unwrap().compile_matcher();
            prop_assert_eq!(matches(&glob, &path), whole.is_match(&path), "{} {}", glob, path);
        }

        #[test]
        fn nothing_panics(glob in any::<String>(), path in any::<String>()) {
            if let Ok(patterns) = Pattern::parse(&glob) {
                let _ = patterns.iter().any(|p| p.matches(&path));
            }
        }
    }
}
