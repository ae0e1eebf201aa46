//! `nexus lsp` as a process: it says what `nexus check` says, and never outlives its client.

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What takes longer does not happen.
const DEADLINE: Duration = Duration::from_secs(60);

struct Server {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
}

fn start(folder: &Path, process: Option<u32>) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nexus"));
    command
        .arg("lsp")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut process_of_server = command.spawn().expect("nexus starts");
    let input = process_of_server.stdin.take();
    let output = process_of_server.stdout.take().expect("a pipe");
    let (sender, messages) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        while let Some(message) = read(&mut output) {
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    let mut server = Server {
        process: process_of_server,
        input,
        messages,
        next: 0,
    };
    let root = format!("file://{}", folder.display());
    let answer = server.request(
        "initialize",
        json!({ "processId": process, "rootUri": root, "capabilities": {} }),
    );
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
    server.notify("initialized", json!({}));
    server
}

fn read(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.trim().strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

impl Server {
    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let input = self.input.as_mut().expect("open");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("written");
        input.flush().expect("flushed");
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        self.next
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.until(|message| message["id"] == id && message.get("method").is_none())["result"]
            .take()
    }

    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.messages.recv_timeout(DEADLINE).expect("a message");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Waits for the end of the process.
    fn end(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("a status") {
                return status.code();
            }
            assert!(start.elapsed() < DEADLINE, "the server outlives its client");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

const PROJECT: &str =
    "let lib = import ./lib.nx; in\ntasks.a = { run = lib.commnd; timout = 3s; };\n";
const LIBRARY: &str = "command = \"x\" + 1;\n";

fn project() -> support::Project {
    support::Project::new(PROJECT).write("lib.nx", LIBRARY)
}

#[test]
fn says_what_check_says() {
    let project = project();
    let mut server = start(&project.root(), None);
    let mut told: Vec<(String, u64, String)> = Vec::new();
    // Both files have mistakes, and none of them is open.
    for _ in 0..2 {
        let message = server.until(|m| m["method"] == "textDocument/publishDiagnostics");
        let params = &message["params"];
        let name = params["uri"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        for found in params["diagnostics"].as_array().unwrap() {
            let line = found["range"]["start"]["line"].as_u64().unwrap() + 1;
            told.push((
                name.clone(),
                line,
                found["code"].as_str().unwrap().to_owned(),
            ));
        }
    }
    let checked = Command::new(env!("CARGO_BIN_EXE_nexus"))
        .args(["check", "--format", "json"])
        .current_dir(project.root())
        .output()
        .expect("nexus runs");
    let text =
        String::from_utf8(checked.stdout).unwrap() + &String::from_utf8(checked.stderr).unwrap();
    let mut wanted = Vec::new();
    for line in text.lines() {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        collect(&value, &mut wanted);
    }
    told.sort();
    wanted.sort();
    assert!(told.len() >= 3, "{told:?}");
    assert_eq!(told, wanted, "{text}");
    server.request("shutdown", Value::Null);
    server.notify("exit", Value::Null);
    assert_eq!(server.end(), Some(0));
}

/// Every diagnostic in what `--format json` prints.
fn collect(value: &Value, out: &mut Vec<(String, u64, String)>) {
    let primary = &value["primary"];
    if let (Some(code), Some(file)) = (value["code"].as_str(), primary["file"].as_str()) {
        let name = file.rsplit('/').next().unwrap().to_owned();
        let line = primary["start"]["line"].as_u64().unwrap_or_default();
        out.push((name, line, code.to_owned()));
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, out)),
        _ => {}
    }
}

#[test]
fn leaves_without_shutdown() {
    let project = project();
    let mut server = start(&project.root(), None);
    server.notify("exit", Value::Null);
    assert_eq!(server.end(), Some(1));
}

#[test]
fn ends_when_the_pipe_is_closed_in_the_middle_of_requests() {
    let project = project();
    let mut server = start(&project.root(), None);
    let uri = format!("file://{}/nexus.nx", project.root().display());
    let document = json!({ "uri": uri, "languageId": "nexus", "version": 1, "text": PROJECT });
    server.notify("textDocument/didOpen", json!({ "textDocument": document }));
    for _ in 0..200 {
        server.ask(
            "textDocument/hover",
            json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 22 } }),
        );
    }
    server.input = None;
    assert_eq!(server.end(), Some(1));
}

#[test]
fn ends_in_the_middle_of_a_message() {
    let project = project();
    let mut server = start(&project.root(), None);
    let input = server.input.as_mut().unwrap();
    input
        .write_all(b"Content-Length: 1000\r\n\r\n{\"jsonrpc\":")
        .unwrap();
    input.flush().unwrap();
    server.input = None;
    assert_eq!(server.end(), Some(1));
}

/// Something else holds the pipe open: the process that is named as the client counts.
#[test]
fn ends_when_the_client_is_killed() {
    let project = project();
    let mut client = Command::new("sleep")
        .arg("1000")
        .spawn()
        .expect("sleep starts");
    let mut server = start(&project.root(), Some(client.id()));
    client.kill().expect("killed");
    client.wait().expect("gone");
    assert_eq!(server.end(), Some(1));
}

/// Nobody reads what is written, while the input stays open.
#[test]
fn ends_when_nobody_listens() {
    let project = project();
    let mut process = Command::new(env!("CARGO_BIN_EXE_nexus"))
        .arg("lsp")
        .current_dir(project.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("nexus starts");
    let input = process.stdin.take();
    drop(process.stdout.take());
    let mut server = Server {
        process,
        input,
        messages: channel().1,
        next: 0,
    };
    server.ask(
        "initialize",
        json!({ "processId": null, "capabilities": {} }),
    );
    assert_eq!(server.end(), Some(1));
}

/// A process of that number may belong to another container.
#[test]
fn a_client_that_is_not_known_is_passed_over() {
    let project = project();
    let mut server = start(&project.root(), Some(u32::MAX / 2));
    server.request("shutdown", Value::Null);
    server.notify("exit", Value::Null);
    assert_eq!(server.end(), Some(0));
}
