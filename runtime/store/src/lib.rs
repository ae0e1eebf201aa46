//! Content store, action cache, file digests and the snapshot behind the no-op path.
//!
//! Keeps bytes and facts about files; decides nothing about what runs. Its own failures become
//! [`Warning`]s, never errors of a build.

pub mod action;
mod blob;
mod clock;
mod db;
pub mod digests;
pub mod gc;
mod incoming;
mod lock;
pub mod output;
mod place;
pub mod shared;
pub mod snapshot;
pub mod stamp;
pub mod stat;
mod store;
pub mod tree;
pub mod verify;
pub mod walk;
mod warning;
mod writer;

pub use action::{ActionResult, LastRun, OutputContent, OutputEntry};
pub use digests::{Digests, Known};
pub use incoming::{Content, Incoming};
pub use lock::{KeyLock, TryLock};
pub use place::default_cache_dir;
pub use shared::SharedCache;
pub use stamp::{Kind, Stamp};
pub use store::Store;
pub use warning::Warning;
