//! The pages of the manual that are about syntax say what is so.

use nexus_grammar::{Entry, parse};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn docs(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(path)
}

/// The `nx` blocks of a page.
fn blocks(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\n```nx\n") {
        let block = &rest[at + "\n```nx\n".len()..];
        let end = block.find("\n```").expect("a block is not closed");
        found.push(&block[..end + 1]);
        rest = &block[end + "\n```".len()..];
    }
    found
}

/// Every code in the sources has a page; the wrong example shows the mistake, the right one does
/// not.
#[test]
fn every_code_has_a_page() {
    let mut codes = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(path).unwrap();
                let quoted = text.split("\"NX00").skip(1);
                codes.extend(quoted.filter_map(|c| c.get(..2).map(|n| format!("NX00{n}"))));
            }
        }
    }
    assert!(codes.len() > 20);
    for code in codes {
        let page = docs(&format!("errors/{code}.md"));
        let text =
            std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(text.starts_with(&format!("# {code}: ")), "{code}");
        let [wrong, right] = blocks(&text)[..] else {
            panic!("{code} has no wrong and right example");
        };
        if code != "NX0023" {
            let errors = parse(wrong, Entry::File).errors;
            assert!(
                errors.iter().all(|e| e.code == code) && !errors.is_empty(),
                "{code}: {errors:#?}"
            );
        }
        assert_eq!(parse(right, Entry::File).errors, [], "{code}");
    }
}
