//! Names of types.

use super::super::source::Source;
use super::{Item, Kind};
use nexus_compiler::symbol::Symbol;
use nexus_compiler::types::schema::schema;
use nexus_compiler::types::written::BUILTIN;

/// Types that can be named.
pub(super) fn items(source: &Source<'_>, out: &mut Vec<Item>) {
    for def in &source.module.type_defs {
        out.push(Item::new(def.name.as_str(), Kind::Type, 0));
    }
    for name in BUILTIN {
        out.push(Item::new(*name, Kind::Type, 10));
    }
    for name in schema().names() {
        let doc = schema().doc(Symbol::new(name), None);
        out.push(Item::new(name, Kind::Type, 20).doc(doc));
    }
}
