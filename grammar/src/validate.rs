//! Rules the grammar leaves out, because they would blow it up: where names must be fixed.

use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// What the tree shows to be wrong.
pub(crate) fn check(tree: &Tree, errors: &mut Vec<SyntaxError>) {
    for node in tree.all_nodes() {
        match tree.kind(node) {
            K::PatternField => {
                let name = field_name(tree, node);
                if let Some(name) = name.filter(|n| tree.kind(*n) != K::Name) {
                    errors.push(
                        SyntaxError::new("NX0020", tree.span(name), "a parameter is a plain name")
                            .help("take the whole record as one parameter, and select the field from it"),
                    );
                }
            }
            K::TypeField => {
                if let Some(name) = field_name(tree, node).filter(|n| !is_fixed(tree, *n)) {
                    errors.push(
                        SyntaxError::new(
                            "NX0020",
                            tree.span(name),
                            "the name of a field in a type is fixed",
                        )
                        .help("for names that are not known beforehand write `{ [String] : T }`"),
                    );
                }
            }
            K::InheritBinding => {
                for &name in tree.children(node) {
                    if tree.kind(name) == K::StringName && !is_fixed(tree, name) {
                        errors.push(
                            SyntaxError::new(
                                "NX0020",
                                tree.span(name),
                                "an inherited name is fixed",
                            )
                            .help("write `${name} = record.${name};`"),
                        );
                    }
                }
            }
            K::TypeString => {
                let string = tree.children(node).first();
                if string.is_some_and(|s| !tree.children(*s).is_empty()) {
                    errors.push(
                        SyntaxError::new(
                            "NX0020",
                            tree.span(node),
                            "a string in a type is fixed text",
                        )
                        .help("remove the interpolation; for any string write `String`"),
                    );
                }
            }
            K::TypeDict => {
                let key = tree.children(node).first().copied();
                let key = key.filter(|k| tree.text(*k) != "String" && tree.kind(*k) != K::Missing);
                if let Some(key) = key {
                    errors.push(
                        SyntaxError::new(
                            "NX0020",
                            tree.span(key),
                            "the names of a record are strings",
                        )
                        .help("write `{ [String] : T }`")
                        .fix("Write String", tree.span(key), "String"),
                    );
                }
            }
            _ => {}
        }
    }
}

fn field_name(tree: &Tree, field: NodeId) -> Option<NodeId> {
    let path = tree.children(field).first()?;
    tree.children(*path).first().copied()
}

/// A name, or a string without interpolations.
fn is_fixed(tree: &Tree, name: NodeId) -> bool {
    match tree.kind(name) {
        K::Name => true,
        K::StringName => {
            let string = tree.children(name).first();
            string.is_some_and(|s| tree.children(*s).is_empty())
        }
        _ => false,
    }
}
