//! Machines that tasks run on, as the project describes them.
//!
//! Everything here is what was *written*: an absent value means that the project says nothing, and
//! whoever connects finds it elsewhere (`~/.ssh/config`, then the usual default).

use serde::{Deserialize, Serialize};

/// A machine of the project, with the settings of `config.ssh` and of its groups already applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// What reports, journals and job names call it; unique within a project. The address as
    /// written unless the project gives a name.
    pub name: String,
    /// What is connected to, and what `Host` patterns of `~/.ssh/config` are compared with: a
    /// name, an IPv4 or an IPv6 address (without brackets).
    pub address: String,
    /// The user to log in as; absent: `User` of `~/.ssh/config`, else the user who runs Nexus.
    pub user: Option<String>,
    /// The port; absent: `Port` of `~/.ssh/config`, else 22.
    pub port: Option<u16>,
    /// Words to choose hosts by, sorted, each once.
    pub tags: Vec<String>,
    /// How to connect.
    pub ssh: SshSettings,
}

/// How to connect to a host. What is set here comes before what `~/.ssh/config` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshSettings {
    /// Private keys to try first, in this order: paths, where `~/` is the home folder and
    /// anything else relative is relative to the project's root.
    pub identity: Vec<String>,
    /// Whether only the keys of `identity` and of `~/.ssh/config` are tried, even when an agent
    /// has more.
    pub identities_only: Option<bool>,
    /// Hosts to go through, the first hop first, each written `host`, `user@host`,
    /// `user@host:port` or with an IPv6 address in brackets. Absent: as `~/.ssh/config` says;
    /// empty: directly, whatever it says.
    pub jump: Option<Vec<String>>,
    /// What is done about the server's key.
    pub host_key: Option<HostKeyPolicy>,
    /// Files of known hosts, instead of the usual ones; paths as in `identity`. New keys are
    /// written to the first one. The project's `.nexus/known_hosts` is read in any case.
    pub known_hosts: Vec<String>,
    /// What carries the connection.
    pub transport: Transport,
    /// How long connecting may take, from the first packet to the end of authentication, in
    /// nanoseconds; absent: `ConnectTimeout` of `~/.ssh/config`, else 10 s.
    pub connect_timeout: Option<u64>,
    /// Attempts to connect, at least 1; absent: 3. Only failures that may pass are repeated.
    pub connect_attempts: Option<u32>,
    /// Whether processes there may use the agent here.
    pub agent_forward: Option<bool>,
    /// Which configuration of OpenSSH is read.
    pub config: ConfigFile,
}

/// What is done about the key a server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKeyPolicy {
    /// It must be known already.
    #[default]
    Strict,
    /// An unknown one is written down without a question; a changed one is refused.
    AcceptNew,
    /// An unknown one is shown and asked about on a terminal, and refused without one; a changed
    /// one is refused. ("Trust on first use".)
    Tofu,
    /// Any key will do, and none is written down.
    Off,
}

impl HostKeyPolicy {
    /// All of them, by the name they have in a project file.
    pub const NAMES: [(&'static str, HostKeyPolicy); 4] = [
        ("strict", HostKeyPolicy::Strict),
        ("accept_new", HostKeyPolicy::AcceptNew),
        ("tofu", HostKeyPolicy::Tofu),
        ("off", HostKeyPolicy::Off),
    ];
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// The built-in client.
    #[default]
    Russh,
    /// The `ssh` program of the system, for what only it can do.
    Openssh,
}

impl Transport {
    /// All of them, by the name they have in a project file.
    pub const NAMES: [(&'static str, Transport); 2] =
        [("russh", Transport::Russh), ("openssh", Transport::Openssh)];
}

/// Which configuration of OpenSSH is read for what the project does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigFile {
    /// `~/.ssh/config` and `/etc/ssh/ssh_config`, as `ssh` does.
    #[default]
    Usual,
    /// None, as `ssh -F none`.
    None,
    /// This file alone, as `ssh -F FILE`; a path as in [`SshSettings::identity`].
    File(String),
}

impl Host {
    /// A host of which only the address is known.
    pub fn new(address: impl Into<String>) -> Self {
        let address = address.into();
        Host {
            name: address.clone(),
            address,
            ..Host::default()
        }
    }

    /// Reads `host`, `user@host`, `host:port`, `user@host:port`; an IPv6 address may stand alone
    /// (`::1`) and stands in brackets when a port follows (`[::1]:22`). The name is the text after
    /// the user.
    ///
    /// # Errors
    /// A sentence about what is wrong with the text, without a subject: "has no host name".
    pub fn parse(text: &str) -> Result<Self, String> {
        let (user, rest) = match text.rsplit_once('@') {
            Some(("", _)) => return Err("has no user before the `@`".to_string()),
            Some((user, rest)) => (Some(user.to_string()), rest),
            None => (None, text),
        };
        let (address, port) = if let Some(inside) = rest.strip_prefix('[') {
            let Some((address, after)) = inside.split_once(']') else {
                return Err("has a `[` without a `]`".to_string());
            };
            match after.strip_prefix(':') {
                Some(port) => (address, Some(port)),
                None if after.is_empty() => (address, None),
                None => return Err(format!("has `{after}` behind the address")),
            }
        } else if rest.matches(':').count() > 1 {
            (rest, None)
        } else {
            match rest.split_once(':') {
                Some((address, port)) => (address, Some(port)),
                None => (rest, None),
            }
        };
        if address.is_empty() {
            return Err("has no host name".to_string());
        }
        let strange =
            |c: char| c.is_whitespace() || c.is_control() || "/\\'\"`$;&|<>()".contains(c);
        if address.starts_with('-') || address.contains(strange) {
            return Err(format!("has a host name that cannot be one: `{address}`"));
        }
        if let Some(user) = &user
            && (user.starts_with('-') || user.contains(strange))
        {
            return Err(format!("has a user name that cannot be one: `{user}`"));
        }
        if address.contains(':')
            && address
                .split('%')
                .next()
                .is_none_or(|a| a.parse::<std::net::Ipv6Addr>().is_err())
        {
            return Err(format!(
                "has an address that is no IPv6 address: `{address}`"
            ));
        }
        let port = match port {
            None => None,
            Some(port) => match port.parse::<u16>() {
                Ok(port) if port > 0 => Some(port),
                _ => return Err(format!("has a port that is not from 1 to 65535: `{port}`")),
            },
        };
        Ok(Host {
            name: rest.to_string(),
            address: address.to_string(),
            user,
            port,
            ..Host::default()
        })
    }
}

impl std::fmt::Display for Host {
    /// As [`Host::parse`] reads it: `user@address:port`, without what is not said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match (self.address.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.address),
            (false, Some(port)) => write!(f, "{}:{port}", self.address),
            (_, None) => f.write_str(&self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_read_as_people_write_them() {
        for (text, user, address, port) in [
            ("web-1", None, "web-1", None),
            ("deploy@web-1", Some("deploy"), "web-1", None),
            ("deploy@web-1:2222", Some("deploy"), "web-1", Some(2222)),
            ("10.0.0.1:22", None, "10.0.0.1", Some(22)),
            ("::1", None, "::1", None),
            ("[::1]:22", None, "::1", Some(22)),
            (
                "root@[fe80::1%eth0]:2200",
                Some("root"),
                "fe80::1%eth0",
                Some(2200),
            ),
            ("a@b@c", Some("a@b"), "c", None),
        ] {
            let host = Host::parse(text).expect(text);
            assert_eq!(
                (host.user.as_deref(), host.address.as_str(), host.port),
                (user, address, port)
            );
            assert_eq!(
                Host::parse(&host.to_string()),
                Ok(Host {
                    name: host
                        .to_string()
                        .rsplit('@')
                        .next()
                        .unwrap_or_default()
                        .to_string(),
                    ..host
                })
            );
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "@web",
            "web:",
            "web:0",
            "web:99999",
            "web:ssh",
            "[::1",
            "[::1]x",
            "-oProxyCommand=x",
            "a b",
            "x@",
            "1:2:3",
            "-l@host",
        ] {
            assert!(Host::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".*") {
            if let Ok(host) = Host::parse(&text) {
                prop_assert!(!host.address.is_empty());
            }
        }
    }
}
