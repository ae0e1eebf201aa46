//! The built-in client as a way to start programs.

use super::link::{Link, Opener, StartError};
use super::shell::{SHELL, TERMINAL_SHELL};
use crate::channel::{Channel, Message, WriteError};
use crate::{ConnectError, Destination, Pool, Settings};
use nexus_executor::Pending;
use std::time::Duration;

/// What programs that ask are told about the terminal.
const TERMINAL: (&str, u32, u32) = ("xterm-256color", 80, 24);

/// Dropbear closes a session that was opened while another one went away, instead of starting a command
/// in it.
const ATTEMPTS: u32 = 10;
/// Who does not.
const STEADY: &str = "OpenSSH";

/// A host at the other end of the connections of a pool.
pub(crate) struct Line {
    pool: Pool,
    destination: Destination,
    settings: Settings,
}

impl Line {
    pub fn new(pool: Pool, destination: Destination, settings: Settings) -> Self {
        Line {
            pool,
            destination,
            settings,
        }
    }
}

impl Opener for Line {
    fn start<'a>(
        &'a self,
        command: &'a str,
        terminal: bool,
    ) -> Pending<'a, Result<Link, StartError>> {
        Box::pin(async move {
            // A shell does nothing by itself, so that it may be started twice; a command may not.
            let harmless = [SHELL, TERMINAL_SHELL].contains(&command);
            let mut lost = None;
            for _ in 0..ATTEMPTS {
                let opened = self.pool.open(&self.destination, &self.settings).await;
                let unreachable =
                    |error: ConnectError| StartError::Unreachable(Box::new(error.into()));
                let (mut channel, connection) = opened.map_err(unreachable)?;
                // Waiting for the answer costs a round trip, so it is done where it must be.
                let steady = connection.server().starts_with(STEADY);
                let begun = match begin(&channel, command, terminal).await {
                    Ok(()) if steady => Ok(true),
                    Ok(()) => answered(&mut channel, terminal).await,
                    Err(WriteError::Lost(lost)) => Err(StartError::Lost(lost)),
                    Err(WriteError::Closed) => Ok(false),
                };
                match begun {
                    Ok(true) => return Ok(Link::Channel(channel)),
                    Ok(false) => {}
                    Err(StartError::Lost(why)) if harmless && lost.is_none() => lost = Some(why),
                    Err(other) => return Err(other),
                }
            }
            Err(lost.map_or_else(
                || StartError::Refused("the server closes every session at once".to_owned()),
                StartError::Lost,
            ))
        })
    }

    fn patience(&self) -> Duration {
        let machines = 1 + self.destination.jumps.len() as u32;
        // With the pauses between attempts, which grow to some seconds.
        let attempt = self.settings.timeouts.total + Duration::from_secs(5);
        attempt * machines * self.settings.attempts.max(1)
    }

    /// The pool is everybody's, and closed by whoever made it.
    fn close(&self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Whether the server has begun the command; `false` when it closed the session instead.
async fn answered(channel: &mut Channel, terminal: bool) -> Result<bool, StartError> {
    let refused = |what: &str| StartError::Refused(format!("the server refuses to start {what}"));
    if terminal {
        match channel.next().await.map_err(StartError::Lost)? {
            Some(Message::Accepted) => {}
            Some(Message::Refused) => return Err(refused("a terminal")),
            _ => return Ok(false),
        }
    }
    match channel.next().await.map_err(StartError::Lost)? {
        Some(Message::Accepted) => Ok(true),
        Some(Message::Refused) => Err(refused("a command")),
        _ => Ok(false),
    }
}

async fn begin(channel: &Channel, command: &str, terminal: bool) -> Result<(), WriteError> {
    if terminal {
        let (name, columns, rows) = TERMINAL;
        channel.terminal(name, columns, rows).await?;
    }
    channel.exec(command).await
}
