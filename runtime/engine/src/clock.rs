//! Time as far as it counts for limits: not while this process is stopped (Ctrl+Z, SIGSTOP). What is
//! asked of a task is asked of it while somebody waits for it.
//!
//! A process does not learn that it was stopped, and not always that it goes on. So time is looked at
//! regularly, and a look that comes much later than it should says that nobody could look.

use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const TICK: Duration = Duration::from_millis(250);

/// A look that is later than this was not only kept waiting by other processes.
const LATE: Duration = Duration::from_secs(1);

/// The clock of a run.
pub(crate) struct Clock {
    looked: Cell<Instant>,
    stopped: Cell<Duration>,
}

/// When time is over, as far as it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    /// What did not count until it was made.
    stopped: Duration,
}

impl Clock {
    /// Starts now.
    pub fn new() -> Clock {
        Clock {
            looked: Cell::new(Instant::now()),
            stopped: Cell::new(Duration::ZERO),
        }
    }

    /// Looks at the time again and again; as long as nobody does, nothing counts as stopped.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.look(Instant::now());
        }
    }

    fn look(&self, now: Instant) {
        let gap = now.saturating_duration_since(self.looked.replace(now));
        if gap > TICK + LATE {
            self.stopped.set(self.stopped.get() + gap - TICK);
        }
    }

    /// So long from now.
    pub fn after(&self, time: Duration) -> Deadline {
        let now = Instant::now();
        self.look(now);
        Deadline {
            at: now + time,
            stopped: self.stopped.get(),
        }
    }

    /// What is left until then.
    pub fn left(&self, deadline: Deadline) -> Duration {
        let now = Instant::now();
        self.look(now);
        let at = deadline.at + (self.stopped.get() - deadline.stopped);
        at.saturating_duration_since(now)
    }

    /// Whether time is over.
    pub fn is_over(&self, deadline: Deadline) -> bool {
        self.left(deadline).is_zero()
    }

    /// The one with less time left.
    pub fn sooner(&self, one: Option<Deadline>, other: Option<Deadline>) -> Option<Deadline> {
        let both = [one, other].into_iter().flatten();
        both.min_by_key(|deadline| self.left(*deadline))
    }

    /// Waits until then.
    pub async fn until(&self, deadline: Deadline) {
        loop {
            let left = self.left(deadline);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn time_without_a_look_does_not_count() {
        let clock = Clock::new();
        let deadline = clock.after(10 * SECOND);
        let begin = clock.looked.get();
        // Looks as they should be, or a little late.
        for millis in [250, 500, 1200, 1450] {
            clock.look(begin + Duration::from_millis(millis));
        }
        assert_eq!(clock.stopped.get(), Duration::ZERO);
        clock.look(begin + 60 * SECOND);
        let stopped = clock.stopped.get();
        assert_eq!(stopped, 60 * SECOND - Duration::from_millis(1450) - TICK);
        let at = deadline.at + (stopped - deadline.stopped);
        assert!(at > begin + 60 * SECOND + 8 * SECOND && at < begin + 69 * SECOND);
    }
}
