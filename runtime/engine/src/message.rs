//! What running tasks tell the dispatcher, which alone numbers and emits events.

use nexus_graph::TaskId;
use nexus_graph::event::{EventKind, HostName, LogLine};
use tokio::sync::{mpsc, oneshot};

/// Messages that may wait before a task has to.
const CAPACITY: usize = 256;

/// One message.
pub(crate) enum Message<D> {
    /// Emit this.
    Event(EventKind),
    /// Emit one output event for each line.
    Lines {
        id: TaskId,
        host: Option<HostName>,
        step: u32,
        lines: Vec<LogLine>,
    },
    /// Answer when everything before this was told, and, if asked for, is safe.
    Told {
        durable: bool,
        answer: oneshot::Sender<()>,
    },
    /// A task is over.
    Done(D),
}

/// A channel of messages.
pub(crate) fn channel<D>() -> (mpsc::Sender<Message<D>>, mpsc::Receiver<Message<D>>) {
    mpsc::channel(CAPACITY)
}

/// Where a task sends its events.
#[derive(Clone)]
pub(crate) struct Sink {
    sender: mpsc::Sender<Message<crate::task::Finished>>,
}

impl Sink {
    /// Wraps the channel.
    pub fn new(sender: mpsc::Sender<Message<crate::task::Finished>>) -> Self {
        Sink { sender }
    }

    /// Sends an event. When the dispatcher is gone the run is over and nobody listens.
    pub async fn event(&self, kind: EventKind) {
        let _ = self.sender.send(Message::Event(kind)).await;
    }

    /// The same from where nobody can wait; lost when too much is under way already.
    pub fn event_soon(&self, kind: EventKind) {
        let _ = self.sender.try_send(Message::Event(kind));
    }

    /// Sends output.
    pub async fn lines(&self, id: TaskId, host: Option<HostName>, step: u32, lines: Vec<LogLine>) {
        let lines = Message::Lines {
            id,
            host,
            step,
            lines,
        };
        let _ = self.sender.send(lines).await;
    }

    /// Waits until everything sent so far was told, and, if `durable`, survives a loss of power.
    pub async fn told(&self, durable: bool) {
        let (answer, told) = oneshot::channel();
        let _ = self.sender.send(Message::Told { durable, answer }).await;
        let _ = told.await;
    }

    /// Reports the end of a task.
    pub async fn done(&self, finished: crate::task::Finished) {
        let _ = self.sender.send(Message::Done(finished)).await;
    }
}
