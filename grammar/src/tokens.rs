//! The tokens of a tree, kept small: a tree has more of them than of anything else.

use crate::kind::SyntaxKind;
use crate::token::Token;
use std::ops::Range;

/// Tokens in a block.
const BLOCK: usize = 8;

/// Set in [`Block::start`] when a token of the block is long: the rest is the position among the
/// blocks' wide forms. Offsets are below 2^30.
const WIDE: u32 = 1 << 31;

/// Eight tokens: 20 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    /// Where the first begins.
    start: u32,
    kinds: [SyntaxKind; BLOCK],
    lengths: [u8; BLOCK],
}

/// A sequence of tokens without gaps, in blocks: the offset of the first token of a block, and
/// the kind and length of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    blocks: Vec<Block>,
    /// For blocks with a token of more than 255 bytes: where each of its tokens begins, and where
    /// the last ends.
    wide: Vec<[u32; BLOCK + 1]>,
    len: usize,
}

/// Packs tokens that follow each other, as they come.
pub(crate) struct Packer {
    packed: Tokens,
    /// The last tokens, not yet a block.
    group: [Token; BLOCK],
    waiting: usize,
}

impl Packer {
    /// Room for so many tokens; what is not used is not touched.
    pub(crate) fn with_capacity(tokens: usize) -> Self {
        let nothing = Token {
            kind: SyntaxKind::Unknown,
            start: 0,
            end: 0,
        };
        Packer {
            packed: Tokens {
                blocks: Vec::with_capacity(tokens.div_ceil(BLOCK)),
                wide: Vec::new(),
                len: 0,
            },
            group: [nothing; BLOCK],
            waiting: 0,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, token: Token) {
        self.group[self.waiting] = token;
        self.waiting += 1;
        if self.waiting == BLOCK {
            self.close_block();
        }
    }

    /// All of them.
    pub(crate) fn finish(mut self) -> Tokens {
        if self.waiting > 0 {
            self.close_block();
        }
        self.packed
    }

    fn close_block(&mut self) {
        let group = &self.group[..self.waiting];
        let mut block = Block {
            start: group[0].start,
            kinds: [SyntaxKind::Unknown; BLOCK],
            lengths: [0; BLOCK],
        };
        let mut is_wide = false;
        for (i, token) in group.iter().enumerate() {
            let length = token.end - token.start;
            is_wide |= length > u32::from(u8::MAX);
            block.kinds[i] = token.kind;
            block.lengths[i] = length as u8;
        }
        if is_wide {
            let mut offsets = [group[group.len() - 1].end; BLOCK + 1];
            for (offset, token) in offsets.iter_mut().zip(group) {
                *offset = token.start;
            }
            block.start = WIDE | self.packed.wide.len() as u32;
            self.packed.wide.push(offsets);
        }
        self.packed.blocks.push(block);
        self.packed.len += self.waiting;
        self.waiting = 0;
    }
}

impl Tokens {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A token; `None` behind the last.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Token> {
        (index < self.len).then(|| self.at(index))
    }

    /// A token.
    ///
    /// # Panics
    /// When there is none of that number.
    #[inline]
    pub fn at(&self, index: usize) -> Token {
        assert!(index < self.len, "no token {index} of {}", self.len);
        let block = &self.blocks[index / BLOCK];
        let at = index % BLOCK;
        let kind = block.kinds[at];
        if block.start & WIDE != 0 {
            let offsets = &self.wide[(block.start & !WIDE) as usize];
            let (start, end) = (offsets[at], offsets[at + 1]);
            return Token { kind, start, end };
        }
        let start = block.start + before(block.lengths, at);
        let end = start + u32::from(block.lengths[at]);
        Token { kind, start, end }
    }

    /// What a token is.
    ///
    /// # Panics
    /// As [`Tokens::at`].
    #[inline]
    pub fn kind(&self, index: usize) -> SyntaxKind {
        assert!(index < self.len, "no token {index} of {}", self.len);
        self.blocks[index / BLOCK].kinds[index % BLOCK]
    }

    /// Some of them, in order.
    pub fn range(
        &self,
        range: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = Token> + ExactSizeIterator + '_ {
        range.map(|index| self.at(index))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Token> + ExactSizeIterator + '_ {
        self.range(0..self.len)
    }

    /// What they are, in order.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = SyntaxKind> + '_ {
        let all = self.blocks.iter().flat_map(|block| block.kinds);
        all.take(self.len)
    }

    /// How many begin at or before an offset.
    pub(crate) fn count_up_to(&self, offset: u32) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.at(middle).start <= offset {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }
}

/// The sum of the first `count` lengths, fewer than eight: all at once, in lanes of 16 bits.
#[inline]
fn before(lengths: [u8; BLOCK], count: usize) -> u32 {
    let bytes = u64::from_le_bytes(lengths) & ((1 << (8 * count)) - 1);
    let pairs = (bytes & 0x00ff_00ff_00ff_00ff) + (bytes >> 8 & 0x00ff_00ff_00ff_00ff);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_is_found_again(
            lengths in proptest::collection::vec(
                prop_oneof![8 => 0u32..40, 2 => 200u32..300, 1 => 1_000u32..100_000],
                0..60,
            ),
        ) {
            let mut end = 0;
            let tokens: Vec<Token> = lengths
                .iter()
                .map(|length| {
                    let start = end;
                    end += length;
                    let kind = match length % 3 {
                        0 => SyntaxKind::Ident,
                        1 => SyntaxKind::Whitespace,
                        _ => SyntaxKind::StringText,
                    };
                    Token { kind, start, end }
                })
                .collect();
            let mut packer = Packer::with_capacity(0);
            tokens.iter().for_each(|token| packer.push(*token));
            let packed = packer.finish();
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), tokens.clone());
            prop_assert_eq!(packed.get(tokens.len()), None);
            for offset in (0..=end).step_by(7) {
                let expected = tokens.partition_point(|token| token.start <= offset);
                prop_assert_eq!(packed.count_up_to(offset), expected);
            }
        }
    }
}
