//! `docs/reference/std/` and its index `docs/reference/builtins.md` are written from the built-ins
//! and the libraries. `NEXUS_BLESS=1` writes them anew.

use nexus_compiler::documentation::{self, Page, markdown};
use nexus_compiler::{builtins, library};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Every page by its path below `docs/reference`.
fn pages() -> BTreeMap<String, String> {
    let mut index = String::from(
        "# The standard library\n\n\
         Everything the language provides besides `true`, `false` and `null`. A name in brackets is \
         a shorter one for the same. Functions take their arguments one after another, so the last \
         one can come through a pipe: `xs |> map f`. A function that *finds nothing* can be followed \
         by `or` and what there is instead: `head xs or 0`. Names of types in lower case stand for \
         any type, the same wherever they occur in one signature.\n",
    );
    let mut pages = BTreeMap::new();
    for part in documentation::parts() {
        let page = part.page();
        let _ = write!(
            index,
            "\n## [{}](std/{}.md)\n\n{}\n\n{}\n",
            page.title,
            part.name,
            page.summary.replace("](globals.md)", "](std/globals.md)"),
            names(&page)
        );
        pages.insert(format!("std/{}.md", part.name), text_of(&page));
    }
    pages.insert("builtins.md".into(), index);
    pages
}

fn text_of(page: &Page) -> String {
    let text = markdown::page(page, 1);
    format!("{}\n", text.trim_end())
}

fn names(page: &Page) -> String {
    let names = page.entries.iter().map(|entry| {
        let aliases = entry.aliases.iter().map(|name| format!(" (`{name}`)"));
        format!("`{}`{}", entry.name, aliases.collect::<String>())
    });
    names.collect::<Vec<_>>().join(", ")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference")
}

#[test]
fn the_pages_are_fresh() {
    let mut stale = Vec::new();
    let pages = pages();
    for (name, text) in &pages {
        let path = folder().join(name);
        if std::env::var_os("NEXUS_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            fs::write(&path, text).expect("the page is writable");
        }
        if fs::read_to_string(&path).unwrap_or_default() != *text {
            stale.push(name.clone());
        }
    }
    for entry in fs::read_dir(folder().join("std")).expect("the pages") {
        let name = entry.expect("an entry").file_name();
        let name = format!("std/{}", name.to_string_lossy());
        if !pages.contains_key(&name) {
            stale.push(format!("{name}, which is about nothing"));
        }
    }
    assert!(
        stale.is_empty(),
        "run this test with NEXUS_BLESS=1: stale are {stale:?}"
    );
}

/// Nothing is left out, and nothing told twice.
#[test]
fn everything_is_on_one_page() {
    let mut told: Vec<String> = Vec::new();
    for part in documentation::parts() {
        told.extend(part.page().entries.into_iter().map(|entry| entry.name));
    }
    told.sort();
    let mut all: Vec<String> = builtins::all().map(|b| b.names[0].to_string()).collect();
    all.extend(library::names().keys().cloned());
    all.sort();
    assert_eq!(told, all);
    assert!(all.len() > 220, "{}", all.len());
}
