//! Positions of the protocol (line, and column in units of some encoding) and byte offsets.

use nexus_compiler::hir::Span;
use tower_lsp::ls_types::{Position, PositionEncodingKind, Range};

/// In which units columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of 16 bits; what clients that say nothing count.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best one that a client offers: counting bytes costs nothing.
    pub fn choose(offered: &[PositionEncodingKind]) -> Self {
        let offers = |kind: PositionEncodingKind| offered.contains(&kind);
        if offers(PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if offers(PositionEncodingKind::UTF32) {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    /// As the protocol calls it.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    pub(super) fn width(self, c: char) -> u32 {
        match self {
            Encoding::Utf8 => c.len_utf8() as u32,
            Encoding::Utf16 => c.len_utf16() as u32,
            Encoding::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
    ascii: bool,
}

impl LineIndex {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(i as u32 + 1);
            }
        }
        LineIndex {
            starts,
            ascii: text.is_ascii(),
        }
    }

    /// How many lines there are; the last may be empty.
    pub fn lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line of an offset, from 0.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32 - 1
    }

    /// The offset a line begins at; the end of the text for lines behind it.
    pub fn start(&self, text: &str, line: u32) -> u32 {
        let known = self.starts.get(line as usize);
        known.copied().unwrap_or(text.len() as u32)
    }

    /// The position of an offset; in the middle of a character, that of the character.
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let mut offset = offset.min(text.len() as u32);
        while !text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.starts[line as usize];
        let before = &text[start as usize..offset as usize];
        let character = match encoding {
            _ if self.ascii => offset - start,
            Encoding::Utf8 => offset - start,
            encoding => before.chars().map(|c| encoding.width(c)).sum(),
        };
        Position { line, character }
    }

    /// The offset of a position. Behind the end of a line it is the end of the line, behind the
    /// last line the end of the text, inside a character the beginning of the character.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let Some(&start) = self.starts.get(position.line as usize) else {
            return text.len() as u32;
        };
        let end = self.start(text, position.line.saturating_add(1));
        let line = &text[start as usize..end as usize];
        let line = line.trim_end_matches(['\n', '\r']);
        let mut column = 0;
        for (at, c) in line.char_indices() {
            let next = column + encoding.width(c);
            if next > position.character {
                return start + at as u32;
            }
            column = next;
        }
        start + line.len() as u32
    }

    /// The range of a span.
    pub fn range(&self, text: &str, span: Span, encoding: Encoding) -> Range {
        Range {
            start: self.position(text, span.start, encoding),
            end: self.position(text, span.end.max(span.start), encoding),
        }
    }

    /// The span of a range.
    pub fn span(&self, text: &str, range: Range, encoding: Encoding) -> Span {
        let start = self.offset(text, range.start, encoding);
        let end = self.offset(text, range.end, encoding);
        Span {
            start: start.min(end),
            end: start.max(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_in_the_units_of_the_encoding() {
        let text = "a = \"é😀x\";\r\nb\rc";
        let index = LineIndex::new(text);
        assert_eq!(index.lines(), 3);
        let x = text.find('x').unwrap() as u32;
        for (encoding, column) in [
            (Encoding::Utf8, 11),
            (Encoding::Utf16, 8),
            (Encoding::Utf32, 7),
        ] {
            assert_eq!(index.position(text, x, encoding), at(0, column));
            assert_eq!(index.offset(text, at(0, column), encoding), x);
            // Behind the end of the line, but not behind its end mark.
            assert_eq!(index.offset(text, at(0, 99), encoding), x + 3);
            assert_eq!(index.offset(text, at(2, 1), encoding), text.len() as u32);
            assert_eq!(index.offset(text, at(9, 0), encoding), text.len() as u32);
        }
        // In the middle of a character of two units.
        assert_eq!(index.offset(text, at(0, 7), Encoding::Utf16), x - 4);
    }

    proptest! {
        #[test]
        fn offsets_survive(text in "[aé😀\r\n]{0,24}") {
            let index = LineIndex::new(&text);
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                for (offset, _) in text.char_indices() {
                    // Between `\r` and `\n` there is no position.
                    if text[offset..].starts_with('\n') && text[..offset].ends_with('\r') {
                        continue;
                    }
                    let position = index.position(&text, offset as u32, encoding);
                    prop_assert_eq!(index.offset(&text, position, encoding), offset as u32);
                }
            }
        }
    }
}
