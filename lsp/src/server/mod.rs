//! The protocol: from messages to questions, and back.
//!
//! Handlers only put what they are asked into a queue, before they wait for anything, so that
//! everything is seen in the order in which it was sent. One thread empties the queue and owns the
//! database; what reads runs on threads of its own, on snapshots.

mod capabilities;
mod client;
mod convert;
mod documents;
mod edits;
mod evaluate;
mod extract;
mod handlers;
mod job;
mod loops;
mod parent;
mod pool;
mod position;
mod publish;
mod requests;
mod settings;
mod state;
mod stdio;
mod view;

pub use position::{Encoding, LineIndex};
pub use stdio::serve_stdio;

use client::Outbox;
use handlers::Backend;
use job::Event;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client said `shutdown`, then `exit`.
    Properly,
    /// The client left without saying `shutdown`.
    Abruptly,
}

/// Messages may be handled in any number at a time: all but the reading of them happens elsewhere,
/// and a cancellation must not wait behind what it is to cancel.
const AT_ONCE: usize = 1 << 16;

/// Serves one client until it leaves. Needs a tokio runtime; returns when the input ends, or after
/// `exit`.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) -> Ended {
    let (events, queue) = std::sync::mpsc::channel::<Event>();
    let shut_down = Arc::new(AtomicBool::new(false));
    let (service, socket) = LspService::new(|client| {
        let outbox = Outbox::new(client);
        loops::start(queue, events.clone(), outbox);
        Backend::new(events, shut_down.clone())
    });
    let server = Server::new(input, output, socket).concurrency_level(AT_ONCE);
    server.serve(service).await;
    match shut_down.load(Ordering::SeqCst) {
        true => Ended::Properly,
        false => Ended::Abruptly,
    }
}
