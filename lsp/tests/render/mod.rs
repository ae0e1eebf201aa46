//! Answers as text.

mod shown;

use crate::Cursor;
use crate::support::{Client, position, uri};
use serde_json::json;
use shown::Shown;
use std::fmt::Write as _;
use std::path::Path;

/// Asks what a case is about, and writes the answer down.
pub async fn answer(client: &mut Client, request: &str, cursor: &Cursor, folder: &Path) -> String {
    let document = json!({ "uri": uri(&cursor.path) });
    let at = json!({ "textDocument": document, "position": position(&cursor.text, cursor.at) });
    let shown = Shown { cursor, folder };
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let range = json!({
        "start": position(&cursor.text, cursor.at),
        "end": position(&cursor.text, cursor.end),
    });
    let found = match request {
        "hover" => {
            let hover = client.request("textDocument/hover", at).await;
            hover.map(|hover| shown.hover(&hover))
        }
        "completion" => {
            let items = client.request("textDocument/completion", at).await;
            match items {
                Ok(items) => Ok(shown.completion(client, items).await),
                Err(error) => Err(error),
            }
        }
        "definition" | "declaration" | "typeDefinition" => {
            let method = format!("textDocument/{request}");
            client
                .request(&method, at)
                .await
                .map(|places| shown.places(&places))
        }
        "formatting" => {
            let params = json!({ "textDocument": document, "options": options });
            let edits = client.request("textDocument/formatting", params).await;
            edits.map(|edits| shown.edited(&edits))
        }
        "rangeFormatting" => {
            let params = json!({ "textDocument": document, "options": options, "range": range });
            let edits = client.request("textDocument/rangeFormatting", params).await;
            edits.map(|edits| shown.edited(&edits))
        }
        "onTypeFormatting" => {
            let typed = cursor.text[..cursor.at].chars().next_back().unwrap_or(' ');
            let mut params = at;
            params["ch"] = json!(typed.to_string());
            params["options"] = options;
            let edits = client
                .request("textDocument/onTypeFormatting", params)
                .await;
            edits.map(|edits| shown.edited(&edits))
        }
        "diagnostics" => {
            let found = client.diagnostics_of(&cursor.path, 1).await;
            Ok(shown.diagnostics(&found))
        }
        "evaluated" => {
            // The checker, whose word comes first, finds nothing wrong with these.
            let is_known = |client: &Client| {
                let found = client.last(&cursor.path, 1);
                found.filter(|found| found.as_array().is_some_and(|found| !found.is_empty()))
            };
            loop {
                if let Some(found) = is_known(client) {
                    break Ok(shown.diagnostics(&found));
                }
                client.receive().await.expect("diagnostics");
            }
        }
        "references" => {
            let mut params = at;
            params["context"] = json!({ "includeDeclaration": true });
            let places = client.request("textDocument/references", params).await;
            places.map(|places| shown.places(&places))
        }
        "documentHighlight" => {
            let found = client.request("textDocument/documentHighlight", at).await;
            found.map(|found| {
                let lines = found.as_array().into_iter().flatten();
                lines
                    .map(|one| {
                        let how = if one["kind"] == 3 { "write" } else { "read" };
                        format!("{} {how}\n", shown.range(&one["range"]))
                    })
                    .collect()
            })
        }
        "prepareRename" => {
            let found = client.request("textDocument/prepareRename", at).await;
            found.map(|found| format!("{}\n", shown.range(&found["range"])))
        }
        "rename" => {
            // What it is to be called stands in the first line: `# to NAME`.
            let line = cursor.text.lines().next().unwrap_or_default();
            let mut params = at;
            params["newName"] = json!(line.trim_start_matches("# to "));
            let edit = client.request("textDocument/rename", params).await;
            edit.map(|edit| shown.workspace_edit(&edit))
        }
        "documentSymbol" => {
            let params = json!({ "textDocument": document });
            let found = client.request("textDocument/documentSymbol", params).await;
            found.map(|found| {
                let mut out = String::new();
                shown.symbols(&found, 0, &mut out);
                out
            })
        }
        "workspaceSymbol" => {
            let line = cursor.text.lines().next().unwrap_or_default();
            let params = json!({ "query": line.trim_start_matches("# ") });
            let found = client.request("workspace/symbol", params).await;
            found.map(|found| {
                let lines = found.as_array().into_iter().flatten();
                lines
                    .map(|one| {
                        let inside = one["containerName"].as_str().unwrap_or_default();
                        let name = one["name"].as_str().unwrap_or("?");
                        format!("{name} ({inside}) {}\n", shown.place(&one["location"]))
                    })
                    .collect()
            })
        }
        "codeAction" => {
            let params = json!({
                "textDocument": document,
                "range": range,
                "context": { "diagnostics": [] }
            });
            let found = client.request("textDocument/codeAction", params).await;
            found.map(|found| shown.actions(&found))
        }
        "fixAll" | "organizeImports" => {
            let params = json!({
                "textDocument": document,
                "range": range,
                "context": { "diagnostics": [], "only": [format!("source.{request}")] }
            });
            let found = client.request("textDocument/codeAction", params).await;
            found.map(|found| shown.actions(&found))
        }
        "signatureHelp" => {
            let found = client.request("textDocument/signatureHelp", at).await;
            found.map(|found| shown.signature(&found))
        }
        "semanticTokens" => {
            let params = json!({ "textDocument": document });
            let found = client
                .request("textDocument/semanticTokens/full", params)
                .await;
            found.map(|found| shown.tokens(&found["data"]))
        }
        "semanticTokensRange" => {
            let params = json!({ "textDocument": document, "range": range });
            let found = client
                .request("textDocument/semanticTokens/range", params)
                .await;
            found.map(|found| shown.tokens(&found["data"]))
        }
        "foldingRange" => {
            let params = json!({ "textDocument": document });
            let found = client.request("textDocument/foldingRange", params).await;
            found.map(|found| {
                let lines = found.as_array().into_iter().flatten();
                lines
                    .map(|one| {
                        format!(
                            "{}-{} {}\n",
                            one["startLine"].as_u64().unwrap_or_default() + 1,
                            one["endLine"].as_u64().unwrap_or_default() + 1,
                            one["kind"].as_str().unwrap_or("?")
                        )
                    })
                    .collect()
            })
        }
        "selectionRange" => {
            let params = json!({
                "textDocument": document,
                "positions": [position(&cursor.text, cursor.at)]
            });
            let found = client.request("textDocument/selectionRange", params).await;
            found.map(|found| {
                let mut out = String::new();
                let mut one = &found[0];
                while !one.is_null() {
                    let _ = writeln!(out, "{}", shown.range(&one["range"]));
                    one = &one["parent"];
                }
                out
            })
        }
        "inlayHint" => {
            let whole = json!({
                "start": position(&cursor.text, 0),
                "end": position(&cursor.text, cursor.text.len()),
            });
            let params = json!({ "textDocument": document, "range": whole });
            let found = client.request("textDocument/inlayHint", params).await;
            found.map(|found| shown.hints(&found))
        }
        "codeLens" => {
            let params = json!({ "textDocument": document });
            match client.request("textDocument/codeLens", params).await {
                Ok(found) => Ok(shown.lenses(client, &found).await),
                Err(error) => Err(error),
            }
        }
        "documentLink" => {
            let params = json!({ "textDocument": document });
            let found = client.request("textDocument/documentLink", params).await;
            found.map(|found| {
                let lines = found.as_array().into_iter().flatten();
                lines
                    .map(|one| {
                        let to = shown.name(&one["target"]);
                        format!("{} -> {to}\n", shown.range(&one["range"]))
                    })
                    .collect()
            })
        }
        "callHierarchy" => match client
            .request("textDocument/prepareCallHierarchy", at)
            .await
        {
            Ok(items) if items.is_null() => Ok(String::new()),
            Ok(items) => Ok(shown.calls(client, &items[0]).await),
            Err(error) => Err(error),
        },
        "linkedEditingRange" => {
            let found = client.request("textDocument/linkedEditingRange", at).await;
            found.map(|found| {
                let lines = found["ranges"].as_array().into_iter().flatten();
                lines.map(|one| format!("{}\n", shown.range(one))).collect()
            })
        }
        "willRenameFiles" => {
            // What is renamed stands in the first line: `# OLD to NEW`.
            let line = cursor.text.lines().next().unwrap_or_default();
            let names = line.trim_start_matches("# ");
            let (old, new) = names.split_once(" to ").unwrap_or((names, names));
            let (old, new) = (uri(&folder.join(old)), uri(&folder.join(new)));
            let params = json!({ "files": [{ "oldUri": old, "newUri": new }] });
            let found = client.request("workspace/willRenameFiles", params).await;
            found.map(|found| shown.workspace_edit(&found))
        }
        _ => Ok(format!("nothing is known of `{request}`\n")),
    };
    match found {
        Ok(text) if text.is_empty() => "nothing\n".into(),
        Ok(text) => text,
        Err(error) => format!("refused: {}\n", error["message"].as_str().unwrap_or("?")),
    }
}
