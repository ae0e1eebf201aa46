//! How a value says which task it is.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The path of a task under `tasks`: `build`, `obj.lapi`. A part that is not a plain name is
/// quoted: `obj."a.c"`. The empty path is `tasks` itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskPath(Arc<str>);

impl TaskPath {
    /// A path already in its written form.
    pub fn new(path: &str) -> Self {
        TaskPath(path.into())
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path one level further down.
    pub fn child(&self, name: &str) -> Self {
        let name = super::text::field_name(name);
        if self.0.is_empty() {
            TaskPath(name.as_ref().into())
        } else {
            TaskPath(format!("{}.{name}", self.0).into())
        }
    }
}

impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for TaskPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a record of the `tasks` tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskTag {
    /// A task.
    Task(TaskPath),
    /// A group of tasks and further groups; the empty path is all of `tasks`.
    Namespace(TaskPath),
}
