//! Failures as the engine and people hear of them: what happened and what can be done.

use crate::error::{ConnectError, Phase, Reason};
use crate::known_hosts::HostKeyError;
use nexus_executor::{Failure, FailureKind};

/// What a reason amounts to.
struct Report {
    kind: FailureKind,
    code: &'static str,
    title: &'static str,
    help: Vec<String>,
}

fn report(kind: FailureKind, code: &'static str, title: &'static str, help: &[&str]) -> Report {
    Report {
        kind,
        code,
        title,
        help: help.iter().map(|&text| text.to_owned()).collect(),
    }
}

impl From<&ConnectError> for Failure {
    fn from(error: &ConnectError) -> Failure {
        let report = of(error);
        let mut message = error.reason.to_string();
        if error.attempts > 1 {
            message.push_str(&format!(" ({} attempts)", error.attempts));
        }
        if error.reason == Reason::Denied && !error.offered.is_empty() {
            message.push_str(&format!("; the server offers {}", error.offered.join(", ")));
        }
        Failure {
            kind: report.kind,
            code: report.code.to_owned(),
            title: report.title.to_owned(),
            message,
            tried: error.tried.clone(),
            help: report.help,
            host: error.name.clone(),
            hop: error.hop.clone(),
            user: error.user.clone(),
            address: error.host.clone(),
            port: error.port,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Failure {
        Failure::from(&error)
    }
}

fn of(error: &ConnectError) -> Report {
    let (host, port) = (&error.host, error.port);
    let listens = format!("check that an SSH server listens there: nc -zv {host} {port}");
    let reachable = format!("check that the machine is reachable: ping {host}");
    let firewall = format!("check that firewalls allow port {port}");
    use FailureKind::{Authentication, Cancelled, Connection, Name, Protocol, Settings, Timeout};
    match &error.reason {
        Reason::Config(_) => report(
            Settings,
            "NX0815",
            "the SSH configuration cannot be used",
            &["`ssh -G` with the host's name shows what OpenSSH makes of it"],
        ),
        Reason::Identity { path, .. } => report(
            Settings,
            "NX0814",
            "a private key cannot be used",
            &[&format!("check the key: ssh-keygen -y -f {path}")],
        ),
        Reason::UnknownHost { .. } => report(
            Name,
            "NX0801",
            "the host name cannot be resolved",
            &[
                "check how the name is written",
                &format!("ask the resolver: getent hosts {host}"),
                "when it is an alias of `~/.ssh/config`, check its `HostName`",
            ],
        ),
        Reason::Refused => report(
            Connection,
            "NX0802",
            "the connection was refused",
            &[&listens, &firewall],
        ),
        Reason::Timeout(_) if error.phase == Phase::Resolve => report(
            Timeout,
            "NX0804",
            "the host name was not resolved in time",
            &["check that the name servers answer"],
        ),
        Reason::Timeout(_) if error.phase == Phase::Authenticate => report(
            Timeout,
            "NX0804",
            "logging in takes too long",
            &[
                "the server may wait for something: a directory of users, name servers (`UseDNS`)",
                "allow more time with `connect_timeout`",
            ],
        ),
        Reason::Timeout(_) | Reason::Silent(_) => report(
            Timeout,
            "NX0804",
            "the machine does not answer in time",
            &[
                &reachable,
                &firewall,
                "allow more time with `connect_timeout`",
            ],
        ),
        Reason::Unreachable(_) | Reason::Network(_) => report(
            Connection,
            "NX0803",
            "the network does not reach the machine",
            &[&reachable, "check the route there, a VPN for example"],
        ),
        Reason::Closed(_) => report(
            Connection,
            "NX0805",
            "the server closed the connection",
            &[
                "it may be too busy: `MaxStartups` in its sshd_config limits how many log in at a time",
                "it may not let this machine in: see its log, `AllowUsers`, fail2ban",
            ],
        ),
        Reason::NotSsh(_) => report(
            Protocol,
            "NX0806",
            "this is not an SSH server",
            &["check the port; another service listens there"],
        ),
        Reason::NoCommonAlgorithm { .. } => report(
            Protocol,
            "NX0807",
            "the server's algorithms are too old",
            &[
                "update the server",
                "until then the system's `ssh` may be told to accept them: transport = \"openssh\"",
            ],
        ),
        Reason::HostKey(problem) => host_key(problem, error),
        Reason::Denied => denied(error),
        Reason::TooManyFailures => report(
            Authentication,
            "NX0813",
            "too many keys were tried",
            &[
                "name the right one with `identity`",
                "`identities_only = true` leaves the other keys of the agent alone",
            ],
        ),
        Reason::Hop { hop, .. } => report(
            Connection,
            "NX0816",
            "a machine on the way does not get further",
            &[
                &format!("check from there: nc -zv {host} {port}"),
                &format!("check `AllowTcpForwarding` in the sshd_config of {hop}"),
            ],
        ),
        Reason::ProxyCommand { .. } => report(
            Connection,
            "NX0817",
            "the command for the connection failed",
            &["run the command by itself: it should greet with `SSH-2.0-`"],
        ),
        Reason::Protocol(_) => report(
            Protocol,
            "NX0818",
            "the server does not keep to the protocol",
            &["`transport = \"openssh\"` connects by the system's ssh instead"],
        ),
        Reason::Stopping => report(Cancelled, "NX0818", "no more connections are made", &[]),
    }
}

fn denied(error: &ConnectError) -> Report {
    let mut help = Vec::new();
    if error.tried.is_empty() {
        help.push(
            "there was nothing to log in with: name a key with `identity`, or start an agent"
                .to_owned(),
        );
    }
    help.push(format!(
        "check that the public key is in ~{}/.ssh/authorized_keys on the machine, and the user",
        error.user
    ));
    help.push(format!(
        "compare with: ssh -v -p {} {}@{}",
        error.port, error.user, error.host
    ));
    let passwords = ["password", "keyboard-interactive"];
    if error
        .offered
        .iter()
        .any(|one| passwords.contains(&one.as_str()))
    {
        help.push("on a terminal Nexus asks for a password".to_owned());
    }
    if error.offered.iter().any(|one| one.starts_with("gssapi")) {
        help.push(
            "if you log in there with a Kerberos ticket: transport = \"openssh\" does".to_owned(),
        );
    }
    Report {
        kind: FailureKind::Authentication,
        code: "NX0812",
        title: "permission denied",
        help,
    }
}

fn host_key(problem: &HostKeyError, error: &ConnectError) -> Report {
    let kind = FailureKind::HostKey;
    let place = match error.port {
        22 => error.host.clone(),
        port => format!("[{}]:{port}", error.host),
    };
    match problem {
        HostKeyError::Unknown { .. } | HostKeyError::Declined { .. } => report(
            kind,
            "NX0808",
            "the server's key is not known",
            &[
                "compare the fingerprint with the server's: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
                "record it: nexus hosts scan --add",
            ],
        ),
        HostKeyError::Changed { file, .. } => report(
            kind,
            "NX0809",
            "the server's key has changed",
            &[
                "somebody may be in between; ask whoever runs the server before anything else",
                &format!(
                    "when it was replaced: ssh-keygen -f {} -R '{place}', then nexus hosts scan --add",
                    file.display()
                ),
            ],
        ),
        HostKeyError::Revoked { .. } | HostKeyError::Certificate { .. } => report(
            kind,
            "NX0810",
            "the server's key must not be accepted",
            &["ask whoever runs the server for a new key or certificate"],
        ),
        HostKeyError::Unreadable { file, .. } | HostKeyError::NotRecorded { file, .. } => report(
            kind,
            "NX0811",
            "the known hosts cannot be used",
            &[&format!("check the permissions of {}", file.display())],
        ),
    }
}
