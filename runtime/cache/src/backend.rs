//! What every kind of cache can do.

use crate::fault::Fault;
use crate::name::{Hash, Name};
use bytes::Bytes;
use futures_util::future::join_all;
use nexus_graph::Digest;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// Something that takes time and may fail.
pub(crate) type Job<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Content to be written.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Bytes(Bytes),
    File(PathBuf),
}

/// Takes content as it arrives.
pub(crate) trait Sink: Send {
    /// The next piece.
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault>;
}

/// A place for blobs and entries. Nothing of what it says is believed here.
pub(crate) trait Backend: Send + Sync {
    /// What it names blobs by.
    fn hash(&self) -> Hash;

    /// What stands in a slot.
    fn entry(&self, slot: Digest) -> Job<'_, Option<Bytes>>;

    /// Fills a slot; one that is filled already is left alone unless `replace` is set. `needs` are
    /// the blobs it mentions.
    fn put_entry(&self, slot: Digest, entry: Bytes, needs: Vec<Name>, replace: bool)
    -> Job<'_, ()>;

    /// Which of these blobs are not there.
    fn missing(&self, names: Vec<Name>) -> Job<'_, Vec<Name>>;

    /// Reads a blob; `false` when it is not there.
    fn read<'a>(&'a self, name: Name, sink: &'a mut dyn Sink) -> Job<'a, bool>;

    /// Writes a blob.
    fn write(&self, name: Name, source: Source) -> Job<'_, ()>;

    /// Bytes that [`read_small`](Self::read_small) may be asked for at once; 0 when there is
    /// nothing to be gained by asking for several.
    fn batch(&self) -> u64 {
        0
    }

    /// Reads several small blobs.
    fn read_small(&self, names: Vec<Name>) -> Job<'_, Vec<Option<Bytes>>> {
        Box::pin(async move {
            let each = names.into_iter().map(|name| async move {
                let mut sink = Memory::default();
                let found = self.read(name, &mut sink).await?;
                Ok(found.then(|| Bytes::from(sink.0)))
            });
            join_all(each).await.into_iter().collect()
        })
    }

    /// Writes several small blobs.
    fn write_small(&self, blobs: Vec<(Name, Bytes)>) -> Job<'_, ()> {
        Box::pin(async move {
            let each = blobs.into_iter();
            let each = each.map(|(name, bytes)| self.write(name, Source::Bytes(bytes)));
            join_all(each).await.into_iter().collect()
        })
    }

    /// What the server says about itself, for `doctor`.
    fn describe(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Collects everything; for small blobs.
#[derive(Default)]
struct Memory(Vec<u8>);

impl Sink for Memory {
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.0.extend_from_slice(piece);
        Ok(())
    }
}

/// Slower than this, and a cache costs more than it gives: bytes in a second.
const SLOWEST: u64 = 64 << 10;

/// Watches over a transfer: no piece may take longer than the timeout, and all together no longer
/// than the timeout and what their size allows.
pub(crate) struct Pace {
    begin: Instant,
    timeout: Duration,
    bytes: u64,
}

impl Pace {
    pub fn new(timeout: Duration) -> Self {
        Pace {
            begin: Instant::now(),
            timeout,
            bytes: 0,
        }
    }

    /// Waits for the next piece.
    pub async fn next<T>(&self, piece: impl Future<Output = T>) -> Result<T, Fault> {
        match tokio::time::timeout(self.timeout, piece).await {
            Ok(piece) => Ok(piece),
            Err(_) => Err(self.slow()),
        }
    }

    /// Counts a piece.
    pub fn count(&mut self, bytes: usize) -> Result<(), Fault> {
        self.bytes += bytes as u64;
        match self.begin.elapsed() > allowed(self.timeout, self.bytes) {
            true => Err(self.slow()),
            false => Ok(()),
        }
    }

    fn slow(&self) -> Fault {
        let seconds = self.begin.elapsed().as_secs_f64();
        match self.bytes {
            0 => Fault::Slow(format!("no answer in {seconds:.1} s")),
            bytes => Fault::Slow(format!("it gave {bytes} bytes in {seconds:.1} s")),
        }
    }
}

/// How long a transfer of so many bytes may take.
pub(crate) fn allowed(timeout: Duration, bytes: u64) -> Duration {
    timeout + Duration::from_millis(bytes.saturating_mul(1000) / SLOWEST)
}
