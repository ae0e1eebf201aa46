//! The built-in client as a way to start programs: one connection, made again when it is lost.

use super::failure::Whom;
use super::link::{Link, Opener, StartError};
use crate::channel::WriteError;
use crate::{Channel, Client, Connection, Destination, OpenError, Settings};
use nexus_executor::Pending;
use tokio::sync::Mutex;

/// What programs that ask are told about the terminal.
const TERMINAL: (&str, u32, u32) = ("xterm-256color", 80, 24);

/// Connections to one host: more than one when the server allows few programs on each.
const MOST: usize = 4;

/// A host at the other end of a connection, or of several.
pub(crate) struct Line {
    client: Client,
    destination: Destination,
    settings: Settings,
    whom: Whom,
    /// The connections in use. Held while one is made, so that all who need one get the same.
    connections: Mutex<Vec<Connection>>,
}

impl Line {
    pub fn new(client: Client, destination: Destination, settings: Settings, whom: Whom) -> Self {
        Line {
            client,
            destination,
            settings,
            whom,
            connections: Mutex::default(),
        }
    }

    /// The connection at this place, made when there is none; `None` when there may be no more.
    async fn connection(&self, place: usize) -> Result<Option<Connection>, StartError> {
        let mut all = self.connections.lock().await;
        all.retain(|connection| !connection.is_closed());
        if let Some(connection) = all.get(place) {
            return Ok(Some(connection.clone()));
        }
        if all.len() >= MOST {
            return Ok(None);
        }
        let made = self.client.connect(&self.destination, &self.settings).await;
        let unreachable = |error| StartError::Unreachable(Box::new(self.whom.connect(&error)));
        let made = made.map_err(unreachable)?;
        all.push(made.clone());
        Ok(Some(made))
    }

    async fn channel(&self) -> Result<Channel, StartError> {
        let mut place = 0;
        let mut losses = 0;
        while let Some(connection) = self.connection(place).await? {
            match connection.open_session().await {
                Ok(channel) => return Ok(channel),
                // It is full: the next one.
                Err(OpenError::Refused(_)) => place += 1,
                // One that was idle may have been gone for long.
                Err(OpenError::Lost(_)) if losses < MOST => losses += 1,
                Err(OpenError::Lost(lost)) => return Err(StartError::Lost(lost)),
                Err(OpenError::Timeout(_)) => {
                    return Err(StartError::Lost(crate::Lost::Silent));
                }
            }
        }
        Err(StartError::Full)
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
            let connections = std::mem::take(&mut *self.connections.lock().await);
            for connection in connections {
                connection.close().await;
            }
        })
    }
}
