//! How many connections are started at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that are being made at the same time, to all machines together.
const STARTING: usize = 64;
/// The same to one address. With more than eight on each of its processors a server is not faster,
/// and from ten on (`MaxStartups`) it begins to turn connections away.
const STARTING_AT_ADDRESS: usize = 8;
/// With so many of them a server is asked whether it knows that one has logged in before another takes
/// its place: the process that counts hears of it later than the client does.
const CROWDED: usize = STARTING_AT_ADDRESS / 2;
/// A server that turns connections away is left at least this many.
const FEWEST: usize = 2;

/// Lets connections start, a few at a time.
pub(crate) struct Gates {
    everywhere: Arc<Semaphore>,
    addresses: Mutex<HashMap<(String, u16), Arc<Gate>>>,
}

struct Gate {
    places: Arc<Semaphore>,
    width: Mutex<usize>,
}

/// Leave to start a connection, until it is dropped.
pub(crate) struct Started {
    gate: Arc<Gate>,
    here: Option<OwnedSemaphorePermit>,
    _anywhere: OwnedSemaphorePermit,
}

impl Default for Gates {
    fn default() -> Self {
        Gates {
            everywhere: Arc::new(Semaphore::new(STARTING)),
            addresses: Mutex::default(),
        }
    }
}

impl Gates {
    /// Waits for leave to start a connection to an address.
    pub async fn enter(&self, host: &str, port: u16) -> Option<Started> {
        let gate = {
            let mut all = self
                .addresses
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let gate = all.entry((host.to_owned(), port));
            gate.or_insert_with(|| {
                Arc::new(Gate {
                    places: Arc::new(Semaphore::new(STARTING_AT_ADDRESS)),
                    width: Mutex::new(STARTING_AT_ADDRESS),
                })
            })
            .clone()
        };
        let here = gate.places.clone().acquire_owned().await.ok()?;
        let anywhere = self.everywhere.clone().acquire_owned().await.ok()?;
        Some(Started {
            gate,
            here: Some(here),
            _anywhere: anywhere,
        })
    }
}

impl Started {
    /// Whether the server is about as busy with connections that start as it may be.
    pub fn is_crowded(&self) -> bool {
        let width = self
            .gate
            .width
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        width.saturating_sub(self.gate.places.available_permits()) > CROWDED
    }

    /// The server turned the connection away: there are to be fewer at a time.
    pub fn narrow(&mut self) {
        let mut width = self
            .gate
            .width
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *width > FEWEST
            && let Some(place) = self.here.take()
        {
            *width -= 1;
            place.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn few_at_a_time_and_fewer_after_refusals() {
        let gates = Gates::default();
        let mut inside = Vec::new();
        for _ in 0..STARTING_AT_ADDRESS {
            inside.push(gates.enter("a", 22).await.unwrap());
        }
        let full = tokio::time::timeout(std::time::Duration::from_millis(20), gates.enter("a", 22));
        assert!(full.await.is_err());
        assert!(gates.enter("b", 22).await.is_some());
        for started in &mut inside {
            started.narrow();
        }
        inside.clear();
        let mut inside = Vec::new();
        for _ in 0..FEWEST {
            inside.push(gates.enter("a", 22).await.unwrap());
        }
        let full = tokio::time::timeout(std::time::Duration::from_millis(20), gates.enter("a", 22));
        assert!(full.await.is_err());
    }
}
