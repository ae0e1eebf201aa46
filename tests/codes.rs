//! Every code that can be printed has a page, and every page is about a code that can be printed.

use nexus_compiler::diagnostic::registry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Codes that tests use because they do not exist.
const MADE_UP: &[&str] = &["NX9999"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Pages by code: the name in the title.
fn pages() -> BTreeMap<String, String> {
    let entries = fs::read_dir(root().join("docs/errors")).expect("docs/errors");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| {
            let code = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("a page");
            let title = text.lines().next().unwrap_or_default();
            let name = title
                .strip_prefix(&format!("# {code}: "))
                .unwrap_or_else(|| panic!("{}: the title is not `# {code}: name`", path.display()));
            (code, name.to_string())
        })
        .collect()
}

/// Codes in string literals of the sources.
fn literals() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders: Vec<PathBuf> = ["src", "runtime", "compiler/src", "grammar/src"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.extend(
                    text.split('"')
                        .filter(|part| is_code(part))
                        .map(str::to_string),
                );
                // Format strings: `error[NX0790]: …`.
                found.extend(
                    text.split(['[', ']'])
                        .filter(|part| is_code(part))
                        .map(str::to_string),
                );
            }
        }
    }
    found.retain(|code| !MADE_UP.contains(&code.as_str()));
    found
}

fn is_code(text: &str) -> bool {
    text.len() == 6
        && text
            .strip_prefix("NX")
            .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

#[test]
fn every_code_has_a_page() {
    let pages = pages();
    let missing: Vec<String> = literals()
        .into_iter()
        .chain(registry::all().map(|info| info.code.to_string()))
        .filter(|code| !pages.contains_key(code))
        .collect();
    assert!(missing.is_empty(), "no page in docs/errors for {missing:?}");
}

#[test]
fn every_code_that_is_emitted_is_registered() {
    let known: BTreeSet<String> = registry::all().map(|info| info.code.to_string()).collect();
    let unknown: Vec<String> = literals().difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "not in the registry: {unknown:?}");
    let idle: Vec<String> = registry::all()
        // What the compiler says about hosts it says by constants.
        .filter(|info| info.code.0 >= 500 && !(850..=853).contains(&info.code.0))
        .map(|info| info.code.to_string())
        .filter(|code| !literals().contains(code))
        .collect();
    assert!(idle.is_empty(), "nothing emits {idle:?}");
}

#[test]
fn every_page_is_about_a_code() {
    let known: BTreeSet<String> = literals()
        .into_iter()
        .chain(registry::all().map(|info| info.code.to_string()))
        .collect();
    let idle: Vec<String> = pages()
        .into_keys()
        .filter(|code| !known.contains(code))
        .collect();
    assert!(
        idle.is_empty(),
        "pages about codes that nothing emits: {idle:?}"
    );
}

#[test]
fn pages_and_registry_agree_on_names() {
    let pages = pages();
    for info in registry::all() {
        if let Some(name) = pages.get(&info.code.to_string()) {
            assert_eq!(name, info.name, "{}", info.code);
        }
    }
}
