//! Which outputs stand for the files that a task made.

use std::collections::BTreeSet;
use std::path::Path;

/// A folder with more files than this is an output as a whole.
const FEW: usize = 3;

/// Files one by one, and folders in which everything was made by the task. `folders` are those that
/// it made itself; no folder is one that `shared` is true for.
pub(super) fn outputs(
    root: &Path,
    files: &BTreeSet<String>,
    folders: &BTreeSet<String>,
    shared: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let within = |path: &str, found: &[String]| {
        let mut found = found.iter();
        found.any(|output| nexus_graph::path::is_within(path, output))
    };
    // What holds files comes before them, so only the outermost folders count.
    let parents = files.iter().flat_map(|file| ancestors(file));
    let candidates: BTreeSet<&str> = folders.iter().map(String::as_str).chain(parents).collect();
    for folder in candidates {
        if within(folder, &found) || shared(folder) {
            continue;
        }
        let own = folders.contains(folder);
        let held = match everything_in(root, folder, files) {
            Some(held) => held,
            None => continue,
        };
        if held > FEW || (held == 0 && own) {
            found.push(folder.to_string());
        }
    }
    for file in files {
        if !within(file, &found) {
            found.push(file.clone());
        }
    }
    found.sort();
    found
}

/// The folders a path lies in, without the project's own.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// How many files a folder holds, if all of them are among `files`.
fn everything_in(root: &Path, folder: &str, files: &BTreeSet<String>) -> Option<usize> {
    let mut held = 0;
    let mut pending = vec![folder.to_string()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).ok()? {
            let entry = entry.ok()?;
            let path = format!("{folder}/{}", entry.file_name().to_str()?);
            match entry.file_type().ok()?.is_dir() {
                true => pending.push(path),
                false if files.contains(&path) => held += 1,
                false => return None,
            }
        }
    }
    Some(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(made: &[&str], folders: &[&str], there: &[&str]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for file in made.iter().chain(there) {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        for folder in folders {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let set = |names: &[&str]| names.iter().map(|n| n.to_string()).collect();
        outputs(root.path(), &set(made), &set(folders), &|f| f == "shared")
    }

    #[test]
    fn few_files_are_named_and_many_are_a_folder() {
        assert_eq!(of(&["build/app"], &["build"], &[]), ["build/app"]);
        assert_eq!(
            of(&["b/1", "b/2", "b/3"], &["b"], &[]),
            ["b/1", "b/2", "b/3"]
        );
        let many = ["b/o/1", "b/o/2", "b/o/3", "b/o/4"];
        assert_eq!(of(&many, &["b", "b/o"], &[]), ["b"]);
        // Somebody else's file is not made by this task.
        assert_eq!(of(&many, &["b/o"], &["b/x"]), ["b/o"]);
        assert_eq!(of(&many, &[], &["b/o/x"]), many);
        assert_eq!(of(&[], &["data"], &[]), ["data"]);
        let beside = ["shared/a/1", "shared/a/2", "shared/a/3", "shared/a/4"];
        assert_eq!(of(&beside, &["shared"], &[]), ["shared/a"]);
        assert_eq!(
            of(&["data/x"], &["data", "data/empty"], &[]),
            ["data/empty", "data/x"]
        );
    }
}
