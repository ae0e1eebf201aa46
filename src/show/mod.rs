//! A task graph and the command line itself, as text: pure functions.

pub mod reference;
