//! Where to connect to, as plain data.

use std::path::PathBuf;
use std::time::Duration;

/// A machine, the user on it, and the way there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    /// What the project calls it. Only messages use this.
    pub name: String,
    /// The name or address to connect to.
    pub host: String,
    /// The port, usually 22.
    pub port: u16,
    /// The user to log in as.
    pub user: String,
    /// Files with private keys, tried first and in this order.
    pub identities: Vec<PathBuf>,
    /// The machines to go through, the one next to us first.
    pub jumps: Vec<Destination>,
    /// What is done about the server's key.
    pub host_keys: HostKeyPolicy,
}

impl Destination {
    /// A machine reached directly, at the usual port.
    pub fn new(host: impl Into<String>, user: impl Into<String>) -> Self {
        let host = host.into();
        Destination {
            name: host.clone(),
            host,
            port: 22,
            user: user.into(),
            identities: Vec::new(),
            jumps: Vec::new(),
            host_keys: HostKeyPolicy::Strict,
        }
    }
}

/// What is done about the key a server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HostKeyPolicy {
    /// Only keys that are recorded are accepted.
    #[default]
    Strict,
    /// Every key is accepted. Anybody on the way can pretend to be the server.
    Off,
}

/// How patient a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Limits of single phases.
    pub timeouts: Timeouts,
    /// How often connecting is tried when the reason may pass.
    pub attempts: u32,
    /// A sign of life is asked for after this much silence.
    pub keepalive: Duration,
    /// So many signs of life in a row may stay unanswered before the connection counts as lost.
    pub keepalive_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            timeouts: Timeouts::default(),
            attempts: 3,
            keepalive: Duration::from_secs(15),
            keepalive_max: 3,
        }
    }
}

/// Limits of the phases of connecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Finding the addresses of a name.
    pub resolve: Duration,
    /// Reaching an address.
    pub connect: Duration,
    /// The exchange of keys.
    pub handshake: Duration,
    /// Logging in, without the time that people take to answer.
    pub authenticate: Duration,
    /// Opening a channel.
    pub open: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            resolve: Duration::from_secs(5),
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            authenticate: Duration::from_secs(10),
            open: Duration::from_secs(10),
        }
    }
}
