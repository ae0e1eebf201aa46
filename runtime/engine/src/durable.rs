//! What a subscriber of events promises to those who have to wait for it.

/// A subscriber that can make what it was told survive a loss of power.
pub trait Durable: Send + Sync {
    /// Calls `done`, on any thread, when everything that the subscriber was told so far is safe, or
    /// cannot be made so. Those who wait at the same time share the work.
    fn flush(&self, done: Box<dyn FnOnce() + Send>);
}
