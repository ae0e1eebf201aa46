//! The built-in client as a way to start programs: one connection, made again when it is lost.

use super::failure::Whom;
use super::link::{Link, Opener, StartError};
use crate::channel::WriteError;
use crate::{Channel, Client, Connection, Destination, OpenError, Settings};
use nexus_executor::Pending;
use tokio::sync::Mutex;

/// What programs that ask are told about the terminal.
const TERMINAL: (&str, u32, u32) = ("xterm-256color", 80, 24);

/// A host at the other end of a connection.
pub(crate) struct Line {
    client: Client,
    destination: Destination,
    settings: Settings,
    whom: Whom,
    /// The connection in use. Held while one is made, so that all who need one get the same.
    connection: Mutex<Option<Connection>>,
}

impl Line {
    pub fn new(client: Client, destination: Destination, settings: Settings, whom: Whom) -> Self {
        Line {
            client,
            destination,
            settings,
            whom,
            connection: Mutex::default(),
        }
    }

    async fn connection(&self) -> Result<Connection, StartError> {
        let mut current = self.connection.lock().await;
        if let Some(connection) = current
            .as_ref()
            .filter(|connection| !connection.is_closed())
        {
            return Ok(connection.clone());
        }
        let made = self.client.connect(&self.destination, &self.settings).await;
        let made =
            made.map_err(|error| StartError::Unreachable(Box::new(self.whom.connect(&error))))?;
        *current = Some(made.clone());
        Ok(made)
    }

    async fn channel(&self) -> Result<Channel, StartError> {
        let mut again = true;
        loop {
            let connection = self.connection().await?;
            match connection.open_session().await {
                Ok(channel) => return Ok(channel),
                Err(OpenError::Refused(_)) => return Err(StartError::Full),
                // One that was idle may have been gone for long.
                Err(OpenError::Lost(_)) if std::mem::take(&mut again) => {}
                Err(OpenError::Lost(lost)) => return Err(StartError::Lost(lost)),
                Err(OpenError::Timeout(_)) => {
                    return Err(StartError::Lost(crate::Lost::Silent));
                }
            }
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
            let channel = self.channel().await?;
            let gone = |error| match error {
                WriteError::Lost(lost) => StartError::Lost(lost),
                WriteError::Closed => {
                    StartError::Refused("the server closed the session at once".to_owned())
                }
            };
            if terminal {
                let (name, columns, rows) = TERMINAL;
                channel.terminal(name, columns, rows).await.map_err(gone)?;
            }
            channel.exec(command).await.map_err(gone)?;
            Ok(Link::Channel(channel))
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let connection = self.connection.lock().await.take();
            if let Some(connection) = connection {
                connection.close().await;
            }
        })
    }
}
