//! What two executions of a task made differently.

use serde::{Deserialize, Serialize};

/// A file that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The file, relative to the project.
    pub path: String,
    /// Its size in bytes in the result that counts; absent when it is not part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Its size in bytes in the new result; absent when it was not made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The first byte that differs, counted from 0; absent when the content is not what differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What it probably is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
}

/// What a difference probably is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A time of day or a date, as text.
    Time,
    /// The path of a temporary folder.
    Path,
    /// An identifier made up anew, or an address in memory.
    Random,
    /// The same lines in another order.
    Order,
    /// The time in the header of a gzip file.
    Gzip,
    /// The time of a member of a tar archive.
    Tar,
    /// The time of a member of a zip archive.
    Zip,
    /// The time of a member of an `ar` archive, such as a static library.
    Archive,
    /// One may be executed, the other not.
    Mode,
    /// A file, a folder or a link in place of another one of these.
    Kind,
}
