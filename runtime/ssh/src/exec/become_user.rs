//! Becoming another user: `sudo`, once for each runner, not for each command.
//!
//! A shell of the login is told to replace itself by `sudo`, so that neither the login shell nor
//! quoting matters. The password, when one is needed, is an answer to a prompt that only we know; it
//! is never an argument, and given once: the second prompt ends the attempt, because three wrong
//! answers lock some accounts.

use super::link::{Heard, Link, Opener, StartError};
use super::shell::{NoShell, SHELL};
use crate::runner::{self, quote};
use nexus_executor::Secret;
use std::time::Duration;
use tokio::time::timeout;

/// How long `sudo` may take. It may ask a directory, and waits two seconds after a wrong password.
const LIMIT: Duration = Duration::from_secs(20);
/// So much of what it says is looked through.
const SAID: usize = 16 << 10;

/// The password that `sudo` asks for.
pub(crate) type Password = Secret;

/// Why the user was not become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It needs a password, and has none.
    NeedsPassword,
    /// The password is wrong.
    WrongPassword,
    /// The login may not do it, with or without a password: what was said.
    NotAllowed(String),
    /// There is no such user.
    NoSuchUser,
    /// There is no `sudo`.
    NoSudo,
    /// It did not answer in time: what was said.
    Silent(String),
}

/// Starts `/bin/sh` as another user, on a terminal if one is wanted or `sudo` insists.
pub(crate) async fn start(
    opener: &dyn Opener,
    user: &str,
    password: Option<&Password>,
    terminal: bool,
) -> Result<Link, NoShell> {
    match attempt(opener, user, password, terminal).await {
        Err(NoShell::Denied(Denied::NotAllowed(said))) if !terminal && wants_terminal(&said) => {
            attempt(opener, user, password, true).await
        }
        ended => ended,
    }
}

/// Whether `sudo` only runs on a terminal (`requiretty`).
fn wants_terminal(said: &str) -> bool {
    said.contains("must have a tty")
}

async fn attempt(
    opener: &dyn Opener,
    user: &str,
    password: Option<&Password>,
    terminal: bool,
) -> Result<Link, NoShell> {
    let mut link = opener
        .start(SHELL, terminal)
        .await
        .map_err(NoShell::Start)?;
    let mut said = Vec::new();
    let negotiation = async {
        if terminal {
            let raw = runner::word();
            let request = format!("stty raw -echo 2>/dev/null; echo; echo @{raw}\n");
            let _ = link.writer().write(request).await;
            wait(&mut link, &mut said, &format!("@{raw}"), None).await?;
        }
        let (word, prompt) = (runner::word(), runner::word());
        // The shell replaces itself, and must not have read further: nothing is sent behind this.
        let _ = link
            .writer()
            .write(starter(user, &word, &prompt, password.is_some()))
            .await;
        let in_marks = format!("@{word}\n");
        let answered = wait(&mut link, &mut said, &in_marks, Some(&prompt)).await?;
        if answered == Met::Prompt {
            let Some(password) = password else {
                return Err(NoShell::Denied(Denied::NeedsPassword));
            };
            let _ = link
                .writer()
                .write(format!("{}\n", password.expose()))
                .await;
            said.clear();
            if wait(&mut link, &mut said, &in_marks, Some(&prompt)).await? == Met::Prompt {
                let _ = link.writer().eof().await;
                return Err(NoShell::Denied(Denied::WrongPassword));
            }
        }
        Ok(())
    };
    match timeout(LIMIT, negotiation).await {
        Ok(Ok(())) => Ok(link),
        Ok(Err(NoShell::Silent(_))) => Err(NoShell::Denied(meaning(&said))),
        Ok(Err(other)) => Err(other),
        Err(_) => Err(NoShell::Denied(Denied::Silent(text(&said)))),
    }
}

/// What the login's shell does. Messages come in English, because some are looked at; what runs later
/// does not see that.
fn starter(user: &str, word: &str, prompt: &str, password: bool) -> String {
    let user = quote(user);
    let inner = quote(&format!("unset LANGUAGE; echo; echo @{word}; exec /bin/sh"));
    let ask = match password {
        true => format!("-S -p {prompt}"),
        false => "-n".to_owned(),
    };
    format!(
        "if command -v sudo >/dev/null 2>&1; \
         then LANGUAGE=C exec sudo -H {ask} -u {user} -- /bin/sh -c {inner}; \
         elif [ \"$(id -u)\" = 0 ]; then exec su -s /bin/sh -c {inner} {user}; \
         else echo 'sudo: not found' >&2; exit 127; fi\n"
    )
}

#[derive(PartialEq, Eq)]
enum Met {
    Word,
    Prompt,
}

/// Reads until a word, or a prompt, has come; on a terminal both streams are one.
async fn wait(
    link: &mut Link,
    said: &mut Vec<u8>,
    word: &str,
    prompt: Option<&str>,
) -> Result<Met, NoShell> {
    let mut out = Vec::new();
    let contains =
        |bytes: &[u8], word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    loop {
        match link.next().await {
            Ok(Some(Heard::Stdout(bytes))) => {
                out.extend_from_slice(&bytes);
                said.extend_from_slice(&bytes);
            }
            Ok(Some(Heard::Stderr(bytes))) => said.extend_from_slice(&bytes),
            Ok(Some(_)) => {}
            Ok(None) => return Err(NoShell::Silent(text(said))),
            Err(lost) => return Err(NoShell::Start(StartError::Lost(lost))),
        }
        // Not what is echoed of the request itself.
        let plain: Vec<u8> = out.iter().copied().filter(|b| *b != b'\r').collect();
        if contains(&plain, &format!("\n{word}")) {
            return Ok(Met::Word);
        }
        if prompt.is_some_and(|prompt| contains(said, prompt)) {
            return Ok(Met::Prompt);
        }
        for kept in [&mut *said, &mut out] {
            if kept.len() > 2 * SAID {
                kept.drain(..kept.len() - SAID);
            }
        }
    }
}

/// What the end of `sudo` means.
fn meaning(said: &[u8]) -> Denied {
    let text = text(said);
    if text.contains("password is required") || text.contains("terminal is required") {
        return Denied::NeedsPassword;
    }
    if text.contains("incorrect password") || text.contains("no password was provided") {
        return Denied::WrongPassword;
    }
    if text.contains("unknown user") || text.contains("does not exist") {
        return Denied::NoSuchUser;
    }
    if text.contains("sudo: not found") {
        return Denied::NoSudo;
    }
    Denied::NotAllowed(text)
}

/// The last lines, without what only a terminal understands.
fn text(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(3)..];
    let joined = last.join("; ");
    joined
        .chars()
        .filter(|c| !c.is_control())
        .take(400)
        .collect()
}
