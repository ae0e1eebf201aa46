//! The same keys in an equivalent file, for this server and another one.
//!
//! Both are processes of their own and speak over pipes. Nickel's server (`cargo install --locked
//! nickel-lang-lsp`, program `nls`) gets the data in its language. Rounds of both alternate, so that
//! they share whatever else the machine does.

use super::at;
use super::files::{nickel, tasks};
use super::support::{Client, Folder, capabilities, position, run, uri};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Has this program be the server.
pub const SERVE: &str = "serve";

/// Lines of the file.
const LINES: usize = 1_000;

/// Keys in each round, and rounds.
const KEYS: usize = 100;
const ROUNDS: usize = 5;

/// Keys that are not counted, at the beginning.
const WARM: usize = 10;

struct Peer {
    client: Client,
    _process: tokio::process::Child,
    path: PathBuf,
    text: String,
    version: i64,
    /// It wants the whole text after each edit.
    is_whole: bool,
    checked: Vec<Duration>,
    proposed: Vec<Duration>,
}

/// Compares with the server of Nickel at `program`.
pub fn compare(program: &str) {
    let ours = std::env::current_exe().expect("this program");
    let files = [
        ("nexus.nx".to_owned(), tasks(LINES)),
        ("main.ncl".to_owned(), nickel(LINES)),
    ];
    run(async {
        let folders = [Folder::of(&files[..1]), Folder::of(&files[1..])];
        let programs = [(ours.as_path(), Some(SERVE)), (Path::new(program), None)];
        let mut peers = Vec::new();
        for (i, (program, argument)) in programs.into_iter().enumerate() {
            let (name, text) = &files[i];
            peers.push(Peer::start(program, argument, &folders[i].path, name, text).await);
        }
        for _ in 0..ROUNDS {
            for peer in &mut peers {
                peer.round().await;
            }
        }
        println!("| server | what | p50 | p99 |");
        println!("|---|---|---|---|");
        let names = ["nexus", "other"];
        let mut medians = Vec::new();
        for (peer, name) in peers.iter_mut().zip(names) {
            for (what, times) in [
                ("diagnostics", &mut peer.checked),
                ("completion", &mut peer.proposed),
            ] {
                let (half, most) = (at(times, 500), at(times, 990));
                println!("| {name} | {what} | {half:.2?} | {most:.2?} |");
                medians.push((half.as_secs_f64(), most.as_secs_f64()));
            }
        }
        for (i, what) in ["diagnostics", "completion"].into_iter().enumerate() {
            let (ours, theirs) = (medians[i], medians[i + 2]);
            println!(
                "{what}: {:.2} of the other's median, {:.2} of its p99",
                ours.0 / theirs.0,
                ours.1 / theirs.1
            );
        }
    });
}

impl Peer {
    async fn start(
        program: &Path,
        argument: Option<&str>,
        folder: &Path,
        name: &str,
        text: &str,
    ) -> Peer {
        let mut process = tokio::process::Command::new(program)
            .args(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let reader = process.stdout.take().expect("its output");
        let writer = process.stdin.take().expect("its input");
        let mut client = Client::over(Box::new(reader), Box::new(writer));
        let answer = client.start(folder, capabilities(), json!({})).await;
        let sync = &answer["capabilities"]["textDocumentSync"];
        let is_whole = sync["change"].as_i64().or(sync.as_i64()) == Some(1);
        let path = folder.join(name);
        client.open(&path, text).await;
        let mut peer = Peer {
            client,
            _process: process,
            path,
            text: text.to_owned(),
            version: 1,
            is_whole,
            checked: Vec::new(),
            proposed: Vec::new(),
        };
        peer.told().await;
        for key in 0..WARM {
            peer.check(key).await;
            peer.complete(key).await;
        }
        peer
    }

    async fn round(&mut self) {
        for _ in 0..KEYS {
            let took = self.check(self.checked.len()).await;
            self.checked.push(took);
            let took = self.complete(self.proposed.len()).await;
            self.proposed.push(took);
        }
    }

    /// A key in a text; until something is said about the file.
    async fn check(&mut self, key: usize) -> Duration {
        let at = self.place("make ", key) + 3;
        let start = Instant::now();
        self.replace(at, at, "x").await;
        self.told().await;
        let took = start.elapsed();
        self.replace(at, at + 1, "").await;
        self.told().await;
        took
    }

    /// A letter on a line of its own; from the question to the answer, which waits for the edit.
    async fn complete(&mut self, key: usize) -> Duration {
        let mark = self.place("timeout", key);
        let line = self.text[..mark].rfind('\n').map_or(0, |i| i + 1);
        let new = "  ti\n";
        self.replace(line, line, new).await;
        let params = json!({
            "textDocument": { "uri": uri(&self.path) },
            "position": position(&self.text, line + 4),
        });
        let start = Instant::now();
        let found = self.client.request("textDocument/completion", params).await;
        let took = start.elapsed();
        assert!(found.is_ok(), "{found:?}");
        self.told().await;
        self.replace(line, line + new.len(), "").await;
        self.told().await;
        took
    }

    async fn replace(&mut self, start: usize, end: usize, new: &str) {
        self.version += 1;
        let range = json!({
            "start": position(&self.text, start),
            "end": position(&self.text, end),
        });
        self.text.replace_range(start..end, new);
        let change = match self.is_whole {
            true => json!({ "text": self.text }),
            false => json!({ "range": range, "text": new }),
        };
        let params = json!({
            "textDocument": { "uri": uri(&self.path), "version": self.version },
            "contentChanges": [change]
        });
        self.client.told.clear();
        self.client.notify("textDocument/didChange", params).await;
    }

    /// Waits until something is said about the file as it is now. Not every server says of which
    /// version it speaks.
    async fn told(&mut self) {
        let name = uri(&self.path);
        loop {
            let told = self.client.told.iter();
            let new = |(file, version, _): &(String, Option<i64>, Value)| {
                *file == name && version.is_none_or(|version| version == self.version)
            };
            if told.clone().any(new) {
                return;
            }
            self.client.receive().await.expect("diagnostics");
        }
    }

    fn place(&self, mark: &str, number: usize) -> usize {
        let all: Vec<usize> = self.text.match_indices(mark).map(|found| found.0).collect();
        all[(number * 7919) % all.len()]
    }
}
