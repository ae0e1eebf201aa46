//! A command run to its end, with what it wrote.

use crate::channel::{Channel, Message};
use crate::error::Lost;

/// How a command ended and what it wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit status; `None` when a signal ended it.
    pub status: Option<u32>,
    /// The signal that ended it, without `SIG`.
    pub signal: Option<String>,
    /// What it wrote to standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// Whether it wrote more than the limit.
    pub truncated: bool,
}

impl Output {
    /// Whether the command ended with status 0.
    pub fn success(&self) -> bool {
        self.status == Some(0)
    }

    fn keep(kept: &mut Vec<u8>, data: &[u8], limit: usize) -> bool {
        let room = limit.saturating_sub(kept.len()).min(data.len());
        kept.extend_from_slice(&data[..room]);
        room < data.len()
    }
}

/// Takes what a command says until its channel is closed.
pub(crate) async fn collect(channel: &mut Channel, limit: usize) -> Result<Output, Lost> {
    let mut output = Output::default();
    loop {
        let next = match channel.next().await {
            Ok(next) => next,
            // It had ended, only the farewell is missing.
            Err(_) if output.status.is_some() || output.signal.is_some() => None,
            Err(lost) => return Err(lost),
        };
        match next {
            None => return Ok(output),
            Some(Message::Stdout(data)) => {
                output.truncated |= Output::keep(&mut output.stdout, &data, limit);
            }
            Some(Message::Stderr(data)) => {
                output.truncated |= Output::keep(&mut output.stderr, &data, limit);
            }
            Some(Message::Exit(status)) => output.status = Some(status),
            Some(Message::Signal { name, .. }) => output.signal = Some(name),
            Some(Message::Eof | Message::Accepted | Message::Refused) => {}
        }
    }
}
