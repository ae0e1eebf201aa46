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
