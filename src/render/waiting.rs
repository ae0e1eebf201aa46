//! How much output waits to be shown. The number of waiting lines alone bounds nothing: one may be as
//! long as a program likes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that may wait before whoever adds more has to.
const MOST: usize = 16 << 20;

/// Shared by who adds and who takes.
#[derive(Clone, Default)]
pub struct Waiting(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: usize,
    /// Nobody takes anything any more.
    closed: bool,
}

/// As long as somebody takes what waits.
pub struct Taking(Waiting);

impl Waiting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for room.
    pub fn add(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let full = |state: &mut State| state.bytes > MOST && !state.closed;
        let state = self.0.changed.wait_while(self.state(), full);
        state.unwrap_or_else(PoisonError::into_inner).bytes += bytes;
    }

    /// So much was taken.
    pub fn remove(&self, bytes: usize) {
        if bytes > 0 {
            let mut state = self.state();
            state.bytes = state.bytes.saturating_sub(bytes);
            drop(state);
            self.0.changed.notify_all();
        }
    }

    /// From here on somebody takes, until this is dropped.
    pub fn taking(&self) -> Taking {
        Taking(self.clone())
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_adds_too_much_waits_until_some_is_taken_or_nobody_takes() {
        let waiting = Waiting::default();
        let taking = waiting.taking();
        waiting.add(MOST + 1);
        let adder = waiting.clone();
        let thread = std::thread::spawn(move || adder.add(10));
        waiting.remove(MOST);
        thread.join().expect("it was let in");
        waiting.add(2 * MOST);
        let adder = waiting.clone();
        let thread = std::thread::spawn(move || adder.add(10));
        drop(taking);
        thread.join().expect("it was let go");
        waiting.add(MOST);
    }
}
