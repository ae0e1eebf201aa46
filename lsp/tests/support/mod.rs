//! A client: it drives the server over the protocol, in this process or as a process of its own.

#![allow(dead_code)]

pub mod anew;
pub mod beacon;
pub mod programs;

use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// An answer that takes longer never comes.
pub const DEADLINE: Duration = Duration::from_secs(60);

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// One end of a conversation.
pub struct Client {
    reader: BufReader<Reader>,
    writer: Option<Writer>,
    next: i64,
    /// What came while something else was waited for.
    pub notes: VecDeque<Value>,
    answers: BTreeMap<i64, Value>,
    /// Everything that was ever said to be wrong, with file and version.
    pub told: Vec<(String, Option<i64>, Value)>,
    /// What is said to be wrong, by URI, with the version it is of.
    pub diagnostics: BTreeMap<String, (Option<i64>, Value)>,
    /// The versions of open documents, by URI.
    pub versions: BTreeMap<String, i64>,
}

/// What a client says about itself, with everything that changes answers.
pub fn capabilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-8", "utf-16"] },
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "semanticTokens": {
                "requests": { "range": true, "full": { "delta": true } },
                "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"]
            }
        },
        "workspace": { "workspaceEdit": { "documentChanges": false } }
    })
}

impl Client {
    /// A server in this process; to be called inside a runtime.
    pub fn inside() -> Client {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (their_reader, their_writer) = tokio::io::split(theirs);
        tokio::spawn(nexus_lsp::serve(their_reader, their_writer));
        let (reader, writer) = tokio::io::split(ours);
        Client::over(Box::new(reader), Box::new(writer))
    }

    /// A server in this process that works in a folder, and a client that can what changes answers.
    pub async fn of(folder: &Folder) -> Client {
        let mut client = Client::inside();
        client
            .start(&folder.path, capabilities(), Value::Null)
            .await;
        client
    }

    /// A server at the other end of two streams.
    pub fn over(reader: Reader, writer: Writer) -> Client {
        Client {
            reader: BufReader::new(reader),
            writer: Some(writer),
            next: 0,
            notes: VecDeque::new(),
            answers: BTreeMap::new(),
            told: Vec::new(),
            diagnostics: BTreeMap::new(),
            versions: BTreeMap::new(),
        }
    }

    /// Says hello, as a client of some folder.
    pub async fn start(&mut self, folder: &Path, capabilities: Value, options: Value) -> Value {
        let answer = self
            .request(
                "initialize",
                json!({
                    "processId": null,
                    "rootUri": uri(folder),
                    "workspaceFolders": [{ "uri": uri(folder), "name": "p" }],
                    "capabilities": capabilities,
                    "initializationOptions": options,
                }),
            )
            .await
            .expect("the server answers");
        self.notify("initialized", json!({})).await;
        answer
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        let writer = self.writer.as_mut().expect("not closed yet");
        writer.write_all(framed.as_bytes()).await.expect("written");
        writer.flush().await.expect("flushed");
    }

    /// Ends what the server reads.
    pub fn close(&mut self) {
        self.writer = None;
    }

    /// Sends a notification.
    pub async fn notify(&mut self, method: &str, params: Value) {
        let document = &params["textDocument"];
        if let Some(uri) = document["uri"].as_str() {
            match document["version"].as_i64() {
                Some(version) => self.versions.insert(uri.to_owned(), version),
                None if method == "textDocument/didClose" => self.versions.remove(uri),
                None => None,
            };
        }
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
            .await;
    }

    /// Sends a request and does not wait for the answer.
    pub async fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message).await;
        self.next
    }

    /// The answer to a request; an error as the protocol has it.
    pub async fn answer(&mut self, id: i64) -> Result<Value, Value> {
        loop {
            if let Some(mut answer) = self.answers.remove(&id) {
                if let Some(error) = answer.get_mut("error") {
                    return Err(error.take());
                }
                return Ok(answer["result"].take());
            }
            self.receive().await.expect("an answer");
        }
    }

    /// Sends a request and waits for the answer.
    pub async fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params).await;
        self.answer(id).await
    }

    /// Takes the next message of the server; nothing at the end.
    pub async fn receive(&mut self) -> Option<()> {
        let message = tokio::time::timeout(DEADLINE, self.read())
            .await
            .expect("the server says something in time")?;
        self.take(message).await;
        Some(())
    }

    /// Takes the next message of the server. False when none comes in some time.
    pub async fn heard_within(&mut self, time: Duration) -> bool {
        match tokio::time::timeout(time, self.read()).await {
            Ok(Some(message)) => {
                self.take(message).await;
                true
            }
            Ok(None) | Err(_) => false,
        }
    }

    async fn take(&mut self, message: Value) {
        let method = message.get("method").and_then(Value::as_str);
        match (message.get("id").cloned(), method) {
            (Some(id), None) => {
                let id = id.as_i64().expect("our id");
                self.answers.insert(id, message);
            }
            (Some(id), Some(_)) => {
                // Everything the server asks for is granted.
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }))
                    .await;
                self.notes.push_back(message);
            }
            (None, Some("textDocument/publishDiagnostics")) => {
                let params = &message["params"];
                let version = params["version"].as_i64();
                let uri = params["uri"].as_str().expect("a name").to_owned();
                let found = params["diagnostics"].clone();
                self.told.push((uri.clone(), version, found.clone()));
                self.diagnostics.insert(uri, (version, found));
            }
            (None, _) => self.notes.push_back(message),
        }
    }

    async fn read(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.parse().expect("a length");
            }
        }
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes).await.ok()?;
        Some(serde_json::from_slice(&bytes).expect("JSON"))
    }

    /// Opens a document.
    pub async fn open(&mut self, path: &Path, text: &str) {
        self.notify(
            "textDocument/didOpen",
            json!({ "textDocument": {
                "uri": uri(path), "languageId": "nexus", "version": 1, "text": text
            }}),
        )
        .await;
    }

    /// Replaces the whole text of a document.
    pub async fn replace(&mut self, path: &Path, version: i64, text: &str) {
        self.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri(path), "version": version },
                "contentChanges": [{ "text": text }]
            }),
        )
        .await;
    }

    /// What was last said of a version of a document.
    pub fn last(&self, path: &Path, version: i64) -> Option<Value> {
        let (of, found) = self.diagnostics.get(&uri(path))?;
        (*of == Some(version)).then(|| found.clone())
    }

    /// What is wrong with a document in a version.
    pub async fn diagnostics_of(&mut self, path: &Path, version: i64) -> Value {
        let name = uri(path);
        loop {
            if let Some((Some(known), found)) = self.diagnostics.get(&name)
                && *known == version
            {
                return found.clone();
            }
            self.receive().await.expect("diagnostics");
        }
    }

    /// Says goodbye.
    pub async fn stop(&mut self) {
        self.request("shutdown", Value::Null)
            .await
            .expect("shutdown is answered");
        self.notify("exit", Value::Null).await;
    }
}

/// The name of a file.
pub fn uri(path: &Path) -> String {
    let mut out = String::from("file://");
    for c in path.to_str().expect("UTF-8").chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "-._~/".contains(c) => out.push(c),
            c => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    out
}

/// A place in a document, as requests have it.
pub fn at(path: &Path, line: u64, character: u64) -> Value {
    json!({
        "textDocument": { "uri": uri(path) },
        "position": { "line": line, "character": character }
    })
}

/// The first lines of what is said to be wrong.
pub fn messages(found: &Value) -> Vec<String> {
    let all = found.as_array().into_iter().flatten();
    let texts = all.map(|d| d["message"].as_str().expect("a text"));
    let lines = texts.map(|text| text.lines().next().unwrap_or_default());
    lines.map(str::to_owned).collect()
}

/// Runs something with a runtime.
pub fn run<F: Future>(work: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// Files of a fixture: what follows `#- name`, up to the next such line. The first may go
/// without, and is `nexus.nx` then.
pub fn files(fixture: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in fixture.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("#- ") {
            files.push((name.trim().to_owned(), String::new()));
            continue;
        }
        if files.is_empty() {
            files.push(("nexus.nx".into(), String::new()));
        }
        if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
        }
    }
    if files.is_empty() {
        files.push(("nexus.nx".into(), String::new()));
    }
    files
}

/// The line and column (in bytes) of an offset.
pub fn position(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    json!({ "line": line, "character": offset - start })
}

/// The offset of a line and column (in bytes).
pub fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().expect("a line") as usize;
    let column = position["character"].as_u64().expect("a column") as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    (start + column).min(text.len())
}

/// Applies the edits of an answer to a text.
pub fn apply(text: &str, edits: &Value) -> String {
    let mut all: Vec<(usize, usize, String)> = edits
        .as_array()
        .into_iter()
        .flatten()
        .map(|edit| {
            let range = &edit["range"];
            let text_of = edit["newText"].as_str().unwrap_or_default().to_owned();
            (
                offset(text, &range["start"]),
                offset(text, &range["end"]),
                text_of,
            )
        })
        .collect();
    all.sort_by_key(|edit| (edit.0, edit.1));
    let mut out = text.to_owned();
    for (start, end, new) in all.into_iter().rev() {
        out.replace_range(start..end, &new);
    }
    out
}

/// A folder with files, gone with the value.
pub struct Folder {
    _guard: tempfile::TempDir,
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// Writes files.
    pub fn with(files: &[(&str, &str)]) -> Folder {
        let files = files.iter();
        let files = files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Folder::of(&files.collect::<Vec<_>>())
    }

    /// Writes files.
    pub fn of(files: &[(String, String)]) -> Folder {
        let guard = tempfile::tempdir().expect("a folder");
        let path = guard.path().canonicalize().expect("a path");
        for (name, text) in files {
            let file = path.join(name);
            let parent = file.parent().expect("a folder");
            std::fs::create_dir_all(parent).expect("made");
            std::fs::write(file, text).expect("written");
        }
        Folder {
            _guard: guard,
            path,
        }
    }
}
