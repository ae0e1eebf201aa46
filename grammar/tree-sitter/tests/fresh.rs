//! The committed parser is the one that `grammar.js` describes.
//!
//! `UPDATE_GRAMMAR=1 cargo test -p tree-sitter-nexus --test fresh` makes it anew.

use std::path::Path;
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// Version of the tables: editors that are a few years old read no later one.
const ABI: usize = 14;

const MADE: [&str; 6] = [
    "grammar.json",
    "node-types.json",
    "parser.c",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
    "tree_sitter/parser.h",
];

#[test]
fn the_parser_is_made_from_the_grammar() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["grammar.js", "tree-sitter.json"] {
        std::fs::copy(here.join(name), folder.path().join(name)).expect("a copy");
    }
    let mut remarks = Vec::new();
    let made = generate_parser_in_directory(
        folder.path(),
        None::<&Path>,
        None::<&Path>,
        ABI,
        None,
        Some("node"),
        true,
        OptLevel::default(),
        &mut remarks,
    );
    made.unwrap_or_else(|e| panic!("grammar.js: {e}"));
    for remark in &remarks {
        eprintln!("{remark}");
    }
    assert!(remarks.is_empty(), "the generator has remarks");
    let update = std::env::var_os("UPDATE_GRAMMAR").is_some();
    for name in MADE {
        let fresh = std::fs::read_to_string(folder.path().join("src").join(name)).expect(name);
        let path = here.join("src").join(name);
        if update {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(&path, &fresh).expect(name);
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == fresh,
            "src/{name} is not what grammar.js gives: UPDATE_GRAMMAR=1 cargo test -p tree-sitter-nexus --test fresh"
        );
    }
}
