//! Arbitrary bytes through loading, checking and rendering what is found, as a project of three
//! files that import each other, and again after an edit of one of them.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none check -- -dict=../grammar/fuzz/nx.dict -rss_limit_mb=500`
#![no_main]

use libfuzzer_sys::fuzz_target;
use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{RenderOptions, render};
use nexus_compiler::world::Memory;
use std::path::Path;

/// Between the files of an input.
const MARK: u8 = 0xff;

fuzz_target!(|data: &[u8]| {
    let names = ["/p/nexus.nx", "/p/a.nx", "/p/b.nx"];
    let mut parts = data.split(|byte| *byte == MARK);
    let mut world = Memory::default();
    let mut texts = Vec::new();
    for name in names {
        let Some(text) = parts.next() else { break };
        world = world.file(name, text);
        texts.push(text);
    }
    let mut compiler = Compiler::new();
    compiler.load(Path::new(names[0]), &world);
    let found = compiler.diagnostics();
    render(&found, &|file| compiler.source(file), &RenderOptions::default());
    // What remains of the input is the new text of the last file.
    let edited = parts.next().and_then(|text| std::str::from_utf8(text).ok());
    if let (Some(text), Some(name)) = (edited, names.get(texts.len() - 1)) {
        compiler.set_text(Path::new(name), text);
        let after = compiler.diagnostics();
        // What is left of the first check is what a new one would find.
        let mut world = Memory::default();
        for (name, old) in names.iter().zip(&texts) {
            world = world.file(*name, *old);
        }
        world = world.file(*name, text.as_bytes());
        let mut fresh = Compiler::new();
        fresh.load(Path::new(names[0]), &world);
        if fresh.files() == compiler.files() {
            assert_eq!(fresh.diagnostics(), after);
        }
    }
});
