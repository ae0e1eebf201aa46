//! What one machine writes, another reads.

use crate::machine::{Machine, assert_told_once, warnings};
use crate::servers::{Kind, Server};
use std::path::Path;

const ALL: [&str; 3] = ["one", "two", "three"];

pub fn what_one_writes_another_reads(kind: Kind) {
    let server = Server::start(kind);
    let cold = Machine::new(&server);
    assert!(
        cold.build().stderr.is_empty(),
        "an empty cache is no trouble"
    );
    assert_eq!(cold.executed(), ALL, "nothing is there");

    let writer = Machine::new(&server).writing();
    let ran = writer.build();
    assert!(warnings(&ran).is_empty(), "{ran}");
    assert!(ran.stdout.contains("3 results written"), "{ran}");
    assert_eq!(writer.executed(), ALL);

    let reader = Machine::new(&server);
    let ran = reader.build();
    assert!(warnings(&ran).is_empty(), "{ran}");
    assert!(ran.stdout.contains("3 results fetched"), "{ran}");
    assert!(reader.executed().is_empty(), "{ran}");
    reader.assert_right();

    // Read only by default: the first machine has not written, and the reader neither.
    let again = Machine::new(&server).writing();
    assert!(again.build().stdout.contains("3 results fetched"));
    let ran = again.nexus(&["cache", "doctor"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("write"), "{ran}");
}

pub fn the_first_result_stays(kind: Kind) {
    let server = Server::start(kind);
    Machine::new(&server).writing().build();
    let before = contents(&server.stored().0);
    // It believes nobody of what is there, makes its own results and offers them.
    let second = Machine::new(&server).writing();
    let second = second.set("NEXUS_CACHE_ACCEPT", "nobody");
    let ran = second.build();
    assert_eq!(second.executed(), ALL, "{ran}");
    assert!(warnings(&ran).is_empty(), "{ran}");
    assert!(
        contents(&server.stored().0) == before,
        "an entry was replaced"
    );
    // What another class writes has slots of its own.
    let other = Machine::new(&server).writing();
    let other = other.set("NEXUS_CACHE_ACCEPT", "other");
    other.set("NEXUS_CACHE_CLASS", "other").build();
    let after = contents(&server.stored().0);
    if kind != Kind::BuildGrid {
        assert_eq!((before.len(), after.len()), (3, 6));
    }
}

fn contents(files: &[impl AsRef<Path>]) -> Vec<Vec<u8>> {
    let read = |file: &dyn AsRef<Path>| std::fs::read(file.as_ref()).expect("readable");
    files.iter().map(|file| read(file)).collect()
}

pub fn content_is_compressed(kind: Kind) {
    let text = |compress: bool| {
        format!(
            "config.cache = {{ unsigned = true; compress = {compress}; }};\n\
             tasks.pack = {{ inputs = [ \"seed\" ]; outputs = [ \"out/pack\" ]; run = \"seq 200000 > out/pack\"; }};\n"
        )
    };
    let size = |compress: bool| {
        let server = Server::start(kind);
        let writer = Machine::with(&text(compress), server.variables(None)).writing();
        writer.build();
        let reader = Machine::with(&text(compress), server.variables(None));
        let ran = reader.build();
        assert!(ran.stdout.contains("1 result fetched"), "{ran}");
        assert!(writer.outputs() == reader.outputs());
        let length = |path: &std::path::PathBuf| path.metadata().expect("there").len();
        server.stored().1.iter().map(length).sum::<u64>()
    };
    let (packed, plain) = (size(true), size(false));
    assert!(plain > 1_200_000, "{plain}");
    assert!(packed < plain / 2, "{packed} of {plain}");
}

/// What is larger than anybody wants stays where it is, and is told once.
#[test]
fn what_is_too_large_is_left_alone() {
    let text = |most: &str| {
        format!(
            "config.cache = {{ unsigned = true; max_size = {most}; }};\n\
             tasks = std.record.from_list (map (n: {{ name = n; value = {{ outputs = [ \"out/${{n}}\" ]; \
             run = \"seq 20000 > out/${{n}}\"; }}; }}) [ \"a\" \"b\" \"c\" \"d\" ]) // \
             {{ small = {{ inputs = [ \"out/d\" ]; outputs = [ \"out/small\" ]; run = \"echo x > out/small\"; }}; }};\n"
        )
    };
    let server = Server::start(Kind::Folder);
    let writer = Machine::with(&text("1KiB"), server.variables(None)).writing();
    let ran = writer.build();
    assert_told_once(&ran, &["NX0635"]);
    assert!(ran.stderr.contains("max_size"), "{ran}");
    // Four that are too large do not keep the fifth from being written.
    assert!(ran.stdout.contains("1 result written"), "{ran}");
    let writer = Machine::with(&text("1MiB"), server.variables(None)).writing();
    let ran = writer.build();
    assert!(ran.stdout.contains("4 results written"), "{ran}");
    let reader = Machine::with(&text("1KiB"), server.variables(None));
    let ran = reader.build();
    assert_told_once(&ran, &["NX0632"]);
    assert!(ran.stdout.contains("1 result fetched"), "{ran}");
}
