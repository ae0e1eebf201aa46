//! What the language provides: functions and values written in Rust.
//!
//! Each is declared in one place, with its names, its type as the language writes it, and its
//! documentation with examples; checker, hover, manual and tests read the same declaration.

mod convert;
mod data;
mod debug;
mod declare;
mod each;
mod file;
mod git;
mod git_repo;
mod hash;
mod host;
mod json;
mod json_write;
mod library;
mod list;
mod list_build;
mod list_scan;
mod list_search;
mod list_sort;
mod math;
mod need;
mod path;
mod record;
mod regex;
mod string;
mod string_edit;
mod task;
mod toml;
mod types;
mod version;
mod yaml;

pub(crate) use toml::write_toml;
pub(crate) use yaml::write_yaml;

pub use declare::{Builtin, Kind};
pub(crate) use json_write::{Sink, write_json};
pub(crate) use task::is_task;

use crate::symbol::Symbol;
use crate::value::{Heap, RecordView, Thunk, Value};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn registry() -> &'static [&'static Builtin] {
    static REGISTRY: OnceLock<Vec<&'static Builtin>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        [
            list::ALL,
            list_build::ALL,
            list_scan::ALL,
            list_search::ALL,
            list_sort::ALL,
            string::ALL,
            string_edit::ALL,
            record::ALL,
            math::ALL,
            path::ALL,
            json::ALL,
            toml::ALL,
            yaml::ALL,
            regex::ALL,
            version::ALL,
            hash::ALL,
            host::ALL,
            file::ALL,
            debug::ALL,
            types::ALL,
            git::ALL,
            convert::ALL,
            task::ALL,
            library::ALL,
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}

/// Every built-in a program can name.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    registry().iter().copied().filter(|b| !b.names.is_empty())
}

/// The built-in a [`Value::Primitive`] stands for.
pub(crate) fn get(id: u32) -> &'static Builtin {
    registry()[id as usize]
}

/// The built-in of an internal operation.
fn primitive(run: declare::Run) -> Value {
    let id = registry()
        .iter()
        .position(|b| std::ptr::fn_addr_eq(b.run, run))
        .unwrap_or_default();
    Value::Primitive(id as u32)
}

/// The operation of `e as T`.
pub(crate) fn convert() -> Value {
    primitive(convert::convert)
}

/// The operation that marks the tasks of a project.
pub(crate) fn tag_tasks() -> Value {
    primitive(task::tag_tasks)
}

/// The names a program can use without binding them, sorted: `true`, `map`, `std`, …
pub fn global_names() -> Vec<&'static str> {
    let mut names: Vec<_> = all()
        .flat_map(|b| b.names)
        .map(|name| name.split('.').next().unwrap_or(name))
        .chain(["true", "false", "null"])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A global, or a record of globals.
enum Entry {
    Value(Value),
    Record(BTreeMap<&'static str, Entry>),
}

/// The values of the global names.
pub(crate) fn globals(heap: &mut Heap) -> FxHashMap<Symbol, Value> {
    let mut tree: BTreeMap<&'static str, Entry> = BTreeMap::new();
    tree.insert("true", Entry::Value(Value::Bool(true)));
    tree.insert("false", Entry::Value(Value::Bool(false)));
    tree.insert("null", Entry::Value(Value::Null));
    let load = primitive(library::load_item);
    for name in crate::library::names().keys() {
        let text = Value::Str(heap.new_str(name));
        let (func, arg) = (heap.slot(load), heap.slot(text));
        put(&mut tree, name, heap.thunk(Thunk::Call { func, arg }));
    }
    for (id, builtin) in registry().iter().enumerate() {
        let primitive = Value::Primitive(id as u32);
        let value = match builtin.kind {
            Kind::Function => primitive,
            Kind::Constant => {
                let (func, arg) = (heap.slot(primitive), heap.slot(Value::Null));
                heap.thunk(Thunk::Call { func, arg })
            }
        };
        for name in builtin.names {
            put(&mut tree, name, value);
        }
    }
    tree.into_iter()
        .map(|(name, entry)| (Symbol::new(name), build(heap, entry)))
        .collect()
}

fn put(tree: &mut BTreeMap<&'static str, Entry>, name: &'static str, value: Value) {
    let Some((head, rest)) = name.split_once('.') else {
        tree.insert(name, Entry::Value(value));
        return;
    };
    let inner = tree
        .entry(head)
        .or_insert_with(|| Entry::Record(BTreeMap::new()));
    if let Entry::Record(inner) = inner {
        put(inner, rest, value);
    }
}

fn build(heap: &mut Heap, entry: Entry) -> Value {
    match entry {
        Entry::Value(value) => value,
        Entry::Record(fields) => {
            let entries = fields
                .into_iter()
                .map(|(name, entry)| (Symbol::new(name), build(heap, entry)))
                .collect();
            RecordView::value(heap.record_from(entries, 0))
        }
    }
}
