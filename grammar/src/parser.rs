//! From tokens to a tree.

use crate::builder::Builder;
use crate::error::SyntaxError;
use crate::generated::SourceParser;
use crate::kind::SyntaxKind;
use crate::lexer::lex;
use crate::token::Token;
use crate::tree::{NodeId, Tree};
use std::sync::Arc;

/// What a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// The body of a record, optionally after parameters and `let … in`.
    File,
    /// A bare expression.
    Expression,
}

impl Entry {
    pub(crate) fn marker(self) -> SyntaxKind {
        match self {
            Entry::File => SyntaxKind::StartFile,
            Entry::Expression => SyntaxKind::StartExpression,
        }
    }
}

/// The result of [`parse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parse {
    /// Covers every byte of the text, whatever is wrong with it.
    pub tree: Tree,
    /// In source order.
    pub errors: Vec<SyntaxError>,
}

/// Parses a text. Never fails: what is wrong is said in [`Parse::errors`], and the tree has
/// [`SyntaxKind::Missing`] nodes where something is missing.
pub fn parse(text: &str, entry: Entry) -> Parse {
    let tokens = lex(text);
    let mut builder = Builder::with_capacity(tokens.len());
    let root = strict(&tokens, entry, &mut builder);
    let mut errors = Vec::new();
    let root = root.unwrap_or_else(|at| {
        errors.push(SyntaxError::new(
            "NX0001",
            at..at,
            "this is not expected here",
        ));
        builder = Builder::default();
        let body = builder.node(SyntaxKind::Body, 0, 0, &[]);
        builder.node(SyntaxKind::File, 0, 0, &[body])
    });
    Parse {
        tree: Tree::new(Arc::from(text), tokens, builder, root),
        errors,
    }
}

/// The generated parser as it is.
fn strict(tokens: &[Token], entry: Entry, builder: &mut Builder) -> Result<NodeId, u32> {
    let marker = [(0, entry.marker(), 0)];
    let significant = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| t.kind.is_significant())
        .map(|(i, t)| (i as u32, t.kind, i as u32 + 1));
    SourceParser::new()
        .parse(builder, marker.into_iter().chain(significant))
        .map_err(|e| match e {
            lalrpop_util::ParseError::UnrecognizedToken { token, .. } => {
                tokens[token.0 as usize].start
            }
            _ => tokens.last().map_or(0, |t| t.end),
        })
}
