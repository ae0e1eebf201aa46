//! What is said about the bindings of files: names, types and the comments above them.

pub mod markdown;
mod project;
mod standard;

pub use project::{Document, TaskEntry, tasks};
pub use standard::{Part, parts};

use crate::check::file_type;
use crate::db::{Compiler, Db, normalize};
use crate::diagnostic::render::position;
use crate::testing;
use crate::types::readable::{readable, show_scheme};
use crate::types::show::show_within;
use crate::types::{Kind, Scheme};
use nexus_grammar::ast::{self, NameValue};
use nexus_grammar::{NodeId, Parse, SyntaxKind, Tree};
use std::path::Path;
use std::sync::Arc;

/// Longer types are cut.
const LONGEST: usize = 2_000;

/// What is said about a file or a part of the standard library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What it is called.
    pub title: String,
    /// The comment at its beginning, in Markdown.
    pub summary: String,
    /// The named types it defines.
    pub types: Vec<Entry>,
    /// Its fields.
    pub entries: Vec<Entry>,
}

/// What is said about one binding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Shorter names for the same.
    pub aliases: Vec<String>,
    /// Its type, as the language writes it; of a named type, the definition.
    pub ty: String,
    /// The comment above it, in Markdown.
    pub doc: String,
    /// Examples: expression and value.
    pub examples: Vec<(String, String)>,
    /// Where it is defined: a line, from 1. 0 when it has no place.
    pub line: usize,
}

/// The page of a loaded file (absolute path): its fields in the order of the file, with the types
/// that were found for them. Its tests are left out.
pub fn of_file(compiler: &Compiler, path: &Path, title: &str) -> Page {
    let path = normalize(path);
    let text = compiler.source(&path).unwrap_or_default();
    let (parse, ty) = compiler.ask(move |db| {
        let file = db.file(&path);
        (crate::db::parse(db, file), file_type(db, file))
    });
    let tree = &parse.tree;
    let parts = ast::file(tree, tree.root());
    let line = |node: NodeId| position(&text, tree.span(node).start).0;
    let mut page = Page {
        title: title.to_owned(),
        summary: summary(&text, first_item(&parse)),
        ..Page::default()
    };
    for &node in parts.head.iter().chain(parts.items) {
        if let Some(ast::Item::TypeDef(def)) = ast::item(tree, node) {
            page.types.push(Entry {
                name: tree.text(def.name).to_owned(),
                ty: tree.text(node).trim().to_owned(),
                doc: tree.doc_comment(node).unwrap_or_default(),
                line: line(node),
                ..Entry::default()
            });
        }
    }
    for &node in parts.items {
        for name in names(tree, node) {
            if name == testing::FIELD || page.entries.iter().any(|entry| entry.name == name) {
                continue;
            }
            let doc = tree.doc_comment(node).unwrap_or_default();
            page.entries.push(Entry {
                ty: type_of(&ty, &name),
                name,
                doc,
                line: line(node),
                ..Entry::default()
            });
        }
    }
    page
}

/// The comment above a binding that begins in a line (from 1) of a text.
pub fn comment_at(parse: &Parse, text: &str, line: u32) -> Option<String> {
    let tree = &parse.tree;
    let bindings = tree
        .descendants(tree.root())
        .filter(|node| tree.kind(*node) == SyntaxKind::Binding);
    let mut here = bindings.filter(|node| position(text, tree.span(*node).start).0 as u32 == line);
    here.find_map(|node| tree.doc_comment(node))
}

/// The names an item binds: the first of a dotted one, all of an `inherit`.
fn names(tree: &Tree, node: NodeId) -> Vec<String> {
    let plain = |node: &NodeId| match ast::name(tree, *node) {
        NameValue::Plain(name) => Some(name.to_owned()),
        NameValue::Quoted(name) => Some(name),
        NameValue::Dynamic(_) | NameValue::Missing => None,
    };
    match ast::item(tree, node) {
        Some(ast::Item::Binding(binding)) => {
            binding.path.first().and_then(plain).into_iter().collect()
        }
        Some(ast::Item::Inherit(inherit)) => inherit.names.iter().filter_map(plain).collect(),
        Some(ast::Item::TypeDef(_)) | None => Vec::new(),
    }
}

/// The type of a field, of the record that the file is or that it gives when it has parameters.
fn type_of(file: &Arc<Scheme>, name: &str) -> String {
    let mut ty = file.ty.clone();
    while let Kind::Function(_, to) = ty.kind() {
        ty = to.clone();
    }
    let field = match ty.kind() {
        Kind::Record(record) => record
            .fields
            .iter()
            .find(|field| field.name.as_str() == name),
        _ => None,
    };
    match field {
        Some(field) => show_scheme(&file.part(&field.ty), LONGEST),
        None => show_within(&readable(&Scheme::closed(crate::types::Ty::any())), LONGEST),
    }
}

/// Where the first item of a file begins, its comment included.
fn first_item(parse: &Parse) -> Option<u32> {
    let tree = &parse.tree;
    let parts = ast::file(tree, tree.root());
    let first = parts.head.first().or(parts.items.first())?;
    let comment = tree.doc_comment(*first)?;
    let lines = comment.lines().count();
    let start = tree.span(*first).start as usize;
    let before = tree.text(tree.root()).get(..start)?;
    let newlines: Vec<_> = before.match_indices('\n').map(|(at, _)| at).collect();
    let at = newlines.len().checked_sub(lines + 1).map(|i| newlines[i]);
    Some(at.map_or(0, |at| at as u32 + 1))
}

/// The comment a file begins with, unless it is that of its first item.
fn summary(text: &str, first_item: Option<u32>) -> String {
    if first_item == Some(0) {
        return String::new();
    }
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    let lines: Vec<_> = lines
        .map(|line| {
            let line = line.trim_start_matches('#');
            line.strip_prefix(' ').unwrap_or(line).trim_end()
        })
        .collect();
    lines.join("\n")
}
