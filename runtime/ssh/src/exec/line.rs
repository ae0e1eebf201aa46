//! The built-in client as a way to start programs.

use super::link::{Link, Opener, StartError};
use crate::channel::{Channel, WriteError};
use crate::{ConnectError, Destination, Pool, Settings};
use nexus_executor::Pending;
use std::time::Duration;

/// What programs that ask are told about the terminal.
const TERMINAL: (&str, u32, u32) = ("xterm-256color", 80, 24);

/// Some servers close a session that was opened while another one went away.
const ATTEMPTS: u32 = 3;

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
            for _ in 0..ATTEMPTS {
                let opened = self.pool.open(&self.destination, &self.settings).await;
                let unreachable =
                    |error: ConnectError| StartError::Unreachable(Box::new(error.into()));
                let (channel, _) = opened.map_err(unreachable)?;
                match begin(&channel, command, terminal).await {
                    Ok(()) => return Ok(Link::Channel(channel)),
                    Err(WriteError::Lost(lost)) => return Err(StartError::Lost(lost)),
                    Err(WriteError::Closed) => {}
                }
            }
            Err(StartError::Refused(
                "the server closes every session at once".to_owned(),
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

async fn begin(channel: &Channel, command: &str, terminal: bool) -> Result<(), WriteError> {
    if terminal {
        let (name, columns, rows) = TERMINAL;
        channel.terminal(name, columns, rows).await?;
    }
    channel.exec(command).await
}
