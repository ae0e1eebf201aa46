//! What a journal consists of.

use nexus_graph::Event;
use serde::{Deserialize, Serialize};

/// The form of journals; a journal of another form is not read.
pub const VERSION: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Header(Header),
    /// Something happened.
    Event {
        /// What.
        #[serde(flatten)]
        event: Event,
        /// When a task starts: the tasks of the run it had to wait for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        after: Vec<String>,
    },
    /// From here on the output of this task was too much to keep.
    OutputLeftOut {
        /// Number of the task in the run.
        id: u32,
    },
}

/// What is known when a run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Form of the journal.
    pub version: u32,
    /// Version of the program.
    pub nexus: String,
    /// The project folder.
    pub project: String,
    /// The command line, the program's name first.
    pub command: Vec<String>,
    /// Who ran it.
    pub user: String,
}
