//! What goes wrong with a command on a host, as it is told.

use super::become_user::Denied;
use super::link::StartError;
use super::shell::NoShell;
use nexus_executor::{Failure, FailureKind, Loss};

/// Whom it is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whom {
    /// The host's name in the project.
    pub host: String,
    /// The user that is logged in.
    pub user: String,
    /// The address.
    pub address: String,
    /// The port.
    pub port: u16,
}

impl Whom {
    /// A failure with this code.
    pub fn failure(&self, kind: FailureKind, code: &str, title: &str, message: String) -> Failure {
        Failure {
            kind,
            code: code.to_owned(),
            title: title.to_owned(),
            message,
            tried: Vec::new(),
            help: Vec::new(),
            host: self.host.clone(),
            hop: None,
            user: self.user.clone(),
            address: self.address.clone(),
            port: self.port,
        }
    }

    /// There is no shell to give commands to.
    pub fn no_shell(&self, user: Option<&str>, why: NoShell) -> Failure {
        match why {
            NoShell::Start(StartError::Unreachable(failure)) => *failure,
            NoShell::Start(StartError::Lost(lost)) => self.unusable(lost.to_string()),
            NoShell::Start(StartError::Full) => {
                let mut failure = self.unusable(
                    "the server allows no more commands at the same time on this connection".into(),
                );
                failure.help = vec!["raise `MaxSessions` in the server's sshd_config".to_owned()];
                failure
            }
            NoShell::Start(StartError::Refused(why)) => self.unusable(why),
            NoShell::Denied(denied) => self.denied(user.unwrap_or("root"), denied),
            NoShell::Unable(why) => self.unusable(format!("the shell has no {why}")),
            NoShell::Silent(said) if said.is_empty() => {
                self.unusable("the login's shell does not answer, and says nothing".to_owned())
            }
            NoShell::Silent(said) => self.unusable(format!("the login's shell says: {said}")),
        }
    }

    fn unusable(&self, message: String) -> Failure {
        let mut failure = self.failure(
            FailureKind::Environment,
            "NX0830",
            "no command can be run",
            message,
        );
        failure.help = vec![format!(
            "see what `ssh {}@{} 'exec /bin/sh'` does: it must give a shell",
            self.user, self.address
        )];
        failure
    }

    fn denied(&self, user: &str, denied: Denied) -> Failure {
        let login = &self.user;
        let (code, title, message, help) = match denied {
            Denied::NeedsPassword => (
                "NX0832",
                "sudo needs a password",
                format!(
                    "`{login}` becomes `{user}` only with a password, and there is nobody to ask"
                ),
                format!("run in a terminal, or let `{login}` do it without one (`NOPASSWD`)"),
            ),
            Denied::WrongPassword => (
                "NX0833",
                "sudo does not accept the password",
                format!("it was tried once, so that `{login}` is not locked out"),
                format!("sudo wants the password of `{login}`, not that of `{user}`"),
            ),
            Denied::NotAllowed(said) => (
                "NX0834",
                "sudo refuses",
                said,
                format!(
                    "as `{login}`, `sudo -l -U {login}` tells what is allowed: `/bin/sh` as `{user}` is needed"
                ),
            ),
            Denied::NoSuchUser => (
                "NX0834",
                "sudo refuses",
                format!("there is no user `{user}`"),
                "correct the name, or create the user in an earlier task".to_owned(),
            ),
            Denied::NoSudo => (
                "NX0834",
                "there is no sudo",
                format!("`{login}` cannot become `{user}`"),
                format!("install sudo, or log in as `{user}`"),
            ),
            Denied::Silent(said) => (
                "NX0834",
                "sudo does not answer",
                said,
                "a name server or directory that sudo asks may not answer".to_owned(),
            ),
        };
        let mut failure = self.failure(FailureKind::Become, code, title, message);
        failure.help = vec![help];
        failure
    }

    /// Nobody knows how a job ended.
    pub fn lost(&self, loss: Loss, message: String) -> Failure {
        let (title, help) = match loss {
            Loss::Reboot => (
                "the host was restarted while the command ran",
                "what the command had done by then is not known: look before it is repeated",
            ),
            Loss::Killed => (
                "the command was killed together with what watched over it",
                "memory may have run out, or all processes of the user were ended at logout \
                 (`KillUserProcesses` of systemd-logind)",
            ),
            Loss::Unreachable => (
                "the connection was lost while the command ran",
                "it goes on there, unless the host itself is gone",
            ),
        };
        let mut failure = self.failure(FailureKind::Lost(loss), "NX0835", title, message);
        failure.help = vec![help.to_owned()];
        failure
    }

    /// It was to stop before it began.
    pub fn cancelled(&self) -> Failure {
        self.failure(FailureKind::Cancelled, "NX0835", "cancelled", String::new())
    }

    /// The job was not begun: there is no room for what it prints.
    pub fn no_room(&self) -> Failure {
        let kind = FailureKind::Environment;
        let title = "there is no room for the result of a command";
        let message = "nothing can be written in the user's home: the disk is full, there are too many \
                       files, or a quota is reached";
        let mut failure = self.failure(kind, "NX0838", title, message.to_owned());
        failure.help = vec!["see `df -h ~` and `df -i ~` on the host".to_owned()];
        failure
    }

    /// A variable cannot be given to a shell.
    pub fn variable(&self, name: &str) -> Failure {
        let mut failure = self.failure(
            FailureKind::Environment,
            "NX0837",
            "a variable cannot be set",
            format!("a shell cannot be given a variable named `{name}`"),
        );
        failure.help = vec![
            "names consist of letters, digits and `_`, and begin with no digit; some belong to the \
             shell itself"
                .to_owned(),
        ];
        failure
    }
}

/// What can be done about processes that are left.
pub(crate) const LEFT_OVER_HELP: &str = "they may belong to another user, or wait for a disk";

/// Which processes are left.
pub(crate) fn left_over(host: &str, left: &[(u32, String)]) -> String {
    let names: Vec<String> = left
        .iter()
        .map(|(id, name)| format!("{name} ({id})"))
        .collect();
    format!(
        "{host}: processes are left that could not be ended: {}",
        names.join(", ")
    )
}
