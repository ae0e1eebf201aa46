//! The parts of answers as text.

use crate::Cursor;
use crate::support::{Client, apply, offset, uri};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Writes what is said about a case.
pub struct Shown<'a> {
    /// Where it was asked.
    pub cursor: &'a Cursor,
    /// The project.
    pub folder: &'a Path,
}

impl Shown<'_> {
    pub fn hover(&self, hover: &Value) -> String {
        if hover.is_null() {
            return String::new();
        }
        let text = hover["contents"]["value"].as_str().unwrap_or("?");
        format!("{}\n{text}\n", self.range(&hover["range"]))
    }

    /// `1:2-1:5 "text"`
    pub fn range(&self, range: &Value) -> String {
        let text = &self.cursor.text;
        let slice = &text[offset(text, &range["start"])..offset(text, &range["end"])];
        let short: String = slice.chars().take(40).collect();
        format!("{} {short:?}", bare(range))
    }

    pub async fn completion(&self, client: &mut Client, items: Value) -> String {
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

    pub fn places(&self, places: &Value) -> String {
        let mut out = String::new();
        for place in places.as_array().into_iter().flatten() {
            let _ = writeln!(out, "{}", self.place(place));
        }
        out
    }

    /// `lib.nx 1:2-1:5 "text"`
    pub fn place(&self, place: &Value) -> String {
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

    pub fn text(&self, uri_value: &Value) -> String {
        let name = uri_value.as_str().unwrap_or_default();
        if name == uri(&self.cursor.path) {
            return self.cursor.text.clone();
        }
        std::fs::read_to_string(name.trim_start_matches("file://")).unwrap_or_default()
    }

    pub fn name(&self, uri_value: &Value) -> String {
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

    pub fn edited(&self, edits: &Value) -> String {
        if edits.is_null() {
            return String::new();
        }
        let count = edits.as_array().map_or(0, Vec::len);
        format!("{count} changes\n{}", apply(&self.cursor.text, edits))
    }

    /// The files that change, as they are afterwards.
    pub fn workspace_edit(&self, edit: &Value) -> String {
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

    pub fn symbols(&self, found: &Value, depth: usize, out: &mut String) {
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

    pub fn actions(&self, found: &Value) -> String {
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

    pub fn signature(&self, found: &Value) -> String {
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

    pub fn tokens(&self, data: &Value) -> String {
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
    pub fn hints(&self, found: &Value) -> String {
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

    pub async fn lenses(&self, client: &mut Client, found: &Value) -> String {
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

    pub async fn calls(&self, client: &mut Client, item: &Value) -> String {
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

    pub fn diagnostics(&self, found: &Value) -> String {
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
pub fn bare(range: &Value) -> String {
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
