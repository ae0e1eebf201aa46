//! From tokens to a tree.

use crate::builder::Builder;
use crate::drive::drive;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind;
use crate::lexer::lex;
use crate::lexical;
use crate::recovery::recover;
use crate::tree::Tree;
use crate::validate;
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
#[derive(Clone, Debug)]
pub struct Parse {
    /// Covers every byte of the text, whatever is wrong with it.
    pub tree: Tree,
    /// In source order.
    pub errors: Vec<SyntaxError>,
    /// Rules of recovery have looked at everything, and [`Parse::errors`] has what they found. A
    /// text that is right is read without them, though they might suspect something in it, and
    /// would say so if something else were wrong.
    pub(crate) is_suspected: bool,
}

impl PartialEq for Parse {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree && self.errors == other.errors
    }
}

impl Eq for Parse {}

/// The most mistakes that are told of one text.
pub(crate) const MOST_ERRORS: usize = 1_000;

/// Offsets are 32 bits wide; what is longer than this is not a program.
pub(crate) const LONGEST: usize = 1 << 30;

/// Parses a text. Never fails: what is wrong is said in [`Parse::errors`], and the tree has
/// [`SyntaxKind::Missing`] nodes where something is missing.
pub fn parse(text: &str, entry: Entry) -> Parse {
    parse_shared(Arc::from(text), entry)
}

/// [`parse`] of a text that the tree shares.
pub fn parse_shared(shared: Arc<str>, entry: Entry) -> Parse {
    read(shared, entry, true)
}

/// [`parse`] of a file in which something else is wrong: with the rules of recovery.
pub(crate) fn parse_suspiciously(text: &str) -> Parse {
    read(Arc::from(text), Entry::File, false)
}

fn read(shared: Arc<str>, entry: Entry, strict_first: bool) -> Parse {
    let text = &*shared;
    if text.len() > LONGEST {
        let mut parse = parse("", entry);
        parse.errors = vec![
            SyntaxError::new("NX0023", 0..0, "this file is longer than 1 GiB")
                .help("split it, or read data with `read_file`"),
        ];
        return parse;
    }
    let tokens = lex(text);
    let mut errors = lexical::check(text, &tokens);
    let mut builder = Builder::with_capacity(tokens.len());
    let strict = strict_first.then(|| drive(&tokens, entry, &mut builder));
    let strict = strict.flatten();
    let root = strict.unwrap_or_else(|| {
        builder = Builder::with_capacity(tokens.len());
        let tokens: Vec<_> = tokens.iter().collect();
        let (root, mistakes) = recover(text, &tokens, entry, &mut builder);
        errors.extend(mistakes);
        root
    });
    let mut tree = Tree::new(shared.clone(), tokens, builder, root);
    validate::check(&tree, &mut errors);
    errors.sort_by_key(|e| (e.span.start, e.span.end));
    errors.truncate(MOST_ERRORS);
    if !errors.is_empty() {
        tree.mark_errors();
    }
    Parse {
        tree,
        errors,
        is_suspected: strict.is_none(),
    }
}
