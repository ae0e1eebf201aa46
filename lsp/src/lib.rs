//! The language server of `.nx` files.
//!
//! [`ide`] answers what editors ask, in byte offsets and plain data, over the database of the
//! compiler. [`server`] speaks the protocol: one file for each request, which converts and asks.
//! It never runs tasks; a code lens asks the editor to run `nexus run`.

pub mod ide;
pub mod server;

pub use server::{Ended, serve, serve_stdio};
