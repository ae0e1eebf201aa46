//! The committed parser is the one lalrpop makes from the grammar.
//!
//! `UPDATE_GRAMMAR=1 cargo test -p nexus-grammar --test fresh` rewrites it.

use std::path::Path;

/// lalrpop keeps its tables private; recovery steps through them by itself.
fn open_tables(generated: &str) -> String {
    let opened = generated
        .replace("mod __parse__Source {", "pub(crate) mod __parse__Source {")
        .replace(
            "struct __StateMachine<",
            "pub(crate) struct __StateMachine<",
        )
        .replace(
            "\nb: &'b mut Builder,\n__phantom: core",
            "\npub(crate) b: &'b mut Builder,\npub(crate) __phantom: core",
        );
    format!("// Made by `tests/fresh.rs` from grammar.lalrpop; not to be edited.\n{opened}")
}

#[test]
fn generated_parser_is_fresh() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grammar");
    std::fs::create_dir_all(&out).unwrap();
    let copy = out.join("grammar.lalrpop");
    std::fs::copy(source.join("grammar.lalrpop"), &copy).unwrap();
    let result = lalrpop::Configuration::new()
        .set_in_dir(&out)
        .set_out_dir(&out)
        .emit_rerun_directives(false)
        .emit_comments(false)
        .emit_whitespace(false)
        .force_build(true)
        .log_quiet()
        .process();
    if let Err(error) = result {
        panic!("the grammar is refused: {error}");
    }
    let made = open_tables(&std::fs::read_to_string(out.join("grammar.rs")).unwrap());
    let committed = source.join("generated.rs");
    if std::env::var_os("UPDATE_GRAMMAR").is_some() {
        std::fs::write(&committed, &made).unwrap();
    }
    let same = std::fs::read_to_string(&committed).is_ok_and(|text| text == made);
    assert!(same, "src/generated.rs is stale: run with UPDATE_GRAMMAR=1");
}
