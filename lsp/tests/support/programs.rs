//! The programs of the language's own tests, of the libraries, and of the documentation.

use std::path::{Path, PathBuf};

/// A program: a name, and its files.
pub type Program = (String, Vec<(String, String)>);

/// Where programs are, below the repository.
const FOLDERS: &[&str] = &[
    "compiler/tests",
    "grammar",
    "stdlib",
    "examples",
    "src/commands/init",
    "docs",
    "lsp/tests/cases",
];

/// What takes minutes, or all the memory that `nexus check` has for values and an editor has not.
const ENDLESS: &[&str] = &[
    "docs/errors/NX0303.md 1",
    "lsp/tests/cases/hover/not_computed_endless.nxt",
];

/// The projects with which nothing is wrong until they are evaluated.
pub fn evaluated() -> Vec<Program> {
    let mut found = all();
    found.retain(|(name, _)| name.starts_with("lsp/tests/cases/evaluated"));
    found
}

/// The programs that are about the language and nothing else.
pub fn of_the_language() -> Vec<Program> {
    let mut found = all();
    found.retain(|(name, _)| name.starts_with("compiler/tests/"));
    found
}

/// Every program: those in files, several in one where lines say so, those of the pages, and those
/// of this server's cases.
pub fn all() -> Vec<Program> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let ending = path.extension().and_then(|e| e.to_str());
            let name = path.strip_prefix(&root).unwrap_or(&path);
            let name = name.display().to_string();
            let text = || std::fs::read_to_string(&path).unwrap_or_default();
            match ending {
                Some("nx") => found.push((name, super::files(&text()))),
                Some("nxt") => {
                    let text = text();
                    let project = text.split("\n---\n").next().unwrap_or_default();
                    let project = format!("{}\n", project.replace("$0", ""));
                    found.push((name, super::files(&project)));
                }
                Some("md") => {
                    let text = text();
                    let blocks = text.split("\n```nx\n").skip(1);
                    let blocks = blocks.filter_map(|block| block.split("```").next());
                    let numbered = blocks.enumerate();
                    found.extend(numbered.map(|(i, block)| {
                        let number = i + 1;
                        (format!("{name} {number}"), super::files(block))
                    }));
                }
                _ => {}
            }
        }
    }
    found.retain(|(name, _)| !ENDLESS.contains(&name.as_str()));
    found.sort();
    found
}
