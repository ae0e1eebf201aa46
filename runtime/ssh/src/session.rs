//! The exchange of keys over a stream.

use crate::algorithms;
use crate::destination::{Destination, Settings};
use crate::error::{Phase, Reason, one_line};
use crate::handler::{Fault, Handler, State};
use crate::tcp;
use crate::wire::{Greeting, Stream, Wire};
use russh::client::Handle;
use std::sync::Arc;
use tokio::time::timeout;

/// Exchanges keys and checks the server's.
pub(crate) async fn handshake<S: Stream>(
    stream: S,
    destination: &Destination,
    settings: &Settings,
) -> Result<(Handle<Handler>, Arc<State>), (Phase, Reason)> {
    let greeting = Greeting::default();
    let state = Arc::new(State::new(greeting.clone()));
    let handler = Handler::new(state.clone(), destination.host_keys);
    let config = Arc::new(algorithms::config(settings));
    let wire = Wire::new(stream, greeting.clone());
    let exchange = russh::client::connect_stream(config, wire, handler);
    let limit = settings.timeouts.handshake;
    let reason = match timeout(limit, exchange).await {
        Ok(Ok(handle)) => return Ok((handle, state)),
        Ok(Err(Fault::HostKey(why))) => Reason::HostKey(why),
        Ok(Err(Fault::Library(error))) => failure(error, &greeting.bytes()),
        Err(_) => {
            let said = greeting.bytes();
            if said.is_empty() {
                Reason::Silent
            } else {
                not_ssh(&said).unwrap_or(Reason::Timeout(limit))
            }
        }
    };
    Err((Phase::Handshake, reason))
}

/// What the library's error means, given what the other side said first.
fn failure(error: russh::Error, said: &[u8]) -> Reason {
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => Reason::NoCommonAlgorithm {
            kind: match kind {
                russh::AlgorithmKind::Kex => "key exchange",
                russh::AlgorithmKind::Key => "host key algorithm",
                russh::AlgorithmKind::Cipher => "cipher",
                russh::AlgorithmKind::Compression => "compression",
                russh::AlgorithmKind::Mac => "MAC",
            }
            .to_owned(),
            offered: theirs,
        },
        error => match not_ssh(said) {
            Some(reason) => reason,
            None => match error {
                russh::Error::Disconnect | russh::Error::HUP => Reason::Closed(String::new()),
                russh::Error::IO(problem) => tcp::reason(&problem),
                other => Reason::Protocol(other.to_string()),
            },
        },
    }
}

/// When something was said, but not what an SSH server says.
fn not_ssh(said: &[u8]) -> Option<Reason> {
    let text = String::from_utf8_lossy(said);
    if said.is_empty() || text.lines().any(|line| line.starts_with("SSH-")) {
        return None;
    }
    // A server that is too busy says so in a line of its own before it closes the connection.
    let first = one_line(&text);
    if first.starts_with("Exceeded MaxStartups") || first.starts_with("Not allowed at this time") {
        return Some(Reason::Closed(first));
    }
    Some(Reason::NotSsh(first))
}
