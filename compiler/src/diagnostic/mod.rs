//! What is wrong, where, and what to do about it.
//!
//! A [`Diagnostic`] is plain data: the checker, the evaluator and the planner make them, the
//! command line [renders](render::render) them, editors translate them. A message is one
//! sentence that stands alone; labels say what each place has to do with it; helps say what to
//! write instead.

mod code;
pub mod fix;
pub mod json;
pub mod registry;
pub mod render;
pub mod suggest;

pub use code::Code;
pub use render::{RenderOptions, render};

use crate::hir::Span;
use std::path::Path;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing runs before this is mended.
    Error,
    /// Legal, and probably not what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A place in a file, and what it has to do with the problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Absolute path, or a name in angle brackets for text that is in no file.
    pub file: Arc<Path>,
    /// Bytes of the file's text.
    pub span: Span,
    /// Shown beside the underlined text; may be empty.
    pub text: String,
}

/// A change that mends the problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What applying it does, as an imperative: "Replace with `timeout`".
    pub title: String,
    /// The file it changes.
    pub file: Arc<Path>,
    /// The text to replace, and by what; ranges do not overlap.
    pub edits: Vec<(Span, String)>,
    /// It can hardly be anything else, so that `nexus check --fix` may apply it unasked. Others
    /// are proposals, for a person to choose.
    pub certain: bool,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// What kind of problem; `nexus explain CODE` documents it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence that stands alone.
    pub message: String,
    /// The text under blame.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Facts: "the fields of a task are …".
    pub notes: Vec<String>,
    /// What to do: "did you mean `timeout`?".
    pub helps: Vec<String>,
    /// A change an editor can apply.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error with its place and nothing else.
    pub fn error(code: Code, file: Arc<Path>, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label {
                file,
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fix: None,
        }
    }

    /// A warning with its place and nothing else.
    pub fn warning(code: Code, file: Arc<Path>, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, file, span, message)
        }
    }

    /// Says what the underlined text has to do with it.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place.
    pub fn secondary(mut self, file: Arc<Path>, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            file,
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Whether it stops everything.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Orders by file, place, then code, and drops exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.primary.span.start, d.primary.span.end, d.code);
        a.primary
            .file
            .cmp(&b.primary.file)
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup();
}
