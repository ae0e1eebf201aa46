//! Asking a cache for a result, and taking it into the local store.

use crate::backend::{Backend, Sink};
use crate::blob::Receiver;
use crate::body::{self, Body, Recorded, Stored};
use crate::check;
use crate::entry::{self, Opened, slot};
use crate::fault::Fault;
use crate::inner::Inner;
use futures_util::future::join_all;
use nexus_graph::Digest;
use nexus_graph::event::Origin;
use nexus_store::shared::{Answer, Question, SharedResult};
use nexus_store::{ActionResult, OutputContent};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Blobs up to this size are asked for several at once where the cache can do that.
const SMALL: u64 = 64 << 10;

/// What was found, and what it cost.
struct Found {
    answer: Answer,
    /// How long executing would have taken.
    gained: Duration,
    bytes: u64,
}

/// Asks. Whatever goes wrong, there is nothing.
pub(crate) async fn look_up(inner: &Arc<Inner>, question: Question) -> Answer {
    let begin = Instant::now();
    let searching = tokio::time::timeout(inner.settings.budget, search(inner, &question));
    let found = searching
        .await
        .unwrap_or_else(|_| Err(Fault::Slow("one result took all the time there was".into())));
    match found {
        Ok(None) => {
            inner.reads.answered();
            inner.reads.waited(begin, Duration::ZERO, false);
            inner.count(|totals| totals.misses += 1);
            Answer::Nothing
        }
        Ok(Some(found)) => {
            inner.reads.answered();
            inner.reads.waited(begin, found.gained, false);
            inner.count(|totals| {
                totals.fetched += found.bytes;
                totals.hits += u32::from(matches!(found.answer, Answer::Result(_)));
            });
            let mut answer = found.answer;
            if let Answer::Result(result) = &mut answer {
                result.origin.micros = begin.elapsed().as_micros() as u64;
            }
            answer
        }
        Err(fault) => {
            tracing::debug!(%fault, key = %question.key, "shared cache");
            inner.reads.failed(&fault);
            if fault != Fault::Off {
                inner.reads.waited(begin, Duration::ZERO, true);
            }
            inner.count(|totals| totals.misses += 1);
            Answer::Nothing
        }
    }
}

async fn search(inner: &Arc<Inner>, question: &Question) -> Result<Option<Found>, Fault> {
    let trust = &inner.settings.trust;
    if trust.accept.is_empty() {
        return Ok(None);
    }
    let backend = inner.backend(&inner.reads).await?;
    // All classes at once; the first in the order of preference counts.
    let entries = trust.accept.iter().map(|class| {
        let slot = slot(&question.key, class);
        let backend = &backend;
        async move { inner.call(&inner.reads, || backend.entry(slot)).await }
    });
    let entries = join_all(entries).await;
    let mut first = None;
    for (class, found) in trust.accept.iter().zip(entries) {
        let bytes = match found {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(fault) => {
                if matches!(fault, Fault::Lied(_)) {
                    inner.note_bad(slot(&question.key, class));
                }
                first.get_or_insert(fault);
                continue;
            }
        };
        match use_entry(inner, &backend, question, class, &bytes).await {
            Ok(Some(found)) => return Ok(Some(found)),
            // A part of it is gone: whoever writes may write it again.
            Ok(None) => inner.note_bad(slot(&question.key, class)),
            Err(fault) => {
                if matches!(fault, Fault::Lied(_) | Fault::Untrusted(_)) {
                    inner.note_bad(slot(&question.key, class));
                }
                first.get_or_insert(fault);
            }
        }
    }
    match first {
        Some(fault) => Err(fault),
        None => Ok(None),
    }
}

/// `None` when a blob of it is not there any more.
async fn use_entry(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    question: &Question,
    class: &str,
    bytes: &[u8],
) -> Result<Option<Found>, Fault> {
    let trust = &inner.settings.trust;
    let packed = match entry::open(trust, &question.key, class, bytes)? {
        Opened::Body(packed) => packed,
        Opened::Elsewhere(stored) => {
            if stored.size > body::MOST || stored.packed {
                return Err(Fault::Lied("an entry of an impossible size".into()));
            }
            if !receive(inner, backend, &[stored]).await? {
                return Ok(None);
            }
            let read = blocking(inner, move |inner| {
                inner.store.flush();
                inner.store.get_bytes(&stored.digest)
            });
            read.await?.ok_or(Fault::Local)?
        }
    };
    let body = blocking(inner, move |_| Body::unpack(&packed)).await?;
    let mut bytes = bytes.len() as u64;
    match body {
        None => Err(Fault::Lied("an entry that cannot be unpacked".into())),
        Some(Body::Paths(paths)) => Ok(Some(Found {
            answer: Answer::Paths(paths),
            gained: Duration::ZERO,
            bytes,
        })),
        Some(Body::Result(recorded)) => {
            let blobs = check::outline(&recorded, &question.outputs, inner.settings.max_size)?;
            let Some(fetched) = fetch(inner, backend, &recorded, &blobs).await? else {
                return Ok(None);
            };
            bytes += fetched;
            let gained = Duration::from_micros(recorded.micros);
            let result = SharedResult {
                origin: Origin {
                    cache: inner.settings.name(),
                    class: class.to_string(),
                    run: recorded.run,
                    at: recorded.at,
                    bytes,
                    micros: 0,
                },
                result: ActionResult {
                    outputs: recorded.outputs,
                    log: recorded.log,
                    micros: recorded.micros,
                    stored_at: recorded.at,
                },
            };
            Ok(Some(Found {
                answer: Answer::Result(Box::new(result)),
                gained,
                bytes,
            }))
        }
    }
}

/// Fetches what the local store lacks; gives the number of bytes.
async fn fetch(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    recorded: &Recorded,
    blobs: &HashMap<Digest, &Stored>,
) -> Result<Option<u64>, Fault> {
    let wanted: Vec<Stored> = blobs.values().map(|stored| **stored).collect();
    let wanted = blocking(inner, move |inner| {
        let lacks = |stored: &Stored| !inner.store.has_blob(&stored.digest, stored.size);
        wanted.into_iter().filter(lacks).collect::<Vec<_>>()
    });
    let wanted = wanted.await?;
    if !receive(inner, backend, &wanted).await? {
        return Ok(None);
    }
    let has_folders = |recorded: &Recorded| {
        let mut outputs = recorded.outputs.iter();
        outputs.any(|entry| matches!(entry.content, OutputContent::Folder { .. }))
    };
    if has_folders(recorded) {
        let (recorded, signed) = (recorded.clone(), !inner.settings.trust.unsigned);
        let checked = blocking(inner, move |inner| {
            inner.store.flush();
            let blobs = recorded.blobs.iter().map(|b| (b.digest, b)).collect();
            check::folders(&inner.store, &recorded, &blobs, signed)
        });
        checked.await??;
    }
    Ok(Some(wanted.iter().map(|stored| stored.name.size).sum()))
}

/// Takes blobs into the local store; `false` when the cache has lost one.
async fn receive(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    wanted: &[Stored],
) -> Result<bool, Fault> {
    let batch = backend.batch();
    let nothing = wanted.iter().filter(|stored| stored.name.size == 0);
    for stored in nothing {
        Receiver::new(&inner.store, stored)?.finish(&inner.store)?;
    }
    let (small, large): (Vec<Stored>, Vec<Stored>) = wanted
        .iter()
        .copied()
        .filter(|stored| stored.name.size > 0)
        .partition(|stored| batch > 0 && stored.name.size <= SMALL.min(batch));
    let groups = groups(small, batch);
    let small = groups.iter().map(|group| several(inner, backend, group));
    let large = large.iter().map(|stored| one(inner, backend, stored));
    let (small, large) = tokio::join!(join_all(small), join_all(large));
    let mut complete = true;
    for there in small.into_iter().chain(large) {
        complete &= there?;
    }
    Ok(complete)
}

/// Groups of blobs that fit into one request.
fn groups(blobs: Vec<Stored>, most: u64) -> Vec<Vec<Stored>> {
    let mut groups: Vec<Vec<Stored>> = Vec::new();
    let mut room = 0;
    for stored in blobs {
        // What a name and its surroundings take.
        let size = stored.name.size + 200;
        match groups.last_mut() {
            Some(group) if size <= room => group.push(stored),
            _ => {
                groups.push(vec![stored]);
                room = most;
            }
        }
        room = room.saturating_sub(size);
    }
    groups
}

async fn one(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    stored: &Stored,
) -> Result<bool, Fault> {
    let read = || {
        let job: crate::backend::Job<'_, bool> = Box::pin(async move {
            let mut receiver = Receiver::new(&inner.store, stored)?;
            let found = backend.read(stored.name, &mut receiver).await?;
            if found {
                receiver.finish(&inner.store)?;
            }
            Ok(found)
        });
        job
    };
    let received = inner.call(&inner.reads, read).await;
    note(inner, stored, received)
}

/// Remembers content that was wrong, so that whoever may write can replace it.
fn note<T>(inner: &Inner, stored: &Stored, received: Result<T, Fault>) -> Result<T, Fault> {
    if let Err(Fault::Lied(_)) = &received {
        inner.note_bad_blob(stored.name);
    }
    received
}

async fn several(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    group: &[Stored],
) -> Result<bool, Fault> {
    let names = || group.iter().map(|stored| stored.name).collect::<Vec<_>>();
    let read = inner.call(&inner.reads, || backend.read_small(names()));
    let (mut complete, mut wrong) = (true, None);
    let found = read.await?;
    if found.len() != group.len() {
        return Err(Fault::Failed(
            "an answer of another length than the question".into(),
        ));
    }
    for (stored, bytes) in group.iter().zip(found) {
        let Some(bytes) = bytes else {
            complete = false;
            continue;
        };
        let mut receiver = Receiver::new(&inner.store, stored)?;
        let received = receiver
            .push(&bytes)
            .and_then(|()| receiver.finish(&inner.store));
        if let Err(fault) = note(inner, stored, received) {
            wrong.get_or_insert(fault);
        }
    }
    if let Some(fault) = wrong {
        return Err(fault);
    }
    Ok(complete)
}

/// Work that waits for the disk or takes a while.
pub(crate) async fn blocking<T: Send + 'static>(
    inner: &Arc<Inner>,
    job: impl FnOnce(&Inner) -> T + Send + 'static,
) -> Result<T, Fault> {
    let inner = inner.clone();
    let job = tokio::task::spawn_blocking(move || job(&inner));
    job.await.map_err(|_| Fault::Local)
}
