//! Connections to other machines over SSH.
//!
//! *Invariant:* the only crate that knows an SSH library; nothing of it shows outside. Every wait has
//! a limit, every channel is drained from birth, and a lost connection is an unknown outcome: never
//! success, never failure.
//!
//! The futures of this crate are `Send + 'static` and need a tokio runtime of either kind, with
//! timers and I/O. What blocks (names, key files) happens on its blocking threads.

mod algorithms;
mod auth;
mod channel;
mod client;
mod connection;
mod destination;
mod error;
mod handler;
mod output;
mod session;
mod spool;
mod tcp;
mod wire;

pub use channel::{Channel, ChannelWriter, Message, WriteError};
pub use client::Client;
pub use connection::{Connection, OpenError};
pub use destination::{Destination, HostKeyPolicy, Settings, Timeouts};
pub use error::{ConnectError, Lost, Phase, Reason};
pub use output::Output;
