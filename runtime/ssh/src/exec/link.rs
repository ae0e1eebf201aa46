//! A program on a host with its three streams, whatever carries them.

use crate::channel::{Channel, ChannelWriter, Message, WriteError};
use crate::error::Lost;
use bytes::{Bytes, BytesMut};
use nexus_executor::{Failure, Pending};
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

/// Bytes that are read from a program at a time.
const CHUNK: usize = 64 << 10;

/// Starts programs on a host.
pub(crate) trait Opener: Send + Sync {
    /// Starts a command: the user's login shell gets it, except where there is none in between. Makes
    /// a lost connection again.
    fn start<'a>(
        &'a self,
        command: &'a str,
        terminal: bool,
    ) -> Pending<'a, Result<Link, StartError>>;

    /// How long making a connection may take at most, with all attempts.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Ends what carries the programs.
    fn close(&self) -> Pending<'_, ()>;
}

/// Why a program was not started.
#[derive(Debug, Clone)]
pub(crate) enum StartError {
    /// The host cannot be reached, or does not let us in.
    Unreachable(Box<Failure>),
    /// The server allows no more programs at the same time.
    Full,
    /// The server does not want to, and says nothing more.
    Refused(String),
    /// The connection was lost meanwhile.
    Lost(Lost),
}

/// A program on a host. Dropping it closes its streams.
pub(crate) enum Link {
    /// On a channel of a connection.
    Channel(Channel),
    /// Behind a program here: `ssh`, or a shell in tests.
    Process(Box<Local>),
}

/// What a program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It printed on standard output.
    Stdout(Bytes),
    /// It printed on standard error.
    Stderr(Bytes),
    /// It ended by itself.
    Exit(i32),
    /// It was ended by a signal, given by its number, or its name if that is not known.
    Signal(Result<i32, String>),
}

/// Writes to the standard input of a program.
#[derive(Clone)]
pub(crate) enum LinkWriter {
    Channel(ChannelWriter),
    Process(Arc<Mutex<Option<ChildStdin>>>),
}

/// A program here and what is read of it.
pub(crate) struct Local {
    child: Child,
    stdin: Arc<Mutex<Option<ChildStdin>>>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    out: BytesMut,
    err: BytesMut,
    ended: bool,
    /// The exit code by which the program says that it lost the connection, and what it said then.
    lost: Option<i32>,
    said: Vec<u8>,
}

impl Link {
    /// What comes next; `None` when the program has ended and everything was taken. Can be given up
    /// and asked again.
    ///
    /// # Errors
    /// The connection was lost: unless the end was heard before, nobody knows what became of it.
    pub async fn next(&mut self) -> Result<Option<Heard>, Lost> {
        match self {
            Link::Channel(channel) => loop {
                return Ok(Some(match channel.next().await? {
                    None => return Ok(None),
                    Some(Message::Stdout(bytes)) => Heard::Stdout(bytes),
                    Some(Message::Stderr(bytes)) => Heard::Stderr(bytes),
                    Some(Message::Exit(code)) => Heard::Exit(code as i32),
                    Some(Message::Signal { name, .. }) => Heard::Signal(number(&name)),
                    // The login is not allowed to start anything.
                    Some(Message::Refused) => {
                        Heard::Stderr(Bytes::from_static(b"the server refuses to start it"))
                    }
                    Some(Message::Eof | Message::Accepted) => continue,
                }));
            },
            Link::Process(local) => local.next().await,
        }
    }

    /// Its standard input.
    pub fn writer(&self) -> LinkWriter {
        match self {
            Link::Channel(channel) => LinkWriter::Channel(channel.writer()),
            Link::Process(local) => LinkWriter::Process(local.stdin.clone()),
        }
    }
}

impl LinkWriter {
    /// Writes all of it; waits while the program does not read.
    ///
    /// # Errors
    /// The program does not read any more, or the connection is gone.
    pub async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), WriteError> {
        match self {
            LinkWriter::Channel(writer) => writer.write(bytes).await,
            LinkWriter::Process(stdin) => match stdin.lock().await.as_mut() {
                Some(stdin) => stdin
                    .write_all(&bytes.into())
                    .await
                    .map_err(|_| WriteError::Closed),
                None => Err(WriteError::Closed),
            },
        }
    }

    /// Ends the input.
    ///
    /// # Errors
    /// As for [`LinkWriter::write`].
    pub async fn eof(&self) -> Result<(), WriteError> {
        match self {
            LinkWriter::Channel(writer) => writer.eof().await,
            LinkWriter::Process(stdin) => {
                *stdin.lock().await = None;
                Ok(())
            }
        }
    }
}

impl Local {
    /// Starts a program here that stands for one on a host. `lost`: the exit code by which it says
    /// that the connection is gone.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &mut Command, lost: Option<i32>) -> io::Result<Link> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // What carries a connection goes with it; a shell ends with its input.
            .kill_on_drop(lost.is_some())
            .spawn()?;
        Ok(Link::Process(Box::new(Local {
            stdin: Arc::new(Mutex::new(child.stdin.take())),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            child,
            out: BytesMut::new(),
            err: BytesMut::new(),
            ended: false,
            lost,
            said: Vec::new(),
        })))
    }

    /// Its process here.
    #[cfg(test)]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    async fn next(&mut self) -> Result<Option<Heard>, Lost> {
        let broken = |problem: io::Error| Lost::Other(problem.to_string());
        loop {
            self.out.reserve(CHUNK);
            self.err.reserve(CHUNK);
            let over = self.stdout.is_none() && self.stderr.is_none();
            tokio::select! {
                read = read(&mut self.stdout, &mut self.out) => match read.map_err(broken)? {
                    0 => self.stdout = None,
                    _ => return Ok(Some(Heard::Stdout(self.out.split().freeze()))),
                },
                read = read(&mut self.stderr, &mut self.err) => match read.map_err(broken)? {
                    0 => self.stderr = None,
                    _ => {
                        let bytes = self.err.split().freeze();
                        self.said.clear();
                        self.said.extend_from_slice(&bytes[bytes.len().saturating_sub(400)..]);
                        return Ok(Some(Heard::Stderr(bytes)));
                    }
                },
                status = self.child.wait(), if over => {
                    if std::mem::replace(&mut self.ended, true) {
                        return Ok(None);
                    }
                    use std::os::unix::process::ExitStatusExt;
                    let status = status.map_err(broken)?;
                    return match (status.code(), status.signal()) {
                        (Some(code), _) if self.lost == Some(code) => {
                            let said = String::from_utf8_lossy(&self.said);
                            let line = said.trim().lines().last().unwrap_or_default();
                            Err(Lost::Other(crate::error::one_line(line)))
                        }
                        (Some(code), _) => Ok(Some(Heard::Exit(code))),
                        (None, signal) => Ok(Some(Heard::Signal(Ok(signal.unwrap_or(9))))),
                    };
                }
            }
        }
    }
}

/// Reads the next bytes; never, when there is nothing to read from.
async fn read<R: AsyncRead + Unpin>(
    from: &mut Option<R>,
    into: &mut BytesMut,
) -> io::Result<usize> {
    match from {
        Some(from) => from.read_buf(into).await,
        None => std::future::pending().await,
    }
}

/// The number of a signal, from its name without `SIG`. They differ between systems only for signals
/// that end nothing by themselves.
fn number(name: &str) -> Result<i32, String> {
    const NUMBERS: [(&str, i32); 13] = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ILL", 4),
        ("TRAP", 5),
        ("ABRT", 6),
        ("FPE", 8),
        ("KILL", 9),
        ("USR1", 10),
        ("SEGV", 11),
        ("PIPE", 13),
        ("ALRM", 14),
        ("TERM", 15),
    ];
    let found = NUMBERS.iter().find(|(known, _)| *known == name);
    found.map_or_else(|| Err(name.to_owned()), |(_, number)| Ok(*number))
}
