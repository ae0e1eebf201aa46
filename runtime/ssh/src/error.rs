//! Why a connection could not be made, and why one ended.

use crate::auth::Attempted;
use crate::destination::Destination;
use crate::known_hosts::HostKeyError;
use nexus_executor::Tried;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a connection is gone. What ran on it has an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
pub enum Lost {
    /// It was closed from here.
    #[error("the connection was closed")]
    Closed,
    /// The server ended it and said why.
    #[error("the server ended the connection: {0}")]
    Server(String),
    /// No sign of life came in time.
    #[error("the server does not answer any more")]
    Silent,
    /// The network ended it.
    #[error("the connection was lost: {0}")]
    Network(String),
    /// What arrived was not what the server had sent.
    #[error("the connection was damaged on its way")]
    Damaged,
    /// The server ended it without a word.
    #[default]
    #[error("the server ended the connection")]
    Ended,
    /// A machine that it went through was lost.
    #[error("the connection to {hop}, which it went through, is gone: {why}")]
    Hop {
        /// That machine.
        hop: String,
        /// Why the connection to it is gone.
        why: Box<Lost>,
    },
    /// Something failed here.
    #[error("{0}")]
    Other(String),
}

impl Lost {
    /// Output could not be kept here.
    pub(crate) fn local(problem: &io::Error) -> Self {
        Lost::Other(format!("output could not be kept: {problem}"))
    }
}

impl From<&russh::Error> for Lost {
    fn from(error: &russh::Error) -> Self {
        match error {
            russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout => Lost::Silent,
            russh::Error::IO(problem) if problem.kind() == io::ErrorKind::UnexpectedEof => {
                Lost::Ended
            }
            russh::Error::IO(problem) => Lost::Network(problem.to_string()),
            russh::Error::Disconnect | russh::Error::HUP => Lost::Ended,
            russh::Error::PacketAuth
            | russh::Error::DecryptionError
            | russh::Error::PacketSize(_) => Lost::Damaged,
            other => Lost::Other(other.to_string()),
        }
    }
}

/// The steps of connecting, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Keys and configuration, before anybody is connected to.
    Prepare,
    /// Finding the addresses of the name.
    Resolve,
    /// Reaching an address.
    Connect,
    /// The exchange of keys, with the check of the server's.
    Handshake,
    /// Logging in.
    Authenticate,
}

/// Why connecting failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(String),
    /// A key that was named cannot be used.
    #[error("the key {path} cannot be used: {problem}")]
    Identity {
        /// Its file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The name has no address.
    #[error("no address is known for `{host}`: {problem}")]
    UnknownHost {
        /// The name.
        host: String,
        /// What the system says.
        problem: String,
    },
    /// A phase took too long.
    #[error("no answer within {}", seconds(.0))]
    Timeout(Duration),
    /// Nobody listens at the port.
    #[error("the connection was refused")]
    Refused,
    /// There is no way to the address.
    #[error("{0}")]
    Unreachable(String),
    /// The network failed in another way.
    #[error("{0}")]
    Network(String),
    /// The machine to go through does not get further.
    #[error("{hop} was reached, but from there {problem}")]
    Hop {
        /// The machine to go through.
        hop: String,
        /// What it says.
        problem: String,
    },
    /// The command that was to carry the connection failed.
    #[error("the command `{command}` does not connect: {problem}")]
    ProxyCommand {
        /// The command.
        command: String,
        /// What it says, or what happened.
        problem: String,
    },
    /// The other side closed the connection too early.
    #[error("the server closed the connection{}", said(.0))]
    Closed(String),
    /// What answered does not speak SSH.
    #[error("this is not an SSH server: it says `{0}`")]
    NotSsh(String),
    /// Nothing was said at all.
    #[error("the server accepts connections but says nothing within {}", seconds(.0))]
    Silent(Duration),
    /// Server and client have no algorithm of some kind in common.
    #[error("no {kind} is known to both sides; the server offers {}", .offered.join(", "))]
    NoCommonAlgorithm {
        /// What kind of algorithm.
        kind: String,
        /// What the server offers.
        offered: Vec<String>,
    },
    /// The server's key is not accepted.
    #[error("{0}")]
    HostKey(Box<HostKeyError>),
    /// The server lets us in with none of what we have.
    #[error("permission denied")]
    Denied,
    /// The server lost patience before the right key was tried.
    #[error("the server allows no more attempts to log in")]
    TooManyFailures,
    /// The protocol was violated, or something unforeseen.
    #[error("{0}")]
    Protocol(String),
    /// The program is about to end.
    #[error("no more connections are made")]
    Stopping,
}

/// A limit as it was meant: what is left of one is a little less.
fn seconds(limit: &Duration) -> String {
    let tenths = (limit.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

fn said(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

impl Reason {
    /// Whether the same attempt may succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Reason::Timeout(_)
                | Reason::Refused
                | Reason::Unreachable(_)
                | Reason::Network(_)
                | Reason::Closed(_)
                | Reason::Silent(_)
        )
    }
}

/// A connection that could not be made: to whom, how far it came, and why not further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError {
    /// What the project calls the machine.
    pub name: String,
    /// The name or address that was tried.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The machine on the way at which it happened, when it was not the one wanted.
    pub hop: Option<String>,
    /// How far it came.
    pub phase: Phase,
    /// What went wrong.
    pub reason: Reason,
    /// The ways of logging in that the server offers, in its order.
    pub offered: Vec<String>,
    /// What was tried to log in, in that order.
    pub tried: Vec<Tried>,
    /// How many attempts were made.
    pub attempts: u32,
}

impl ConnectError {
    pub(crate) fn new(
        destination: &Destination,
        phase: Phase,
        reason: Reason,
        attempted: Attempted,
        attempts: u32,
    ) -> Self {
        ConnectError {
            name: destination.name.clone(),
            host: destination.host.clone(),
            port: destination.port,
            user: destination.user.clone(),
            hop: None,
            phase,
            reason,
            offered: attempted.offered,
            tried: attempted.tried,
            attempts,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}@{}:{}: {}",
            self.user, self.host, self.port, self.reason
        )
    }
}

impl std::error::Error for ConnectError {}

/// Text from the other side, made harmless: one line, no control characters, not too long.
pub(crate) fn one_line(text: &str) -> String {
    /// Characters that are kept.
    const MOST: usize = 200;
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars()
        .filter(|c| !c.is_control())
        .take(MOST)
        .collect()
}
