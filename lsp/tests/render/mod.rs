//! Answers as text.

use super::Cursor;
use super::support::{Client, apply, offset, position, uri};
use serde_json::{Value, json};
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
        "fixAll" => {
            let params = json!({
                "textDocument": document,
                "range": range,
                "context": { "diagnostics": [], "only": ["source.fixAll"] }
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

struct Shown<'a> {
    cursor: &'a Cursor,
    folder: &'a Path,
}

impl Shown<'_> {
    fn hover(&self, hover: &Value) -> String {
        if hover.is_null() {
            return String::new();
        }
        let text = hover["contents"]["value"].as_str().unwrap_or("?");
        format!("{}\n{text}\n", self.range(&hover["range"]))
    }

    /// `1:2-1:5 "text"`
    fn range(&self, range: &Value) -> String {
        let text = &self.cursor.text;
        let slice = &text[offset(text, &range["start"])..offset(text, &range["end"])];
        let short: String = slice.chars().take(40).collect();
        format!("{} {short:?}", bare(range))
    }

    async fn completion(&self, client: &mut Client, items: Value) -> String {
        let mut items = items.as_array().cloned().unwrap_or_default();
        items.sort_by_key(|item| item["sortText"].as_str().unwrap_or_default().to_owned());
        // What the client would leave out.
        let typed = items.first().map(|item| {
            let start = offset(&self.cursor.text, &item["textEdit"]["range"]["start"]);
            self.cursor.text[start..self.cursor.at].to_owned()
        });
        let typed = typed.unwrap_or_default();
        let matches = |item: &Value| {
            let label = item["label"].as_str().unwrap_or_default();
            label.contains(&typed)
        };
        let total = items.len();
        items.retain(matches);
        let mut out = String::new();
        if let Some(item) = items.first() {
            let range = self.range(&item["textEdit"]["range"]);
            let _ = writeln!(out, "replaces {range}");
        }
        for (i, item) in items.iter().take(24).enumerate() {
            // Some are asked for what they lack.
            let item = match i < 3 && item.get("data").is_some() {
                true => client
                    .request("completionItem/resolve", item.clone())
                    .await
                    .unwrap_or_default(),
                false => item.clone(),
            };
            let label = item["label"].as_str().unwrap_or("?");
            let new = item["textEdit"]["newText"].as_str().unwrap_or("?");
            let _ = write!(out, "{label}");
            if new != label {
                let _ = write!(out, " -> {}", new.replace('\n', "\\n"));
            }
            if let Some(detail) = item["detail"].as_str() {
                let _ = write!(out, " : {detail}");
            }
            if let Some(doc) = item["documentation"]["value"].as_str() {
                let line = doc.lines().next().unwrap_or_default();
                let _ = write!(out, "  # {line}");
            }
            out.push('\n');
        }
        if items.len() > 24 {
            let _ = writeln!(out, "and more");
        }
        if items.is_empty() && total > 0 {
            let _ = writeln!(out, "none of the proposals fits `{typed}`");
        }
        out
    }

    fn places(&self, places: &Value) -> String {
        let mut out = String::new();
        for place in places.as_array().into_iter().flatten() {
            let _ = writeln!(out, "{}", self.place(place));
        }
        out
    }

    /// `lib.nx 1:2-1:5 "text"`
    fn place(&self, place: &Value) -> String {
        let name = self.name(&place["uri"]);
        let text = self.text(&place["uri"]);
        let range = &place["range"];
        let slice = &text[offset(&text, &range["start"])..offset(&text, &range["end"])];
        let short: String = slice.chars().take(40).collect();
        // Files of the program change often.
        match name.strip_prefix("std:") {
            Some(_) => format!("{name} {short:?}"),
            None => format!("{name} {} {short:?}", bare(range)),
        }
    }

    fn text(&self, uri_value: &Value) -> String {
        let name = uri_value.as_str().unwrap_or_default();
        if name == uri(&self.cursor.path) {
            return self.cursor.text.clone();
        }
        std::fs::read_to_string(name.trim_start_matches("file://")).unwrap_or_default()
    }

    fn name(&self, uri_value: &Value) -> String {
        let name = uri_value.as_str().unwrap_or_default();
        let folder = uri(self.folder);
        if let Some(inner) = name.strip_prefix(&format!("{folder}/")) {
            return inner.to_owned();
        }
        match name.split_once("/nexus/std/") {
            Some((_, inner)) => {
                let inner = inner.split_once('/').map_or(inner, |(_, name)| name);
                format!("std:{inner}")
            }
            None => name.to_owned(),
        }
    }

    fn edited(&self, edits: &Value) -> String {
        if edits.is_null() {
            return String::new();
        }
        let count = edits.as_array().map_or(0, Vec::len);
        format!("{count} changes\n{}", apply(&self.cursor.text, edits))
    }

    /// The files that change, as they are afterwards.
    fn workspace_edit(&self, edit: &Value) -> String {
        let mut out = String::new();
        let mut files: Vec<_> = edit["changes"].as_object().into_iter().flatten().collect();
        files.sort_by_key(|file| file.0.clone());
        for (name, edits) in files {
            let name = json!(name);
            let _ = writeln!(out, "{}:", self.name(&name));
            out.push_str(&apply(&self.text(&name), edits));
        }
        out
    }

    fn symbols(&self, found: &Value, depth: usize, out: &mut String) {
        for symbol in found.as_array().into_iter().flatten() {
            let _ = writeln!(
                out,
                "{}{} {} {}",
                "  ".repeat(depth),
                symbol["name"].as_str().unwrap_or("?"),
                symbol_kind(&symbol["kind"]),
                bare(&symbol["range"]),
            );
            self.symbols(&symbol["children"], depth + 1, out);
        }
    }

    fn actions(&self, found: &Value) -> String {
        let mut out = String::new();
        for action in found.as_array().into_iter().flatten() {
            let preferred = if action["isPreferred"] == true {
                "!"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "{}{preferred} ({})",
                action["title"].as_str().unwrap_or("?"),
                action["kind"].as_str().unwrap_or("?")
            );
            let text = self.workspace_edit(&action["edit"]);
            for line in text.lines().skip(1) {
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }

    fn signature(&self, found: &Value) -> String {
        if found.is_null() {
            return String::new();
        }
        let signature = &found["signatures"][0];
        let label = signature["label"].as_str().unwrap_or("?");
        let active = found["activeParameter"].as_u64().unwrap_or_default() as usize;
        let parameter = signature["parameters"][active]["label"]
            .as_str()
            .unwrap_or("?");
        let doc = signature["documentation"]["value"]
            .as_str()
            .unwrap_or_default();
        let doc = doc.lines().next().unwrap_or_default();
        format!("{label}\n{active}: {parameter}\n{doc}\n")
    }

    fn tokens(&self, data: &Value) -> String {
        let kinds = nexus_lsp::ide::tokens::KINDS;
        let modifiers = nexus_lsp::ide::tokens::MODIFIERS;
        let numbers: Vec<u64> = data
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        let mut out = String::new();
        let (mut line, mut column) = (0, 0);
        for token in numbers.chunks(5) {
            if token[0] > 0 {
                column = 0;
            }
            line += token[0];
            column += token[1];
            let start = offset(
                &self.cursor.text,
                &json!({ "line": line, "character": column }),
            );
            let text = &self.cursor.text[start..start + token[2] as usize];
            let _ = write!(out, "{text:?} {}", kinds[token[3] as usize]);
            for (bit, name) in modifiers.iter().enumerate() {
                if token[4] & (1 << bit) != 0 {
                    let _ = write!(out, " {name}");
                }
            }
            out.push('\n');
        }
        out
    }

    /// The text with the hints in it.
    fn hints(&self, found: &Value) -> String {
        let mut out = self.cursor.text.clone();
        for hint in found.as_array().into_iter().flatten().rev() {
            let at = offset(&self.cursor.text, &hint["position"]);
            let label = hint["label"].as_str().unwrap_or("?");
            let open = if hint["textEdits"].is_null() {
                "‹"
            } else {
                "«"
            };
            let close = if hint["textEdits"].is_null() {
                "›"
            } else {
                "»"
            };
            out.insert_str(at, &format!("{open}{label}{close}"));
        }
        out
    }

    async fn lenses(&self, client: &mut Client, found: &Value) -> String {
        let mut out = String::new();
        for lens in found.as_array().into_iter().flatten() {
            let lens = match lens["command"].is_null() {
                true => client
                    .request("codeLens/resolve", lens.clone())
                    .await
                    .unwrap_or_default(),
                false => lens.clone(),
            };
            let command = &lens["command"];
            let task = command["arguments"][1].as_str().unwrap_or_default();
            let _ = writeln!(
                out,
                "{} {} [{}] {task}",
                self.range(&lens["range"]),
                command["title"].as_str().unwrap_or("?"),
                command["command"].as_str().unwrap_or("?"),
            );
        }
        out
    }

    async fn calls(&self, client: &mut Client, item: &Value) -> String {
        let show = |item: &Value| {
            let place = json!({ "uri": item["uri"], "range": item["selectionRange"] });
            format!(
                "{} {}",
                item["name"].as_str().unwrap_or("?"),
                self.place(&place)
            )
        };
        let mut out = format!("{}\n", show(item));
        for (method, sign, key) in [
            ("callHierarchy/incomingCalls", "<-", "from"),
            ("callHierarchy/outgoingCalls", "->", "to"),
        ] {
            let params = json!({ "item": item });
            let found = client.request(method, params).await.unwrap_or_default();
            for call in found.as_array().into_iter().flatten() {
                let ranges = call["fromRanges"].as_array().into_iter().flatten();
                let ranges: Vec<String> = ranges.map(bare).collect();
                let _ = writeln!(out, "{sign} {} at {}", show(&call[key]), ranges.join(", "));
            }
        }
        out
    }

    fn diagnostics(&self, found: &Value) -> String {
        let mut out = String::new();
        for diagnostic in found.as_array().into_iter().flatten() {
            let severity = match diagnostic["severity"].as_u64() {
                Some(1) => "error",
                _ => "warning",
            };
            let _ = writeln!(
                out,
                "{} {severity} {} {}",
                self.range(&diagnostic["range"]),
                diagnostic["code"].as_str().unwrap_or("?"),
                diagnostic["message"].as_str().unwrap_or("?")
            );
            for related in diagnostic["relatedInformation"]
                .as_array()
                .into_iter()
                .flatten()
            {
                let _ = writeln!(
                    out,
                    "  {}: {}",
                    self.place(&related["location"]),
                    related["message"].as_str().unwrap_or("?")
                );
            }
        }
        out
    }
}

fn symbol_kind(kind: &Value) -> &'static str {
    match kind.as_u64() {
        Some(24) => "task",
        Some(3) => "namespace",
        Some(12) => "function",
        Some(23) => "type",
        Some(19) => "record",
        Some(13) => "variable",
        _ => "?",
    }
}

/// `1:2-1:5`, from 1.
fn bare(range: &Value) -> String {
    let at = |position: &Value| {
        let line = position["line"].as_u64().unwrap_or_default() + 1;
        let column = position["character"].as_u64().unwrap_or_default() + 1;
        format!("{line}:{column}")
    };
    let (start, end) = (at(&range["start"]), at(&range["end"]));
    match start == end {
        true => start,
        false => format!("{start}-{end}"),
    }
}
