//! `nexus`: the command line.
//!
//! Thin on purpose: it reads arguments, asks the compiler and the engine, and renders what they
//! say. One file per subcommand in [`commands`], one per way of showing a run in [`render`].

mod affected;
mod bug;
mod cli;
mod commands;
mod context;
mod error;
mod history;
mod hosts;
mod logging;
mod memory;
mod noop;
mod observed;
mod project;
mod prompt;
mod render;
mod resume;
mod screen;
mod select;
mod session;
mod shared;
mod show;
mod signals;
mod sources;
mod suggest;
mod usage;
mod variables;
mod watch;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The guard of a run is this program again. It must be there at once, and needs none of what
    // the command line needs.
    if let Some(ended) = nexus_engine::guard::helper(&mut std::env::args_os()) {
        return ended;
    }
    bug::install_report();
    bug::guarded(cli::main)
}
