//! Where what a job prints goes.

use crate::Pending;
use nexus_graph::event::Stream;

/// Hears what a job prints.
pub trait Output: Send + Sync {
    /// Takes the next bytes of a stream, cut anywhere. Done when there is room for more: whoever
    /// writes waits for it, so that memory stays bounded, but must go on serving other jobs of the
    /// same connection meanwhile.
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()>;

    /// Something the user should know that does not change the result: one sentence, and what can
    /// be done.
    fn warn(&self, code: &'static str, message: String, help: Option<String>);
}

/// Drops everything.
pub struct Nowhere;

impl Output for Nowhere {
    fn write<'a>(&'a self, _: Stream, _: &'a [u8]) -> Pending<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn warn(&self, _: &'static str, _: String, _: Option<String>) {}
}
