//! `workspace/willRenameFiles`

use crate::ide::files::renamed;
use crate::server::documents::path_of;
use crate::server::edits::workspace_edit;
use crate::server::job::Request;
use crate::server::view::View;
use std::str::FromStr;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{RenameFilesParams, Uri, WorkspaceEdit};

pub(in crate::server) enum WillRenameFiles {}

impl Request for WillRenameFiles {
    type Params = RenameFilesParams;
    type Answer = Option<WorkspaceEdit>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let path = |uri: &str| Some(path_of(&Uri::from_str(uri).ok()?));
        let renames: Vec<_> = params
            .files
            .iter()
            .filter_map(|file| Some((path(&file.old_uri)?, path(&file.new_uri)?)))
            .collect();
        let edits = renamed(&view.snapshot, &renames);
        match edits.0.is_empty() {
            true => Ok(None),
            false => Ok(workspace_edit(view, &edits)),
        }
    }
}
