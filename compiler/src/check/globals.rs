//! The names bound by the language.

use crate::symbol::Symbol;

const NAMES: &[&str] = &[
    "true",
    "false",
    "null",
    "import",
    "map",
    "filter",
    "fold",
    "concat_map",
    "length",
    "head",
    "last",
    "range",
    "sort",
    "contains",
    "to_string",
    "from_json",
    "to_json",
    "read_file",
    "glob",
    "env",
    "throw",
    "trace",
    "std",
    "git",
    "elem_at",
    "find",
    "path_exists",
];

/// Whether the language binds a name.
pub fn is_global(name: Symbol) -> bool {
    NAMES.contains(&name.as_str())
}
