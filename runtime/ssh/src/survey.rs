//! The keys of many hosts, for whoever has no runtime of their own.

use crate::client::Client;
use crate::destination::Destination;
use crate::known_hosts::{HostKeyError, Recorded};
use crate::resolve::Resolver;
use crate::scan::{HostKey, Standing};
use nexus_executor::{Failure, Nobody};
use nexus_graph::Host;
use std::path::Path;
use std::sync::Arc;
use std::{io, vec};
use tokio::sync::Semaphore;

/// Hosts that are asked at the same time.
const AT_ONCE: usize = 32;

/// What a host shows, and how that stands to what is on record.
#[derive(Debug)]
pub struct Shown {
    destination: Box<Destination>,
    /// Its keys.
    pub keys: Vec<(HostKey, Standing)>,
}

impl Shown {
    /// Adds one of its keys to a file; see [`HostKey::record`]. Blocks.
    ///
    /// # Errors
    ///
    /// Another key is on record, or the file cannot be written.
    pub fn record(&self, key: &HostKey, file: &Path) -> Result<Recorded, HostKeyError> {
        key.record(&self.destination, file)
    }

    /// The name and the port that its keys are on record by.
    pub fn name(&self) -> (&str, u16) {
        (&self.destination.host, self.destination.port)
    }
}

/// Asks hosts of the project at `root` for their keys, without logging in, and gives what they show in
/// their order. Blocks; to be called outside of any tokio runtime.
///
/// # Errors
///
/// Nothing can be asked at all.
pub fn survey(
    root: &Path,
    hosts: &[Arc<Host>],
) -> io::Result<vec::IntoIter<Result<Shown, Failure>>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let found = runtime.block_on(async {
        let client = Client::new(Arc::new(Nobody));
        let resolver = Resolver::new(root);
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut asking = Vec::new();
        for host in hosts {
            let (client, resolver) = (client.clone(), resolver.clone());
            let (places, host) = (places.clone(), host.clone());
            asking.push(tokio::spawn(async move {
                let _place = places.acquire().await;
                ask(&client, &resolver, &host).await
            }));
        }
        let mut found = Vec::with_capacity(hosts.len());
        for asked in asking {
            found.push(asked.await.map_err(io::Error::other)?);
        }
        io::Result::Ok(found)
    })?;
    Ok(found.into_iter())
}

async fn ask(client: &Client, resolver: &Resolver, host: &Arc<Host>) -> Result<Shown, Failure> {
    let (destination, settings) = resolver.resolve(host).await?;
    let mut keys = Vec::new();
    for key in client.scan(&destination, &settings).await? {
        let standing = key.standing(&destination).await;
        keys.push((key, standing.unwrap_or_else(Standing::Refused)));
    }
    Ok(Shown {
        destination: Box::new(destination),
        keys,
    })
}
