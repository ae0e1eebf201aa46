//! Tasks as the project file gives them: values read, nothing resolved yet.

use crate::hir::Span;
use std::collections::BTreeMap;

/// A string with what it mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text itself.
    pub text: String,
    /// Outputs it mentions: task path and position in that task's `outputs`.
    pub context: Vec<(String, u32)>,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text {
            text: text.to_string(),
            context: Vec::new(),
        }
    }
}

/// A place in a source file, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// Absolute path of the file.
    pub file: std::sync::Arc<std::path::Path>,
    /// Where in it.
    pub span: Span,
}

/// An element of `deps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DependencyName {
    /// A task, by its path.
    Task(String),
    /// Every task below a path; the empty path means all tasks.
    Namespace(String),
}

/// A task before its dependencies are resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawTask {
    /// Its path under `tasks`.
    pub path: String,
    /// Where it is defined.
    pub at: Option<At>,
    /// `description`
    pub description: Option<String>,
    /// What `deps` names.
    pub deps: Vec<DependencyName>,
    /// The steps, with the context of all their strings together.
    pub steps: Vec<nexus_graph::Step>,
    /// Whether `run` was given.
    pub has_run: bool,
    /// Whether `deps` was given.
    pub has_deps: bool,
    /// What the strings of the steps, `env` and `cwd` mention.
    pub mentions: Vec<(String, u32)>,
    /// `inputs`
    pub inputs: Vec<Text>,
    /// `outputs`, by position.
    pub outputs: Vec<(Option<String>, String)>,
    /// `env`
    pub env: BTreeMap<String, String>,
    /// `cwd`
    pub cwd: String,
    /// `tools`
    pub tools: Vec<String>,
    /// `cache`
    pub cache: Option<bool>,
    /// `editable`
    pub editable: bool,
    /// `timeout` in nanoseconds.
    pub timeout: Option<u64>,
    /// `pool`
    pub pool: Option<String>,
    /// Where the value of `pool` is written, and whether as a plain string.
    pub pool_at: Option<(At, bool)>,
    /// `weight`
    pub weight: Option<u32>,
    /// `nice`
    pub nice: Option<u8>,
    /// `sandbox`; when absent, what the project says.
    pub sandbox: Option<bool>,
    /// `idempotent`
    pub idempotent: Option<bool>,
    /// `on`: positions in the project's inventory; absent when it runs here.
    pub on: Option<Vec<u32>>,
    /// The steps of each of these, when they differ.
    pub each: Vec<Vec<nexus_graph::Step>>,
    /// `strategy`
    pub strategy: Option<nexus_graph::Strategy>,
    /// `on_failure`
    pub on_failure: Option<nexus_graph::OnFailure>,
}
