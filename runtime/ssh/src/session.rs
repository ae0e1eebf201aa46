//! The exchange of keys over a stream.

use crate::algorithms;
use crate::destination::{Destination, Settings};
use crate::error::{Lost, Phase, Reason, one_line};
use crate::handler::{Fault, Handler, State};
use crate::host_key::HostKeyCheck;
use crate::patience::Patience;
use crate::tcp;
use crate::wire::{Greeting, Stream, Wire};
use russh::client::Handle;
use std::sync::Arc;
use std::time::Duration;

/// A connection on which keys were exchanged.
pub(crate) struct Exchanged {
    pub handle: Handle<Handler>,
    pub state: Arc<State>,
}

/// Exchanges keys and checks the server's.
pub(crate) async fn handshake(
    stream: Box<dyn Stream>,
    destination: &Destination,
    settings: &Settings,
    check: HostKeyCheck,
    patience: &Patience,
    limit: Duration,
) -> Result<Exchanged, (Phase, Reason)> {
    let greeting = Greeting::default();
    let state = Arc::new(State::new(greeting.clone()));
    let config = Arc::new(algorithms::config(settings, &check));
    let agent = destination
        .forward_agent
        .then(|| destination.agent.socket())
        .flatten();
    let handler = Handler::new(state.clone(), check, agent);
    let wire = Wire::new(stream, greeting.clone());
    let exchange = russh::client::connect_stream(config, wire, handler);
    let reason = match patience.limit(limit, exchange).await {
        Some(Ok(handle)) => return Ok(Exchanged { handle, state }),
        Some(Err(Fault::HostKey(error))) => Reason::HostKey(Box::new(error)),
        Some(Err(Fault::Library(error))) => failure(error, &greeting.bytes()),
        None => {
            let said = greeting.bytes();
            if said.is_empty() {
                Reason::Silent(limit)
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
                russh::AlgorithmKind::Kex => "way to exchange keys",
                russh::AlgorithmKind::Key => "type of host key",
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
                other => match Lost::from(&other) {
                    Lost::Damaged => Reason::Network(Lost::Damaged.to_string()),
                    _ => Reason::Protocol(other.to_string()),
                },
            },
        },
    }
}

/// When something was said, but not what an SSH server says.
fn not_ssh(said: &[u8]) -> Option<Reason> {
    let text = String::from_utf8_lossy(said);
    if said.is_empty()
        || text
            .lines()
            .any(|line| line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.99-"))
    {
        return None;
    }
    // A server that is too busy says so in a line of its own before it closes the connection.
    let first = one_line(&text);
    if first.starts_with("Exceeded MaxStartups") || first.starts_with("Not allowed at this time") {
        return Some(Reason::Closed(first));
    }
    Some(Reason::NotSsh(first))
}
