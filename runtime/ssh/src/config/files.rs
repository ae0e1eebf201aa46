//! Reading configuration files, with what they include.

use super::keyword::{self, Kind};
use super::matching::Matching;
use super::token::tilde;
use super::{value, words};
use crate::known_hosts::Pattern;
use globset::GlobBuilder;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Files may include files this deep.
const DEEPEST: usize = 16;

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; absent when it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong, without a full stop.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.problem),
            None => write!(f, "{}: {}", self.file.display(), self.problem),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Keywords in lower case with their values as they are written.
pub(super) type Values = BTreeMap<String, Vec<String>>;

/// One reading of all files.
pub(super) struct Pass<'a> {
    /// Where `Match` finds what it asks about.
    pub matching: &'a Matching<'a>,
    /// What has been found until now.
    pub values: &'a mut Values,
    /// Whether some `Match final` wants another pass.
    pub wants_final: &'a mut bool,
    pub home: &'a Path,
}

/// A file being read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    file: &'a Path,
    /// Where relative names of included files are looked for.
    base: &'a Path,
    depth: usize,
    /// Whether its owner and permissions matter.
    guarded: bool,
    /// Included where nothing applies.
    never: bool,
}

impl Pass<'_> {
    /// Reads a file that need not exist.
    pub fn read(&mut self, file: &Path, base: &Path, guarded: bool) -> Result<(), ConfigError> {
        let reading = Reading {
            file,
            base,
            depth: 0,
            guarded,
            never: false,
        };
        self.read_file(reading, &mut true)
    }

    fn read_file(&mut self, reading: Reading<'_>, active: &mut bool) -> Result<(), ConfigError> {
        let failed = |problem: String| ConfigError {
            file: reading.file.to_owned(),
            line: None,
            problem,
        };
        let bytes = match fs::read(reading.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(format!("it cannot be read: {error}"))),
        };
        if reading.guarded && !is_guarded(reading.file) {
            return Err(failed(
                "its owner or its permissions are bad: others could write to it".to_owned(),
            ));
        }
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in (1..).zip(text.lines()) {
            self.line(reading, line, active)
                .map_err(|problem| match problem {
                    Problem::Here(problem) => ConfigError {
                        file: reading.file.to_owned(),
                        line: Some(number),
                        problem,
                    },
                    Problem::Elsewhere(error) => error,
                })?;
        }
        Ok(())
    }

    fn line(&mut self, reading: Reading<'_>, line: &str, active: &mut bool) -> Result<(), Problem> {
        let Some((word, rest)) = words::keyword(line) else {
            return Ok(());
        };
        let word = keyword::current(&word);
        match word {
            "host" => {
                let patterns = words::split(rest)?;
                *active = !reading.never && self.host(&patterns);
                return Ok(());
            }
            "match" => {
                let wants_final = &mut *self.wants_final;
                let found = self.matching.evaluate(rest, self.values, wants_final)?;
                *active = !reading.never && found;
                return Ok(());
            }
            "include" => return self.include(reading, &words::split(rest)?, *active),
            _ => {}
        }
        let Some(kind) = keyword::kind(word) else {
            return Ok(());
        };
        let values = match kind {
            Kind::Rest => vec![rest.to_owned()],
            _ => words::split(rest)?,
        };
        if values.first().is_none_or(String::is_empty) {
            return Err(Problem::Here(format!("{word} has no value")));
        }
        if let Some(problem) = value::problem(word, &values[0]) {
            return Err(Problem::Here(problem));
        }
        if *active {
            self.set(word, kind, values);
        }
        Ok(())
    }

    fn set(&mut self, word: &str, kind: Kind, values: Vec<String>) {
        // Whichever of the two comes first is meant.
        if word == "proxycommand" && self.values.contains_key("proxyjump")
            || word == "proxyjump" && self.values.contains_key("proxycommand")
        {
            return;
        }
        let known = self.values.entry(word.to_owned());
        match kind {
            Kind::First | Kind::Rest => {
                known.or_insert_with(|| values.into_iter().take(1).collect());
            }
            Kind::FirstList => {
                known.or_insert(values);
            }
            Kind::Add => {
                let known = known.or_default();
                known.extend(values.into_iter().take(1));
                dedup(known);
            }
            Kind::AddList => {
                let known = known.or_default();
                known.extend(values);
                dedup(known);
            }
        }
    }

    /// Whether a `Host` line applies: some pattern fits, and no negated one does.
    fn host(&self, patterns: &[String]) -> bool {
        let mut found = false;
        for pattern in patterns {
            match pattern.strip_prefix('!') {
                Some(pattern) => {
                    if Pattern(pattern).matches_exactly(self.matching.host) {
                        return false;
                    }
                }
                None => found |= Pattern(pattern).matches_exactly(self.matching.host),
            }
        }
        found
    }

    fn include(
        &mut self,
        reading: Reading<'_>,
        patterns: &[String],
        active: bool,
    ) -> Result<(), Problem> {
        if reading.depth >= DEEPEST {
            return Err(Problem::Here(
                "files include each other too deeply".to_owned(),
            ));
        }
        for pattern in patterns {
            let pattern = tilde(pattern, &self.home.to_string_lossy());
            for file in glob(&reading.base.join(pattern)) {
                let inner = Reading {
                    file: &file,
                    depth: reading.depth + 1,
                    never: reading.never || !active,
                    ..reading
                };
                // What the file says about hosts ends with it.
                let mut inherited = active;
                self.read_file(inner, &mut inherited)
                    .map_err(Problem::Elsewhere)?;
            }
        }
        Ok(())
    }
}

/// What is wrong, and whether the place is the line that is being read.
pub(super) enum Problem {
    Here(String),
    Elsewhere(ConfigError),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Problem::Here(problem)
    }
}

fn dedup(values: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
}

/// Whether nobody but its owner (us, or root) can write to a file.
fn is_guarded(file: &Path) -> bool {
    let me = nix::unistd::getuid().as_raw();
    fs::metadata(file)
        .is_ok_and(|data| (data.uid() == 0 || data.uid() == me) && data.mode() & 0o022 == 0)
}

/// The files that a pattern names, in alphabetical order. Wildcards do not stand for a first dot.
fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let Component::Normal(name) = component else {
            found.iter_mut().for_each(|path| path.push(component));
            continue;
        };
        let text = name.to_string_lossy();
        if !text.contains(['*', '?', '[']) {
            found.iter_mut().for_each(|path| path.push(name));
            continue;
        }
        let Ok(glob) = GlobBuilder::new(&text).literal_separator(true).build() else {
            return Vec::new();
        };
        let matcher = glob.compile_matcher();
        let fits = |name: &str| {
            (text.starts_with('.') || !name.starts_with('.')) && matcher.is_match(name)
        };
        found = found
            .iter()
            .flat_map(|folder| {
                let entries = fs::read_dir(folder).into_iter().flatten().flatten();
                let names = entries.map(|entry| entry.file_name());
                let mut names: Vec<_> = names
                    .filter(|name| name.to_str().is_some_and(fits))
                    .map(|name| folder.join(name))
                    .collect();
                names.sort();
                names
            })
            .collect();
    }
    found
}
