//! Becoming another user: `sudo`, once for each runner, not for each command.
//!
//! A shell of the login is told to replace itself by `sudo`, so that neither the login shell nor
//! quoting matters. The password, when one is needed, is an answer to a prompt that only we know; it
//! is never an argument, and given once: the second prompt ends the attempt, because three wrong
//! answers lock some accounts.

use super::link::{Heard, Link, Opener, StartError};
use super::shell::{NoShell, SHELL, TERMINAL_SHELL};
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

/// A shell that was started, and how the terminal it is on was set, if it is on one. That terminal
/// passes everything on as it is, until it is set back.
pub(crate) struct Started {
    pub link: Link,
    pub terminal: Option<String>,
}

/// Starts `/bin/sh` as another user, on a terminal if one is wanted or `sudo` insists.
pub(crate) async fn start(
    opener: &dyn Opener,
    user: &str,
    password: Option<&Password>,
    terminal: bool,
) -> Result<Started, NoShell> {
    match attempt(opener, user, password, terminal).await {
        Err(NoShell::Denied(Denied::NotAllowed(said))) if !terminal && wants_terminal(&said) => {
            attempt(opener, user, password, true).await
        }
        ended => ended,
    }
}

/// Starts `/bin/sh` as the login's user on a terminal.
pub(crate) async fn start_on_terminal(opener: &dyn Opener) -> Result<Started, NoShell> {
    let mut link = opener
        .start(TERMINAL_SHELL, true)
        .await
        .map_err(NoShell::Start)?;
    let mut said = Vec::new();
    match timeout(LIMIT, raw(&mut link, &mut said)).await {
        Ok(terminal) => Ok(Started {
            terminal: Some(terminal?),
            link,
        }),
        Err(_) => Err(NoShell::Silent(text(&said))),
    }
}

/// Whether `sudo` only runs on a terminal (`requiretty`).
fn wants_terminal(said: &str) -> bool {
    said.contains("must have a tty")
}

/// A shell on a terminal takes us for a person, and edits lines, unless what it prints goes elsewhere.
/// This one prints through `cat`; its status is handed on.
const UNSEEN: &str = "exec 4>&1; nx_t=$({ { /bin/sh 2>/dev/null 3>&- 4>&-; echo $? >&3; } \
    | cat >&4 3>&- 4>&-; } 3>&1); exit $nx_t";

/// Makes the terminal pass everything on: no echo, no translation of line ends, no limit on the length
/// of lines. The shell on it is replaced by one that does not think that a person types; how the
/// terminal was set is the answer.
async fn raw(link: &mut Link, said: &mut Vec<u8>) -> Result<String, NoShell> {
    let word = runner::word();
    let request = format!(
        "nx_t=$(stty -g 2>/dev/null); stty raw -echo 2>/dev/null; echo; echo \"@{word} $nx_t.\"; \
         set +m; {UNSEEN}\n"
    );
    let _ = link.writer().write(request).await;
    let mut met = String::new();
    wait(link, said, &format!("@{word} "), None, Some(&mut met)).await?;
    Ok(met.trim_end_matches('.').to_owned())
}

async fn attempt(
    opener: &dyn Opener,
    user: &str,
    password: Option<&Password>,
    terminal: bool,
) -> Result<Started, NoShell> {
    let shell = if terminal { TERMINAL_SHELL } else { SHELL };
    let mut link = opener
        .start(shell, terminal)
        .await
        .map_err(NoShell::Start)?;
    let mut said = Vec::new();
    let negotiation = async {
        let terminal = match terminal {
            true => Some(raw(&mut link, &mut said).await?),
            false => None,
        };
        let (word, prompt) = (runner::word(), runner::word());
        // The shell replaces itself, and must not have read further: nothing is sent behind this.
        let request = starter(user, &word, &prompt, password.is_some(), terminal.is_some());
        let _ = link.writer().write(request).await;
        let word = format!("@{word}\n");
        let answered = wait(&mut link, &mut said, &word, Some(&prompt), None).await?;
        if answered == Met::Prompt {
            let Some(password) = password else {
                return Err(NoShell::Denied(Denied::NeedsPassword));
            };
            let answer = format!("{}\n", password.expose());
            let _ = link.writer().write(answer).await;
            said.clear();
            let answered = wait(&mut link, &mut said, &word, Some(&prompt), None).await?;
            if answered == Met::Prompt {
                let _ = link.writer().eof().await;
                return Err(NoShell::Denied(Denied::WrongPassword));
            }
        }
        Ok(terminal)
    };
    match timeout(LIMIT, negotiation).await {
        Ok(Ok(terminal)) => Ok(Started { link, terminal }),
        Ok(Err(NoShell::Silent(_))) => Err(NoShell::Denied(meaning(&said))),
        Ok(Err(other)) => Err(other),
        Err(_) => Err(NoShell::Denied(Denied::Silent(text(&said)))),
    }
}

/// What the login's shell does. Messages come in English, because some are looked at; what runs later
/// does not see that.
fn starter(user: &str, word: &str, prompt: &str, password: bool, terminal: bool) -> String {
    let user = quote(user);
    let (here, there) = match terminal {
        true => ("exec >&0 2>&0; ", UNSEEN),
        false => ("", "exec /bin/sh"),
    };
    let inner = format!("unset LANGUAGE; echo; echo @{word}; {there}");
    let inner = quote(&inner);
    let ask = match password {
        true => format!("-S -p {prompt}"),
        false => "-n".to_owned(),
    };
    format!(
        "{here}if command -v sudo >/dev/null 2>&1; \
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

/// Reads until a word at the beginning of a line, or a prompt anywhere, has come; on a terminal both
/// streams are one. With `rest`, reads what is behind the word in its line as well.
async fn wait(
    link: &mut Link,
    said: &mut Vec<u8>,
    word: &str,
    prompt: Option<&str>,
    mut rest: Option<&mut String>,
) -> Result<Met, NoShell> {
    let mut out = Vec::new();
    let word = format!("\n{word}");
    loop {
        match link.next().await {
            Ok(Some(Heard::Stdout(bytes))) => {
                // A terminal that is not set yet ends lines in its own way.
                out.extend(bytes.iter().copied().filter(|byte| *byte != b'\r'));
                said.extend_from_slice(&bytes);
            }
            Ok(Some(Heard::Stderr(bytes))) => said.extend_from_slice(&bytes),
            Ok(Some(_)) => {}
            Ok(None) => return Err(NoShell::Silent(text(said))),
            Err(lost) => return Err(NoShell::Start(StartError::Lost(lost))),
        }
        if let Some(at) = memchr::memmem::find(&out, word.as_bytes()) {
            let behind = &out[at + word.len()..];
            match (&mut rest, memchr::memchr(b'\n', behind)) {
                (None, _) => return Ok(Met::Word),
                (Some(rest), Some(end)) => {
                    rest.push_str(&String::from_utf8_lossy(&behind[..end]));
                    return Ok(Met::Word);
                }
                (Some(_), None) => continue,
            }
        }
        if prompt.is_some_and(|prompt| memchr::memmem::find(said, prompt.as_bytes()).is_some()) {
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
