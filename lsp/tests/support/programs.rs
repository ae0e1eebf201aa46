//! The programs of the language's own tests.

use std::path::{Path, PathBuf};

/// The projects with which nothing is wrong until they are evaluated: a name, and their files.
pub fn evaluated() -> Vec<(String, Vec<(String, String)>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/evaluated");
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let project = text.split("\n---\n").next().unwrap_or_default();
            let name = entry.file_name().to_string_lossy().into_owned();
            (
                name,
                super::files(&format!("{}\n", project.replace("$0", ""))),
            )
        })
        .collect();
    found.sort();
    found
}

/// Every program: a name, and its files.
pub fn all() -> Vec<(String, Vec<(String, String)>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compiler/tests");
    let mut found = Vec::new();
    let mut folders = vec![
        root.join("check"),
        root.join("idiomatic"),
        root.join("eval"),
    ];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "nx") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let name = path
                    .strip_prefix(&root)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                found.push((name, super::files(&text)));
            }
        }
    }
    found.sort();
    found
}
