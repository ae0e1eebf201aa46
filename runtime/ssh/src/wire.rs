//! The stream below a connection: acknowledges at once while the connection is set up, and remembers
//! what the other side said first.
//!
//! A server leaves Nagle's algorithm on until the first command runs; together with our delayed
//! acknowledgements that costs 40 ms in each new connection. `TCP_NODELAY` on this side does not help.
//! `TCP_QUICKACK` does, but the kernel clears it again: it is set after each of the first reads.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Reads after which acknowledgements are re-armed. A connection is set up in about 20.
const ARMED_READS: u32 = 64;
/// As much of what was said first is remembered.
const GREETING: usize = 512;

/// What the other side said first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Greeting(Arc<Mutex<Vec<u8>>>);

impl Greeting {
    /// What has been said until now, at most [`GREETING`] bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, bytes: &[u8]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = GREETING - said.len().min(GREETING);
        said.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Streams a connection runs on.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Has what arrives acknowledged at once, where that means anything.
    fn acknowledge_now(&self) {}
}

impl Stream for TcpStream {
    fn acknowledge_now(&self) {
        #[cfg(target_os = "linux")]
        // Only a hint; where it is not possible the connection is a little slower.
        let _ = rustix::net::sockopt::set_tcp_quickack(self, true);
    }
}

/// A stream that is watched while the connection is set up.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    reads: u32,
    greeting: Greeting,
    heard: usize,
}

impl Wire {
    pub fn new(stream: Box<dyn Stream>, greeting: Greeting) -> Self {
        Wire {
            stream,
            reads: 0,
            greeting,
            heard: 0,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.reads < ARMED_READS {
            self.reads += 1;
            self.stream.acknowledge_now();
            if self.heard < GREETING {
                let new = &buffer.filled()[before..];
                self.heard += new.len();
                self.greeting.add(new);
            }
        }
        result
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The connection is over. A socket that the other side has reset cannot be shut down, and
        // that error would hide why the connection ended.
        Pin::new(&mut self.stream)
            .poll_shutdown(context)
            .map(|_| Ok(()))
    }
}
