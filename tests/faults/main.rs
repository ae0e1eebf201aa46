//! Killed, interrupted, raced, tampered with, without room: what must hold all the same.

mod clock;
mod damage;
mod disk;
mod killed;
mod layers;
mod mixed;
mod output;
mod processes;
mod signals;
#[path = "../support/mod.rs"]
mod support;
mod surroundings;
mod together;
mod trees;

use support::Ran;

/// Waits for the end of a nexus.
fn finish(child: std::process::Child) -> Ran {
    Ran::from(child.wait_with_output().expect("nexus ends"))
}
