//! Where things of the language are defined in the embedded files.

use super::{PREFIX, names};
use crate::hir::Span;
use crate::symbol::Symbol;
use nexus_grammar::ast::{self, TypeNode};
use nexus_grammar::{Entry, Parse, parse};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The embedded file of the schema, as [`super::Library::path`] names files.
pub(crate) const SCHEMA: &str = "project.nx";

/// Where a function or value of a library is defined, by its full name.
pub fn place(name: &str) -> Option<(PathBuf, Span)> {
    let library = names().get(name)?;
    let item = library.item(name.rsplit('.').next()?)?;
    let mut start = 0;
    for line in library.text.split_inclusive('\n') {
        let rest = line.strip_prefix(item.name);
        if rest.is_some_and(|rest| rest.starts_with(" :")) {
            let end = start + item.name.len() as u32;
            return Some((library.path(), Span { start, end }));
        }
        start += line.len() as u32;
    }
    None
}

/// Where a type of the schema, or a field of one, is defined.
pub fn schema_place(ty: Symbol, field: Option<Symbol>) -> Option<(PathBuf, Span)> {
    let tree = &schema_parse().tree;
    let span = |node| {
        let range = tree.span(node);
        Span {
            start: range.start,
            end: range.end,
        }
    };
    let path = PathBuf::from(format!("{PREFIX}{SCHEMA}"));
    let parts = ast::file(tree, tree.root());
    let items = parts.head.iter().chain(parts.items);
    for &item in items {
        let Some(ast::Item::TypeDef(def)) = ast::item(tree, item) else {
            continue;
        };
        if tree.text(def.name) != ty.as_str() {
            continue;
        }
        let Some(field) = field else {
            return Some((path, span(def.name)));
        };
        let TypeNode::Record { fields, .. } = ast::ty(tree, def.body) else {
            return None;
        };
        let mut fields = fields.into_iter();
        let found = fields.find(|known| tree.text(known.name) == field.as_str())?;
        return Some((path, span(found.name)));
    }
    None
}

fn schema_parse() -> &'static Parse {
    static PARSE: OnceLock<Parse> = OnceLock::new();
    PARSE.get_or_init(|| parse(nexus_stdlib::PROJECT, Entry::File))
}
