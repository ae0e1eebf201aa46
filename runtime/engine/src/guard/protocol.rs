//! What engine and guard say to each other: postcard messages, each after its length as four
//! bytes, least significant first. The write ends of a task's output pipes travel beside its
//! [`Request::Spawn`] as file descriptors.

use crate::sandbox::Policy;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// From the engine.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Keep the descriptor that comes with it open until the guard ends: locks that the engine
    /// holds are held until nothing of the run is left.
    Hold,
    /// Start a process. Two descriptors come with it: standard output and standard error.
    Spawn(Spawn),
    /// See to it that no process of the task is left, then answer [`Reply::Cleared`].
    End {
        /// Number of the task in the run.
        task: u32,
        /// How long its processes may still end by themselves, in milliseconds.
        linger: u32,
        /// Time between SIGTERM and SIGKILL in milliseconds.
        grace: u32,
    },
    /// Stop all processes of the run as Ctrl+Z does, or let them go on.
    Stop {
        /// Whether they stop.
        stop: bool,
    },
    /// The run is over: end whatever is left, answer [`Reply::Cleared`] for task `u32::MAX`, exit.
    Finish,
}

/// A process to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawn {
    /// Identifies the process in answers; unique within the run.
    pub id: u32,
    /// Number of its task in the run.
    pub task: u32,
    /// Path of its task.
    pub name: String,
    /// Absolute path of the program.
    pub program: Vec<u8>,
    /// Arguments, the program's name first.
    pub argv: Vec<Vec<u8>>,
    /// The whole environment as `NAME=value`.
    pub env: Vec<Vec<u8>>,
    /// Absolute working folder.
    pub cwd: Vec<u8>,
    /// By how much it is nicer to others than the guard.
    pub nice: u8,
    /// What the process and all it starts may reach, kept by Landlock; everything when absent.
    pub policy: Option<Box<Policy>>,
}

/// From the guard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The process could not be started.
    NotStarted {
        /// From the request.
        id: u32,
        /// The system's error number.
        errno: i32,
    },
    /// The process ended.
    Exited {
        /// From the request.
        id: u32,
        /// How.
        status: ExitKind,
        /// Whether other processes of its task are alive although none that was asked for is.
        leftovers: bool,
    },
    /// No process of the task is left.
    Cleared {
        /// From the request.
        task: u32,
        /// Processes that had to be ended.
        ended: Vec<Leftover>,
    },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitKind {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

/// A process that outlived its task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its process id.
    pub pid: i32,
    /// Its command line, arguments separated by blanks.
    pub command: String,
    /// It could not be ended (it belongs to another user, or the kernel holds it).
    pub survived: bool,
}

/// Appends one framed message.
pub(super) fn encode<T: Serialize>(message: &T, buffer: &mut Vec<u8>) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    // Serialising these types into memory has no way to fail: no maps of unknown length, no I/O.
    if let Ok(all) = postcard::to_extend(message, std::mem::take(buffer)) {
        *buffer = all;
    }
    let length = (buffer.len() - start - 4) as u32;
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Collects bytes from a stream and cuts them into messages.
#[derive(Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    start: usize,
}

impl Frames {
    /// Adds what was read.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next complete message; `Err` when it cannot be understood.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, postcard::Error> {
        let rest = &self.bytes[self.start..];
        let Some(header) = rest.first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*header) as usize;
        let Some(body) = rest.get(4..4 + length) else {
            return Ok(None);
        };
        let message = postcard::from_bytes(body)?;
        self.start += 4 + length;
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn messages_survive_any_cut(commands in proptest::collection::vec(".{0,40}", 0..20), cut in 1usize..50) {
            let mut bytes = Vec::new();
            for (i, command) in commands.iter().enumerate() {
                let ended = vec![Leftover { pid: i as i32, command: command.clone(), survived: false }];
                encode(&Reply::Cleared { task: i as u32, ended }, &mut bytes);
            }
            let mut frames = Frames::default();
            let mut seen = Vec::new();
            for piece in bytes.chunks(cut) {
                frames.feed(piece);
                while let Some(Reply::Cleared { ended, .. }) = frames.next().unwrap() {
                    seen.push(ended[0].command.clone());
                }
            }
            prop_assert_eq!(seen, commands);
        }
    }

    #[test]
    fn nonsense_is_an_error_not_a_panic() {
        let mut frames = Frames::default();
        frames.feed(&[3, 0, 0, 0, 0xff, 0xff, 0xff]);
        assert!(frames.next::<Reply>().is_err());
    }
}
