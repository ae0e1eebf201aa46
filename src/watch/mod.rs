//! Watching the files that tasks are made of.

mod changes;
mod interest;

pub use changes::Changes;
pub use interest::{Interest, Weight};
