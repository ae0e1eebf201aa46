//! The names bound by the language, and their types.

use crate::library;
use crate::symbol::Symbol;
use crate::types::{FieldTy, RecordTy, Rest, Scheme, Ty, signature::signature};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, RwLock};

/// A global, or a record of globals.
enum Entry {
    Value(&'static str),
    /// Of a library, by its full name.
    Item(&'static str),
    Record(BTreeMap<&'static str, Entry>),
}

/// Whether the language binds a name.
pub fn is_global(name: Symbol) -> bool {
    matches!(name.as_str(), "true" | "false" | "null") || tree().contains_key(name.as_str())
}

/// The names the language binds.
pub fn names() -> impl Iterator<Item = &'static str> {
    let constants = ["true", "false", "null"];
    constants.into_iter().chain(tree().keys().copied())
}

/// The type of a global, or of what a path leads to in a record of globals. Gives the number of
/// names used up; the rest of the path is to be selected from the type.
pub fn global(path: &[Symbol]) -> Option<(Arc<Scheme>, usize)> {
    let (first, rest) = path.split_first()?;
    let constant = match first.as_str() {
        "true" | "false" => Some(Ty::bool()),
        "null" => Some(Ty::null()),
        _ => None,
    };
    if let Some(ty) = constant {
        return Some((Arc::new(Scheme::closed(ty)), 1));
    }
    let mut entry = tree().get(first.as_str())?;
    let mut used = 1;
    for name in rest {
        let Entry::Record(fields) = entry else { break };
        // A name that is not there is found missing by selecting it.
        let Some(inner) = fields.get(name.as_str()) else {
            break;
        };
        entry = inner;
        used += 1;
    }
    Some((of_entry(entry), used))
}

/// The signature of a global function, as it is declared.
pub fn signature_of(name: &str) -> Option<&'static str> {
    crate::builtins::all()
        .find(|builtin| builtin.names.contains(&name))
        .map(|builtin| builtin.signature)
        .or_else(|| library::item(name).map(|item| item.signature.as_str()))
}

fn tree() -> &'static BTreeMap<&'static str, Entry> {
    static TREE: OnceLock<BTreeMap<&'static str, Entry>> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut tree = BTreeMap::new();
        for builtin in crate::builtins::all() {
            for name in builtin.names {
                insert(&mut tree, name, Entry::Value(builtin.signature));
            }
        }
        for name in library::names().keys() {
            insert(&mut tree, name, Entry::Item(name));
        }
        tree
    })
}

fn insert(fields: &mut BTreeMap<&'static str, Entry>, name: &'static str, entry: Entry) {
    let Some((head, rest)) = name.split_once('.') else {
        fields.insert(name, entry);
        return;
    };
    let inner = fields
        .entry(head)
        .or_insert_with(|| Entry::Record(BTreeMap::new()));
    if let Entry::Record(inner) = inner {
        insert(inner, rest, entry);
    }
}

fn of_entry(entry: &'static Entry) -> Arc<Scheme> {
    match entry {
        Entry::Value(text) => read(text),
        Entry::Item(name) => library::item(name).map_or_else(
            || Arc::new(Scheme::closed(Ty::any())),
            library::Item::scheme,
        ),
        Entry::Record(fields) => {
            let mut bounds = Vec::new();
            let fields = fields.iter().map(|(name, entry)| FieldTy {
                name: Symbol::new(name),
                optional: false,
                ty: of_entry(entry).shifted(&mut bounds),
            });
            let fields = fields.collect();
            Arc::new(Scheme {
                ty: Ty::record(RecordTy::new(fields, Rest::Exact)),
                bounds,
            })
        }
    }
}

/// Every signature is read once in a process.
fn read(text: &'static str) -> Arc<Scheme> {
    static KNOWN: OnceLock<RwLock<FxHashMap<&'static str, Arc<Scheme>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(RwLock::default);
    if let Some(scheme) = known.read().unwrap_or_else(|e| e.into_inner()).get(text) {
        return scheme.clone();
    }
    let scheme = Arc::new(signature(text));
    let mut known = known.write().unwrap_or_else(|e| e.into_inner());
    known.insert(text, scheme.clone());
    scheme
}
