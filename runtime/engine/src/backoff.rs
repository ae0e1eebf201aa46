//! The pause before a further attempt: exponential back-off, spread at random (Brooker, "Exponential
//! Backoff And Jitter", AWS Architecture Blog, 2015).

use nexus_graph::Jitter;
use std::time::Duration;

/// No pause is longer than this.
pub const CAP: Duration = Duration::from_secs(300);

/// The pause after failure number `attempt`, counting from 1, before it is spread: `base`, doubled
/// after each failure, at most [`CAP`] unless `base` itself is longer.
pub fn ceiling(base: Duration, attempt: u32) -> Duration {
    let factor = 1u32
        .checked_shl(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    base.checked_mul(factor)
        .unwrap_or(Duration::MAX)
        .min(CAP.max(base))
}

/// The pause after failure number `attempt`, counting from 1. `previous` is the pause before this
/// one, `random` a fraction of 2⁶⁴.
pub fn pause(
    jitter: Jitter,
    base: Duration,
    attempt: u32,
    previous: Option<Duration>,
    random: u64,
) -> Duration {
    let top = ceiling(base, attempt);
    match jitter {
        Jitter::Full => between(Duration::ZERO, top, random),
        Jitter::Equal => between(top / 2, top, random),
        Jitter::Decorrelated => {
            let last = previous.unwrap_or(base).max(base);
            let top = last.checked_mul(3).unwrap_or(Duration::MAX);
            between(base, top.min(CAP.max(base)), random)
        }
        Jitter::None => top,
    }
}

/// From `low` to `high`, as `random` says.
fn between(low: Duration, high: Duration, random: u64) -> Duration {
    let width = high.saturating_sub(low).as_nanos();
    // At most 2⁹⁴ times 2⁶⁴ would not fit; what is longer than 580 years need not be exact.
    let part = match width.checked_mul(u128::from(random)) {
        Some(product) => product >> 64,
        None => width,
    };
    low + Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX)).min(high - low)
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
    use proptest::sample::select;

    fn any_jitter() -> impl Strategy<Value = Jitter> {
        select(Jitter::NAMES.map(|(_, jitter)| jitter).to_vec())
    }

    proptest! {
        #[test]
        fn a_ceiling_grows_up_to_the_cap(nanos: u64, attempt in 0u32..200) {
            let base = Duration::from_nanos(nanos);
            let top = ceiling(base, attempt);
            prop_assert!(top <= CAP.max(base));
            prop_assert!(top >= base);
            prop_assert!(ceiling(base, attempt + 1) >= top);
        }

        #[test]
        fn each_jitter_stays_in_its_range(
            nanos: u64, attempt in 1u32..200, before: Option<u64>, random: u64,
        ) {
            let base = Duration::from_nanos(nanos);
            let previous = before.map(Duration::from_nanos);
            let top = ceiling(base, attempt);
            let of = |jitter| pause(jitter, base, attempt, previous, random);
            prop_assert!(of(Jitter::Full) <= top);
            prop_assert!(of(Jitter::Equal) >= top / 2 && of(Jitter::Equal) <= top);
            prop_assert_eq!(of(Jitter::None), top);
            let decorrelated = of(Jitter::Decorrelated);
            prop_assert!(decorrelated >= base);
            prop_assert!(decorrelated <= CAP.max(base));
            let last = previous.unwrap_or(base).max(base);
            prop_assert!(decorrelated <= last.saturating_mul(3));
        }

        #[test]
        fn more_luck_never_waits_longer(
            jitter in any_jitter(), base in 0u64..10_000_000_000, attempt in 1u32..20,
            before: Option<u32>, a: u64, b: u64,
        ) {
            let base = Duration::from_nanos(base);
            let previous = before.map(|nanos| Duration::from_nanos(nanos.into()));
            let of = |random| pause(jitter, base, attempt, previous, random);
            prop_assert!(of(a.min(b)) <= of(a.max(b)));
        }

        #[test]
        fn the_whole_range_is_used(jitter in any_jitter(), millis in 1u64..60_000, attempt in 1u32..5) {
            let base = Duration::from_millis(millis);
            let of = |random| pause(jitter, base, attempt, Some(base), random);
            let (shortest, longest) = (of(0), of(u64::MAX));
            let top = ceiling(base, attempt);
            let (low, high) = match jitter {
                Jitter::Full => (Duration::ZERO, top),
                Jitter::Equal => (top / 2, top),
                Jitter::Decorrelated => (base, (base * 3).min(CAP)),
                Jitter::None => (top, top),
            };
            prop_assert_eq!(shortest, low);
            prop_assert!(high - longest <= Duration::from_nanos(1));
        }
    }

    #[test]
    fn it_doubles() {
        let second = Duration::from_secs(1);
        assert_eq!(ceiling(second, 1), second);
        assert_eq!(ceiling(second, 2), second * 2);
        assert_eq!(ceiling(second, 5), second * 16);
        assert_eq!(ceiling(second, 60), CAP);
        assert_eq!(pause(Jitter::Full, second, 1, None, 0), Duration::ZERO);
    }

    #[test]
    fn decorrelated_pauses_follow_from_each_other() {
        let base = Duration::from_secs(1);
        let mut last = None;
        for expected in [3, 9, 27, 81, 243, 300, 300] {
            let now = pause(Jitter::Decorrelated, base, 1, last, u64::MAX);
            assert_eq!(now.as_secs_f64().round() as u64, expected);
            last = Some(now);
        }
    }
}
