//! Results that others may have: the vocabulary between a run and a cache shared with other
//! machines. Who implements [`SharedCache`] knows servers; who uses it knows tasks; neither knows
//! the other.

use crate::action::ActionResult;
use nexus_graph::Digest;
use nexus_graph::event::{Origin, SharedTotals};

/// What is asked of a shared cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The key.
    pub key: Digest,
    /// The task's outputs as declared, in order: a result with any others is refused.
    pub outputs: Vec<String>,
}

/// What a shared cache has under a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing that can be used.
    Nothing,
    /// A task with this key was seen to read these paths; the key that includes them may have more.
    Paths(Vec<String>),
    /// The result. Everything its outputs consist of lies in the local store now.
    Result(Box<SharedResult>),
}

/// A result made elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedResult {
    /// What it is.
    pub result: ActionResult,
    /// Where it comes from.
    pub origin: Origin,
}

/// A result made here, for others. It lies in the local store, which is where it is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its key.
    pub key: Digest,
    /// The key without what was found out by running; the way to `key` begins there.
    pub static_key: Digest,
    /// Where the way that others left ends: see [`Answer::Paths`].
    pub end: Digest,
    /// The task.
    pub task: String,
    /// The run.
    pub run: String,
}

/// How far the writing of offered results is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Results that are not written yet.
    pub results: u32,
    /// Bytes written so far.
    pub bytes: u64,
}

/// A cache that other machines use as well.
///
/// Nothing here fails: whatever goes wrong is a result that is not found, or not written, and at
/// most one warning in a run. Nothing here blocks either: answers arrive by calls, from a thread of
/// the cache's own.
pub trait SharedCache: Send + Sync {
    /// Asks. `answer` is called once.
    fn look_up(&self, question: Question, answer: Box<dyn FnOnce(Answer) + Send>);

    /// Whether results are wanted.
    fn writes(&self) -> bool;

    /// Hands over a result, which is written behind the run's back.
    fn offer(&self, offer: Offer);

    /// Calls `tell` now and then while results are being written, and a last time, with none
    /// pending, when they are written or given up.
    fn settle(&self, tell: Box<dyn FnMut(Pending) + Send>);

    /// What was asked, found and written since the last call.
    fn take_totals(&self) -> SharedTotals;

    /// What the user should know; said once.
    fn take_warning(&self) -> Option<crate::Warning>;
}
