//! The guard: a small process that stands between the engine and everything a run starts.
//!
//! A process that is killed cannot clean up after itself, so the engine does not start tasks: it
//! asks the guard, which is a child subreaper in a session of its own. Whatever becomes of the
//! engine (`kill -9`, out of memory, a crash), the socket between the two closes, and the guard
//! ends every descendant, those that escaped with `setsid` or a double fork included, because
//! orphans of a subreaper stay its children.
//!
//! The guard is single-threaded and never blocks on the engine. It needs no privileges, no
//! cgroups and no namespaces.

pub mod client;
mod process;
mod protocol;
mod server;
mod start;
mod tasks;

pub use client::{Ended, GuardClient, GuardLost, GuardProcess, Started};
pub use protocol::{ExitKind, Leftover, Spawn};
pub use server::main;

use crate::tracer;
use std::ffi::OsString;
use std::process::ExitCode;

/// The argument with which the engine starts its own program as the guard.
pub const ARGUMENT: &str = "__guard";

/// Runs the helper that the arguments of this process ask for: the guard, or what traces and
/// confines single steps. To be called first thing in `main`; `None` when they ask for none.
pub fn helper(arguments: &mut dyn Iterator<Item = OsString>) -> Option<ExitCode> {
    let first = arguments.nth(1)?;
    match first.to_str()? {
        ARGUMENT => Some(main()),
        name @ (tracer::ARGUMENT | tracer::TRACED_ARGUMENT) => {
            Some(tracer::main(name, arguments.next()))
        }
        _ => None,
    }
}

/// The variable that tells a task its own path. The guard recognises escaped processes by it.
pub const TASK_VARIABLE: &str = "NEXUS_TASK";
