//! Cancellation of a run, and stopping it for a while, from any thread, a signal handler's included.

use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

/// A token shared by everyone who may cancel a run and everything that must stop then.
#[derive(Clone, Debug)]
pub struct Cancel {
    state: Arc<watch::Sender<bool>>,
    /// How often it was asked to stop for a while.
    stops: Arc<watch::Sender<u32>>,
    signal: Arc<OnceLock<String>>,
}

impl Cancel {
    /// Not cancelled.
    pub fn new() -> Self {
        Cancel {
            state: Arc::new(watch::Sender::new(false)),
            stops: Arc::new(watch::Sender::new(0)),
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

    /// Stops the run and this process, as Ctrl+Z does, until somebody lets it go on.
    pub fn stop(&self) {
        self.stops.send_modify(|stops| *stops += 1);
    }

    /// To hear of [`stop`](Self::stop).
    pub(crate) fn stops(&self) -> watch::Receiver<u32> {
        self.stops.subscribe()
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
