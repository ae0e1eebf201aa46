//! A runner that is alive: questions go out, answers come back.

use super::become_user::{self, Denied, Password};
use super::link::{Heard, Link, LinkWriter, Opener, StartError};
use crate::error::Lost;
use crate::runner;
use crate::runner::reply::{Greeting, Nonsense, Read, Replies, Reply};
use std::time::Duration;
use tokio::time::timeout;

/// How long a shell may take to answer for the first time. Logins that take longer exist, but nobody
/// wants to wait for them at every command.
const START: Duration = Duration::from_secs(20);

/// How long a runner may take to hear that it is to go.
const FAREWELL: Duration = Duration::from_millis(500);

/// What every login shell understands, and replaces it by the one we know.
pub(crate) const SHELL: &str = "exec /bin/sh";

/// The same on a terminal, where a shell would read the file that `ENV` names, as if a person typed.
pub(crate) const TERMINAL_SHELL: &str = "exec env ENV= /bin/sh";

/// A runner that waits for a request, or works on one.
pub(crate) struct Shell {
    link: Link,
    writer: LinkWriter,
    replies: Replies,
    /// Its boot id.
    pub boot_id: Option<String>,
    /// Whether every process of a job can be found.
    pub thorough: bool,
}

/// There is no runner.
#[derive(Debug, Clone)]
pub(crate) enum NoShell {
    /// Nothing could be started.
    Start(StartError),
    /// The user cannot be become.
    Denied(Denied),
    /// There is a shell, but it cannot keep results: what is missing.
    Unable(String),
    /// What was started is no shell: what it said.
    Silent(String),
}

/// A runner does not answer any more.
#[derive(Debug, Clone)]
pub(crate) enum Gone {
    /// Its connection is lost.
    Lost(Lost),
    /// It ended, or talks nonsense.
    Ended(String),
}

impl From<Nonsense> for Gone {
    fn from(nonsense: Nonsense) -> Self {
        Gone::Ended(format!("it says `{}`", crate::error::one_line(&nonsense.0)))
    }
}

impl Shell {
    /// Starts a runner, as `user` if that is not the login's.
    pub async fn start(
        opener: &dyn Opener,
        user: Option<(&str, Option<&Password>)>,
        tidy: bool,
    ) -> Result<Shell, NoShell> {
        let word = runner::word();
        let prologue = runner::prologue(&word, tidy);
        Shell::greet(opener, user, word, prologue).await
    }

    /// Starts a shell that only knows how to find processes.
    pub async fn start_bare(
        opener: &dyn Opener,
        user: Option<(&str, Option<&Password>)>,
    ) -> Result<Shell, NoShell> {
        let word = runner::word();
        let prologue = runner::base(&word);
        Shell::greet(opener, user, word, prologue).await
    }

    async fn greet(
        opener: &dyn Opener,
        user: Option<(&str, Option<&Password>)>,
        word: String,
        prologue: String,
    ) -> Result<Shell, NoShell> {
        let link = match user {
            None => opener.start(SHELL, false).await.map_err(NoShell::Start)?,
            Some((user, password)) => {
                become_user::start(opener, user, password, false)
                    .await?
                    .link
            }
        };
        let mut shell = Shell {
            writer: link.writer(),
            link,
            replies: Replies::new(word.clone()),
            boot_id: None,
            thorough: false,
        };
        let greeting = async {
            // One that ends without reading has said why.
            let _ = shell.writer.write(prologue).await;
            shell.read().await
        };
        match timeout(START, greeting).await {
            Ok(Ok(Read::Greeting(Greeting::Ready {
                boot_id, thorough, ..
            }))) => {
                shell.boot_id = boot_id;
                shell.thorough = thorough;
                Ok(shell)
            }
            Ok(Ok(Read::Greeting(Greeting::Unable(why)))) => Err(NoShell::Unable(why)),
            Ok(Err(Gone::Lost(lost))) => Err(NoShell::Start(StartError::Lost(lost))),
            Ok(Ok(_) | Err(Gone::Ended(_))) | Err(_) => Err(NoShell::Silent(shell.replies.noise())),
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// There is none, and will not be.
    pub async fn ask(&mut self, request: String) -> Result<Reply, Gone> {
        self.send(request).await?;
        self.answer().await
    }

    /// Asks without waiting, or sends what was asked for.
    ///
    /// # Errors
    /// The runner does not read any more.
    pub async fn send(&mut self, request: impl Into<bytes::Bytes>) -> Result<(), Gone> {
        match self.writer.write(request).await {
            Ok(()) => Ok(()),
            Err(crate::WriteError::Lost(lost)) => Err(Gone::Lost(lost)),
            Err(crate::WriteError::Closed) => Err(Gone::Ended("it does not read".to_owned())),
        }
    }

    /// The next answer. Can be given up and asked for again.
    ///
    /// # Errors
    /// There is none, and will not be.
    pub async fn answer(&mut self) -> Result<Reply, Gone> {
        match self.read().await? {
            Read::Reply(reply) => Ok(reply),
            Read::Greeting(_) => Err(Gone::Ended("it greets twice".to_owned())),
        }
    }

    async fn read(&mut self) -> Result<Read, Gone> {
        loop {
            if let Some(read) = self.replies.next()? {
                return Ok(read);
            }
            match self.link.next().await {
                Ok(Some(Heard::Stdout(bytes))) => self.replies.feed(&bytes),
                Ok(Some(Heard::Stderr(bytes))) => self.replies.note(&bytes),
                Ok(Some(Heard::Exit(code))) => {
                    self.replies
                        .note(format!("\n(exit status {code})").as_bytes());
                }
                Ok(Some(Heard::Signal(_))) => {}
                Ok(None) => return Err(Gone::Ended("it ended".to_owned())),
                Err(lost) => return Err(Gone::Lost(lost)),
            }
        }
    }

    /// Lets it end by itself: it has nothing more to do.
    pub async fn dismiss(self) {
        let _ = timeout(FAREWELL, self.writer.eof()).await;
    }
}
