//! Ending a job: SIGTERM, some time, SIGKILL, and a look at what is left.

use crate::runner::{quote, request};
use nexus_executor::Urgency;
use std::time::Duration;
use tokio::time::Instant;

/// After SIGKILL a process is gone at once, unless the kernel holds it.
const AFTER_KILL: Duration = Duration::from_secs(3);

/// Why a job is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    Timeout,
    Cancelled,
    /// It printed more than is kept.
    TooMuch,
}

/// Which job, in words for the shell on the host.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// One of a runner.
    Durable(String),
    /// One with a shell of its own: its mark and its first process.
    Plain { mark: String, process: u32 },
}

impl Target {
    /// Signals it, and asks what is there.
    fn signal(&self, signal: &str, why: Why) -> String {
        let reason = match why {
            Why::Timeout => "timeout",
            Why::Cancelled => "cancel",
            Why::TooMuch => "output",
        };
        match self {
            Target::Durable(job) => request::stop(job, signal, Some(reason)),
            Target::Plain { mark, process } => {
                format!("nx_end plain {} {process} - {signal}\n", quote(mark))
            }
        }
    }

    /// Asks what is there.
    pub fn look(&self) -> String {
        match self {
            Target::Durable(job) => request::left(job),
            Target::Plain { .. } => self.signal("0", Why::Cancelled),
        }
    }
}

/// How far the ending of a job has come.
#[derive(Debug)]
pub(crate) struct Ending {
    pub why: Why,
    target: Target,
    termed: bool,
    killed: bool,
    /// The host has heard of it.
    pub heard: bool,
    /// When SIGKILL is due.
    pub kill_at: Instant,
}

impl Ending {
    /// Begins now.
    pub fn new(why: Why, target: Target, grace: Duration) -> Self {
        Ending {
            why,
            target,
            termed: false,
            killed: false,
            heard: false,
            kill_at: Instant::now() + grace,
        }
    }

    /// It became urgent, or less so than before.
    pub fn hurry(&mut self, urgency: Urgency) {
        if urgency == Urgency::AtOnce && !self.killed {
            self.kill_at = Instant::now();
        }
    }

    /// When something is to be done next.
    pub fn due(&self) -> Instant {
        match (self.termed, self.killed) {
            (false, _) => Instant::now(),
            (true, false) => self.kill_at,
            (true, true) => self.give_up_at(),
        }
    }

    /// When nothing more can be done.
    pub fn give_up_at(&self) -> Instant {
        self.kill_at + AFTER_KILL
    }

    /// What to ask for now; `None` when there is nothing more to do.
    pub fn next(&mut self) -> Option<String> {
        let now = Instant::now();
        if !self.termed {
            self.termed = true;
            if self.kill_at > now {
                return Some(self.target.signal("TERM", self.why));
            }
        }
        if !self.killed && self.kill_at <= now {
            self.killed = true;
            // From here on counts how long it takes.
            self.kill_at = now;
            return Some(self.target.signal("KILL", self.why));
        }
        None
    }

    /// What to ask for while processes are left: SIGKILL when it is time, else whether they still are.
    pub fn again(&mut self) -> String {
        match self.kill_at <= Instant::now() {
            true => {
                self.killed = true;
                self.target.signal("KILL", self.why)
            }
            false => self.target.look(),
        }
    }
}
