//! The walls between the crates, as ARCHITECTURE.md draws them: who may depend on whom, and which
//! third-party libraries stay behind which wall.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

/// For each crate of the workspace, the crates of the workspace it may depend on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("nexus-grammar", &[]),
    ("tree-sitter-nexus", &[]),
    ("nexus-stdlib", &[]),
    ("nexus-graph", &[]),
    (
        "nexus-compiler",
        &["nexus-grammar", "nexus-stdlib", "nexus-graph"],
    ),
    (
        "nexus-lsp",
        &["nexus-grammar", "nexus-compiler", "nexus-stdlib"],
    ),
    ("nexus-store", &["nexus-graph"]),
    ("nexus-journal", &["nexus-graph"]),
    ("nexus-executor", &["nexus-graph"]),
    (
        "nexus-engine",
        &["nexus-graph", "nexus-store", "nexus-executor"],
    ),
    ("nexus-cache", &["nexus-graph", "nexus-store"]),
    ("nexus-ssh", &["nexus-graph", "nexus-executor"]),
    ("nexus-farm", &[]),
    (
        "nexus",
        &[
            "nexus-cache",
            "nexus-lsp",
            "nexus-grammar",
            "nexus-compiler",
            "nexus-stdlib",
            "nexus-graph",
            "nexus-engine",
            "nexus-executor",
            "nexus-ssh",
            "nexus-store",
            "nexus-journal",
        ],
    ),
];

/// Libraries that only the named crates may use.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("logos", &["nexus-grammar"]),
    ("lalrpop-util", &["nexus-grammar"]),
    ("tree-sitter-language", &["tree-sitter-nexus"]),
    ("salsa", &["nexus-compiler"]),
    ("ariadne", &["nexus-compiler"]),
    ("rusqlite", &["nexus-store", "nexus-journal"]),
    ("reflink-copy", &["nexus-store"]),
    ("memmap2", &["nexus-store"]),
    (
        "tokio",
        &[
            "nexus-engine",
            "nexus-cache",
            "nexus-executor",
            "nexus-ssh",
            "nexus-lsp",
        ],
    ),
    ("tower-lsp-server", &["nexus-lsp"]),
    ("hyper", &["nexus-cache"]),
    ("rustls", &["nexus-cache"]),
    ("tonic", &["nexus-cache"]),
    ("bazel-remote-apis", &["nexus-cache"]),
    ("rusty-s3", &["nexus-cache"]),
    ("ed25519-dalek", &["nexus-cache"]),
    ("zstd", &["nexus-cache"]),
    ("russh", &["nexus-ssh"]),
    ("clap", &["nexus"]),
    ("indicatif", &["nexus"]),
];

fn direct_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata describes the workspace");
    metadata
        .packages
        .iter()
        .map(|package| {
            let used = package
                .dependencies
                .iter()
                .filter(|d| d.kind == DependencyKind::Normal || d.kind == DependencyKind::Build)
                .map(|d| d.name.clone())
                .collect();
            (package.name.to_string(), used)
        })
        .collect()
}

#[test]
fn crates_use_only_what_is_below_them() {
    let actual = direct_dependencies();
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    for name in actual.keys() {
        assert!(
            known.contains(name.as_str()),
            "`{name}` has no place in MAY_USE: decide what it may know"
        );
    }
    for (name, allowed) in MAY_USE {
        for used in actual[*name].iter().filter(|d| d.starts_with("nexus")) {
            assert!(
                allowed.contains(&used.as_str()),
                "`{name}` must not depend on `{used}`"
            );
        }
    }
}

#[test]
fn libraries_stay_behind_their_wall() {
    for (name, used) in direct_dependencies() {
        for (library, owners) in ONLY_IN {
            assert!(
                !used.contains(*library) || owners.contains(&name.as_str()),
                "`{name}` must not depend on `{library}`: it belongs to {owners:?}"
            );
        }
    }
}
