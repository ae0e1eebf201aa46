//! From `.nx` files to diagnostics, values and a task graph.
//!
//! Knows no processes, no network and no async runtime. Everything read from outside goes
//! through [`inputs::Inputs`].

pub mod check;
pub mod db;
pub mod diagnostic;
pub mod hir;
pub mod inputs;
pub mod lower;
pub mod plan;
pub mod stack;
pub mod symbol;
