//! What a connection runs on: TCP, a channel of another connection, or the streams of a command.

use crate::connection::Connection;
use crate::destination::{Destination, Settings};
use crate::error::{Phase, Reason, one_line};
use crate::tcp;
use crate::wire::Stream;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// As much of what a command complains about is kept.
const COMPLAINTS: usize = 4096;

/// What a command for the connection has written to its standard error.
#[derive(Clone, Default)]
pub(crate) struct Complaints(Arc<Mutex<Vec<u8>>>);

impl Complaints {
    /// The last line of it.
    pub fn last_line(&self) -> String {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&said);
        one_line(text.trim_end().lines().next_back().unwrap_or_default())
    }

    async fn listen(self, mut stderr: ChildStderr) {
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
            let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            said.extend_from_slice(&buffer[..read]);
            let excess = said.len().saturating_sub(COMPLAINTS);
            said.drain(..excess);
        }
    }
}

/// Reaches the server by TCP.
pub(crate) async fn direct(
    destination: &Destination,
    settings: &Settings,
    limit: Duration,
) -> Result<Box<dyn Stream>, (Phase, Reason)> {
    let addresses = tcp::resolve(destination, settings.timeouts.resolve.min(limit)).await?;
    let limit = settings.timeouts.connect.min(limit);
    Ok(Box::new(
        tcp::connect(&addresses, destination.bind, limit).await?,
    ))
}

/// Reaches the server from another machine, which also finds the address of its name.
pub(crate) async fn through(
    hop: &Connection,
    destination: &Destination,
    limit: Duration,
) -> Result<Box<dyn Stream>, (Phase, Reason)> {
    match timeout(limit, hop.open_direct(&destination.host, destination.port)).await {
        Ok(Ok(channel)) => Ok(Box::new(channel.into_stream())),
        Ok(Err(problem)) => Err((
            Phase::Connect,
            Reason::Hop {
                hop: hop.destination().place(),
                problem,
            },
        )),
        Err(_) => Err((Phase::Connect, Reason::Timeout(limit))),
    }
}

impl Stream for russh::ChannelStream<russh::client::Msg> {}

/// Starts the command whose streams carry the connection.
pub(crate) fn command(line: &str) -> Result<(Box<dyn Stream>, Complaints), (Phase, Reason)> {
    let shell = std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".to_owned());
    let started = Command::new(shell)
        .arg("-c")
        .arg(format!("exec {line}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl+C is for us; we end it when the connection ends.
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let failed = |problem: String| {
        let reason = Reason::ProxyCommand {
            command: line.to_owned(),
            problem,
        };
        (Phase::Connect, reason)
    };
    let mut child = started.map_err(|error| failed(error.to_string()))?;
    let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(input), Some(output), Some(errors)) = streams else {
        return Err(failed("it has no streams".to_owned()));
    };
    let complaints = Complaints::default();
    tokio::spawn(complaints.clone().listen(errors));
    let stream = Spoken {
        input,
        output,
        _child: child,
    };
    Ok((Box::new(stream), complaints))
}

/// A command as a stream. It is ended with it.
struct Spoken {
    input: ChildStdin,
    output: ChildStdout,
    _child: Child,
}

impl Stream for Spoken {}

impl AsyncRead for Spoken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(context, buffer)
    }
}

impl AsyncWrite for Spoken {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(context)
    }
}
