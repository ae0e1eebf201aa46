//! How a run is to be carried out.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Settings of one run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The project folder; absolute.
    pub root: PathBuf,
    /// How many tasks may run at once; at least 1.
    pub parallel: usize,
    /// Whether tasks on hosts count among these. They cost this machine next to nothing, so they do
    /// only when a person said how many.
    pub parallel_with_hosts: bool,
    /// After a failure, still run everything that does not depend on what failed. Otherwise
    /// nothing new is started after the first failure; what runs is allowed to finish.
    pub continue_on_error: bool,
    /// Execute the targets even when their results are known.
    pub force: bool,
    /// Execute every task whose result is kept once more, and compare.
    pub verify: bool,
    /// Emit an event for each task that is known to be up to date without a look. Otherwise these
    /// tasks only count in the summary, which saves a third of the time of a small run in a large
    /// project.
    pub announce_known: bool,
    /// Time between SIGTERM and SIGKILL for tasks that are cancelled or out of time.
    pub grace: Duration,
    /// The program that runs as the guard.
    pub guard_program: PathBuf,
    /// Its arguments, which must make it call [`guard::main`](crate::guard::main).
    pub guard_arguments: Vec<OsString>,
    /// Whether tasks that ask for a sandbox get one.
    pub sandbox: bool,
}

impl RunOptions {
    /// For a project folder: as many tasks at once as there are cores, stop at the first failure,
    /// half a second of grace, this program as the guard.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        RunOptions {
            root: root.into(),
            parallel: std::thread::available_parallelism().map_or(1, |n| n.get()),
            parallel_with_hosts: false,
            continue_on_error: false,
            force: false,
            verify: false,
            announce_known: true,
            grace: Duration::from_millis(500),
            // The running file itself, even when it was replaced or moved meanwhile.
            guard_program: PathBuf::from("/proc/self/exe"),
            guard_arguments: vec![crate::guard::ARGUMENT.into()],
            sandbox: true,
        }
    }
}
