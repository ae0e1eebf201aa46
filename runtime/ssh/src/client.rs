//! Makes connections, not too many at a time.

use crate::connection::Connection;
use crate::destination::{Destination, Settings};
use crate::error::{ConnectError, Phase, Reason};
use crate::{auth, session, tcp};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Connections that are being made at the same time, to all machines together.
const STARTING: usize = 64;
/// The same to one address. Beyond eight on each of its processors a server is not faster, and from
/// ten on (`MaxStartups`) it begins to turn connections away.
const STARTING_AT_ADDRESS: usize = 8;

/// Makes connections. Cheap to clone; all clones share the limits on what is started at once.
#[derive(Clone, Default)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    starting: Semaphore,
    at_address: Mutex<HashMap<SocketAddr, Arc<Semaphore>>>,
}

impl Default for Inner {
    fn default() -> Self {
        Inner {
            starting: Semaphore::new(STARTING),
            at_address: Mutex::default(),
        }
    }
}

impl Client {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// Says to whom, how far it came, and why not further.
    pub async fn connect(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Connection, ConnectError> {
        let attempted = self.attempt(destination, settings).await;
        attempted.map_err(|(phase, reason)| ConnectError {
            name: destination.name.clone(),
            host: destination.host.clone(),
            port: destination.port,
            user: destination.user.clone(),
            phase,
            reason,
            offered: Vec::new(),
            tried: Vec::new(),
            attempts: 1,
        })
    }

    async fn attempt(
        &self,
        destination: &Destination,
        settings: &Settings,
    ) -> Result<Connection, (Phase, Reason)> {
        let addresses = tcp::resolve(&destination.host, destination.port, settings).await?;
        let gone = |_| (Phase::Connect, Reason::Protocol("shutting down".to_owned()));
        let at_address = self.at_address(addresses[0]);
        let _here = at_address.acquire_owned().await.map_err(gone)?;
        let _anywhere = self.inner.starting.acquire().await.map_err(gone)?;
        let stream = tcp::connect(&addresses, settings).await?;
        let (mut handle, state) = session::handshake(stream, destination, settings).await?;
        auth::authenticate(&mut handle, destination, settings).await?;
        Ok(Connection::new(
            handle,
            state,
            destination.clone(),
            settings.clone(),
            None,
        ))
    }

    fn at_address(&self, address: SocketAddr) -> Arc<Semaphore> {
        let mut all = self
            .inner
            .at_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.entry(address)
            .or_insert_with(|| Arc::new(Semaphore::new(STARTING_AT_ADDRESS)))
            .clone()
    }
}
