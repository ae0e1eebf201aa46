//! A connection that is logged in.

use crate::channel::{self, Channel};
use crate::destination::{Destination, Settings};
use crate::error::Lost;
use crate::handler::{Handler, State};
use crate::output::{self, Output};
use crate::session::Exchanged;
use russh::Disconnect;
use russh::client::{Handle, Msg};
use std::sync::Arc;
use std::time::Duration;

/// Why a channel could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The server does not want to; most of the time because there are too many channels
    /// (`MaxSessions`). The connection goes on.
    #[error("the server refuses another session ({0})")]
    Refused(String),
    /// The server did not answer in time.
    #[error("the server did not open a session within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// The connection is gone.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// A connection that is logged in, on which commands run side by side. Cheap to clone; it is closed
/// when the last clone and all channels are gone.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

/// Something that is kept for as long as a channel lasts.
pub(crate) type Lease = Box<dyn std::any::Any + Send + Sync>;

/// What a connection and its channels hold together.
pub(crate) struct Shared {
    handle: Handle<Handler>,
    state: Arc<State>,
    destination: Destination,
    settings: Settings,
    /// The connection this one runs through.
    through: Option<Connection>,
}

impl Shared {
    pub fn handle(&self) -> &Handle<Handler> {
        &self.handle
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Why the connection is gone. Only when it is.
    pub fn lost(&self) -> Lost {
        let lost = self.state.lost().unwrap_or_default();
        match &self.through {
            Some(hop) if hop.is_closed() && lost != Lost::Closed => Lost::Hop {
                hop: hop.destination().place(),
                why: Box::new(hop.shared.lost()),
            },
            _ => lost,
        }
    }

    pub fn destination(&self) -> &Destination {
        &self.destination
    }
}

impl Connection {
    pub(crate) fn new(
        exchanged: Exchanged,
        destination: &Destination,
        settings: &Settings,
        through: Option<Connection>,
    ) -> Self {
        Connection {
            shared: Arc::new(Shared {
                handle: exchanged.handle,
                state: exchanged.state,
                destination: destination.clone(),
                settings: settings.clone(),
                through,
            }),
        }
    }

    /// Opens a channel for one command or subsystem.
    ///
    /// # Errors
    ///
    /// The server refuses, does not answer in time, or is gone.
    pub async fn open_session(&self) -> Result<Channel, OpenError> {
        channel::open(self.shared.clone(), None).await
    }

    /// The same, with something that is dropped when the channel has come to its end.
    pub(crate) async fn open_leased(&self, lease: Lease) -> Result<Channel, OpenError> {
        channel::open(self.shared.clone(), Some(lease)).await
    }

    /// Has the server connect to another machine.
    pub(crate) async fn open_direct(
        &self,
        host: &str,
        port: u16,
    ) -> Result<russh::Channel<Msg>, String> {
        let handle = self.shared.handle();
        let opened = handle.channel_open_direct_tcpip(host, port.into(), "127.0.0.1", 0);
        opened.await.map_err(|error| match error {
            russh::Error::ChannelOpenFailure(reason) => match reason {
                russh::ChannelOpenFailure::ConnectFailed => {
                    "it cannot reach the machine".to_owned()
                }
                russh::ChannelOpenFailure::AdministrativelyProhibited => {
                    "it does not let connections through".to_owned()
                }
                other => format!("{other:?}"),
            },
            _ => self.shared.lost().to_string(),
        })
    }

    /// Whether the server gives a sign of life within a time.
    pub async fn ping(&self, limit: Duration) -> bool {
        let answered = tokio::time::timeout(limit, self.shared.handle.send_ping()).await;
        matches!(answered, Ok(Ok(()))) && !self.is_closed()
    }

    /// Runs a command in the user's login shell to its end, without input. Keeps at most `limit`
    /// bytes of each of its streams.
    ///
    /// # Errors
    ///
    /// No channel can be opened, or the connection is lost before the command has ended.
    pub async fn exec(
        &self,
        command: impl Into<Vec<u8>>,
        limit: usize,
    ) -> Result<Output, OpenError> {
        let mut channel = self.open_session().await?;
        let gone = |_| OpenError::Lost(self.shared.lost());
        channel.exec(command).await.map_err(gone)?;
        // It may have ended already.
        let _ = channel.writer().eof().await;
        Ok(output::collect(&mut channel, limit).await?)
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// Why the connection is gone, if it is.
    pub fn lost(&self) -> Option<Lost> {
        self.is_closed().then(|| self.shared.lost())
    }

    /// Waits until the connection is gone, and says why.
    pub async fn closed(&self) -> Lost {
        self.shared.state.ended().await;
        self.shared.lost()
    }

    /// Says good-bye. Commands that are running are not ended by that alone.
    pub async fn close(&self) {
        self.shared.state.closing();
        let farewell = self
            .shared
            .handle
            .disconnect(Disconnect::ByApplication, "", "en");
        let gone = async {
            let _ = farewell.await;
            self.shared.state.ended().await
        };
        // A server that does not listen any more need not hear it.
        let _ = tokio::time::timeout(Duration::from_secs(1), gone).await;
    }

    /// Where it leads to.
    pub fn destination(&self) -> &Destination {
        &self.shared.destination
    }

    /// What the server said before logging in, for people to read. Often nothing.
    pub fn banner(&self) -> String {
        self.shared.state.banner()
    }

    /// The program on the other side, as it names itself: `OpenSSH_9.2p1 Debian-2`, `dropbear_2022.83`.
    pub fn server(&self) -> String {
        self.shared.state.server()
    }
}
