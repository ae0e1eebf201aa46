//! Blobs as streams (`google.bytestream`): a stream that breaks is taken up where it broke.

use super::calls::{Calls, fault_of};
use crate::backend::{Pace, Sink, Source};
use crate::fault::Fault;
use bazel_remote_apis::google::bytestream::{
    QueryWriteStatusRequest, ReadRequest, WriteRequest, WriteResponse,
};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonic::{Code, Status};

/// Bytes in one message.
const PIECE: usize = 256 << 10;

/// How often a stream is taken up again.
const RESUMED: u32 = 3;

/// Reads a blob; `false` when it is not there.
pub(super) async fn read(
    calls: &Calls,
    resource: String,
    sink: &mut dyn Sink,
) -> Result<bool, Fault> {
    let mut pace = Pace::new(calls.timeout);
    let (mut offset, mut resumed) = (0, 0);
    loop {
        let before = offset;
        let status = match read_from(calls, &resource, &mut offset, sink, &mut pace).await? {
            None => return Ok(true),
            Some(status) => status,
        };
        let broken = match fault_of(&status) {
            Fault::Unreachable(_) if offset > before && resumed < RESUMED => true,
            _ if status.code() == Code::NotFound && offset == 0 => return Ok(false),
            fault => return Err(fault),
        };
        resumed += u32::from(broken);
    }
}

/// Reads what comes; gives the error that ended it.
async fn read_from(
    calls: &Calls,
    resource: &str,
    offset: &mut u64,
    sink: &mut dyn Sink,
    pace: &mut Pace,
) -> Result<Option<Status>, Fault> {
    let request = ReadRequest {
        resource_name: resource.to_string(),
        read_offset: i64::try_from(*offset).unwrap_or(i64::MAX),
        read_limit: 0,
    };
    // No deadline is sent: how long it may take depends on how it goes.
    let request = calls.request_without_deadline(request);
    let mut client = calls.streams();
    let mut answer = match pace.next(client.read(request)).await? {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Ok(Some(status)),
    };
    loop {
        match pace.next(answer.message()).await? {
            Ok(Some(piece)) => {
                pace.count(piece.data.len())?;
                sink.push(&piece.data)?;
                *offset += piece.data.len() as u64;
            }
            Ok(None) => return Ok(None),
            Err(status) => return Ok(Some(status)),
        }
    }
}

/// Writes a blob of `size` bytes.
pub(super) async fn write(
    calls: &Calls,
    resource: String,
    size: u64,
    source: &Source,
) -> Result<(), Fault> {
    let (mut offset, mut resumed) = (0, 0);
    loop {
        let unreadable = Arc::new(AtomicBool::new(false));
        let pieces = Pieces::open(source, &resource, offset, size, unreadable.clone());
        let pieces = pieces.map_err(|_| Fault::Local)?;
        let limit = calls.allowed(size - offset);
        let request = calls.request(futures_util::stream::iter(pieces), limit);
        let mut client = calls.streams();
        let answer = calls.answer(limit, client.write(request)).await;
        if unreadable.load(Ordering::Acquire) {
            return Err(Fault::Local);
        }
        let fault = match answer {
            Ok(WriteResponse { committed_size }) => return complete(committed_size, size),
            Err(status) if status.code() == Code::AlreadyExists => return Ok(()),
            Err(status) => fault_of(&status),
        };
        // A small blob is sent again as a whole by whoever wants it written.
        if !matches!(fault, Fault::Unreachable(_)) || size <= PIECE as u64 || resumed == RESUMED {
            return Err(fault);
        }
        match committed(calls, &resource).await {
            Some(kept) if kept == size => return Ok(()),
            Some(kept) if kept > offset && kept < size => offset = kept,
            _ => return Err(fault),
        }
        resumed += 1;
    }
}

/// How much of a write the server has kept; `None` when it does not know.
async fn committed(calls: &Calls, resource: &str) -> Option<u64> {
    let request = QueryWriteStatusRequest {
        resource_name: resource.to_string(),
    };
    let request = calls.request(request, calls.timeout);
    let mut client = calls.streams();
    let answer = client.query_write_status(request);
    let answer = calls.answer(calls.timeout, answer).await.ok()?;
    u64::try_from(answer.committed_size).ok()
}

fn complete(committed: i64, size: u64) -> Result<(), Fault> {
    // -1: somebody else has written it meanwhile.
    match committed == -1 || u64::try_from(committed) == Ok(size) {
        true => Ok(()),
        false => Err(Fault::Failed(format!(
            "it kept {committed} of {size} bytes"
        ))),
    }
}

enum Reader {
    Bytes(Bytes),
    File(File),
}

/// The messages of a write. They are asked for as fast as they are sent.
struct Pieces {
    reader: Reader,
    /// Only the first message needs it.
    resource: String,
    offset: u64,
    size: u64,
    done: bool,
    /// Set when this machine cannot read the rest; the server then sees an unfinished write.
    unreadable: Arc<AtomicBool>,
}

impl Pieces {
    fn open(
        source: &Source,
        resource: &str,
        offset: u64,
        size: u64,
        unreadable: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let reader = match source {
            Source::Bytes(bytes) => Reader::Bytes(bytes.clone()),
            Source::File(path) => Reader::File(open_at(path, offset)?),
        };
        Ok(Pieces {
            reader,
            resource: resource.to_string(),
            offset,
            size,
            done: false,
            unreadable,
        })
    }

    fn piece(&mut self) -> io::Result<Vec<u8>> {
        let left = self.size - self.offset;
        let length = left.min(PIECE as u64) as usize;
        match &mut self.reader {
            Reader::Bytes(bytes) => {
                let begin = self.offset as usize;
                let piece = bytes.get(begin..begin + length);
                piece
                    .map(<[u8]>::to_vec)
                    .ok_or(io::ErrorKind::UnexpectedEof.into())
            }
            Reader::File(file) => {
                let mut piece = vec![0; length];
                file.read_exact(&mut piece).map(|()| piece)
            }
        }
    }
}

fn open_at(path: &PathBuf, offset: u64) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(file)
}

impl Iterator for Pieces {
    type Item = WriteRequest;

    fn next(&mut self) -> Option<WriteRequest> {
        if self.done {
            return None;
        }
        let Ok(data) = self.piece() else {
            self.unreadable.store(true, Ordering::Release);
            self.done = true;
            return None;
        };
        let write_offset = self.offset as i64;
        self.offset += data.len() as u64;
        self.done = self.offset == self.size;
        Some(WriteRequest {
            resource_name: std::mem::take(&mut self.resource),
            write_offset,
            finish_write: self.done,
            data,
        })
    }
}
