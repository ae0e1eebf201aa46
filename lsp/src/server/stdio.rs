//! A session over standard input and output.

use super::{Ended, serve};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// How long answers that are being computed may take after the client has closed its end.
const GRACE: Duration = Duration::from_millis(500);

/// Serves the client at the other end of standard input and output until it leaves, however it
/// does. The process is to end right afterwards: a thread may still wait for input.
///
/// # Errors
/// When the system refuses what an event loop needs.
pub fn serve_stdio() -> io::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let (closed, broken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let input = Input(tokio::io::stdin(), closed.clone());
        let output = Output(tokio::io::stdout(), broken.clone());
        let served = serve(input, output);
        tokio::pin!(served);
        tokio::select! {
            ended = &mut served => ended,
            // Nobody reads what is written.
            () = broken.notified() => Ended::Abruptly,
            () = closed.notified() => match tokio::time::timeout(GRACE, served).await {
                Ok(ended) => ended,
                Err(_) => Ended::Abruptly,
            },
        }
    });
    // A read of standard input cannot be interrupted; nobody waits for it.
    runtime.shutdown_background();
    Ok(ended)
}

/// Tells when it ends.
struct Input<R>(R, Arc<Notify>);

impl<R: AsyncRead + Unpin> AsyncRead for Input<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Input(inner, closed) = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(inner).poll_read(context, buffer);
        let ended = match &read {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if ended {
            closed.notify_one();
        }
        read
    }
}

/// Tells when it breaks.
struct Output<W>(W, Arc<Notify>);

impl<W> Output<W> {
    fn noting<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(_)) = &result {
            self.1.notify_one();
        }
        result
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.0).poll_write(context, bytes);
        self.noting(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.0).poll_flush(context);
        self.noting(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
