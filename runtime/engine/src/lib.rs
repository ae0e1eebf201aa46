//! Runs a task graph: schedules it, starts local processes under a guard, and reuses results.
//!
//! *Invariant:* this crate never prints and knows nothing of the language. What happens is told
//! by events, which it hands to one subscriber.

pub mod backoff;
mod cancel;
pub mod depfile;
mod dispatch;
mod emit;
pub mod environment;
mod error;
mod execute;
pub mod guard;
mod message;
mod options;
pub mod output;
mod plan;
pub mod program;
mod run;
pub mod shell;
mod task;

pub use cancel::Cancel;
pub use dispatch::RunReport;
pub use error::EngineError;
pub use options::RunOptions;
pub use run::run;
