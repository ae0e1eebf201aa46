//! What the engine asks of whoever runs commands on another machine.
//!
//! The engine opens a [`Session`] for each host and gives it [`Job`]s. How a job gets there, what
//! carries it and how it survives a lost connection is the executor's business; what is to be done
//! about a host that fails is the engine's.
//!
//! *Invariant:* this crate connects to nothing and runs nothing. Traits and plain data.
//!
//! ## Who may rely on what
//!
//! - Every method is called inside a tokio runtime with timers and I/O enabled. A future may be
//!   dropped before it is done: that counts as a lost connection, not as a wish to end the job.
//! - A job's id is given to a host at most once in its life; see [`Job::id`]. Two calls with the
//!   same id, from whatever process, must never start it twice: the second behaves as
//!   [`Session::attach`].
//! - Sessions are shared: jobs of different tasks may run in one at the same time.

mod failure;
mod job;
mod output;
mod prompt;
mod stop;

pub use failure::{Failure, FailureKind, Tried};
pub use job::{Ended, Fate, Job, JobId, Loss, Program, Stdin};
pub use output::{Nowhere, Output};
pub use prompt::{Nobody, Prompt, Question, Secret};
pub use stop::{Stop, Stopper, Urgency};

use nexus_graph::Host;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future that is on its way to another machine.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs commands on other machines.
pub trait Executor: Send + Sync {
    /// A session on `host`: connected, authenticated, and known to be able to run jobs. Opening the
    /// same host again gives the same session, or one as good; concurrent calls for one host
    /// connect once. How many hosts are connected to at the same time is decided here: the engine
    /// asks for all it wants.
    ///
    /// Repeats what may pass ([`nexus_graph::SshSettings::connect_attempts`]) and asks through the
    /// [`Prompt`] it was made with. Ends early, with [`FailureKind::Cancelled`], when `stop` is asked.
    ///
    /// # Errors
    /// Why there is no session. Nothing has been run on the host.
    fn open<'a>(
        &'a self,
        host: &'a Arc<Host>,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Arc<dyn Session>, Failure>>;

    /// Ends all connections, and what serves them there. Jobs that run are left alone. Called once,
    /// at the end of a run; does not wait longer than a second for anybody.
    fn close(&self) -> Pending<'_, ()>;
}

/// One host that jobs can be given to.
pub trait Session: Send + Sync {
    /// What is known of the host.
    fn facts(&self) -> Facts;

    /// Runs a job to its end and gives what it prints to `output`, in order for each stream; all
    /// of it has been given when this returns. The status is that of the job alone.
    ///
    /// - When `job.timeout` is over, or when `stop` is asked, everything the job started is sent
    ///   SIGTERM, after `job.grace` (at once, when [`Urgency::AtOnce`] is asked) SIGKILL, and is
    ///   gone when this returns; what could not be ended is told by [`Output::warn`].
    /// - When the connection is lost it is made again, as [`Executor::open`] does, and the job is
    ///   attached to, unless it is not durable; only when that fails is its result unknown.
    ///
    /// # Errors
    /// [`FailureKind::Lost`]: the job was begun, or may have been, and its result is not known.
    /// Every other kind: it certainly was not begun.
    fn run<'a>(
        &'a self,
        job: &'a Job,
        output: &'a dyn Output,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Ended, Failure>>;

    /// Finds a durable job that an earlier process gave to this host (`job` as it was then), waits
    /// for its end, and gives *everything* it printed, from its beginning, to `output`. Ends it as
    /// [`Session::run`] does when `stop` is asked.
    ///
    /// # Errors
    /// The host could not be asked; nothing is known.
    fn attach<'a>(
        &'a self,
        job: &'a Job,
        output: &'a dyn Output,
        stop: &'a Stop,
    ) -> Pending<'a, Result<Fate, Failure>>;

    /// Has what is kept on the host about the durable jobs of a run removed, when the session ends at
    /// the latest, unless a job of it still runs then. Called when nobody will ask about them any more;
    /// errors are of no interest.
    fn forget<'a>(&'a self, run: &'a str) -> Pending<'a, ()>;
}

/// What is known of a host when a session is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Identifies the time since it was started (`/proc/sys/kernel/random/boot_id`); absent where
    /// there is no such thing. Another one than before means that nothing begun before still runs.
    pub boot_id: Option<String>,
    /// The user that jobs run as unless they say otherwise.
    pub user: String,
    /// What was really connected to, as it is shown: address and port.
    pub peer: String,
}
