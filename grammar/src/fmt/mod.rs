//! The formatter.
//!
//! Three steps, none of which recurses: a walk over the tree turns every construct into a few
//! layout instructions ([`walk`] and the files named after constructs); comments and blank lines
//! join in where their tokens pass by ([`trivia`]); the printer decides which groups fit on a
//! line ([`print`]).
//!
//! The style: two blanks of indentation, 100 columns, one blank around operators, nothing
//! aligned. Brackets that were opened with a line break stay broken, others stay on one line if
//! they fit. All comments stay, and of several blank lines one. The inside of strings is not
//! touched. Optional commas in lists go.

mod bindings;
mod brackets;
mod control;
mod functions;
mod operators;
mod print;
mod trivia;
mod types;
mod walk;

use crate::kind::SyntaxKind as K;
use crate::lexer::lex;
use crate::token::Token;
use crate::tree::Tree;

/// Why a text was not formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// It has mistakes, which [`crate::parse`] has told.
    Mistakes,
    /// The result would not have said the same; a fault of the formatter.
    Changed,
}

impl std::fmt::Display for FormatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FormatError::Mistakes => "a text with syntax errors is not formatted",
            FormatError::Changed => {
                "the formatter would have changed the meaning of this text, so it was left alone"
            }
        })
    }
}

impl std::error::Error for FormatError {}

/// Formats a text without mistakes. Formatting the result again gives the same.
pub fn format(tree: &Tree) -> Result<String, FormatError> {
    if tree.has_errors() {
        return Err(FormatError::Mistakes);
    }
    let formatted = print::print(tree.source(), &walk::walk(tree));
    let source = &**tree.source();
    let before = tree.tokens().iter().map(|t| (t, source)).filter(is_kept);
    let tokens = lex(&formatted);
    let after = tokens.iter().map(|t| (t, &*formatted)).filter(is_kept);
    let (before, after) = (before.map(meaning), after.map(meaning));
    match before.eq(after) {
        true => Ok(formatted),
        false => Err(FormatError::Changed),
    }
}

/// All tokens stay but blanks, and the commas of lists.
fn is_kept((token, _): &(Token, &str)) -> bool {
    !matches!(token.kind, K::Whitespace | K::Comma)
}

fn meaning((token, source): (Token, &str)) -> (K, &str) {
    let text = &source[token.start as usize..token.end as usize];
    match token.kind {
        K::Comment => (token.kind, text.trim_end()),
        kind => (kind, text),
    }
}
