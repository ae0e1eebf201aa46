//! The vocabulary shared by the compiler and the runtime: task graph, content keys and events.
//!
//! Plain data and pure functions. This crate runs nothing, reads no file and prints nothing.

mod cache;
mod difference;
pub mod event;
pub mod graph;
mod host;
pub mod key;
pub mod path;
pub mod progress;
mod remote;
pub mod task;

pub use cache::CacheConfig;
pub use event::{Event, EventKind};
pub use graph::{GraphError, TaskGraph};
pub use host::{ConfigFile, Host, HostKeyPolicy, SshSettings, Transport};
pub use key::{Digest, KeyWriter};
pub use progress::{Consent, Continuation, Doubt, HostProgress, Progress};
pub use remote::{HostGroup, Inventory, OnFailure, Remote, Strategy, Target, Wait, WaitFor};
pub use task::{Command, Dependency, Jitter, Output, Step, Task, TaskId, TaskKind, Used};
