//! Expanding the `inputs` of a task: plain paths, folders and patterns to a sorted list of files.

use globset::{GlobBuilder, GlobMatcher};
use nexus_graph::path::{glob_root, is_glob, is_within};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// What a set of inputs means on disk at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// Files (and links to files), relative to the project root, sorted.
    pub files: Vec<String>,
    /// Plain paths where nothing is.
    pub missing: Vec<String>,
    /// Folders that were listed, relative to the root: a new or removed file changes one of their
    /// stamps.
    pub folders: Vec<String>,
}

/// Expands inputs in normal form relative to `root`. `!pattern` takes away from everything before
/// and after it. Hidden files match only patterns that name the dot. Links to folders are not
/// followed.
///
/// # Errors
/// A malformed pattern or an unreadable folder; the text names it.
pub fn expand(root: &Path, inputs: &[String]) -> io::Result<Expanded> {
    let mut excluded = Vec::new();
    for input in inputs {
        if let Some(pattern) = input.strip_prefix('!') {
            excluded.push(Matcher::new(pattern)?);
        }
    }
    let keep = |path: &str| !excluded.iter().any(|m| m.matches(path));
    let mut files = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut missing = Vec::new();
    for input in inputs.iter().filter(|i| !i.starts_with('!')) {
        if is_glob(input) {
            let matcher = Matcher::new(input)?;
            let deep = input.contains("**");
            let depth = input.matches('/').count();
            list(
                root,
                glob_root(input),
                &mut folders,
                &mut |path, is_folder| {
                    if is_folder {
                        // Below a pattern without `**` nothing deeper can match.
                        return (deep || path.matches('/').count() < depth)
                            && matcher.enters(path)
                            && keep(path);
                    }
                    let wanted = matcher.matches(path) && keep(path);
                    if wanted {
                        files.insert(path.to_string());
                    }
                    wanted
                },
            )?;
            continue;
        }
        match std::fs::metadata(root.join(input)) {
            Ok(found) if found.is_dir() => {
                list(root, input, &mut folders, &mut |path, is_folder| {
                    if is_folder {
                        return keep(path);
                    }
                    let wanted = keep(path);
                    if wanted {
                        files.insert(path.to_string());
                    }
                    wanted
                })?;
            }
            Ok(_) => {
                if keep(input) {
                    files.insert(input.clone());
                }
            }
            Err(_) => missing.push(input.clone()),
        }
    }
    Ok(Expanded {
        files: files.into_iter().collect(),
        missing,
        folders: folders.into_iter().collect(),
    })
}

/// The `inputs` of a task, for telling whether a path is one of them without looking at the disk.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    globs: Vec<Matcher>,
    /// Files, or folders with everything inside.
    plain: Vec<String>,
    excluded: Vec<Matcher>,
}

impl Patterns {
    /// From inputs in normal form. A malformed pattern matches nothing.
    pub fn new(inputs: &[String]) -> Patterns {
        let mut patterns = Patterns::default();
        for input in inputs {
            match input.strip_prefix('!') {
                Some(pattern) => patterns.excluded.extend(Matcher::new(pattern)),
                None if is_glob(input) => patterns.globs.extend(Matcher::new(input)),
                None => patterns.plain.push(input.clone()),
            }
        }
        patterns
    }

    /// Whether a file with this path relative to the root is an input.
    pub fn matches(&self, path: &str) -> bool {
        (self.plain.iter().any(|plain| is_within(path, plain))
            || self.globs.iter().any(|glob| glob.matches(path)))
            && !self.excluded.iter().any(|glob| glob.matches(path))
    }
}

#[derive(Clone, Debug)]
struct Matcher {
    glob: GlobMatcher,
    exact: String,
    names_dot: bool,
}

impl Matcher {
    fn new(pattern: &str) -> io::Result<Self> {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|e| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("`{pattern}` is not a valid pattern: {}", e.kind()),
                )
            })?;
        let names_dot = pattern.split('/').any(|part| part.starts_with('.'));
        Ok(Matcher {
            glob: glob.compile_matcher(),
            exact: pattern.to_string(),
            names_dot,
        })
    }

    fn matches(&self, path: &str) -> bool {
        path == self.exact || (self.enters(path) && self.glob.is_match(path))
    }

    /// Hidden names are passed over unless the pattern names a dot.
    fn enters(&self, path: &str) -> bool {
        self.names_dot || !path.rsplit('/').next().unwrap_or(path).starts_with('.')
    }
}

/// Walks `start`, telling `visit` each path and whether it is a folder; it says whether a file is wanted
/// and a folder entered. Iterative; order does not matter because results are sorted sets. What is
/// wanted and has a name that is not UTF-8 is an error: left out, it would be an input that nobody
/// sees.
fn list(
    root: &Path,
    start: &str,
    folders: &mut BTreeSet<String>,
    visit: &mut dyn FnMut(&str, bool) -> bool,
) -> io::Result<()> {
    let mut pending = vec![start.to_string()];
    while let Some(folder) = pending.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                folders.insert(folder);
                continue;
            }
            Err(e) => {
                return Err(io::Error::new(
                    e.kind(),
                    format!("cannot list `{folder}`: {e}"),
                ));
            }
        };
        for entry in entries {
            let entry = entry?;
            let (name, is_text) = match entry.file_name().into_string() {
                Ok(name) => (name, true),
                Err(name) => (name.to_string_lossy().into_owned(), false),
            };
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            let kind = entry.file_type()?;
            if !is_text {
                if visit(&path, kind.is_dir()) {
                    let text = format!(
                        "the name of `{path}` is not UTF-8; rename it, or leave it out with `!` and a pattern"
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                continue;
            }
            if kind.is_dir() {
                if visit(&path, true) {
                    pending.push(path);
                }
            } else if kind.is_file() || (kind.is_symlink() && root.join(&path).is_file()) {
                visit(&path, false);
            }
        }
        folders.insert(folder);
    }
    Ok(())
}

/// `path` below `root` when it is relative, itself when it is absolute (discovered inputs).
pub fn resolve(root: &Path, path: &str) -> PathBuf {
    root.join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_tell_inputs_by_their_path() {
        let inputs = ["src/**/*.c", "lib", "Makefile", "!src/old/**"];
        let patterns = Patterns::new(&inputs.map(String::from));
        for path in ["src/a.c", "src/deep/b.c", "lib/x/y", "lib", "Makefile"] {
            assert!(patterns.matches(path), "{path}");
        }
        for path in [
            "src/a.h",
            "src/old/c.c",
            "library",
            "src/.hidden.c",
            "other",
        ] {
            assert!(!patterns.matches(path), "{path}");
        }
    }

    fn expanded(inputs: &[&str]) -> Expanded {
        let folder = tempfile::tempdir().expect("folder");
        for file in [
            "a.c",
            "b.h",
            "src/x.c",
            "src/y.c",
            "src/deep/z.c",
            "src/.hidden.c",
            ".git/x.c",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folders");
            std::fs::write(path, "").expect("file");
        }
        expand(
            folder.path(),
            &inputs.iter().map(|i| i.to_string()).collect::<Vec<_>>(),
        )
        .expect("expands")
    }

    #[test]
    fn a_wanted_name_that_is_not_utf_8_is_an_error() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().expect("folder");
        std::fs::create_dir(folder.path().join("src")).expect("folder");
        let name = std::ffi::OsStr::from_bytes(b"b\xff.c");
        std::fs::write(folder.path().join("src").join(name), "").expect("file");
        let found = |inputs: &[&str]| {
            let inputs: Vec<String> = inputs.iter().map(|i| i.to_string()).collect();
            expand(folder.path(), &inputs)
        };
        for inputs in [&["src/*.c"][..], &["src"], &["**/*.c"]] {
            let error = found(inputs).expect_err("not UTF-8");
            assert!(error.to_string().contains("src/b\u{fffd}.c"), "{error}");
        }
        for inputs in [&["src/*.h"][..], &["src", "!src/b*"], &["*.c"]] {
            assert_eq!(found(inputs).expect("nothing").files, Vec::<String>::new());
        }
    }

    #[test]
    fn patterns_folders_and_files() {
        assert_eq!(expanded(&["src/*.c"]).files, ["src/x.c", "src/y.c"]);
        assert_eq!(
            expanded(&["**/*.c"]).files,
            ["a.c", "src/deep/z.c", "src/x.c", "src/y.c"]
        );
        assert_eq!(
            expanded(&["src"]).files,
            ["src/.hidden.c", "src/deep/z.c", "src/x.c", "src/y.c"]
        );
        assert_eq!(
            expanded(&["src/*.c", "!src/y.c", "b.h"]).files,
            ["b.h", "src/x.c"]
        );
        assert_eq!(
            expanded(&["src/**", "!src/deep/**"]).files,
            ["src/x.c", "src/y.c"]
        );
        assert_eq!(expanded(&["src/.*.c"]).files, ["src/.hidden.c"]);
        assert_eq!(expanded(&["nope", "nope/*.c"]).missing, ["nope"]);
        assert_eq!(expanded(&["src/*.c"]).folders, ["src"]);
        assert_eq!(expanded(&["nope/*.c"]).folders, ["nope"]);
    }

    #[test]
    fn a_malformed_pattern_is_an_error() {
        let folder = tempfile::tempdir().expect("folder");
        let error = expand(folder.path(), &["a[".to_string()]).expect_err("malformed");
        assert!(error.to_string().contains("a["), "{error}");
    }
}
