//! Cancellation of a run from any thread, a signal handler's included.

use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// A token shared by everyone who may cancel a run and everything that must stop then.
#[derive(Clone, Debug)]
pub struct Cancel {
    state: Arc<watch::Sender<bool>>,
    signal: Arc<OnceLock<String>>,
}

impl Cancel {
    /// Not cancelled.
    pub fn new() -> Self {
        Cancel {
            state: Arc::new(watch::Sender::new(false)),
            signal: Arc::default(),
        }
    }

    /// Cancels: nothing new starts, what runs gets SIGTERM and, after the grace period, SIGKILL.
    pub fn cancel(&self) {
        self.state.send_replace(true);
    }

    /// The same because of a signal, given by its name.
    pub fn cancel_by(&self, signal: &str) {
        // The first one counts.
        let _ = self.signal.set(signal.to_string());
        self.cancel();
    }

    /// The signal that cancelled it, if one did.
    pub(crate) fn signal(&self) -> Option<&str> {
        self.signal.get().map(String::as_str)
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.state.borrow()
    }

    /// Waits until it is cancelled.
    pub(crate) async fn cancelled(&self) {
        let mut receiver = self.state.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = receiver.wait_for(|cancelled| *cancelled).await;
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}
