//! What the user should know about the store. Nothing here ever fails a build.

use serde::{Deserialize, Serialize};

/// One thing that went wrong and was worked around.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `NX06xx`
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// What can be done.
    pub help: Option<String>,
}
