//! Where to connect to, and how, as plain data.

use crate::config::AddressFamily;
pub use nexus_graph::HostKeyPolicy;
use std::net::IpAddr;
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
    /// Files with private keys that must be there, tried first and in this order.
    pub identities: Vec<PathBuf>,
    /// Files with private keys that are tried next, those that exist.
    pub configured: Vec<PathBuf>,
    /// Files with private keys that are tried after those of the agent, those that exist.
    pub fallback: Vec<PathBuf>,
    /// Files with certificates of keys, beside the usual `KEY-cert.pub`.
    pub certificates: Vec<PathBuf>,
    /// Whether the agent's keys are left alone, except for those named above.
    pub identities_only: bool,
    /// The agent that is asked for keys.
    pub agent: Agent,
    /// Whether processes there may use the agent.
    pub forward_agent: bool,
    /// The machines to go through, the one next to us first.
    pub jumps: Vec<Destination>,
    /// A command whose standard input and output carry the connection, in the place of TCP.
    pub proxy_command: Option<String>,
    /// What is done about the server's key.
    pub host_keys: HostKeyPolicy,
    /// Where the server's key is looked for and recorded.
    pub known_hosts: KnownHostsFiles,
    /// Ways of logging in that may be used.
    pub methods: Methods,
    /// Which addresses of the name are tried.
    pub family: AddressFamily,
    /// The address to connect from.
    pub bind: Option<IpAddr>,
    /// Variables that are set for each command, as far as the server allows.
    pub environment: Vec<(String, String)>,
}

/// The agent that is asked for keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Agent {
    /// The one that `SSH_AUTH_SOCK` names, if it does.
    #[default]
    Environment,
    /// The one behind this socket.
    Socket(PathBuf),
    /// None.
    None,
}

impl Agent {
    /// Its socket, if there is to be one.
    pub fn socket(&self) -> Option<PathBuf> {
        match self {
            Agent::Environment => std::env::var_os("SSH_AUTH_SOCK")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            Agent::Socket(path) => Some(path.clone()),
            Agent::None => None,
        }
    }
}

/// Files with keys of servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct KnownHostsFiles {
    /// Files that are read. Those that do not exist say nothing.
    pub read: Vec<PathBuf>,
    /// The file new keys are written to.
    pub record: Option<PathBuf>,
    /// The name under which the key is known, when it is another one.
    pub alias: Option<String>,
    /// Whether names are hidden when keys are recorded.
    pub hash: bool,
}

/// Ways of logging in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Methods {
    /// Keys.
    pub publickey: bool,
    /// Passwords.
    pub password: bool,
    /// Questions of the server's.
    pub keyboard_interactive: bool,
    /// How often a password is asked for.
    pub password_prompts: u32,
    /// Whether a person may be asked at all.
    pub ask: bool,
}

impl Default for Methods {
    fn default() -> Self {
        Methods {
            publickey: true,
            password: true,
            keyboard_interactive: true,
            password_prompts: 3,
            ask: true,
        }
    }
}

impl Destination {
    /// A machine reached directly, at the usual port, with the keys of the agent. No key of a server
    /// is known.
    pub fn new(host: impl Into<String>, user: impl Into<String>) -> Self {
        let host = host.into();
        Destination {
            name: host.clone(),
            host,
            port: 22,
            user: user.into(),
            identities: Vec::new(),
            configured: Vec::new(),
            fallback: Vec::new(),
            certificates: Vec::new(),
            identities_only: false,
            agent: Agent::default(),
            forward_agent: false,
            jumps: Vec::new(),
            proxy_command: None,
            host_keys: HostKeyPolicy::Strict,
            known_hosts: KnownHostsFiles::default(),
            methods: Methods::default(),
            family: AddressFamily::Any,
            bind: None,
            environment: Vec::new(),
        }
    }

    /// The same without its name: two hosts of a project that differ in nothing else share connections.
    pub(crate) fn key(&self) -> Destination {
        let mut key = self.clone();
        key.name.clear();
        key.jumps = self.jumps.iter().map(Destination::key).collect();
        key
    }

    /// How it is written: `user@host:port`.
    pub(crate) fn place(&self) -> String {
        if self.host.contains(':') {
            format!("{}@[{}]:{}", self.user, self.host, self.port)
        } else {
            format!("{}@{}:{}", self.user, self.host, self.port)
        }
    }
}

/// How patient a connection is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Limits of single phases.
    pub timeouts: Timeouts,
    /// How often connecting is tried when the reason may pass.
    pub attempts: u32,
    /// A sign of life is asked for after this much silence; zero: never.
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

/// Limits of the phases of connecting. What people take to answer does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// An attempt as a whole, from the first packet to being logged in. A machine that is gone through
    /// has a limit of its own.
    pub total: Duration,
    /// Finding the addresses of a name.
    pub resolve: Duration,
    /// Reaching an address.
    pub connect: Duration,
    /// The exchange of keys.
    pub handshake: Duration,
    /// Logging in.
    pub authenticate: Duration,
    /// Opening a channel.
    pub open: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts::within(Duration::from_secs(10))
    }
}

impl Timeouts {
    /// Limits for connecting within a time.
    pub fn within(total: Duration) -> Self {
        Timeouts {
            total,
            resolve: total.min(Duration::from_secs(5)),
            connect: total,
            handshake: total,
            authenticate: total,
            open: Duration::from_secs(10),
        }
    }
}
