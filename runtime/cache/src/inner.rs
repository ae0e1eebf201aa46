//! What everything that talks to one cache shares: the connection, the limits, the counts.

use crate::backend::{Backend, Job};
use crate::fault::Fault;
use crate::health::Health;
use crate::name::Name;
use crate::place::Place;
use crate::settings::Settings;
use nexus_graph::Digest;
use nexus_graph::event::SharedTotals;
use nexus_store::Store;
use std::collections::HashSet;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, OnceCell, Semaphore};

/// Requests at the same time.
const REQUESTS: usize = 16;

/// How often a cache that is busy is asked again.
const ATTEMPTS: u32 = 5;

/// Before the second attempt; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Inner {
    pub settings: Settings,
    pub store: Arc<Store>,
    pub reads: Health,
    pub writes: Health,
    backend: OnceCell<Arc<dyn Backend>>,
    requests: Semaphore,
    bad: Mutex<HashSet<Digest>>,
    bad_blobs: Mutex<HashSet<Name>>,
    totals: Mutex<SharedTotals>,
    /// Results that are offered and not written.
    pub pending: AtomicU32,
    /// Told whenever `pending` falls.
    pub settled: Notify,
}

impl Inner {
    pub fn new(settings: Settings, store: Arc<Store>) -> Self {
        Inner {
            reads: Health::new(settings.budget),
            writes: Health::new(settings.budget),
            backend: OnceCell::new(),
            requests: Semaphore::new(REQUESTS),
            bad: Mutex::default(),
            bad_blobs: Mutex::default(),
            totals: Mutex::new(SharedTotals {
                cache: settings.name(),
                ..SharedTotals::default()
            }),
            pending: AtomicU32::new(0),
            settled: Notify::new(),
            settings,
            store,
        }
    }

    /// The cache itself; the first to ask waits for the connection.
    pub async fn backend(&self, health: &Health) -> Result<Arc<dyn Backend>, Fault> {
        let connect = || async {
            let connecting = self.call(health, || Box::pin(connect(&self.settings)));
            connecting.await
        };
        self.backend.get_or_try_init(connect).await.cloned()
    }

    /// One request: in turn, repeated when the cache is busy, left as soon as the cache is given up.
    pub async fn call<'a, T>(
        &'a self,
        health: &Health,
        request: impl Fn() -> Job<'a, T>,
    ) -> Result<T, Fault> {
        let mut attempt = 1;
        loop {
            if health.is_off() {
                return Err(Fault::Off);
            }
            let once = async {
                // Never closed.
                let _turn = self.requests.acquire().await;
                request().await
            };
            let answer = tokio::select! {
                biased;
                () = health.off() => return Err(Fault::Off),
                answer = once => answer,
            };
            let pause = match &answer {
                Err(Fault::Busy(_, after)) if attempt < ATTEMPTS => {
                    pause(attempt).max(after.unwrap_or_default())
                }
                // The server may just have closed a connection that was kept.
                Err(Fault::Unreachable(_)) if attempt < 2 => pause(attempt),
                _ => return answer,
            };
            if pause > self.settings.timeout {
                return answer;
            }
            if let Err(fault) = &answer {
                tracing::debug!(%fault, attempt, ?pause, "shared cache, once more");
            }
            tokio::select! {
                () = health.off() => return Err(Fault::Off),
                () = tokio::time::sleep(pause) => attempt += 1,
            }
        }
    }

    /// Notes that what stands in a slot is of no use, so that it may be replaced.
    pub fn note_bad(&self, slot: Digest) {
        lock(&self.bad).insert(slot);
    }

    pub fn is_bad(&self, slot: &Digest) -> bool {
        lock(&self.bad).contains(slot)
    }

    /// Notes that a blob is not what its name says, so that it is written again.
    pub fn note_bad_blob(&self, name: Name) {
        lock(&self.bad_blobs).insert(name);
    }

    pub fn is_bad_blob(&self, name: &Name) -> bool {
        lock(&self.bad_blobs).contains(name)
    }

    pub fn count(&self, change: impl FnOnce(&mut SharedTotals)) {
        change(&mut lock(&self.totals));
    }

    /// Bytes written since the totals were last taken.
    pub fn sent(&self) -> u64 {
        lock(&self.totals).sent
    }

    pub fn take_totals(&self) -> SharedTotals {
        let mut totals = lock(&self.totals);
        let fresh = SharedTotals {
            cache: totals.cache.clone(),
            ..SharedTotals::default()
        };
        std::mem::replace(&mut totals, fresh)
    }
}

/// Opens the connection, as far as there is such a thing.
pub(crate) async fn connect(settings: &Settings) -> Result<Arc<dyn Backend>, Fault> {
    Ok(match &settings.place {
        Place::Folder(root) => Arc::new(crate::folder::Folder::open(root, settings).await?),
        Place::Http { base } => Arc::new(crate::http::Http::new(base, settings)?),
        #[cfg(feature = "reapi")]
        Place::Reapi { endpoint, instance } => {
            Arc::new(crate::reapi::Reapi::connect(endpoint, instance, settings).await?)
        }
        #[cfg(feature = "s3")]
        Place::S3 { bucket, prefix } => Arc::new(crate::s3::S3::new(bucket, prefix, settings)?),
        #[allow(unreachable_patterns, reason = "all kinds may be built in")]
        other => return Err(Fault::Failed(format!("{} is not built in", other.kind()))),
    })
}

/// Exponential, with equal jitter, so that clients that were refused together do not come back
/// together.
fn pause(attempt: u32) -> Duration {
    let whole = PAUSE * 2u32.saturating_pow(attempt - 1);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = clock.map_or(0, |now| now.subsec_nanos());
    whole / 2 + whole / 2 * (nanos / 1000 % 1000) / 1000
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}
