//! Runs a task graph: schedules it, starts local processes under a guard, and reuses results.
//!
//! *Invariant:* this crate never prints and knows nothing of the language. What happens is told
//! by events, which it hands to one subscriber.

pub mod backoff;
mod basis;
mod cached;
mod cancel;
mod clock;
pub mod depfile;
mod dispatch;
mod durable;
mod emit;
pub mod environment;
mod error;
mod execute;
mod explain;
pub mod guard;
pub mod key;
mod limits;
mod message;
mod options;
pub mod output;
mod plan;
mod pools;
pub mod program;
mod queue;
mod reads;
mod remote;
mod resolve;
mod resume;
mod run;
pub mod sandbox;
mod shared;
pub mod shell;
mod slice;
mod slots;
mod task;
mod trace;
pub mod tracer;
mod verify;

pub use cancel::Cancel;
pub use dispatch::RunReport;
pub use durable::Durable;
pub use error::EngineError;
pub use explain::{Explanation, Now, explain, forecast};
pub use options::RunOptions;
pub use reads::{Reads, reads};
pub use resume::{Resumption, doubt_about};
pub use run::{Besides, Context, Hold, Whole, run};
pub use trace::{Input, Observer, Remark, Trace};
