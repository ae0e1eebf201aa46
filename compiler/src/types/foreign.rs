//! Names of types that refer to themselves, outside of the file that defines them.
//!
//! Such a type is known by its name, which means something only in its own file. What a file
//! exports names it together with the file, so that its users can look behind the name, and two
//! that are called the same are two types.

use crate::symbol::Symbol;
use std::path::Path;

/// Between a name and a path; in neither.
const OF: char = '\0';

/// The name of a type of a file, for other files; `None` when the path is no text.
pub fn foreign(name: Symbol, file: &Path) -> Option<Symbol> {
    Some(Symbol::new(&format!("{name}{OF}{}", file.to_str()?)))
}

/// What the type is called in its file, and the file, of a name made by [`foreign`].
pub fn origin(name: Symbol) -> Option<(Symbol, &'static Path)> {
    let (own, file) = name.as_str().split_once(OF)?;
    Some((Symbol::new(own), Path::new(file)))
}

/// What a type is called, wherever it is of.
pub fn shown(name: Symbol) -> &'static str {
    let name = name.as_str();
    name.split_once(OF).map_or(name, |(own, _)| own)
}
