//! What is known about a finished task.

use nexus_graph::Digest;
use nexus_graph::event::{LogLine, Origin, Outcome, Reason};
use serde::{Deserialize, Serialize};

/// The result of an action: what its key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// In the order of the task's declared outputs.
    pub outputs: Vec<OutputEntry>,
    /// What it printed.
    pub log: Vec<LogLine>,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// Seconds since the epoch.
    pub stored_at: u64,
}

/// One stored output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputEntry {
    /// Path relative to the project root.
    pub path: String,
    /// What it is and where its content is.
    pub content: OutputContent,
}

/// The content of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutputContent {
    /// A file.
    File {
        /// Digest of its bytes.
        digest: Digest,
        /// How many bytes.
        size: u64,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A folder, as a [`Tree`](crate::tree::Tree) blob.
    Folder {
        /// Digest of the encoded tree: equal trees have equal digests.
        digest: Digest,
        /// Length of the encoded tree.
        size: u64,
    },
}

impl OutputContent {
    /// What enters the key of a task that uses this output.
    pub fn identity(&self) -> String {
        match self {
            OutputContent::File {
                digest,
                executable: false,
                ..
            } => format!("file {digest}"),
            OutputContent::File {
                digest,
                executable: true,
                ..
            } => format!("executable {digest}"),
            OutputContent::Folder { digest, .. } => format!("folder {digest}"),
        }
    }
}

/// The last time a task of a project was executed or found known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Its key then.
    pub key: Digest,
    /// Why it was executed.
    pub reason: Reason,
    /// How it ended.
    pub outcome: Outcome,
    /// The run.
    pub run: String,
    /// Seconds since the epoch.
    pub at: u64,
    /// Microseconds it took.
    pub micros: u64,
    /// Whether it was executed in that run, or its result was already known.
    pub executed: bool,
    /// Where the result comes from, when it was made elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}
