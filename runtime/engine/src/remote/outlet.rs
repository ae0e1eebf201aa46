//! Where the output of a job goes: cut into lines, to the run's events.

use crate::message::Sink;
use crate::output::{KeptLog, LineCutter};
use nexus_executor::{Output, Pending};
use nexus_graph::TaskId;
use nexus_graph::event::{EventKind, HostName, LogLine, Stream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The output of one job.
pub(super) struct Outlet {
    sink: Sink,
    id: TaskId,
    task: String,
    host: HostName,
    step: u32,
    /// Output is kept here and not told of.
    held: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    out: LineCutter,
    err: LineCutter,
    held: KeptLog,
    log: Option<Arc<Mutex<KeptLog>>>,
}

impl Outlet {
    /// For a step that is told of.
    pub fn new(
        sink: Sink,
        (id, task): (TaskId, &str),
        host: HostName,
        step: u32,
        log: Option<Arc<Mutex<KeptLog>>>,
    ) -> Self {
        Outlet {
            sink,
            id,
            task: task.to_string(),
            host,
            step,
            held: false,
            inner: Mutex::new(Inner {
                out: LineCutter::new(Stream::Stdout),
                err: LineCutter::new(Stream::Stderr),
                held: KeptLog::new(),
                log,
            }),
        }
    }

    /// The same for a question whose answer may turn out to be of no interest.
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn give(&self, lines: Vec<LogLine>) {
        if lines.is_empty() {
            return;
        }
        {
            let mut inner = self.inner();
            if self.held {
                lines.iter().for_each(|line| inner.held.push(line));
                return;
            }
            if let Some(log) = &inner.log {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                for line in &lines {
                    let text = format!("{}  {}", self.host, line.text);
                    log.push(&LogLine {
                        text,
                        stream: line.stream,
                    });
                }
            }
        }
        let host = Some(self.host.clone());
        self.sink.lines(self.id, host, self.step, lines).await;
    }

    /// Gives out last lines without an end.
    pub async fn finish(&self) {
        let mut lines = Vec::new();
        {
            let mut inner = self.inner();
            inner.out.finish(&mut lines);
            inner.err.finish(&mut lines);
        }
        self.give(lines).await;
    }

    /// Tells of what was held back.
    pub async fn release(mut self) {
        self.finish().await;
        self.held = false;
        let held = std::mem::take(&mut self.inner().held);
        self.give(held.finish()).await;
    }
}

impl Output for Outlet {
    fn write<'a>(&'a self, stream: Stream, bytes: &'a [u8]) -> Pending<'a, ()> {
        Box::pin(async move {
            let mut lines = Vec::new();
            {
                let mut inner = self.inner();
                match stream {
                    Stream::Stdout => inner.out.feed(bytes, &mut lines),
                    Stream::Stderr => inner.err.feed(bytes, &mut lines),
                }
            }
            self.give(lines).await;
        })
    }

    fn warn(&self, code: &'static str, message: String, help: Option<String>) {
        self.sink.event_soon(EventKind::Warning {
            task: Some(self.task.clone()),
            code: code.to_string(),
            message: format!("{}: {message}", self.host),
            help,
        });
    }
}
