//! Whether a cache is still worth asking: a circuit breaker with a budget of time.
//!
//! Three failures in a row, or too much time lost in all, and it is given up for the rest of the
//! process. Whoever waits for it at that moment stops waiting.

use crate::fault::Fault;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Failures in a row after which a cache is given up.
const FAILURES: u32 = 3;

/// Answers that take no longer than this cost nothing that counts.
const GRACE: Duration = Duration::from_secs(1);

pub(crate) struct Health {
    off: AtomicBool,
    given_up: Notify,
    budget: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    in_a_row: u32,
    /// Time during which somebody waited in vain; times that overlap count once.
    lost: Duration,
    /// End of the last such time.
    until: Option<Instant>,
    first: Option<Fault>,
    faults: u32,
}

impl Health {
    pub fn new(budget: Duration) -> Self {
        Health {
            off: AtomicBool::new(false),
            given_up: Notify::new(),
            budget,
            state: Mutex::default(),
        }
    }

    pub fn is_off(&self) -> bool {
        self.off.load(Ordering::Acquire)
    }

    /// Gives up.
    pub fn turn_off(&self) {
        self.off.store(true, Ordering::Release);
        self.given_up.notify_waiters();
    }

    /// Returns when the cache is given up.
    pub async fn off(&self) {
        let given_up = self.given_up.notified();
        tokio::pin!(given_up);
        given_up.as_mut().enable();
        if !self.is_off() {
            given_up.await;
        }
    }

    /// A request was answered as it should be.
    pub fn answered(&self) {
        self.state().in_a_row = 0;
    }

    /// A request failed.
    pub fn failed(&self, fault: &Fault) {
        // What the local store lacks, it tells itself.
        if matches!(fault, Fault::Off | Fault::Local) {
            return;
        }
        let mut state = self.state();
        state.faults += 1;
        if state.first.is_none() {
            state.first = Some(fault.clone());
        }
        if !fault.counts() {
            return;
        }
        state.in_a_row += 1;
        if state.in_a_row >= FAILURES || fault.is_final() {
            drop(state);
            self.turn_off();
        }
    }

    /// Somebody waited from `begin` until now and gained `gained`.
    pub fn waited(&self, begin: Instant, gained: Duration, in_vain: bool) {
        let now = Instant::now();
        let mut state = self.state();
        let begin = state.until.map_or(begin, |until| begin.max(until));
        let lost = now.saturating_duration_since(begin).saturating_sub(gained);
        if lost <= GRACE && !in_vain {
            return;
        }
        state.until = Some(now);
        state.lost += lost;
        if state.lost >= self.budget {
            if state.first.is_none() {
                let lost = state.lost.as_secs();
                state.first = Some(Fault::Slow(format!("it cost {lost} s and gave little")));
            }
            drop(state);
            self.turn_off();
        }
    }

    /// The first thing that went wrong and how many others there were, once.
    pub fn take_fault(&self) -> Option<(Fault, u32)> {
        let mut state = self.state();
        let fault = state.first.take()?;
        Some((fault, state.faults.saturating_sub(1)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health() -> Health {
        Health::new(Duration::from_secs(60))
    }

    #[test]
    fn three_failures_in_a_row_are_enough() {
        let health = health();
        let fault = Fault::Failed("500".into());
        for _ in 0..4 {
            health.failed(&fault);
            health.failed(&fault);
            health.answered();
        }
        assert!(!health.is_off());
        for off in [false, false, true] {
            health.failed(&fault);
            assert_eq!(health.is_off(), off);
        }
        assert_eq!(health.take_fault(), Some((fault, 10)));
        assert_eq!(health.take_fault(), None);
    }

    #[test]
    fn what_is_hopeless_is_not_tried_again() {
        for fault in [Fault::Refused("403".into()), Fault::Full("507".into())] {
            let health = health();
            health.failed(&fault);
            assert!(health.is_off(), "{fault}");
        }
        let health = health();
        for _ in 0..10 {
            health.failed(&Fault::Untrusted("no signature".into()));
        }
        assert!(!health.is_off(), "the server does what it should");
    }

    #[test]
    fn time_lost_together_counts_once_and_has_a_limit() {
        let health = health();
        let now = Instant::now();
        let Some(begin) = now.checked_sub(Duration::from_secs(40)) else {
            return;
        };
        health.waited(begin, Duration::ZERO, true);
        health.waited(begin, Duration::ZERO, true);
        assert!(!health.is_off(), "40 s twice at the same time are 40 s");
        let health = Health::new(Duration::from_secs(30));
        health.waited(begin, Duration::from_secs(50), false);
        assert!(!health.is_off(), "it gained more than it cost");
        health.waited(begin, Duration::ZERO, false);
        assert!(health.is_off());
        assert!(health.take_fault().is_some());
    }

    #[tokio::test]
    async fn who_waits_is_told() {
        let health = std::sync::Arc::new(health());
        let other = health.clone();
        let waiting = tokio::spawn(async move { other.off().await });
        tokio::task::yield_now().await;
        health.turn_off();
        waiting.await.expect("told");
        health.off().await;
    }
}
