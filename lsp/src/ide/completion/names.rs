//! Names that can be used at a place, and words of the language.

use super::super::source::Source;
use super::{About, Item, Kind};
use nexus_compiler::builtins;
use nexus_compiler::hir::{Expr, LocalKind};
use nexus_compiler::ide::{follow, type_of_expr, visible_at};
use nexus_compiler::library;
use nexus_compiler::types::Kind as TyKind;
use nexus_compiler::types::readable::readable;
use std::collections::BTreeMap;

/// Words that may begin an expression.
const WORDS: [&str; 7] = ["let", "if", "with", "rec", "assert", "inherit", "import"];

/// Ranks: what is bound near comes before what is bound far, then the language.
const LOCAL: u32 = 30;
const GLOBAL: u32 = 60;
const WORD: u32 = 70;

/// Everything that can be named at an offset.
pub(super) fn items(source: &Source<'_>, offset: u32, out: &mut Vec<Item>) {
    bound(source, offset, out);
    for (name, is_part) in standard_names("") {
        let kind = match (is_part, name) {
            (true, _) => Kind::Module,
            (false, "true" | "false" | "null") => Kind::Value,
            (false, _) => Kind::Function,
        };
        out.push(Item::new(name, kind, GLOBAL).about(About::Standard(name.to_owned())));
    }
    for word in WORDS {
        if word != "inherit" {
            out.push(Item::new(word, Kind::Keyword, WORD));
        }
    }
}

/// Names bound in the file.
pub(super) fn bound(source: &Source<'_>, offset: u32, out: &mut Vec<Item>) {
    let visible = visible_at(source.db, source.file, offset);
    for (i, (name, local)) in visible.locals.iter().enumerate() {
        let binder = &source.module.locals[local.index()];
        let is_function = binder
            .value
            .is_some_and(|value| matches!(source.module.exprs[value.index()], Expr::Lambda { .. }));
        let kind = match (is_function, binder.kind) {
            (true, _) => Kind::Function,
            (false, LocalKind::Field) if name.as_str() == "tasks" => Kind::Module,
            (false, _) => Kind::Variable,
        };
        let rank = LOCAL + (i as u32).min(GLOBAL - LOCAL - 1);
        out.push(
            Item::new(name.as_str(), kind, rank)
                .about(About::Name(offset, name.as_str().to_owned())),
        );
    }
    for scope in visible.scopes {
        let Some(value) = source.module.locals[scope.index()].value else {
            continue;
        };
        let Some(ty) = type_of_expr(source.db, source.file, value) else {
            continue;
        };
        let ty = follow(source.db, source.file, &readable(&ty));
        if let TyKind::Record(record) = ty.kind() {
            for field in record.fields.iter() {
                out.push(Item::new(field.name.as_str(), Kind::Variable, GLOBAL - 1));
            }
        }
    }
}

/// The names directly below a path of the language (`""` for all), and whether there is more
/// below them.
pub fn standard_names(path: &str) -> impl Iterator<Item = (&'static str, bool)> {
    let prefix = match path {
        "" => String::new(),
        path => format!("{path}."),
    };
    let mut found: BTreeMap<&'static str, bool> = BTreeMap::new();
    let constants: &[&'static str] = match path {
        "" => &["true", "false", "null"],
        _ => &[],
    };
    for name in constants {
        found.insert(name, false);
    }
    let built_in = builtins::all().flat_map(|builtin| builtin.names.iter().copied());
    for name in built_in.chain(library::names().keys().map(String::as_str)) {
        let Some(rest) = name.strip_prefix(prefix.as_str()) else {
            continue;
        };
        match rest.split_once('.') {
            Some((head, _)) => found.insert(head, true),
            None => found.insert(rest, false),
        };
    }
    found.into_iter()
}
