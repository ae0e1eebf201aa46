//! How long a keystroke takes, through the whole protocol: from `didChange` to what is wrong with the
//! new text, and from a question to its proposals.
//!
//! `cargo bench -p nexus-lsp` runs each scenario in a process of its own; `-- NAME` only one.
//! `-- against PROGRAM` compares with another server: see `peer.rs`.

mod files;
mod peer;
#[path = "../../tests/support/mod.rs"]
mod support;

use files::{many, tasks};

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::{Client, Folder, capabilities, position, run, uri};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keystrokes of a scenario, unless `KEYS` in the environment says how many: fewer are enough for a
/// profiler.
const KEYS: usize = 1_000;

/// Those of the beginning, which are not counted: everything is computed for the first time.
const WARM: usize = 20;

const SCENARIOS: [&str; 3] = ["1000-lines", "10000-lines", "1000-files"];

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    match (arguments.next(), arguments.next()) {
        (Some(name), Some(inside)) if inside == "inside" => scenario(&name),
        (Some(how), Some(program)) if how == "against" => peer::compare(&program),
        (Some(how), None) if how == peer::SERVE => {
            // The process ends with the session.
            _ = nexus_lsp::serve_stdio();
        }
        (wanted, _) => {
            println!("| scenario | what | p50 | p99 | worst | memory |");
            println!("|---|---|---|---|---|---|");
            for name in SCENARIOS {
                if wanted.as_ref().is_some_and(|wanted| wanted != name) {
                    continue;
                }
                let this = std::env::current_exe().expect("this program");
                let status = std::process::Command::new(this)
                    .args([name, "inside"])
                    .status();
                assert!(status.is_ok_and(|status| status.success()), "{name}");
            }
        }
    }
}

fn scenario(name: &str) {
    let files = match name {
        "1000-lines" => vec![("nexus.nx".to_owned(), tasks(1_000))],
        "10000-lines" => vec![("nexus.nx".to_owned(), tasks(10_000))],
        _ => many(1_000),
    };
    let folder = Folder::of(&files);
    // In the workspace the file in the middle of a chain is edited.
    let edited = match name {
        "1000-files" => "lib/f525.nx",
        _ => "nexus.nx",
    };
    let text = &files.iter().find(|file| file.0 == edited).expect("there").1;
    let path = folder.path.join(edited);
    let keys = std::env::var("KEYS")
        .ok()
        .and_then(|keys| keys.parse().ok());
    let keys = keys.unwrap_or(KEYS);
    run(async {
        let mut client = Client::inside();
        client
            .start(&folder.path, capabilities(), Value::Null)
            .await;
        let mut editor = Editor {
            path: path.clone(),
            text: text.clone(),
            version: 1,
        };
        client.open(&path, text).await;
        client.diagnostics_of(&path, 1).await;
        let mut checked = Vec::new();
        let mut proposed = Vec::new();
        for key in 0..keys + WARM {
            let took = editor.type_and_check(&mut client, key).await;
            if key >= WARM {
                checked.push(took);
            }
        }
        for key in 0..keys + WARM {
            let took = editor.type_and_complete(&mut client, key).await;
            if key >= WARM {
                proposed.push(took);
            }
        }
        report(name, "diagnostics", checked, None);
        report(name, "completion", proposed, memory());
        client.stop().await;
    });
}

struct Editor {
    path: PathBuf,
    text: String,
    version: i64,
}

impl Editor {
    async fn replace(&mut self, client: &mut Client, start: usize, end: usize, new: &str) {
        self.version += 1;
        let range = json!({
            "start": position(&self.text, start),
            "end": position(&self.text, end),
        });
        let params = json!({
            "textDocument": { "uri": uri(&self.path), "version": self.version },
            "contentChanges": [{ "range": range, "text": new }]
        });
        self.text.replace_range(start..end, new);
        client.notify("textDocument/didChange", params).await;
    }

    /// A key in one of the texts of the file, or in the name of a field; until the mistakes of the
    /// new text are known.
    async fn type_and_check(&mut self, client: &mut Client, key: usize) -> Duration {
        let marks: &[&str] = if key.is_multiple_of(4) {
            &["timeout"]
        } else {
            &["make ", "cc -c "]
        };
        let at = self.place(marks, key / 2) + 3;
        let typed = if key.is_multiple_of(2) { "x" } else { " " };
        let start = Instant::now();
        self.replace(client, at, at, typed).await;
        let version = self.version;
        let path = self.path.clone();
        client.diagnostics_of(&path, version).await;
        let took = start.elapsed();
        // Back to what it was, outside of the time that is taken.
        self.replace(client, at, at + 1, "").await;
        let version = self.version;
        client.diagnostics_of(&path, version).await;
        took
    }

    /// Two letters on a line of their own, and what they might become.
    async fn type_and_complete(&mut self, client: &mut Client, key: usize) -> Duration {
        let mark = self.place(&["timeout", "label"], key);
        let line = self.text[..mark].rfind('\n').map_or(0, |i| i + 1);
        let new = "  ti\n";
        self.replace(client, line, line, new).await;
        let params = json!({
            "textDocument": { "uri": uri(&self.path) },
            "position": position(&self.text, line + 4),
        });
        let start = Instant::now();
        let found = client.request("textDocument/completion", params).await;
        let took = start.elapsed();
        assert!(found.is_ok_and(|found| found.as_array().is_some_and(|all| !all.is_empty())));
        self.replace(client, line, line + new.len(), "").await;
        let (path, version) = (self.path.clone(), self.version);
        client.diagnostics_of(&path, version).await;
        took
    }

    /// The place of one of some marks, another one for each number.
    fn place(&self, marks: &[&str], number: usize) -> usize {
        let all: Vec<usize> = marks
            .iter()
            .flat_map(|mark| self.text.match_indices(mark).map(|found| found.0))
            .collect();
        all[(number * 7919) % all.len()]
    }
}

fn at(times: &mut [Duration], part: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * part / 1_000).min(times.len() - 1)]
}

fn report(name: &str, what: &str, mut times: Vec<Duration>, memory: Option<u64>) {
    let mut at = |part| at(&mut times, part);
    let shown = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let memory = memory.map_or(String::new(), |kb| format!("{} MB", kb / 1024));
    println!(
        "| {name} | {what} | {} | {} | {} | {memory} |",
        shown(at(500)),
        shown(at(990)),
        shown(at(1_000))
    );
}

/// Resident memory of the process, client included, in KiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
