//! What stops a run as a whole. A task that fails is not an error here but an outcome.

use std::io;

/// Why a run could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The guard process could not be started.
    #[error("the guard process, which runs all tasks, cannot be started: {0}")]
    GuardStart(#[source] io::Error),
    /// The guard process died.
    #[error(
        "the guard process, which runs all tasks, ended unexpectedly; what it had started was killed"
    )]
    GuardLost,
    /// The system refused what running anything needs.
    #[error("the run cannot start: {0}")]
    Start(#[source] io::Error),
}

impl EngineError {
    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::GuardStart(_) | EngineError::GuardLost | EngineError::Start(_) => "NX0508",
        }
    }

    /// What can be done.
    pub fn help(&self) -> &'static str {
        match self {
            EngineError::GuardStart(_) => {
                "check that the `nexus` program file still exists and may be executed"
            }
            EngineError::GuardLost => {
                "if it was killed for lack of memory, run fewer tasks at once (`-p`)"
            }
            EngineError::Start(_) => "check the limits on open files and processes (`ulimit -a`)",
        }
    }
}
