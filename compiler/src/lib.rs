//! From `.nx` files to diagnostics, values and a task graph.
//!
//! Knows no processes, no network and no async runtime. Everything read from outside goes
//! through [`inputs::Inputs`].

pub mod builtins;
pub mod check;
pub mod code;
pub mod db;
pub mod declare;
pub mod defs;
pub mod diagnostic;
pub mod documentation;
pub mod eval;
mod few;
pub mod hir;
pub mod ide;
pub mod inputs;
pub mod library;
pub mod lower;
pub mod mend;
pub mod migrate;
pub mod plan;
mod renumber;
pub mod stack;
pub mod symbol;
pub mod testing;
pub mod types;
pub mod value;
pub mod vm;
pub mod world;
