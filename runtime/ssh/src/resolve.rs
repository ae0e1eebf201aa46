//! From a host of a project to a destination: what the project says, then `~/.ssh/config`, then what
//! is usual.

use crate::auth::Attempted;
use crate::config::{HostConfig, Jump, Lookup, SshConfig, StrictHostKeyChecking};
use crate::destination::{
    Agent, Destination, HostKeyPolicy, KnownHostsFiles, Methods, Settings, Timeouts,
};
use crate::error::{ConnectError, Phase, Reason};
use nexus_graph::{ConfigFile, Host, SshSettings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Jump hosts may be reached through others this deep.
const DEEPEST: usize = 8;
/// Private keys that are tried when none is named.
const USUAL_KEYS: [&str; 3] = [".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"];

/// Finds out how hosts of a project are connected to.
#[derive(Debug, Clone)]
pub struct Resolver {
    project: PathBuf,
}

impl Resolver {
    /// For a project, by its root folder.
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Resolver {
            project: project.into(),
        }
    }

    /// How a host is connected to. Reads files and runs what `Match exec` says, on a thread of its own.
    ///
    /// # Errors
    ///
    /// `~/.ssh/config` cannot be used, or leads in circles.
    pub async fn resolve(&self, host: &Arc<Host>) -> Result<(Destination, Settings), ConnectError> {
        let (resolver, wanted) = (self.clone(), host.clone());
        let resolved = tokio::task::spawn_blocking(move || resolver.resolve_now(&wanted));
        match resolved.await {
            Ok(resolved) => resolved,
            Err(error) => Err(failed(host, error.to_string())),
        }
    }

    /// The same on this thread.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn resolve_now(&self, host: &Host) -> Result<(Destination, Settings), ConnectError> {
        let config = match &host.ssh.config {
            ConfigFile::Usual => SshConfig::usual(),
            ConfigFile::None => SshConfig::none(),
            ConfigFile::File(file) => SshConfig::file(self.path(file, &SshConfig::none().home)),
        };
        let work = Work {
            resolver: self,
            config: &config,
            ssh: &host.ssh,
        };
        let lookup = Lookup {
            host: host.address.clone(),
            user: host.user.clone(),
            port: host.port,
            jump: host.ssh.jump.as_ref().map(|hops| match hops.len() {
                0 => "none".to_owned(),
                _ => hops.join(","),
            }),
        };
        let found = config
            .lookup(&lookup)
            .map_err(|error| failed(host, error.to_string()))?;
        let wrong = |problem: String| failed(host, problem);
        let mut destination = work.destination(&host.name, &found, true).map_err(wrong)?;
        destination.jumps = work.jumps(&found, 0).map_err(wrong)?;
        if !destination.jumps.is_empty() {
            destination.proxy_command = None;
        }
        Ok((destination, settings(&host.ssh, &found)))
    }

    /// A path of the project file.
    fn path(&self, text: &str, home: &Path) -> PathBuf {
        match text.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => self.project.join(text),
        }
    }

    /// The project's own file of known hosts.
    pub fn known_hosts(&self) -> PathBuf {
        self.project.join(".nexus/known_hosts")
    }
}

struct Work<'a> {
    resolver: &'a Resolver,
    config: &'a SshConfig,
    ssh: &'a SshSettings,
}

impl Work<'_> {
    /// A destination without the way there. The keys that the project names must be there for the
    /// host itself; on the way they are tried when they are there.
    fn destination(
        &self,
        name: &str,
        found: &HostConfig,
        itself: bool,
    ) -> Result<Destination, String> {
        let home = &self.config.home;
        let named = self.ssh.identity.iter();
        let named: Vec<_> = named.map(|path| self.resolver.path(path, home)).collect();
        let usual: Vec<_> = USUAL_KEYS.iter().map(|key| home.join(key)).collect();
        let only = match self.ssh.identities_only {
            Some(only) => only,
            None => found.identities_only(),
        };
        let (mut configured, fallback) = match found.identities()? {
            Some(configured) => (configured, Vec::new()),
            None if only && named.is_empty() => (usual, Vec::new()),
            None => (Vec::new(), usual),
        };
        let mut identities = Vec::new();
        if itself {
            identities = named;
        } else {
            configured.splice(0..0, named);
        }
        let mut destination = Destination::new(found.host(), found.user());
        destination.name = name.to_owned();
        destination.port = found.port();
        destination.identities = identities;
        destination.configured = configured;
        destination.fallback = fallback;
        destination.certificates = found.certificates()?;
        destination.identities_only = only;
        destination.agent = match found.agent()? {
            None => Agent::Environment,
            Some(none) if none.as_os_str().is_empty() => Agent::None,
            Some(socket) => Agent::Socket(socket),
        };
        destination.forward_agent = itself
            && self
                .ssh
                .agent_forward
                .unwrap_or_else(|| found.forward_agent());
        destination.proxy_command = found.proxy_command()?;
        destination.host_keys = match (self.ssh.host_key, found.strict_host_key_checking()) {
            (Some(policy), _) => policy,
            (None, None | Some(StrictHostKeyChecking::Yes)) => HostKeyPolicy::Strict,
            (None, Some(StrictHostKeyChecking::AcceptNew)) => HostKeyPolicy::AcceptNew,
            (None, Some(StrictHostKeyChecking::Ask)) => HostKeyPolicy::Tofu,
            (None, Some(StrictHostKeyChecking::No)) => HostKeyPolicy::Off,
        };
        destination.known_hosts = self.known_hosts(found)?;
        destination.methods = Methods {
            publickey: found.allows("publickey"),
            password: found.allows("password"),
            keyboard_interactive: found.allows("keyboard-interactive"),
            password_prompts: found.password_prompts(),
            ask: !found.batch_mode(),
        };
        destination.family = found.address_family();
        destination.bind = found.bind_address().and_then(|from| from.parse().ok());
        if itself {
            destination.environment = found.set_env();
        }
        Ok(destination)
    }

    fn known_hosts(&self, found: &HostConfig) -> Result<KnownHostsFiles, String> {
        let home = &self.config.home;
        let own = self.resolver.known_hosts();
        let named = self.ssh.known_hosts.iter();
        let mut read: Vec<_> = named.map(|path| self.resolver.path(path, home)).collect();
        let record = read.first().cloned().unwrap_or_else(|| own.clone());
        // The project's own file is for people to look at, and kept with the project.
        let hash = found.hash_known_hosts() && record != own;
        let usual = read.is_empty();
        read.push(own);
        if usual {
            let folder = home.join(".ssh");
            let users = found.known_hosts()?;
            read.extend(
                users.unwrap_or_else(|| {
                    vec![folder.join("known_hosts"), folder.join("known_hosts2")]
                }),
            );
            let system = found.global_known_hosts()?;
            read.extend(system.unwrap_or_else(|| {
                vec![
                    PathBuf::from("/etc/ssh/ssh_known_hosts"),
                    PathBuf::from("/etc/ssh/ssh_known_hosts2"),
                ]
            }));
        }
        Ok(KnownHostsFiles {
            read,
            record: Some(record),
            alias: found.host_key_alias().map(str::to_owned),
            hash,
        })
    }

    /// The machines to go through. Only the first one may have a way of its own.
    fn jumps(&self, found: &HostConfig, depth: usize) -> Result<Vec<Destination>, String> {
        if depth > DEEPEST {
            return Err("ProxyJump leads in circles".to_owned());
        }
        let mut chain: Vec<Destination> = Vec::new();
        for Jump { host, user, port } in found.jumps()? {
            let first = chain.is_empty();
            let lookup = Lookup {
                host: host.clone(),
                user,
                port,
                jump: (!first).then(|| "none".to_owned()),
            };
            let found = self
                .config
                .lookup(&lookup)
                .map_err(|error| error.to_string())?;
            let mut hop = self.destination(&host, &found, false)?;
            if first {
                chain = self.jumps(&found, depth + 1)?;
            }
            if !chain.is_empty() {
                hop.proxy_command = None;
            }
            if chain.iter().any(|other| other.place() == hop.place()) {
                return Err(format!("ProxyJump leads through {} twice", hop.place()));
            }
            chain.push(hop);
        }
        Ok(chain)
    }
}

fn settings(ssh: &SshSettings, found: &HostConfig) -> Settings {
    let usual = Settings::default();
    let limit = ssh.connect_timeout.map(Duration::from_nanos);
    let limit = limit.or_else(|| found.connect_timeout());
    let attempts = ssh.connect_attempts.or_else(|| found.connect_attempts());
    // Signs of life are not done without: nothing else tells that a machine has vanished.
    let alive = found
        .alive_interval()
        .filter(|interval| !interval.is_zero());
    Settings {
        timeouts: limit.map_or(usual.timeouts, Timeouts::within),
        attempts: attempts.unwrap_or(usual.attempts).max(1),
        keepalive: alive.unwrap_or(usual.keepalive),
        keepalive_max: found.alive_count().unwrap_or(usual.keepalive_max),
    }
}

fn failed(host: &Host, problem: String) -> ConnectError {
    let user = host.user.clone().unwrap_or_default();
    let mut destination = Destination::new(&host.address, user);
    destination.name.clone_from(&host.name);
    destination.port = host.port.unwrap_or(22);
    let reason = Reason::Config(problem);
    ConnectError::new(
        &destination,
        Phase::Prepare,
        reason,
        Attempted::default(),
        1,
    )
}
