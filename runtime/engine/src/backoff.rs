//! The pause before a further attempt: exponential back-off with full jitter (Brooker, "Exponential
//! Backoff And Jitter", AWS Architecture Blog, 2015).

use std::time::Duration;

/// No pause is longer than this.
pub const CAP: Duration = Duration::from_secs(300);

/// Upper bound of the pause before attempt `attempt + 1`, `attempt` counting from 1: `base`
/// doubled after each failure, at most [`CAP`] unless `base` itself is longer.
pub fn ceiling(base: Duration, attempt: u32) -> Duration {
    let factor = 1u32
        .checked_shl(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    base.checked_mul(factor)
        .unwrap_or(Duration::MAX)
        .min(CAP.max(base))
}

/// The pause: `random`, taken as a fraction of 2⁶⁴, of the ceiling.
pub fn pause(base: Duration, attempt: u32, random: u64) -> Duration {
    let nanos = ceiling(base, attempt).as_nanos();
    let part = (nanos * u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
}

/// A number that differs from call to call and from process to process. Spreading retries needs
/// no better.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pause_stays_below_its_ceiling(nanos in 0u64..=u64::MAX, attempt in 0u32..200, random: u64) {
            let base = Duration::from_nanos(nanos);
            let top = ceiling(base, attempt);
            prop_assert!(pause(base, attempt, random) <= top);
            prop_assert!(top <= CAP.max(base));
            prop_assert!(ceiling(base, attempt + 1) >= top);
        }

        #[test]
        fn more_luck_never_waits_longer(base in 0u64..10_000_000_000, attempt in 1u32..20, a: u64, b: u64) {
            let base = Duration::from_nanos(base);
            prop_assert!(pause(base, attempt, a.min(b)) <= pause(base, attempt, a.max(b)));
        }
    }

    #[test]
    fn it_doubles() {
        let second = Duration::from_secs(1);
        assert_eq!(ceiling(second, 1), second);
        assert_eq!(ceiling(second, 2), second * 2);
        assert_eq!(ceiling(second, 5), second * 16);
        assert_eq!(ceiling(second, 60), CAP);
        assert_eq!(pause(second, 1, 0), Duration::ZERO);
    }
}
