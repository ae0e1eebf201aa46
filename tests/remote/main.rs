//! Tasks on hosts, through the binary, against real SSH servers.

#[path = "../support/mod.rs"]
mod support;

mod agents;
mod caching;
mod commands;
mod docs;
mod doubts;
mod faults;
mod fleet;
mod kerberos;
mod network;
mod pausing;
mod questions;
mod resuming;
mod steps;
mod strategies;
mod transport;
