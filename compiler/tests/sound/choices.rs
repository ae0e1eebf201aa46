//! Random choices: a program is a function of a sequence of numbers, so that a shorter sequence
//! is a smaller program, and just as well typed.

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// The longest sequence.
const LONGEST: usize = 400;

/// The numbers of a program.
pub fn sequence(seed: u64, index: u64) -> Vec<u32> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&index.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let length = 20 + rng.next_u32() as usize % (LONGEST - 20);
    (0..length).map(|_| rng.next_u32()).collect()
}

/// A sequence being read; after its end every choice is the first, which is the simplest.
pub struct Choices<'a> {
    numbers: &'a [u32],
    at: usize,
}

impl<'a> Choices<'a> {
    pub fn new(numbers: &'a [u32]) -> Self {
        Choices { numbers, at: 0 }
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        number as usize % count.max(1)
    }

    /// True once in `count` times.
    pub fn rarely(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn yes(&mut self) -> bool {
        self.below(2) == 1
    }

    pub fn one<'b, X>(&mut self, of: &'b [X]) -> &'b X {
        &of[self.below(of.len())]
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.numbers.len()
    }
}

/// A smaller sequence that still has a property.
pub fn shrink(mut numbers: Vec<u32>, mut has: impl FnMut(&[u32]) -> bool) -> Vec<u32> {
    let mut width = numbers.len() / 2;
    while width > 0 {
        let mut at = 0;
        while at < numbers.len() {
            let end = (at + width).min(numbers.len());
            let mut less = numbers.clone();
            less.drain(at..end);
            if has(&less) {
                numbers = less;
            } else {
                at += width;
            }
        }
        width /= 2;
    }
    for at in 0..numbers.len() {
        for simpler in [0, 1, 2, 3] {
            let mut less = numbers.clone();
            less[at] = simpler;
            if numbers[at] > simpler && has(&less) {
                numbers = less;
                break;
            }
        }
    }
    numbers
}
