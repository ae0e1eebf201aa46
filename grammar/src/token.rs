//! Tokens.

use crate::kind::SyntaxKind;
use std::ops::Range;

/// A stretch of the text.
///
/// Packed: there are many, and a quarter less memory to write and to read outweighs that the
/// numbers are not aligned.
#[repr(Rust, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is.
    pub kind: SyntaxKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte. Equal to `start` for the closing token of a string or
    /// interpolation that the text lacks.
    pub end: u32,
}

impl Token {
    /// The bytes it covers.
    #[inline]
    pub fn span(&self) -> Range<u32> {
        self.start..self.end
    }

    /// Covers no byte: supplied by the lexer where the text lacks a closing delimiter.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}
