//! A channel of a connection: one command, or one subsystem, with its streams.
//!
//! A task of its own takes everything a channel receives from the moment it is opened, so that a slow
//! reader never holds up the connection. Dropping a [`Channel`] closes it.

use crate::connection::{Lease, OpenError, Shared};
use crate::error::Lost;
use crate::spool::{Item, Spool};
use bytes::Bytes;
use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot, watch};

/// What arrives on a channel, in the order in which the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Bytes of standard output.
    Stdout(Bytes),
    /// Bytes of standard error.
    Stderr(Bytes),
    /// Nothing more comes on either stream.
    Eof,
    /// The server did what was requested (a command, a terminal, a variable): one for each request.
    Accepted,
    /// The server did not do what was requested.
    Refused,
    /// The command ended by itself.
    Exit(u32),
    /// The command was ended by a signal.
    Signal {
        /// The name without `SIG`.
        name: String,
        /// Whether the system wrote a core file.
        core_dumped: bool,
        /// What the server says about it, often nothing.
        message: String,
    },
}

/// Why nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The other side has closed the channel: the command ended without reading everything.
    #[error("the command does not read any more")]
    Closed,
    /// The connection is gone.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// A command or subsystem on the other side. Dropping it closes it; that alone does not end the
/// command, which may go on until it writes something.
pub struct Channel {
    inbox: Arc<Inbox>,
    writer: ChannelWriter,
    /// Dropped with the channel, which tells the draining task.
    _guard: oneshot::Sender<()>,
}

/// The sending side of a channel. Cheap to clone.
#[derive(Clone)]
pub struct ChannelWriter {
    half: Arc<ChannelWriteHalf<Msg>>,
    closed: watch::Receiver<bool>,
    connection: Arc<Shared>,
}

#[derive(Default)]
struct Inbox {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    spool: Spool<Message>,
    end: Option<End>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Lost,
}

impl Inbox {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.arrived.notify_one();
    }

    fn data(&self, error: bool, data: Bytes) {
        self.change(|state| {
            if let Err(problem) = state.spool.push_data(error, data) {
                tracing::debug!(%problem, "output is kept in memory");
            }
        });
    }
}

impl Channel {
    /// Makes a channel of the library's one, and the task's part of it.
    pub(crate) fn new(
        channel: russh::Channel<Msg>,
        connection: Arc<Shared>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (read, write) = channel.split();
        let write = Arc::new(write);
        let inbox = Arc::new(Inbox::default());
        let (guard, dropped) = oneshot::channel();
        let (close, closed) = watch::channel(false);
        let drained = drain(read, write.clone(), inbox.clone(), dropped, close);
        let writer = ChannelWriter {
            half: write,
            closed,
            connection,
        };
        let channel = Channel {
            inbox,
            writer,
            _guard: guard,
        };
        (channel, drained)
    }

    /// The sending side, to be used while messages are awaited.
    pub fn writer(&self) -> ChannelWriter {
        self.writer.clone()
    }

    /// Starts a command. The server hands it to the user's login shell. Answered by
    /// [`Message::Accepted`] or [`Message::Refused`].
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn exec(&self, command: impl Into<Vec<u8>>) -> Result<(), WriteError> {
        let command = command.into();
        self.writer.send(self.writer.half.exec(true, command)).await
    }

    /// Starts a subsystem such as `sftp`. Answered like a command.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn subsystem(&self, name: &str) -> Result<(), WriteError> {
        self.writer
            .send(self.writer.half.request_subsystem(true, name))
            .await
    }

    /// Asks for a terminal of a size in characters, before a command is started. Standard error then
    /// arrives as standard output. Answered.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn terminal(&self, term: &str, columns: u32, rows: u32) -> Result<(), WriteError> {
        self.writer
            .send(
                self.writer
                    .half
                    .request_pty(true, term, columns, rows, 0, 0, &[]),
            )
            .await
    }

    /// Asks for a variable in the environment of the command, before it is started. Servers allow few
    /// names. Answered.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn variable(&self, name: &str, value: &str) -> Result<(), WriteError> {
        self.writer
            .send(self.writer.half.set_env(true, name, value))
            .await
    }

    /// The next message; `None` when the channel was closed and everything has been taken.
    ///
    /// Can be given up and asked again: nothing is lost.
    ///
    /// # Errors
    ///
    /// The connection was lost before the channel was closed. Unless [`Message::Exit`] or
    /// [`Message::Signal`] has come before, what became of the command is unknown.
    pub async fn next(&mut self) -> Result<Option<Message>, Lost> {
        loop {
            let arrived = self.inbox.arrived.notified();
            {
                let mut state = self
                    .inbox
                    .state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                match state.spool.pop() {
                    Ok(Some(Item::Other(message))) => return Ok(Some(message)),
                    Ok(Some(Item::Data(false, data))) => return Ok(Some(Message::Stdout(data))),
                    Ok(Some(Item::Data(true, data))) => return Ok(Some(Message::Stderr(data))),
                    Ok(None) => match state.end {
                        Some(End::Closed) => return Ok(None),
                        Some(End::Lost) => return Err(self.writer.connection.lost()),
                        None => {}
                    },
                    Err(problem) => return Err(Lost::local(&problem)),
                }
            }
            arrived.await;
        }
    }
}

impl ChannelWriter {
    /// Writes to the standard input of the command. Waits while the other side does not read.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn write(&self, data: impl Into<Bytes>) -> Result<(), WriteError> {
        self.send(self.half.data_bytes(data.into())).await
    }

    /// Ends the standard input of the command.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn eof(&self) -> Result<(), WriteError> {
        self.send(self.half.eof()).await
    }

    /// Sends a signal, by its name without `SIG`. Does not reach processes of other users.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn signal(&self, name: &str) -> Result<(), WriteError> {
        self.send(self.half.signal(signal(name))).await
    }

    /// Tells the new size of the terminal.
    ///
    /// # Errors
    ///
    /// The channel or the connection is gone.
    pub async fn resize(&self, columns: u32, rows: u32) -> Result<(), WriteError> {
        self.send(self.half.window_change(columns, rows, 0, 0))
            .await
    }

    /// Whether the other side has closed the channel, or the connection is gone.
    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Sends, unless the channel is closed first: the library would wait for ever then.
    async fn send(
        &self,
        sending: impl Future<Output = Result<(), russh::Error>>,
    ) -> Result<(), WriteError> {
        let mut closed = self.closed.clone();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(self.gone()),
            sent = sending => sent.map_err(|_| self.gone()),
        }
    }

    fn gone(&self) -> WriteError {
        if self.connection.is_closed() {
            WriteError::Lost(self.connection.lost())
        } else {
            WriteError::Closed
        }
    }
}

/// Takes everything that arrives until the channel ends, or until its user has dropped it.
async fn drain(
    mut read: ChannelReadHalf,
    write: Arc<ChannelWriteHalf<Msg>>,
    inbox: Arc<Inbox>,
    dropped: oneshot::Receiver<()>,
    closed: watch::Sender<bool>,
) {
    let mut closing = pin!(async {
        let _ = dropped.await;
        let _ = write.close().await;
    });
    let end = loop {
        let message = tokio::select! {
            message = read.wait() => message,
            // The library says nothing more about a channel that was closed from here.
            () = &mut closing => break End::Closed,
        };
        match message {
            None => break End::Lost,
            Some(ChannelMsg::Close) => break End::Closed,
            Some(ChannelMsg::Data { data }) => inbox.data(false, data),
            Some(ChannelMsg::ExtendedData { data, .. }) => inbox.data(true, data),
            Some(other) => {
                if let Some(message) = translate(other) {
                    inbox.change(|state| state.spool.push(message));
                }
            }
        }
    };
    let _ = closed.send(true);
    inbox.change(|state| state.end = Some(end));
}

fn translate(message: ChannelMsg) -> Option<Message> {
    Some(match message {
        ChannelMsg::Eof => Message::Eof,
        ChannelMsg::Success => Message::Accepted,
        ChannelMsg::Failure => Message::Refused,
        ChannelMsg::ExitStatus { exit_status } => Message::Exit(exit_status),
        ChannelMsg::ExitSignal {
            signal_name,
            core_dumped,
            error_message,
            ..
        } => Message::Signal {
            name: signal_name_of(&signal_name).to_owned(),
            core_dumped,
            message: error_message,
        },
        // Windows, flow control, and what only servers are told.
        _ => return None,
    })
}

/// The signals that have a name in the protocol (RFC 4254, section 6.10).
const SIGNALS: [(&str, Sig); 12] = [
    ("ABRT", Sig::ABRT),
    ("ALRM", Sig::ALRM),
    ("FPE", Sig::FPE),
    ("HUP", Sig::HUP),
    ("ILL", Sig::ILL),
    ("INT", Sig::INT),
    ("KILL", Sig::KILL),
    ("PIPE", Sig::PIPE),
    ("QUIT", Sig::QUIT),
    ("SEGV", Sig::SEGV),
    ("TERM", Sig::TERM),
    ("USR1", Sig::USR1),
];

fn signal(name: &str) -> Sig {
    let known = SIGNALS.iter().find(|(known, _)| *known == name);
    known.map_or_else(
        || Sig::Custom(name.to_owned()),
        |(_, signal)| signal.clone(),
    )
}

fn signal_name_of(signal: &Sig) -> &str {
    if let Sig::Custom(name) = signal {
        return name;
    }
    let same = |other: &Sig| std::mem::discriminant(other) == std::mem::discriminant(signal);
    let known = SIGNALS.iter().find(|(_, other)| same(other));
    known.map_or("", |(name, _)| name)
}

/// Opens a channel in a task of its own, which then drains it. When whoever asked has gone away before
/// the server answers, the channel is closed again: it would count against the server's limit.
pub(crate) async fn open(
    connection: Arc<Shared>,
    lease: Option<Lease>,
) -> Result<Channel, OpenError> {
    let (answer, answered) = oneshot::channel();
    let shared = connection.clone();
    tokio::spawn(async move {
        match shared.handle().channel_open_session().await {
            Ok(channel) => {
                equip(&channel, &shared).await;
                let (channel, drained) = Channel::new(channel, shared);
                // Nobody there: the channel is dropped, and closed by what follows.
                let _ = answer.send(Ok(channel));
                drained.await;
                drop(lease);
            }
            Err(russh::Error::ChannelOpenFailure(reason)) => {
                drop(lease);
                let _ = answer.send(Err(OpenError::Refused(format!("{reason:?}"))));
            }
            Err(_) => {
                drop(lease);
                let _ = answer.send(Err(OpenError::Lost(shared.lost())));
            }
        }
    });
    let limit = connection.settings().timeouts.open;
    match tokio::time::timeout(limit, answered).await {
        Ok(Ok(opened)) => opened,
        // The task is gone: so is the runtime, or nearly.
        Ok(Err(_)) => Err(OpenError::Lost(connection.lost())),
        Err(_) => Err(OpenError::Timeout(limit)),
    }
}

/// Asks for what every channel of a connection is to have. The answers are of no interest.
async fn equip(channel: &russh::Channel<Msg>, connection: &Shared) {
    let destination = connection.destination();
    if destination.forward_agent {
        let _ = channel.agent_forward(false).await;
    }
    for (name, value) in &destination.environment {
        let _ = channel.set_env(false, name, value).await;
    }
}
