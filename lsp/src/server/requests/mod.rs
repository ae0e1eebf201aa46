//! One request a file: what it is called with, what it gives, and the conversions between.

mod call_hierarchy;
mod code_action;
mod code_lens;
mod completion;
mod completion_resolve;
mod definition;
mod document_diagnostic;
mod document_highlight;
mod document_link;
mod document_symbol;
mod folding_range;
mod formatting;
mod hover;
mod inlay_hint;
mod linked_editing_range;
mod references;
mod rename;
mod selection_range;
mod semantic_tokens;
mod signature_help;
mod will_rename_files;
mod workspace_diagnostic;
mod workspace_symbol;

pub(super) use call_hierarchy::{IncomingCalls, OutgoingCalls, PrepareCallHierarchy};
pub(super) use code_action::{CodeAction, kinds as action_kinds};
pub(super) use code_lens::{CodeLens, CodeLensResolve};
pub(super) use completion::Completion;
pub(super) use completion_resolve::CompletionResolve;
pub(super) use definition::{Declaration, Definition, TypeDefinition};
pub(super) use document_diagnostic::DocumentDiagnostic;
pub(super) use document_highlight::DocumentHighlight;
pub(super) use document_link::DocumentLink;
pub(super) use document_symbol::DocumentSymbol;
pub(super) use folding_range::FoldingRange;
pub(super) use formatting::{Formatting, OnTypeFormatting, RangeFormatting};
pub(super) use hover::Hover;
pub(super) use inlay_hint::InlayHint;
pub(super) use linked_editing_range::LinkedEditingRange;
pub(super) use references::References;
pub(super) use rename::{PrepareRename, Rename};
pub(super) use selection_range::SelectionRange;
pub(super) use semantic_tokens::{
    SemanticTokensDelta, SemanticTokensFull, SemanticTokensRange, Tokens, legend,
};
pub(super) use signature_help::SignatureHelp;
pub(super) use will_rename_files::WillRenameFiles;
pub(super) use workspace_diagnostic::WorkspaceDiagnostic;
pub(super) use workspace_symbol::WorkspaceSymbol;
