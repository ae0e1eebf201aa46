//! What a client says about itself, and what was agreed on with it.

use super::evaluate::{LONGEST, PAUSE};
use super::position::Encoding;
use std::time::Duration;
use tower_lsp::ls_types::{ClientCapabilities, InitializeParams};

/// What was agreed on with the client.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// In which units columns count.
    pub(super) encoding: Encoding,
    /// Completions may have places to fill in.
    pub(super) snippets: bool,
    /// The client asks what is wrong, instead of being told.
    pub(super) pull: bool,
    /// Files may be watched by the client.
    pub(super) watch: bool,
    /// Edits may name versions.
    pub(super) versions: bool,
    /// Symbols may be nested.
    pub(super) nested_symbols: bool,
    /// Only whole lines can be folded.
    pub(super) fold_lines: bool,
    /// Tokens may span lines.
    pub(super) long_tokens: bool,
    /// What can be asked to be computed anew.
    pub(super) refreshes: Refreshes,
    /// The commands of code lenses that the client has.
    pub(super) commands: Vec<String>,
    /// How long nothing changes before projects are evaluated; they never are without.
    pub(super) pause: Option<Duration>,
    /// How long evaluation may take.
    pub(super) longest: Duration,
}

/// What a client can be told to ask for anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refreshes {
    pub(super) diagnostics: bool,
    pub(super) tokens: bool,
    pub(super) hints: bool,
    pub(super) lenses: bool,
}

impl Settings {
    /// What a client says about itself.
    pub(super) fn of(params: &InitializeParams) -> Self {
        let client: &ClientCapabilities = &params.capabilities;
        let general = client.general.as_ref();
        let text = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        let item = text
            .and_then(|text| text.completion.as_ref())
            .and_then(|completion| completion.completion_item.as_ref());
        let refresh = Refreshes {
            diagnostics: workspace
                .and_then(|w| w.diagnostics.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            tokens: workspace
                .and_then(|w| w.semantic_tokens.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            hints: workspace
                .and_then(|w| w.inlay_hint.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
            lenses: workspace
                .and_then(|w| w.code_lens.as_ref())
                .and_then(|d| d.refresh_support)
                .unwrap_or_default(),
        };
        let options = params.initialization_options.as_ref();
        let commands = options.and_then(|options| options.get("commands")?.as_array());
        let pause = options.and_then(|options| options.get("evaluateAfter"));
        let milliseconds = |value: &serde_json::Value| value.as_u64().map(Duration::from_millis);
        let longest = options.and_then(|options| options.get("evaluateFor"));
        let names = commands.into_iter().flatten();
        let names = names.filter_map(|name| name.as_str().map(str::to_owned));
        Settings {
            encoding: Encoding::choose(offered.unwrap_or_default()),
            snippets: item
                .and_then(|item| item.snippet_support)
                .unwrap_or_default(),
            pull: text.is_some_and(|text| text.diagnostic.is_some()),
            watch: workspace
                .and_then(|w| w.did_change_watched_files.as_ref())
                .and_then(|w| w.dynamic_registration)
                .unwrap_or_default(),
            versions: workspace
                .and_then(|w| w.workspace_edit.as_ref())
                .and_then(|edit| edit.document_changes)
                .unwrap_or_default(),
            nested_symbols: text
                .and_then(|text| text.document_symbol.as_ref())
                .and_then(|symbols| symbols.hierarchical_document_symbol_support)
                .unwrap_or_default(),
            fold_lines: text
                .and_then(|text| text.folding_range.as_ref())
                .and_then(|folding| folding.line_folding_only)
                .unwrap_or_default(),
            long_tokens: text
                .and_then(|text| text.semantic_tokens.as_ref())
                .and_then(|tokens| tokens.multiline_token_support)
                .unwrap_or_default(),
            refreshes: refresh,
            commands: names.collect(),
            pause: match pause {
                Some(serde_json::Value::Bool(false)) => None,
                pause => Some(pause.and_then(milliseconds).unwrap_or(PAUSE)),
            },
            longest: longest.and_then(milliseconds).unwrap_or(LONGEST),
        }
    }

    /// Before anything was agreed on.
    pub(super) fn unknown() -> Self {
        Settings::of(&InitializeParams::default())
    }
}
