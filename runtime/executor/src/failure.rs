//! Why a host could not be used.

use serde::{Deserialize, Serialize};

/// Why there is no session, or no result, on a host. Everything a person needs to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure it is; decides what the engine does, and the exit code.
    pub kind: FailureKind,
    /// Diagnostic code: `NX08nn`, with a page.
    pub code: String,
    /// One line without the host and without a full stop: `the connection was refused`.
    pub title: String,
    /// What happened, in a sentence or two; may be empty.
    pub message: String,
    /// What was tried, in order: keys, methods, addresses, hops.
    pub tried: Vec<Tried>,
    /// What can be done, most promising first; each a sentence or a command, no empty ones.
    pub help: Vec<String>,
    /// The host's name in the project.
    pub host: String,
    /// Where it happened, when that was not the host itself: the hop.
    pub hop: Option<String>,
    /// The user that was to be logged in.
    pub user: String,
    /// The address that was connected to.
    pub address: String,
    /// The port.
    pub port: u16,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What: `~/.ssh/id_ed25519 (SHA256:…)`, `agent: 3 keys`, `password`, `10.0.0.7:22`.
    pub what: String,
    /// How it went: `refused by the server`, `not readable: permission denied`.
    pub result: String,
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The name could not be resolved.
    Name,
    /// The connection was refused, reset, or there is no route.
    Connection,
    /// Nobody answered in time.
    Timeout,
    /// What answered does not speak the protocol, or not in a way both understand.
    Protocol,
    /// The server's key is unknown, changed or revoked.
    HostKey,
    /// The server did not accept any way to log in.
    Authentication,
    /// The settings make no sense: a file that does not exist, a key that cannot be read.
    Settings,
    /// Logged in, but `sudo` did not let us become the user.
    Become,
    /// Logged in, but jobs cannot be run there: no shell, no room, no home.
    Environment,
    /// The job was begun, or may have been, and its result is not known.
    Lost(crate::Loss),
    /// It was to stop.
    Cancelled,
}

impl FailureKind {
    /// Whether the host was never reached, or never let us in: nothing was run.
    pub fn unreachable(self) -> bool {
        use FailureKind::*;
        matches!(
            self,
            Name | Connection | Timeout | Protocol | HostKey | Authentication | Settings
        )
    }
}

impl std::fmt::Display for Failure {
    /// The title and the message on one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Failure {
            host,
            title,
            message,
            ..
        } = self;
        write!(f, "{host}: {title}")?;
        match message.is_empty() {
            true => Ok(()),
            false => write!(f, ": {message}"),
        }
    }
}

impl std::error::Error for Failure {}
