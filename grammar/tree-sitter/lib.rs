//! The grammar of `.nx` for [tree-sitter](https://tree-sitter.github.io), and queries that say what
//! its nodes mean to an editor.
//!
//! `src/` is generated from `grammar.js`:
//!
//! ```sh
//! UPDATE_GRAMMAR=1 cargo test -p tree-sitter-nexus --test fresh
//! ```
//!
//! It accepts what the compiler's parser accepts, with the same structure; `tests/agree.rs` compares
//! the two on every program there is.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_nexus() -> *const ();
}

// SAFETY: the function is the entry point that the generator writes for every grammar; it returns a
// pointer to static data.
/// The grammar, to be handed to `tree_sitter::Parser::set_language`.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_nexus) };

/// What is coloured how.
pub const HIGHLIGHTS: &str = include_str!("queries/highlights.scm");
/// Scopes, definitions and references of names.
pub const LOCALS: &str = include_str!("queries/locals.scm");
/// Other languages inside strings.
pub const INJECTIONS: &str = include_str!("queries/injections.scm");
/// What can be folded.
pub const FOLDS: &str = include_str!("queries/folds.scm");
/// How lines are indented.
pub const INDENTS: &str = include_str!("queries/indents.scm");
