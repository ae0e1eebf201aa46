//! What every run did. A journal for each run is written as things happen and survives being cut
//! anywhere; the history over all runs is an index made from the journals when somebody asks.
//!
//! *Invariant:* this crate runs nothing and prints nothing. It is a subscriber of events and the
//! memory of what they said. Losing all of it costs no result.

mod compare;
mod history;
mod line;
mod open;
mod path;
mod place;
mod read;
mod record;
mod recorder;
mod replay;
mod report;
mod trace;
mod write;

pub use compare::{Comparison, Difference, compare};
pub use history::{Ended, History, Past};
pub use open::{Busy, OpenRun, Taken, open_run_like, open_runs};
pub use path::critical_path;
pub use place::state_dir;
pub use read::{Broken, read};
pub use record::{Asked, Header, Process, Record, VERSION};
pub use recorder::Recorder;
pub use replay::Replay;
pub use report::{Report, TaskRun, TaskState};
pub use trace::chrome_trace;
pub use write::Journal;
