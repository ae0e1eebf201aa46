//! A command for another machine, and what can become of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One command for one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name, the same for the same attempt of the same step whoever asks.
    pub id: JobId,
    /// What is run.
    pub program: Program,
    /// Variables on top of the environment that the login gives.
    pub env: BTreeMap<String, String>,
    /// The folder it starts in; absent: the user's home. One that does not exist ends the job with
    /// a message on its standard error and the status of the shell's `cd`, or 1.
    pub cwd: Option<String>,
    /// The user it runs as, by `sudo`; absent: the user of the session.
    pub user: Option<String>,
    /// What its standard input gives.
    pub stdin: Stdin,
    /// With a terminal: standard output and error are one then, and lines end with `\r\n`.
    pub pty: bool,
    /// How long it may take, counted from its start on the host. Kept there, too: it holds even
    /// when nobody is connected any more.
    pub timeout: Option<Duration>,
    /// Between SIGTERM and SIGKILL when it is ended.
    pub grace: Duration,
    /// Whether its result must survive a lost connection and the end of this process. Without it,
    /// the cheapest way will do.
    pub durable: bool,
    /// A hint: another job for this host will follow soon, so that it pays to make ready for it.
    pub more: bool,
}

/// What a job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A text for `/bin/sh`, of any length and with any bytes but NUL.
    Script(String),
    /// A program and its arguments, found through the `PATH` of the host, never seen by a shell.
    Argv(Vec<String>),
}

/// What a job reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing: the end of the file at once.
    #[default]
    Empty,
    /// These bytes, then the end. A job that does not read them is no failure.
    Bytes(Vec<u8>),
}

/// The name of a job: an attempt at a step of a task on a host in a run. On one host it is used
/// once and never again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId {
    /// The run that began it (a run that goes on with another one asks by the name of that one).
    pub run: String,
    /// The task's path; empty for a command that belongs to none.
    pub task: String,
    /// The host's name. Part of it because two hosts of a project may be one machine.
    pub host: String,
    /// Position of the step in the task, from 0.
    pub step: u32,
    /// Attempts of the step, from 1. Attempts of a run that goes on with another one count on.
    pub attempt: u32,
}

impl JobId {
    /// As the name of a file, unique among the jobs of a run: letters, digits, `-`, `.` and `_`
    /// only, at most 100 bytes. Without the run, which gives its folder the name.
    pub fn file_name(&self) -> String {
        let mut name = String::new();
        for part in [&self.task, &self.host] {
            let plain: String = part.chars().map(plain).take(24).collect();
            name.push_str(&plain);
            name.push('.');
        }
        // Programs take a name that begins with `-` for an option.
        if name.starts_with('-') {
            name.replace_range(..1, "_");
        }
        // What was replaced or cut off is told apart by a digest of the whole.
        let whole = format!("{}\0{}", self.task, self.host);
        let digest = nexus_graph::Digest::of(whole.as_bytes()).to_string();
        name.extend(digest.chars().take(12));
        format!("{name}.{}.{}", self.step, self.attempt)
    }
}

fn plain(c: char) -> char {
    match c {
        c if c.is_ascii_alphanumeric() || c == '-' || c == '_' => c,
        _ => '_',
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let JobId {
            run,
            task,
            host,
            step,
            attempt,
        } = self;
        write!(f, "{run}/{task}/{host}/{step}/{attempt}")
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Ended {
    /// With this code, from 0 to 255.
    Exit(i32),
    /// By the signal with this number.
    Signal(i32),
    /// Ended because its time was over.
    TimedOut,
    /// Ended because it was to stop.
    Cancelled,
}

/// What became of a job that an earlier process gave to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The host does not know it. Together with another boot id than the one noted when it was
    /// sent this proves nothing: the note about it may have been lost with the power.
    NeverStarted,
    /// It has come to its end.
    Ended(Ended),
    /// It was begun and did not come to an end that is known.
    Lost(Loss),
}

/// Why nobody knows how a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The host was started again meanwhile.
    Reboot,
    /// The process that watches over it was killed.
    Killed,
    /// The host cannot be reached any more.
    Unreachable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(task: &str, host: &str, step: u32, attempt: u32) -> JobId {
        JobId {
            run: "r".into(),
            task: task.into(),
            host: host.into(),
            step,
            attempt,
        }
    }

    proptest! {
        #[test]
        fn different_jobs_have_different_files(
            a in ".{0,40}", b in ".{0,40}", c in ".{0,40}", d in ".{0,40}", n in 0u32..3, m in 0u32..3,
        ) {
            let (one, two) = (id(&a, &b, n, 1), id(&c, &d, m, 1));
            prop_assert_eq!(one == two, one.file_name() == two.file_name());
            for name in [one.file_name(), two.file_name()] {
                prop_assert!(name.len() <= 100);
                prop_assert!(name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._".contains(&c)));
                prop_assert!(!name.starts_with('-'), "{}", name);
            }
        }
    }
}
