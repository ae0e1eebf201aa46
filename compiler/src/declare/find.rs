//! Where a task is written down.

use nexus_grammar::ast::{self, Expr, Item, NameValue};
use nexus_grammar::{NodeId, Tree};

/// The fields of a task in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// In a record of their own.
    Record(NodeId),
    /// One by one: `tasks.a.run = …;`.
    Bindings {
        /// The first of them.
        first: NodeId,
        /// What stands before the names of the fields: `tasks.a`.
        prefix: String,
        /// The fields and their values.
        fields: Vec<(String, NodeId)>,
    },
}

/// Looks for a task by its path, as far as it is written in this file.
pub(super) fn task(tree: &Tree, path: &str, of_project: bool) -> Option<Spot> {
    let items = ast::file(tree, tree.root()).items;
    if of_project {
        return search(tree, items, &format!("tasks.{path}"));
    }
    // What the project file makes of this file is not known, so the end of the path has to do.
    let ends = path.match_indices('.').map(|(at, _)| &path[at + 1..]);
    let mut ends = std::iter::once(path).chain(ends);
    ends.find_map(|end| search(tree, items, end))
}

fn search(tree: &Tree, items: &[NodeId], wanted: &str) -> Option<Spot> {
    let mut first = None;
    let mut fields = Vec::new();
    for &node in items {
        let Some(Item::Binding(binding)) = ast::item(tree, node) else {
            continue;
        };
        let names: Option<Vec<String>> = binding.path.iter().map(|n| name(tree, *n)).collect();
        match names.as_deref().and_then(|names| covered(names, wanted)) {
            Some(Cover::Whole) => {
                // Which of several records has the fields shows when it is tried.
                if let Some(record) = records(tree, binding.value).first() {
                    return Some(Spot::Record(*record));
                }
            }
            Some(Cover::Part(rest)) => {
                let records = records(tree, binding.value);
                let mut found =
                    records
                        .iter()
                        .filter_map(|record| match ast::expr(tree, *record) {
                            Expr::Record { items, .. } => search(tree, items, rest),
                            _ => None,
                        });
                if let Some(found) = found.next() {
                    return Some(found);
                }
            }
            Some(Cover::Field {
                names: count,
                field,
            }) => {
                let begin = tree.span(binding.path[0]).start;
                let end = tree.span(binding.path[count - 1]).end;
                first.get_or_insert_with(|| (node, tree.slice(begin..end).to_string()));
                fields.push((field, binding.value));
            }
            None => {}
        }
    }
    let (first, prefix) = first?;
    Some(Spot::Bindings {
        first,
        prefix,
        fields,
    })
}

enum Cover<'w> {
    Whole,
    /// This is left to be looked for in the value.
    Part(&'w str),
    /// So many names are the task, and what follows is a field.
    Field {
        names: usize,
        field: String,
    },
}

fn covered<'w>(names: &[String], wanted: &'w str) -> Option<Cover<'w>> {
    let mut rest = wanted;
    for (at, name) in names.iter().enumerate() {
        let tail = rest.strip_prefix(name.as_str())?;
        if tail.is_empty() {
            return Some(match names.get(at + 1) {
                None => Cover::Whole,
                Some(_) => Cover::Field {
                    names: at + 1,
                    field: names[at + 1..].join("."),
                },
            });
        }
        rest = tail.strip_prefix('.')?;
    }
    Some(Cover::Part(rest))
}

fn name(tree: &Tree, node: NodeId) -> Option<String> {
    match ast::name(tree, node) {
        NameValue::Plain(name) => Some(name.to_string()),
        NameValue::Quoted(name) => Some(name),
        NameValue::Dynamic(_) | NameValue::Missing => None,
    }
}

/// The records that an expression may give, the likeliest first.
fn records(tree: &Tree, node: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        match ast::expr(tree, node) {
            Expr::Record { .. } => found.push(node),
            Expr::Paren(inner) => pending.push(inner),
            Expr::Let { body, .. } | Expr::With { body, .. } | Expr::Assert { body, .. } => {
                pending.push(body);
            }
            // Of two, the right one wins.
            Expr::Binary(_, left, right) => pending.extend([left, right]),
            // A function that is given a record may pass its fields on.
            Expr::Apply { args, .. } => pending.extend(args.last()),
            _ => {}
        }
    }
    found
}

/// The value of a field, if it is written.
pub(super) fn field(tree: &Tree, spot: &Spot, wanted: &str) -> Option<NodeId> {
    match spot {
        Spot::Bindings { fields, .. } => {
            let mut fields = fields.iter();
            fields.find_map(|(name, value)| (name == wanted).then_some(*value))
        }
        Spot::Record(record) => {
            let Expr::Record { items, .. } = ast::expr(tree, *record) else {
                return None;
            };
            items.iter().find_map(|item| match ast::item(tree, *item) {
                Some(Item::Binding(binding)) => match binding.path {
                    [only] => (name(tree, *only)? == wanted).then_some(binding.value),
                    _ => None,
                },
                _ => None,
            })
        }
    }
}

/// Whether a part of a field is written by itself: `outputs.app = …;`.
pub(super) fn in_parts(tree: &Tree, spot: &Spot, wanted: &str) -> bool {
    match spot {
        Spot::Bindings { fields, .. } => {
            let part = |(name, _): &(String, NodeId)| {
                name.strip_prefix(wanted)
                    .is_some_and(|rest| rest.starts_with('.'))
            };
            fields.iter().any(part)
        }
        Spot::Record(record) => match ast::expr(tree, *record) {
            Expr::Record { items, .. } => items.iter().any(|item| match ast::item(tree, *item) {
                Some(Item::Binding(binding)) => {
                    binding.path.len() > 1
                        && name(tree, binding.path[0]).is_some_and(|name| name == wanted)
                }
                Some(Item::Inherit(inherit)) => {
                    let mut names = inherit.names.iter();
                    names.any(|n| name(tree, *n).is_some_and(|name| name == wanted))
                }
                _ => false,
            }),
            _ => false,
        },
    }
}

/// The names of the fields of a record that is written.
pub(super) fn names(tree: &Tree, record: NodeId) -> Vec<String> {
    match ast::expr(tree, record) {
        Expr::Record { items, .. } => items
            .iter()
            .filter_map(|item| match ast::item(tree, *item)? {
                Item::Binding(binding) => name(tree, *binding.path.first()?),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The binding of a field in a record.
pub(super) fn binding(tree: &Tree, record: NodeId, wanted: &str) -> Option<NodeId> {
    let Expr::Record { items, .. } = ast::expr(tree, record) else {
        return None;
    };
    items
        .iter()
        .copied()
        .find(|item| match ast::item(tree, *item) {
            Some(Item::Binding(binding)) => {
                let first = binding.path.first();
                first
                    .and_then(|n| name(tree, *n))
                    .is_some_and(|name| name == wanted)
            }
            _ => false,
        })
}
