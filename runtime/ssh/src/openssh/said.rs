//! What `ssh` says when it cannot connect.

use crate::exec::Whom;
use nexus_executor::{Failure, FailureKind};
use std::path::Path;

/// Parts of its messages and what they mean, the most telling first. The program is asked to speak in
/// the words it was written with: it has no translations.
const MEANINGS: [(&str, FailureKind, &str); 12] = [
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        FailureKind::HostKey,
        "the host's key has changed",
    ),
    (
        "Host key verification failed",
        FailureKind::HostKey,
        "the host's key is not known",
    ),
    (
        "Permission denied",
        FailureKind::Authentication,
        "permission denied",
    ),
    (
        "Too many authentication failures",
        FailureKind::Authentication,
        "too many keys were tried",
    ),
    (
        "Could not resolve hostname",
        FailureKind::Name,
        "the name is not known",
    ),
    (
        "Connection refused",
        FailureKind::Connection,
        "the connection was refused",
    ),
    (
        "No route to host",
        FailureKind::Connection,
        "there is no way to the host",
    ),
    (
        "Network is unreachable",
        FailureKind::Connection,
        "there is no way to the host",
    ),
    ("timed out", FailureKind::Timeout, "no answer in time"),
    (
        "no matching",
        FailureKind::Protocol,
        "no algorithm in common",
    ),
    (
        "Bad configuration option",
        FailureKind::Settings,
        "ssh does not understand its settings",
    ),
    (
        "Connection closed",
        FailureKind::Connection,
        "the server closed the connection",
    ),
];

impl Whom {
    /// `ssh` ended without a connection.
    pub(super) fn ssh_said(&self, said: &str) -> Failure {
        let found = MEANINGS.iter().find(|(part, ..)| said.contains(part));
        let (kind, title) = match found {
            Some((_, kind, title)) => (*kind, *title),
            None => (FailureKind::Connection, "ssh does not connect"),
        };
        let lines: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        let last = &lines[lines.len().saturating_sub(3)..];
        let mut failure = self.failure(kind, "NX0841", title, last.join("; "));
        failure.help = vec![format!(
            "see what `ssh -v -p {} {}@{}` says",
            self.port, self.user, self.address
        )];
        failure
    }

    /// There is no `ssh`.
    pub(super) fn no_ssh(&self, program: &Path, problem: &str) -> Failure {
        let title = "the system's ssh cannot be started";
        let message = format!("{}: {problem}", program.display());
        let mut failure = self.failure(FailureKind::Settings, "NX0840", title, message);
        failure.help = vec![
            "install the OpenSSH client, or use the built-in one (`transport = \"russh\"`)"
                .to_owned(),
        ];
        failure
    }
}
