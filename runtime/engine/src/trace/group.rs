//! Which patterns stand for the files that a task read.

use nexus_graph::path::{glob_root, is_within};
use nexus_store::walk::Patterns;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// So many files of one kind, all there are in a folder, are meant by their kind. When the folder
/// was listed, fewer are.
const MANY: usize = 3;

/// So many files of one kind are meant by their kind when they are at least half of all. What the
/// pattern holds beside them costs an execution now and then, a forgotten file a wrong result.
const MOST: usize = 4;

/// Patterns and paths relative to `root` that hold every file of `read`, and allow to list what is
/// in `listed`. What `passed_over` is true for is not there.
pub(super) fn patterns(
    root: &Path,
    read: &BTreeSet<String>,
    listed: &BTreeSet<String>,
    passed_over: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut grouping = Grouping {
        root,
        read,
        listed,
        passed_over,
        found: Vec::new(),
    };
    if !read.is_empty() || !listed.is_empty() {
        grouping.visit("");
    }
    let mut found = grouping.found;
    // A pattern for names alone may hold what was named before.
    let globs: Vec<Patterns> = found
        .iter()
        .filter(|pattern| pattern.ends_with("/*") || *pattern == "*")
        .map(|pattern| Patterns::new(std::slice::from_ref(pattern)))
        .collect();
    let covered = |path: &String| read.contains(path) && globs.iter().any(|g| g.matches(path));
    found.retain(|pattern| !covered(pattern));
    found.sort();
    found.dedup();
    found
}

struct Grouping<'a> {
    root: &'a Path,
    read: &'a BTreeSet<String>,
    listed: &'a BTreeSet<String>,
    passed_over: &'a dyn Fn(&str) -> bool,
    found: Vec<String>,
}

/// The visible entries of a folder.
#[derive(Default)]
struct Entries {
    files: Vec<String>,
    folders: Vec<String>,
}

/// A folder of which everything was read.
#[derive(Default)]
struct Whole {
    files: usize,
    extensions: BTreeSet<Option<String>>,
    /// There are files in folders inside.
    deep: bool,
}

impl Grouping<'_> {
    fn visit(&mut self, folder: &str) {
        if self.whole_folder(folder) {
            return;
        }
        self.own_files(folder);
        let mut inside: BTreeSet<String> = BTreeSet::new();
        for path in self.read.iter().chain(self.listed) {
            let Some(rest) = below(path, folder) else {
                continue;
            };
            let name = match rest.split_once('/') {
                Some((name, _)) => name,
                None if self.listed.contains(path) => rest,
                None => continue,
            };
            inside.insert(join(folder, name));
        }
        for folder in inside {
            self.visit(&folder);
        }
    }

    /// One pattern for a folder of which everything was read.
    fn whole_folder(&mut self, folder: &str) -> bool {
        // Everything in the project would hold what others make, and the project file.
        let Some(whole) = self.whole(folder).filter(|_| !folder.is_empty()) else {
            return false;
        };
        let many = whole.files >= MANY || self.listed.contains(folder);
        if whole.files == 0 || !(many || whole.deep && whole.files > 1) {
            return false;
        }
        let extensions: Vec<&Option<String>> = whole.extensions.iter().collect();
        let folder = escaped(folder);
        self.found.push(match (extensions.as_slice(), whole.deep) {
            ([Some(extension)], false) => format!("{folder}/*.{extension}"),
            ([Some(extension)], true) => format!("{folder}/**/*.{extension}"),
            _ => format!("{folder}/**"),
        });
        true
    }

    /// The files directly in a folder.
    fn own_files(&mut self, folder: &str) {
        let own = self.read.iter().filter(|path| parent(path) == folder);
        let mut kinds: BTreeMap<Option<String>, Vec<&String>> = BTreeMap::new();
        for path in own {
            kinds.entry(extension(path)).or_default().push(path);
        }
        let listed = self.listed.contains(folder);
        let entries = self.entries(folder);
        let shown = escaped(folder);
        let mut may_list = false;
        for (kind, paths) in kinds {
            let there = entries.files.iter().filter(|path| extension(path) == kind);
            let there = there.count();
            let all = paths.len() >= there && (paths.len() >= MANY || listed);
            let most = paths.len() >= MOST && 2 * paths.len() >= there;
            let visible = paths.iter().all(|path| entries.files.contains(path));
            match kind {
                Some(kind) if visible && (all || most) => {
                    self.found.push(join(&shown, &format!("*.{kind}")));
                    may_list = true;
                }
                _ => self
                    .found
                    .extend(paths.into_iter().map(|path| escaped(path))),
            }
        }
        let searched = |pattern: &String| is_within(folder, glob_root(pattern));
        let globs = self.found.iter().filter(|p| nexus_graph::path::is_glob(p));
        if listed && !may_list && !globs.into_iter().any(searched) {
            self.found.push(join(&shown, "*"));
        }
    }

    /// `None` when something in the folder was not read.
    fn whole(&self, folder: &str) -> Option<Whole> {
        let Entries { files, folders } = self.entries(folder);
        let mut whole = Whole::default();
        for file in &files {
            if !self.read.contains(file) {
                return None;
            }
            whole.files += 1;
            whole.extensions.insert(extension(file));
        }
        for inner in &folders {
            let inner = self.whole(inner)?;
            whole.deep |= inner.files > 0;
            whole.files += inner.files;
            whole.extensions.extend(inner.extensions);
        }
        Some(whole)
    }

    /// As patterns see them: what is hidden is not there.
    fn entries(&self, folder: &str) -> Entries {
        let mut entries = Entries::default();
        let found = std::fs::read_dir(self.root.join(folder));
        for entry in found.into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = join(folder, &name);
            if name.starts_with('.') || (self.passed_over)(&path) {
                continue;
            }
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => entries.folders.push(path),
                false => entries.files.push(path),
            }
        }
        entries
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_string(),
        folder => format!("{folder}/{name}"),
    }
}

fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    match folder {
        "" => Some(path).filter(|path| !path.is_empty()),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

fn extension(path: &str) -> Option<String> {
    let extension = Path::new(path).extension()?.to_str()?;
    let plain = extension.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| extension.to_string())
}

/// A path as a pattern that means itself.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for (at, c) in path.char_indices() {
        match c {
            '*' | '?' | '[' | '{' => text.extend(['[', c, ']']),
            '!' if at == 0 => text += "{!}",
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(there: &[&str], read: &[&str], listed: &[&str]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for file in there.iter().chain(read) {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let set = |names: &[&str]| -> BTreeSet<String> {
            names.iter().map(|name| name.to_string()).collect()
        };
        let made = |path: &str| is_within(path, "build");
        patterns(root.path(), &set(read), &set(listed), &made)
    }

    #[test]
    fn files_in_groups() {
        type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a [&'a str]);
        let cases: &[Case] = &[
            // Nothing was read.
            (&["a.c"], &[], &[], &[]),
            // Few are named.
            (&["src/x.c"], &["src/a.c", "b.h"], &[], &["b.h", "src/a.c"]),
            (&[], &["src/a.c", "src/b.c"], &[], &["src/a.c", "src/b.c"]),
            // All of a kind, and the folder was listed or they are many.
            (
                &["src/x.h"],
                &["src/a.c", "src/b.c"],
                &["src"],
                &["src/*.c"],
            ),
            (&["x"], &["a.c", "b.c", "c.c"], &[], &["*.c"]),
            // Most of a kind.
            (
                &["s/x.h", "s/y.h"],
                &["s/a.h", "s/b.h", "s/c.h", "s/d.h"],
                &[],
                &["s/*.h"],
            ),
            // Everything in a folder.
            (
                &[],
                &["src/a.c", "src/b.c", "src/d/e.c"],
                &[],
                &["src/**/*.c"],
            ),
            (
                &["build/x"],
                &["src/a.c", "src/b.h", "src/c"],
                &[],
                &["src/**"],
            ),
            (&["src/.hidden"], &["src/a", "src/d/b"], &[], &["src/**"]),
            // Names alone.
            (&["src/a", "src/b"], &[], &["src"], &["src/*"]),
            (
                &["src/a.py", "src/b.py"],
                &["src/c.py"],
                &["src"],
                &["src/*"],
            ),
            // One that is found below a listed folder.
            (
                &["src/x"],
                &["src/d/a.c"],
                &["src", "src/d"],
                &["src/*", "src/d/*.c"],
            ),
            // What would be a pattern.
            (&[], &["odd/a[1]*.c"], &[], &["odd/a[[]1][*].c"]),
            (&[], &["!a.c"], &[], &["{!}a.c"]),
        ];
        for (there, read, listed, expected) in cases {
            let found = of(there, read, listed);
            assert_eq!(found, *expected, "{read:?} of {there:?}, listed {listed:?}");
            let patterns = Patterns::new(&found);
            for path in *read {
                assert!(patterns.matches(path), "{path} is not in {found:?}");
            }
        }
    }
}
