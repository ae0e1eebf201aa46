//! The libraries written in `.nx`: embedded files whose fields are parts of `std`.
//!
//! A library costs nothing until it is used. Which names there are is read off the lines of the
//! files; the type of a function is the one written behind its name, read when a program mentions
//! it; its file is parsed and compiled when a program runs it. That every function is what its
//! type says is checked by a test, not by every process: the files are part of the program.

mod place;
mod read;

pub use place::{place, schema_place};
pub use read::{Item, Library};

use nexus_stdlib::MODULES;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// What the paths of embedded files begin with.
const PREFIX: &str = "std:/";

/// The embedded files, in the order of their names.
pub fn all() -> &'static [Library] {
    static ALL: OnceLock<Vec<Library>> = OnceLock::new();
    ALL.get_or_init(|| {
        let files = MODULES.iter();
        files
            .map(|module| Library::new(module.name, module.file, module.text))
            .collect()
    })
}

/// Every name the libraries add to `std`, in full (`std.set.union`), and where it is defined.
pub fn names() -> &'static BTreeMap<String, &'static Library> {
    static NAMES: OnceLock<BTreeMap<String, &'static Library>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let libraries = all().iter();
        libraries
            .flat_map(|library| {
                let full = move |name| format!("std.{}.{name}", library.module);
                library.names().map(move |name| (full(name), library))
            })
            .collect()
    })
}

/// A function or value of a library by its full name.
pub fn item(name: &str) -> Option<&'static Item> {
    let library = names().get(name)?;
    library.item(name.rsplit('.').next()?)
}

/// The embedded file of a path that diagnostics and traces name: `std:/set.nx`.
pub fn at(path: &Path) -> Option<&'static Library> {
    let file = path.to_str()?.strip_prefix(PREFIX)?;
    all().iter().find(|library| library.file == file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::written::Opaque;

    #[test]
    fn names_are_found_without_parsing() {
        for library in all() {
            let by_lines: Vec<_> = library.names().collect();
            let parsed: Vec<_> = library.items().iter().map(|item| item.name).collect();
            assert_eq!(by_lines, parsed, "{}", library.file);
            assert!(!parsed.is_empty(), "{}", library.file);
        }
    }

    #[test]
    fn names_are_given_once() {
        let count: usize = all().iter().map(|library| library.names().count()).sum();
        assert_eq!(names().len(), count);
        for builtin in crate::builtins::all() {
            let taken = builtin
                .names
                .iter()
                .find(|name| names().contains_key(**name));
            assert_eq!(taken, None, "built in as well");
        }
    }

    #[test]
    fn everything_is_documented_and_typed() {
        for library in all() {
            assert_eq!(library.faults(), Vec::<String>::new(), "{}", library.file);
            for item in library.items() {
                let doc = item.doc.as_deref().unwrap_or_default();
                assert!(
                    doc.starts_with(|c: char| c.is_uppercase()),
                    "{}: {} is not documented",
                    library.file,
                    item.name
                );
            }
        }
    }

    /// What is wrong with a library of one function.
    fn problems(text: &'static str) -> Vec<String> {
        let library = Library::new("made_up", "made_up.nx", text);
        let check = |opaque| {
            let mut compiler = crate::db::Compiler::new();
            compiler.load_standard(&library, opaque);
            compiler.diagnostics()
        };
        let found = [Opaque::Text, Opaque::Record].into_iter().flat_map(check);
        found.map(|problem| problem.message).collect()
    }

    #[test]
    fn a_function_that_is_not_what_its_type_says_is_found() {
        let right = [
            "same : a -> a = x: x;",
            "pair : a -> b -> { first : a, second : b } = first: second: { inherit first second; };",
            "all : [a] -> (a -> b) -> [b] = list: f: map f list;",
        ];
        for text in right {
            assert_eq!(problems(text), Vec::<String>::new(), "{text}");
        }
        let wrong = [
            "other : a -> b = x: x;",
            "text : a -> String = x: x;",
            "measured : a -> Int = x: std.string.length x;",
            "named : a -> [String] = x: std.record.names x;",
            "listed : [a] -> a = list: list;",
            "field : { x : Int } -> Int = record: record.y;",
            "swapped : a -> b -> { first : a, second : b } = second: first: { inherit first second; };",
            "unmapped : [a] -> (a -> b) -> [b] = list: f: list;",
        ];
        for text in wrong {
            assert_ne!(problems(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn only_embedded_files_are_found() {
        assert!(at(Path::new("std:/nothing.nx")).is_none());
        assert!(at(Path::new("/set.nx")).is_none());
        for library in all() {
            assert!(at(&library.path()).is_some_and(|found| found.file == library.file));
        }
    }
}
