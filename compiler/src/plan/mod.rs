//! From the project's value to a task graph.

mod assemble;
mod problem;
mod raw;
pub use assemble::assemble;
pub use problem::Problem;
