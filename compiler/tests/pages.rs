//! The pages of names and types: the wrong example has the problem, the right one has none.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{Diagnostic, registry};
use nexus_compiler::world::Memory;
use std::path::Path;

fn check(text: &str) -> Vec<Diagnostic> {
    let world = Memory::default()
        .file("/p/nexus.nx", text)
        .file("/p/lib.nx", "command = \"make\";\n")
        .file("/p/lib/main.nx", "command = \"make\";\n");
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &world);
    compiler.diagnostics()
}

/// The code blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    let parts = page.split("```nx\n").skip(1);
    parts.filter_map(|part| part.split("```").next()).collect()
}

#[test]
fn examples_are_what_they_are_said_to_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let families = [registry::names::FAMILY, registry::types::FAMILY];
    let mut wrong = String::new();
    for info in families.into_iter().flatten() {
        // Several files, or files that are not there.
        if matches!(info.name, "import-unreadable" | "import-cycle") {
            continue;
        }
        let page = std::fs::read_to_string(folder.join(format!("{}.md", info.code))).unwrap();
        assert!(page.lines().count() <= 25, "{} is long", info.code);
        let [bad, good] = blocks(&page)[..] else {
            panic!("{} does not have two examples", info.code)
        };
        if !check(bad).iter().any(|d| d.code == info.code) {
            wrong += &format!("{}: nothing wrong with\n{bad}\n", info.code);
        }
        for d in check(good) {
            wrong += &format!("{}: {} in\n{good}\n", info.code, d.message);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
