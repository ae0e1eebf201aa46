//! Tokens, grammar, lossless tree, recovery and formatter of the .nx language.
//!
//! [`parse`] never fails: it gives a [`Tree`] that covers every byte of the text, and the
//! mistakes as [`SyntaxError`]s. [`ast`] reads the tree construct by construct.

pub mod ast;
mod builder;
mod drive;
mod error;
pub mod fmt;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, dead_code)]
mod generated;
mod kind;
mod lexer;
mod lexical;
mod parser;
mod recovery;
mod reparse;
mod token;
mod tokens;
mod tree;
mod validate;

pub use error::{Edit, Fix, SyntaxError};
pub use fmt::format;
pub use kind::SyntaxKind;
pub use parser::{Entry, Parse, parse, parse_shared};
pub use reparse::reparse;
pub use token::Token;
pub use tokens::Tokens;
pub use tree::{NodeId, Tree};
