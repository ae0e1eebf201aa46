//! One request a file: what it is called with, what it gives, and the conversions between.

mod completion;
mod completion_resolve;
mod definition;
mod document_diagnostic;
mod formatting;
mod hover;
mod workspace_diagnostic;

pub(super) use completion::Completion;
pub(super) use completion_resolve::CompletionResolve;
pub(super) use definition::{Declaration, Definition, TypeDefinition};
pub(super) use document_diagnostic::DocumentDiagnostic;
pub(super) use formatting::{Formatting, OnTypeFormatting, RangeFormatting};
pub(super) use hover::Hover;
pub(super) use workspace_diagnostic::WorkspaceDiagnostic;
