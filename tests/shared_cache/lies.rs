//! A cache that gives something else than it was given: nothing of it reaches a project or the
//! machine's own cache.

use crate::machine::{Machine, assert_told_once, warnings};
use crate::servers::{Kind, Server};
use std::path::Path;

const ALL: [&str; 3] = ["one", "two", "three"];

fn warm(kind: Kind) -> Server {
    let server = Server::start(kind);
    Machine::new(&server).writing().build();
    let (entries, blobs) = server.stored();
    assert_eq!(entries.len(), 3, "{entries:?}");
    assert!(blobs.len() > 5, "{blobs:?}");
    server
}

fn change(path: &Path, by: impl Fn(Vec<u8>) -> Vec<u8>) {
    let content = std::fs::read(path).expect("readable");
    let permissions = path.metadata().expect("there").permissions();
    // In place of the file: some servers keep theirs read-only.
    std::fs::remove_file(path).expect("removed");
    std::fs::write(path, by(content)).expect("written");
    std::fs::set_permissions(path, permissions).expect("as before");
}

/// Nothing is used, and it is told.
fn is_seen_through(server: &Server, codes: &[&str]) {
    let reader = Machine::new(server);
    let ran = reader.build();
    assert_eq!(reader.executed(), ALL, "{ran}");
    // A server that looks at what it keeps says that it has nothing.
    if server.kind != Kind::Reapi || !warnings(&ran).is_empty() {
        assert_told_once(&ran, codes);
    }
    reader.assert_right();
}

/// Whoever may write puts right what it has seen to be wrong.
fn is_made_good(server: &Server) {
    let writer = Machine::new(server).writing();
    writer.build();
    assert_eq!(writer.executed(), ALL);
    let reader = Machine::new(server);
    let ran = reader.build();
    assert!(reader.executed().is_empty(), "{ran}");
    assert!(warnings(&ran).is_empty(), "{ran}");
    reader.assert_right();
}

pub fn wrong_bytes(kind: Kind) {
    let server = warm(kind);
    for blob in server.stored().1 {
        change(&blob, |mut content| {
            let middle = content.len() / 2;
            if let Some(byte) = content.get_mut(middle) {
                *byte ^= 4;
            }
            content
        });
    }
    is_seen_through(&server, &["NX0633"]);
    // A server that names content by its hash keeps what it has.
    if kind != Kind::Reapi {
        is_made_good(&server);
    }
}

pub fn cut_short(kind: Kind) {
    let server = warm(kind);
    for blob in server.stored().1 {
        change(&blob, |content| content[..content.len() / 2].to_vec());
    }
    is_seen_through(&server, &["NX0633", "NX0632"]);
}

/// Each entry stands where another should.
pub fn another_entry(kind: Kind) {
    let server = warm(kind);
    let entries = server.stored().0;
    let contents: Vec<Vec<u8>> = entries
        .iter()
        .map(|path| std::fs::read(path).expect("readable"))
        .collect();
    for (number, entry) in entries.iter().enumerate() {
        change(entry, |_| contents[(number + 1) % entries.len()].clone());
    }
    is_seen_through(&server, &["NX0633"]);
    is_made_good(&server);
}

pub fn nonsense(kind: Kind) {
    let server = warm(kind);
    for entry in server.stored().0 {
        change(&entry, |content| {
            content.iter().map(|byte| byte ^ 0x55).collect()
        });
    }
    is_seen_through(&server, &["NX0633", "NX0632"]);
    if kind != Kind::Reapi {
        is_made_good(&server);
    }
}
