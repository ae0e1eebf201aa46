//! `textDocument/codeLens` and `codeLens/resolve`
//!
//! What a lens does is done by the client: only commands that it says it has are offered. They get
//! the project file and the name of a task, or what `editor.action.showReferences` gets.

use crate::ide::lens::{Offer, lenses, mentions};
use crate::ide::refer;
use crate::server::documents::path_of;
use crate::server::job::Request;
use crate::server::view::View;
use nexus_compiler::hir::Span;
use serde_json::json;
use std::str::FromStr;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{self as lsp, CodeLensParams, Command, Uri};

pub(in crate::server) enum CodeLens {}
pub(in crate::server) enum CodeLensResolve {}

const RUN: &str = "nexus.run";
const BUILD: &str = "nexus.build";
const GRAPH: &str = "nexus.showGraph";
const REFERENCES: &str = "nexus.showReferences";

impl Request for CodeLens {
    type Params = CodeLensParams;
    type Answer = Option<Vec<lsp::CodeLens>>;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let Some(shown) = view.shown(&params.text_document) else {
            return Ok(None);
        };
        let uri = &params.text_document.uri;
        let has = |command: &str| view.settings.commands.iter().any(|c| c == command);
        let mut out = Vec::new();
        for lens in lenses(&view.snapshot, shown.file) {
            let (command, data) = match &lens.offer {
                Offer::Run(task) if has(RUN) => (Some(("Run", RUN, task)), None),
                Offer::Build(task) if has(BUILD) => (Some(("Build", BUILD, task)), None),
                Offer::Graph(task) if has(GRAPH) => (Some(("Graph", GRAPH, task)), None),
                Offer::References => {
                    let (start, end) = (lens.span.start, lens.span.end);
                    (
                        None,
                        Some(json!({ "uri": uri, "start": start, "end": end })),
                    )
                }
                Offer::Run(_) | Offer::Build(_) | Offer::Graph(_) => continue,
            };
            out.push(lsp::CodeLens {
                range: shown.range(lens.span),
                command: command.map(|(title, command, task)| Command {
                    title: title.into(),
                    command: command.into(),
                    arguments: Some(vec![json!(uri), json!(task)]),
                }),
                data,
            });
        }
        Ok(Some(out))
    }
}

impl Request for CodeLensResolve {
    type Params = lsp::CodeLens;
    type Answer = lsp::CodeLens;
    const WHOLE: bool = true;

    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer> {
        let mut lens = params.clone();
        if lens.command.is_none() {
            lens.command = counted(view, params);
        }
        Ok(lens)
    }
}

fn counted(view: &View, lens: &lsp::CodeLens) -> Option<Command> {
    let data = lens.data.as_ref()?;
    let uri = Uri::from_str(data.get("uri")?.as_str()?).ok()?;
    let number = |key: &str| u32::try_from(data.get(key)?.as_u64()?).ok();
    let shown = view.shown_at(&path_of(&uri))?;
    let end = number("end")?.min(shown.text.len() as u32);
    let span = Span {
        start: number("start")?.min(end),
        end,
    };
    let (count, at) = mentions(&view.snapshot, shown.file, span);
    let title = match count {
        0 => "not mentioned".to_owned(),
        1 => "1 reference".to_owned(),
        n => format!("{n} references"),
    };
    let has = view.settings.commands.iter().any(|c| c == REFERENCES);
    // A command without a name only shows its title.
    let mut command = Command {
        title,
        command: String::new(),
        arguments: None,
    };
    if has && count > 0 {
        let found = refer::all(&view.snapshot, shown.file, at).unwrap_or_default();
        let places = found.iter().filter(|mention| !mention.binds);
        let places: Vec<_> = places.filter_map(|m| view.location(&m.at)).collect();
        let position = shown.position(at);
        command.command = REFERENCES.into();
        command.arguments = Some(vec![json!(uri), json!(position), json!(places)]);
    }
    Some(command)
}
