//! Tasks on hosts, through the binary, against real SSH servers.

#[path = "../support/mod.rs"]
mod support;

mod commands;
mod docs;
mod faults;
mod fleet;
mod resuming;
mod steps;
mod strategies;
