//! Reads one output pipe of a process to its end.

use crate::message::Sink;
use crate::output::{KeptLog, LineCutter};
use nexus_graph::TaskId;
use nexus_graph::event::Stream;
use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use tokio::net::unix::pipe;
use tokio::task::JoinHandle;

/// Where lines go.
#[derive(Clone)]
pub(super) enum Target {
    /// To the run's events, and to the log kept for replay.
    Events {
        sink: Sink,
        id: TaskId,
        step: u32,
        log: Rc<RefCell<KeptLog>>,
    },
    /// Nowhere: read so that the process does not block.
    Nowhere,
}

/// Starts reading. The handle ends when every holder of the pipe's other end has closed it.
pub(super) fn spawn(pipe: OwnedFd, stream: Stream, target: Target) -> io::Result<JoinHandle<()>> {
    let pipe = pipe::Receiver::from_owned_fd(pipe)?;
    Ok(tokio::task::spawn_local(read(pipe, stream, target)))
}

async fn read(pipe: pipe::Receiver, stream: Stream, target: Target) {
    let mut cutter = LineCutter::new(stream);
    let mut buffer: Vec<u8> = Vec::new();
    let mut lines = Vec::new();
    loop {
        if pipe.readable().await.is_err() {
            break;
        }
        // Most pipes only ever tell that they are closed, so the buffer is made on first use.
        if buffer.is_empty() {
            buffer.resize(4096, 0);
        }
        match pipe.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                cutter.feed(&buffer[..n], &mut lines);
                if n == buffer.len() && n < 65536 {
                    buffer.resize(n * 4, 0);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => break,
        }
        target.give(&mut lines).await;
    }
    cutter.finish(&mut lines);
    target.give(&mut lines).await;
}

impl Target {
    /// Hands lines on and empties the list.
    pub async fn give(&self, lines: &mut Vec<nexus_graph::event::LogLine>) {
        if lines.is_empty() {
            return;
        }
        match self {
            Target::Events {
                sink,
                id,
                step,
                log,
            } => {
                {
                    let mut log = log.borrow_mut();
                    lines.iter().for_each(|line| log.push(line));
                }
                // Waits when the subscriber is slower than the process: memory stays bounded.
                sink.lines(*id, None, *step, std::mem::take(lines)).await;
            }
            Target::Nowhere => lines.clear(),
        }
    }
}
