//! What the configuration says about one host.

use super::files::{ConfigError, Pass, Values};
use super::jump::{self, Jump};
use super::matching::Matching;
use super::time;
use super::token::{Tokens, tilde, variables};
use super::value::{self, AddressFamily, StrictHostKeyChecking};
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the configuration is, and who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshConfig {
    /// The user's file and the system's one, or one file alone, or none.
    pub files: Vec<PathBuf>,
    /// Our home folder.
    pub home: PathBuf,
    /// Our name here.
    pub local_user: String,
    /// The name of this machine.
    pub local_host: String,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The name as it was given.
    pub host: String,
    /// A user that was given along with it.
    pub user: Option<String>,
    /// A port that was given along with it.
    pub port: Option<u16>,
    /// A way that was given along with it, in the place of `ProxyJump`.
    pub jump: Option<String>,
}

/// What the configuration says about one host. What is absent was not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostConfig {
    values: Values,
    tokens: Tokens,
}

impl SshConfig {
    /// `~/.ssh/config` and `/etc/ssh/ssh_config`.
    pub fn usual() -> Self {
        let mut config = SshConfig::none();
        config.files = vec![
            config.home.join(".ssh/config"),
            PathBuf::from("/etc/ssh/ssh_config"),
        ];
        config
    }

    /// One file alone, as `ssh -F FILE` reads it.
    pub fn file(file: impl Into<PathBuf>) -> Self {
        let mut config = SshConfig::none();
        config.files = vec![file.into()];
        config
    }

    /// None, as `ssh -F none`.
    pub fn none() -> Self {
        let me = nix::unistd::User::from_uid(nix::unistd::getuid())
            .ok()
            .flatten();
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
        let home = home
            .map(PathBuf::from)
            .or_else(|| me.as_ref().map(|me| me.dir.clone()));
        let host = nix::unistd::gethostname().ok();
        SshConfig {
            files: Vec::new(),
            home: home.unwrap_or_else(|| PathBuf::from("/")),
            local_user: me.map_or_else(String::new, |me| me.name),
            local_host: host.map_or_else(String::new, |host| host.to_string_lossy().into_owned()),
        }
    }

    /// Looks a host up. Reads files, and runs what `Match exec` says: this blocks.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or says something that has no meaning.
    pub fn lookup(&self, lookup: &Lookup) -> Result<HostConfig, ConfigError> {
        let mut values = Values::new();
        let given = [
            ("user", lookup.user.clone()),
            ("port", lookup.port.map(|port| port.to_string())),
            ("proxyjump", lookup.jump.clone()),
        ];
        for (keyword, value) in given {
            if let Some(value) = value {
                values.insert(keyword.to_owned(), vec![value]);
            }
        }
        let mut wants_final = false;
        self.pass(lookup, &lookup.host, false, &mut values, &mut wants_final)?;
        let mut host = match first(&values, "hostname") {
            Some(name) => expand_name(name, &lookup.host).map_err(|problem| self.error(problem))?,
            None => lookup.host.clone(),
        };
        if host.parse::<IpAddr>().is_err() {
            host.make_ascii_lowercase();
        }
        let canonicalize = first(&values, "canonicalizehostname")
            .is_some_and(|value| !value.eq_ignore_ascii_case("no"));
        if canonicalize {
            host = canonical(&values, host).map_err(|problem| self.error(problem))?;
        }
        if wants_final || canonicalize {
            values.insert("hostname".to_owned(), vec![host.clone()]);
            self.pass(lookup, &host, true, &mut values, &mut false)?;
        }
        values.insert("hostname".to_owned(), vec![host]);
        Ok(self.finish(lookup, values))
    }

    fn pass(
        &self,
        lookup: &Lookup,
        host: &str,
        final_pass: bool,
        values: &mut Values,
        wants_final: &mut bool,
    ) -> Result<(), ConfigError> {
        let matching = Matching {
            host,
            original: &lookup.host,
            final_pass,
            local_user: &self.local_user,
            home: &self.home,
            uid: nix::unistd::getuid().as_raw(),
            local_host: &self.local_host,
        };
        let mut pass = Pass {
            matching: &matching,
            values,
            wants_final,
            home: &self.home,
        };
        let own = self.home.join(".ssh");
        for file in &self.files {
            let system = file.starts_with("/etc/ssh");
            let base = if system { Path::new("/etc/ssh") } else { &own };
            // A file that was asked for is the business of whoever asked.
            let guarded = file.starts_with(&own);
            pass.read(file, base, guarded)?;
        }
        Ok(())
    }

    fn finish(&self, lookup: &Lookup, values: Values) -> HostConfig {
        let one = |name: &str| first(&values, name).map(str::to_owned);
        let tokens = Tokens {
            home: self.home.display().to_string(),
            local_user: self.local_user.clone(),
            uid: nix::unistd::getuid().to_string(),
            local_host: self.local_host.clone(),
            host: one("hostname").unwrap_or_default(),
            original: lookup.host.clone(),
            alias: one("hostkeyalias").unwrap_or_else(|| lookup.host.clone()),
            port: one("port").and_then(|port| port.parse().ok()).unwrap_or(22),
            user: one("user").unwrap_or_else(|| self.local_user.clone()),
            jump: one("proxyjump")
                .filter(|jump| !jump.eq_ignore_ascii_case("none"))
                .unwrap_or_default(),
        };
        HostConfig { values, tokens }
    }

    fn error(&self, problem: String) -> ConfigError {
        ConfigError {
            file: self.files.first().cloned().unwrap_or_default(),
            line: None,
            problem,
        }
    }
}

fn first<'a>(values: &'a Values, keyword: &str) -> Option<&'a str> {
    let values = values.get(keyword)?;
    values.first().map(String::as_str)
}

/// `HostName` knows two tokens.
fn expand_name(name: &str, host: &str) -> Result<String, String> {
    let tokens = Tokens {
        host: host.to_owned(),
        ..Tokens::default()
    };
    if let Some(at) = name.replace("%%", "").replace("%h", "").find('%') {
        return Err(format!(
            "HostName `{name}` has a token that means nothing ({at})"
        ));
    }
    tokens.expand(name)
}

/// Completes a name with the first of `CanonicalDomains` in which it has an address.
fn canonical(values: &Values, host: String) -> Result<String, String> {
    let always = first(values, "canonicalizehostname") == Some("always");
    let proxied = |keyword: &str| {
        first(values, keyword).is_some_and(|value| !value.eq_ignore_ascii_case("none"))
    };
    if host.parse::<IpAddr>().is_ok()
        || (!always && (proxied("proxyjump") || proxied("proxycommand")))
    {
        return Ok(host);
    }
    let most_dots = first(values, "canonicalizemaxdots")
        .and_then(|most| most.parse().ok())
        .unwrap_or(1);
    if host.matches('.').count() > most_dots || host.ends_with('.') {
        return Ok(host.trim_end_matches('.').to_owned());
    }
    let domains = values.get("canonicaldomains").map_or(&[][..], |d| d);
    for domain in domains.iter().flat_map(|domains| domains.split(' ')) {
        let full = format!("{host}.{domain}");
        if (full.as_str(), 22).to_socket_addrs().is_ok() {
            return Ok(full);
        }
    }
    if first(values, "canonicalizefallbacklocal").and_then(value::flag) == Some(false) {
        return Err(format!(
            "`{host}` has an address in none of CanonicalDomains"
        ));
    }
    Ok(host)
}

impl HostConfig {
    /// The values of a keyword (in lower case) as they are written.
    pub fn values(&self, keyword: &str) -> &[String] {
        self.values.get(keyword).map_or(&[], |values| values)
    }

    fn one(&self, keyword: &str) -> Option<&str> {
        first(&self.values, keyword)
    }

    fn flag(&self, keyword: &str) -> Option<bool> {
        self.one(keyword).and_then(value::flag)
    }

    /// What is connected to.
    pub fn host(&self) -> &str {
        &self.tokens.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.tokens.port
    }

    /// The user.
    pub fn user(&self) -> &str {
        &self.tokens.user
    }

    /// Files with private keys; `None` when nothing is said about them.
    ///
    /// # Errors
    ///
    /// A token or a variable that means nothing.
    pub fn identities(&self) -> Result<Option<Vec<PathBuf>>, String> {
        self.paths("identityfile")
    }

    /// Files with certificates.
    ///
    /// # Errors
    ///
    /// A token or a variable that means nothing.
    pub fn certificates(&self) -> Result<Vec<PathBuf>, String> {
        Ok(self.paths("certificatefile")?.unwrap_or_default())
    }

    /// The user's files with known hosts; `None` when nothing is said about them.
    ///
    /// # Errors
    ///
    /// A token or a variable that means nothing.
    pub fn known_hosts(&self) -> Result<Option<Vec<PathBuf>>, String> {
        self.paths("userknownhostsfile")
    }

    /// The system's files with known hosts; `None` when nothing is said about them.
    ///
    /// # Errors
    ///
    /// A token or a variable that means nothing.
    pub fn global_known_hosts(&self) -> Result<Option<Vec<PathBuf>>, String> {
        self.paths("globalknownhostsfile")
    }

    /// The socket of the agent: `None` when nothing is said, an empty path when there is to be none.
    ///
    /// # Errors
    ///
    /// A token or a variable that means nothing.
    pub fn agent(&self) -> Result<Option<PathBuf>, String> {
        match self.one("identityagent") {
            None | Some("SSH_AUTH_SOCK") => Ok(None),
            Some(none) if none.eq_ignore_ascii_case("none") => Ok(Some(PathBuf::new())),
            Some(text) => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
                Some(name) => Ok(std::env::var_os(name).map(PathBuf::from)),
                None => Ok(Some(self.path(text)?)),
            },
        }
    }

    fn paths(&self, keyword: &str) -> Result<Option<Vec<PathBuf>>, String> {
        let Some(values) = self.values.get(keyword) else {
            return Ok(None);
        };
        let named = values
            .iter()
            .filter(|value| !value.eq_ignore_ascii_case("none"));
        named
            .map(|value| self.path(value))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn path(&self, text: &str) -> Result<PathBuf, String> {
        let meaningless = |what: String| format!("`{what}` in `{text}` means nothing");
        let text = tilde(text, &self.tokens.home);
        let text = variables(&text, |name| std::env::var(name).ok()).map_err(meaningless)?;
        let text = self.tokens.expand(&text).map_err(meaningless)?;
        Ok(PathBuf::from(text))
    }

    /// Whether other keys than those named are left alone, even when the agent has them.
    pub fn identities_only(&self) -> bool {
        self.flag("identitiesonly").unwrap_or(false)
    }

    /// Whether processes there may use our agent.
    pub fn forward_agent(&self) -> bool {
        // A path or a variable names the agent to forward.
        self.one("forwardagent")
            .is_some_and(|value| value::flag(value).unwrap_or(true))
    }

    /// The hosts to go through, the one next to us first.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn jumps(&self) -> Result<Vec<Jump>, String> {
        self.one("proxyjump").map_or(Ok(Vec::new()), jump::parse)
    }

    /// The command whose streams carry the connection.
    ///
    /// # Errors
    ///
    /// A token that means nothing.
    pub fn proxy_command(&self) -> Result<Option<String>, String> {
        match self.one("proxycommand") {
            Some(command) if !command.eq_ignore_ascii_case("none") => self
                .tokens
                .expand(command)
                .map(Some)
                .map_err(|token| format!("`{token}` in `{command}` means nothing")),
            _ => Ok(None),
        }
    }

    /// `StrictHostKeyChecking`.
    pub fn strict_host_key_checking(&self) -> Option<StrictHostKeyChecking> {
        self.one("stricthostkeychecking")
            .and_then(StrictHostKeyChecking::parse)
    }

    /// The name under which the host's key is known.
    pub fn host_key_alias(&self) -> Option<&str> {
        self.one("hostkeyalias")
    }

    /// Whether names of hosts are hidden when they are recorded.
    pub fn hash_known_hosts(&self) -> bool {
        self.flag("hashknownhosts").unwrap_or(false)
    }

    /// After how much silence a sign of life is asked for; zero: never.
    pub fn alive_interval(&self) -> Option<Duration> {
        self.one("serveraliveinterval").and_then(time::parse)
    }

    /// How many signs of life may be missing.
    pub fn alive_count(&self) -> Option<u32> {
        self.one("serveralivecountmax").and_then(|n| n.parse().ok())
    }

    /// How long connecting may take.
    pub fn connect_timeout(&self) -> Option<Duration> {
        let limit = self.one("connecttimeout").and_then(time::parse);
        limit.filter(|limit| !limit.is_zero())
    }

    /// How often connecting is tried.
    pub fn connect_attempts(&self) -> Option<u32> {
        self.one("connectionattempts").and_then(|n| n.parse().ok())
    }

    /// Which addresses are tried.
    pub fn address_family(&self) -> AddressFamily {
        let family = self.one("addressfamily").and_then(AddressFamily::parse);
        family.unwrap_or_default()
    }

    /// The address to connect from.
    pub fn bind_address(&self) -> Option<&str> {
        self.one("bindaddress")
    }

    /// Variables for the commands there.
    pub fn set_env(&self) -> Vec<(String, String)> {
        let pairs = self.values("setenv").iter();
        pairs
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Whether nobody may be asked.
    pub fn batch_mode(&self) -> bool {
        self.flag("batchmode").unwrap_or(false)
    }

    /// Whether a way of logging in may be used: `publickey`, `password` or `keyboard-interactive`.
    pub fn allows(&self, method: &str) -> bool {
        let keyword = match method {
            "publickey" => "pubkeyauthentication",
            "password" => "passwordauthentication",
            _ => "kbdinteractiveauthentication",
        };
        let preferred = self.one("preferredauthentications");
        // `PubkeyAuthentication` has more values than yes and no.
        let off = self.one(keyword).and_then(value::flag) == Some(false);
        !off && preferred.is_none_or(|list| list.split(',').any(|one| one == method))
    }

    /// How often a password may be asked for.
    pub fn password_prompts(&self) -> u32 {
        let most = self.one("numberofpasswordprompts");
        most.and_then(|most| most.parse().ok()).unwrap_or(3)
    }
}
