//! Connections to other machines over SSH.
//!
//! *Invariant:* the only crate that knows an SSH library; nothing of it shows outside. Every wait has
//! a limit, every channel is drained from birth, and a lost connection is an unknown outcome: never
//! success, never failure.
//!
//! The futures of this crate are `Send + 'static` and need a tokio runtime of either kind, with
//! timers and I/O. What blocks (names, key files) happens on its blocking threads.

// An error says everything there is to say, and there is one for each connection at most.
#![allow(clippy::result_large_err)]

mod algorithms;
mod auth;
mod channel;
mod client;
pub mod config;
mod connection;
mod destination;
mod error;
mod exec;
mod executor;
mod failure;
mod gate;
mod handler;
mod host_key;
mod keys;
mod known_hosts;
mod openssh;
mod output;
mod patience;
mod pool;
mod resolve;
mod runner;
mod scan;
mod session;
mod spool;
mod stream;
mod survey;
mod tcp;
mod wire;

pub use channel::{Channel, ChannelWriter, Message, WriteError};
pub use client::Client;
pub use connection::{Connection, OpenError};
pub use destination::{
    Agent, Destination, HostKeyPolicy, KnownHostsFiles, Methods, Settings, Timeouts,
};
pub use error::{ConnectError, Lost, Phase, Reason};
pub use executor::SshExecutor;
pub use known_hosts::{HostKeyError, Recorded};
pub use output::Output;
pub use pool::Pool;
pub use resolve::Resolver;
pub use scan::{HostKey, Standing};
pub use survey::{Shown, survey};
