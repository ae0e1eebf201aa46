//! What `ssh` is told.

use nexus_graph::{ConfigFile, Host, HostKeyPolicy};
use std::ffi::OsString;
use std::path::Path;

/// For the process that holds the connection: all settings of the host.
pub(crate) fn connect(host: &Host, root: &Path, socket: &Path) -> Vec<OsString> {
    let ssh = &host.ssh;
    let mut options = Options(Vec::new());
    options.config(host, root);
    options.set("ControlMaster", "yes");
    options.pair("-S", socket);
    options.set("ControlPersist", "no");
    // A command line, not a session for a person.
    options.flag("-T");
    options.pair("-e", "none");
    options.set("LogLevel", "ERROR");
    options.set("ServerAliveInterval", "15");
    options.set("ServerAliveCountMax", "3");
    options.set("ClearAllForwardings", "yes");
    options.set("RemoteCommand", "none");
    for path in &ssh.identity {
        options.pair("-i", file(root, path));
    }
    if let Some(only) = ssh.identities_only {
        options.set("IdentitiesOnly", if only { "yes" } else { "no" });
    }
    match ssh.jump.as_deref() {
        None => {}
        Some([]) => options.set("ProxyJump", "none"),
        Some(hops) => options.pair("-J", hops.join(",")),
    }
    match ssh.host_key {
        None => {}
        Some(HostKeyPolicy::Strict) => options.set("StrictHostKeyChecking", "yes"),
        Some(HostKeyPolicy::AcceptNew) => options.set("StrictHostKeyChecking", "accept-new"),
        Some(HostKeyPolicy::Tofu) => options.set("StrictHostKeyChecking", "ask"),
        Some(HostKeyPolicy::Off) => {
            options.set("StrictHostKeyChecking", "no");
            options.set("UserKnownHostsFile", "/dev/null");
            options.set("GlobalKnownHostsFile", "/dev/null");
        }
    }
    if !ssh.known_hosts.is_empty() && ssh.host_key != Some(HostKeyPolicy::Off) {
        let files = ssh.known_hosts.iter().map(|path| {
            // The value is a list of words.
            format!("\"{}\"", file(root, path).to_string_lossy())
        });
        options.set("UserKnownHostsFile", &files.collect::<Vec<_>>().join(" "));
    }
    if let Some(nanos) = ssh.connect_timeout {
        let seconds = nanos.div_ceil(1_000_000_000).max(1);
        options.set("ConnectTimeout", &seconds.to_string());
    }
    if let Some(attempts) = ssh.connect_attempts {
        options.set("ConnectionAttempts", &attempts.max(1).to_string());
    }
    options.agent(host);
    options.to(host);
    options.0
}

/// For a process that uses the connection: never makes one of its own. Variables and the agent are a
/// matter of each session, so that it reads the configuration as well.
pub(crate) fn share(host: &Host, root: &Path, socket: &Path, terminal: bool) -> Vec<OsString> {
    let mut options = Options(Vec::new());
    options.config(host, root);
    options.set("ControlMaster", "no");
    options.pair("-S", socket);
    options.set("ProxyCommand", "false");
    options.flag(if terminal { "-tt" } else { "-T" });
    options.pair("-e", "none");
    options.set("LogLevel", "ERROR");
    options.set("ClearAllForwardings", "yes");
    options.set("RemoteCommand", "none");
    options.set("PermitLocalCommand", "no");
    options.agent(host);
    options.to(host);
    options.0
}

struct Options(Vec<OsString>);

impl Options {
    fn flag(&mut self, flag: &str) {
        self.0.push(flag.into());
    }

    fn pair(&mut self, flag: &str, value: impl Into<OsString>) {
        self.0.extend([flag.into(), value.into()]);
    }

    fn set(&mut self, name: &str, value: &str) {
        self.pair("-o", format!("{name}={value}"));
    }

    /// Which file is read.
    fn config(&mut self, host: &Host, root: &Path) {
        match &host.ssh.config {
            ConfigFile::Usual => {}
            ConfigFile::None => self.pair("-F", "none"),
            ConfigFile::File(path) => self.pair("-F", file(root, path)),
        }
    }

    /// Whether the agent is lent.
    fn agent(&mut self, host: &Host) {
        match host.ssh.agent_forward {
            Some(true) => self.flag("-A"),
            Some(false) => self.flag("-a"),
            None => {}
        }
    }

    fn to(&mut self, host: &Host) {
        if let Some(port) = host.port {
            self.pair("-p", port.to_string());
        }
        if let Some(user) = &host.user {
            self.pair("-l", user);
        }
        self.flag("--");
        self.flag(&host.address);
    }
}

/// A path of the settings: `~/` is left to `ssh`, anything else relative is relative to the project.
fn file(root: &Path, path: &str) -> OsString {
    match path.starts_with("~/") {
        true => path.into(),
        false => root.join(path).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(options: Vec<OsString>) -> String {
        let words: Vec<String> = options
            .into_iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        words.join(" ")
    }

    #[test]
    fn settings_become_options() {
        let mut host = Host::parse("deploy@web-1:2222").expect("a host");
        host.ssh.identity = vec!["~/.ssh/id".into(), "keys/id".into()];
        host.ssh.identities_only = Some(true);
        host.ssh.jump = Some(vec!["a".into(), "b@c:1".into()]);
        host.ssh.host_key = Some(HostKeyPolicy::AcceptNew);
        host.ssh.known_hosts = vec!["known hosts".into()];
        host.ssh.connect_timeout = Some(1_500_000_000);
        let options = words(connect(&host, Path::new("/project"), Path::new("/t/s")));
        for part in [
            "-i ~/.ssh/id -i /project/keys/id",
            "-o IdentitiesOnly=yes",
            "-J a,b@c:1",
            "-o StrictHostKeyChecking=accept-new",
            "-o UserKnownHostsFile=\"/project/known hosts\"",
            "-o ConnectTimeout=2",
            "-S /t/s",
        ] {
            assert!(options.contains(part), "{part}: {options}");
        }
        assert!(options.ends_with("-p 2222 -l deploy -- web-1"), "{options}");
        host.ssh.jump = Some(Vec::new());
        host.ssh.host_key = Some(HostKeyPolicy::Off);
        let options = words(connect(&host, Path::new("/project"), Path::new("/t/s")));
        assert!(
            options.contains("ProxyJump=none") && options.contains("UserKnownHostsFile=/dev/null")
        );
        assert!(!options.contains("known hosts"), "{options}");
    }
}
