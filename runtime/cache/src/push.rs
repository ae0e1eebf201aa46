//! Writing a result: its blobs first, then its entry, then the way that leads to it.

use crate::backend::{Backend, Source};
use crate::blob::{Ready, prepare};
use crate::body::{Body, Recorded, Stored};
use crate::check::{content, too_large};
use crate::entry::{self, seal, slot};
use crate::fault::Fault;
use crate::fetch::blocking;
use crate::inner::Inner;
use crate::name::{Hash, Name};
use bytes::Bytes;
use futures_util::future::join_all;
use nexus_graph::Digest;
use nexus_store::shared::Offer;
use nexus_store::tree::{Tree, TreeNode};
use nexus_store::{OutputContent, Store};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Bytes in memory, and blobs, that are on their way at once for one result.
const AT_ONCE: u64 = 16 << 20;
const BLOBS_AT_ONCE: usize = 256;

/// Writes a result and counts how that went.
pub(crate) async fn push(inner: &Arc<Inner>, offer: Offer) {
    let begin = Instant::now();
    match write(inner, &offer).await {
        Ok(sent) => {
            inner.writes.answered();
            inner.count(|totals| {
                totals.written += 1;
                totals.sent += sent;
            });
        }
        Err(fault) => {
            tracing::debug!(%fault, task = offer.task, "shared cache, writing");
            inner.writes.failed(&fault);
            if fault != Fault::Off {
                let begin = begin.max(Instant::now() - inner.settings.timeout);
                inner.writes.waited(begin, std::time::Duration::ZERO, true);
            }
            inner.count(|totals| totals.unwritten += 1);
        }
    }
}

/// What a result consists of.
struct Made {
    recorded: Recorded,
    /// Digest and size of every blob, trees first.
    blobs: Vec<(Digest, u64)>,
    /// The paths that were found out by running.
    discovered: Vec<String>,
}

async fn write(inner: &Arc<Inner>, offer: &Offer) -> Result<u64, Fault> {
    let backend = inner.backend(&inner.writes).await?;
    let wanted = offer.clone();
    let made = blocking(inner, move |inner| {
        inner.store.flush();
        made(&inner.store, &wanted)
    });
    // What the local store has lost cannot be given away.
    let Some(mut made) = made.await? else {
        return Err(Fault::Local);
    };
    let size: u64 = made.blobs.iter().map(|(_, size)| size).sum();
    if size > inner.settings.max_size {
        return Err(too_large(size));
    }
    let mut sent = 0;
    let mut rest = made.blobs.as_slice();
    while !rest.is_empty() {
        let (group, after) = rest.split_at(group(rest));
        rest = after;
        let (stored, bytes) = write_blobs(inner, &backend, group.to_vec()).await?;
        made.recorded.blobs.extend(stored);
        sent += bytes;
    }
    let needs: Vec<Name> = made
        .recorded
        .blobs
        .iter()
        .map(|stored| stored.name)
        .filter(|name| name.size > 0)
        .collect();
    let body = Body::Result(made.recorded);
    sent += write_entry(inner, &backend, &offer.key, body, needs).await?;
    if offer.end != offer.key {
        let body = Body::Paths(made.discovered);
        sent += write_entry(inner, &backend, &offer.end, body, Vec::new()).await?;
    }
    Ok(sent)
}

/// How many of the first blobs are written together.
fn group(blobs: &[(Digest, u64)]) -> usize {
    let mut bytes = 0;
    let fits = |(_, size): &&(Digest, u64)| {
        bytes += size;
        bytes <= AT_ONCE
    };
    let count = blobs.iter().take(BLOBS_AT_ONCE).take_while(fits).count();
    count.max(1)
}

fn made(store: &Store, offer: &Offer) -> Option<Made> {
    let result = store.action(&offer.key)?;
    let manifest = store.manifest(&offer.key).unwrap_or_default();
    let mut trees = BTreeMap::new();
    let mut files = BTreeMap::new();
    for entry in &result.outputs {
        let (digest, size) = content(&entry.content);
        if matches!(entry.content, OutputContent::File { .. }) {
            files.insert(digest, size);
            continue;
        }
        trees.insert(digest, size);
        let tree = store.get_bytes(&digest).as_deref().and_then(Tree::decode)?;
        for node in tree.entries {
            if let TreeNode::File { digest, size, .. } = node.node {
                files.insert(digest, size);
            }
        }
    }
    // Enough to see that two values differ; what they are is nobody's business.
    let secret = |(section, ..): &&mut (String, String, String)| section == "env";
    let mut manifest = manifest;
    for (.., value) in manifest.parts.iter_mut().filter(secret) {
        *value = Digest::of(value.as_bytes()).hex();
    }
    let discovered = manifest.parts.iter();
    let discovered = discovered.filter(|(section, ..)| section == "discovered");
    Some(Made {
        discovered: discovered.map(|(_, path, _)| path.clone()).collect(),
        blobs: trees.into_iter().chain(files).collect(),
        recorded: Recorded {
            task: offer.task.clone(),
            run: offer.run.clone(),
            at: result.stored_at,
            micros: result.micros,
            outputs: result.outputs,
            log: result.log,
            manifest,
            blobs: Vec::new(),
        },
    })
}

/// Writes those blobs that the cache lacks; gives how all are stored, and the bytes sent.
async fn write_blobs(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    blobs: Vec<(Digest, u64)>,
) -> Result<(Vec<Stored>, u64), Fault> {
    let hash = backend.hash();
    let compress = inner.settings.compress;
    let ready = blocking(inner, move |inner| {
        let each = blobs.iter();
        each.map(|(digest, size)| prepare(&inner.store, *digest, *size, hash, compress))
            .collect::<Option<Vec<Ready>>>()
    });
    let ready = ready.await?.ok_or(Fault::Local)?;
    let stored: Vec<Stored> = ready.iter().map(|ready| ready.stored).collect();
    let names = || stored.iter().map(|stored| stored.name).collect::<Vec<_>>();
    let missing = inner
        .call(&inner.writes, || backend.missing(names()))
        .await?;
    let mut wanted: BTreeMap<[u8; 32], &Ready> = BTreeMap::new();
    for ready in &ready {
        let name = &ready.stored.name;
        // Nothing need not be kept anywhere, and some servers cannot.
        let lacks = missing.contains(name) && name.size > 0;
        if lacks || inner.is_bad_blob(name) {
            wanted.insert(name.digest, ready);
        }
    }
    let sent = wanted.values().map(|ready| ready.stored.name.size).sum();
    let batch = backend.batch();
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for ready in wanted.into_values() {
        match &ready.source {
            Source::Bytes(bytes) if (bytes.len() as u64) < batch => {
                small.push((ready.stored.name, bytes.clone()));
            }
            source => large.push((ready.stored.name, source.clone())),
        }
    }
    let small = batches(small, batch);
    let small = small
        .iter()
        .map(|group| inner.call(&inner.writes, || backend.write_small(group.clone())));
    let large = large
        .iter()
        .map(|(name, source)| inner.call(&inner.writes, || backend.write(*name, source.clone())));
    let (small, large) = tokio::join!(join_all(small), join_all(large));
    small.into_iter().chain(large).collect::<Result<(), _>>()?;
    Ok((stored, sent))
}

fn batches(blobs: Vec<(Name, Bytes)>, most: u64) -> Vec<Vec<(Name, Bytes)>> {
    let mut groups: Vec<Vec<(Name, Bytes)>> = Vec::new();
    let mut room = 0;
    for blob in blobs {
        let size = blob.0.size + 200;
        match groups.last_mut() {
            Some(group) if size <= room => group.push(blob),
            _ => {
                groups.push(vec![blob]);
                room = most;
            }
        }
        room = room.saturating_sub(size);
    }
    groups
}

async fn write_entry(
    inner: &Arc<Inner>,
    backend: &Arc<dyn Backend>,
    key: &Digest,
    body: Body,
    mut needs: Vec<Name>,
) -> Result<u64, Fault> {
    let packed = blocking(inner, move |_| body.pack())
        .await?
        .ok_or(Fault::Local)?;
    let mut sent = 0;
    let mut elsewhere = None;
    if packed.len() > entry::INLINE {
        let hash: Hash = backend.hash();
        let name = Name::of(hash, &packed);
        let bytes = Bytes::from(packed.clone());
        let write = || backend.write(name, Source::Bytes(bytes.clone()));
        inner.call(&inner.writes, write).await?;
        sent += name.size;
        needs.push(name);
        elsewhere = Some(Stored {
            digest: Digest::of(&packed),
            size: name.size,
            name,
            packed: false,
        });
    }
    let trust = &inner.settings.trust;
    let entry = Bytes::from(seal(trust, key, packed, elsewhere).ok_or(Fault::Local)?);
    let slot = slot(key, &trust.class);
    let replace = inner.is_bad(&slot);
    sent += entry.len() as u64;
    let put = || backend.put_entry(slot, entry.clone(), needs.clone(), replace);
    inner.call(&inner.writes, put).await?;
    Ok(sent)
}
