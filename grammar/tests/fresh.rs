//! The committed parser is the one lalrpop makes from the grammar.
//!
//! `UPDATE_GRAMMAR=1 cargo test -p nexus-grammar --test fresh` rewrites it.

use std::path::Path;

/// lalrpop keeps its tables private; recovery steps through them by itself.
fn open_tables(generated: &str) -> String {
    let opened = generated
        .replace("mod __parse__Source {", "pub(crate) mod __parse__Source {")
        // Small, and called from elsewhere for every token.
        .replace("\nfn __action(", "\n#[inline]\nfn __action(")
        .replace("\nfn __goto(", "\n#[inline]\nfn __goto(")
        .replace(
            "\nfn __token_to_integer<",
            "\n#[inline]\nfn __token_to_integer<",
        )
        .replace(
            "struct __StateMachine<",
            "pub(crate) struct __StateMachine<",
        )
        .replace(
            "\nb: &'b mut Builder,\n__phantom: core",
            "\npub(crate) b: &'b mut Builder,\npub(crate) __phantom: core",
        );
    let units = units(&opened);
    format!(
        "// Made by `tests/fresh.rs` from grammar.lalrpop; not to be edited.\n{opened}\n{units}"
    )
}

/// For each reduction that only passes a node on (`Apply = Select`, and so on through all levels
/// of operators): what it makes. These are most of all reductions, and need no symbol to be moved.
fn units(generated: &str) -> String {
    let body = |name: &str| {
        let start = generated.find(&format!("\nfn {name}<")).unwrap();
        let rest = &generated[start..];
        &rest[..rest.find("\n}\n").unwrap()]
    };
    let mut table = String::new();
    let mut count = 0;
    while generated.contains(&format!("\nfn __reduce{count}<")) {
        let reduce = body(&format!("__reduce{count}"));
        count += 1;
        let made = identity(reduce, &body).map_or("-1", |made| made);
        table.push_str(&format!("{made},"));
    }
    format!(
        "/// By number of reduction: the nonterminal made by one that only passes a node on; else -1.\n\
         pub(crate) const UNITS: &[i16] = &[{table}];\n"
    )
}

fn identity<'t>(reduce: &'t str, body: &dyn Fn(&str) -> &'t str) -> Option<&'t str> {
    if reduce.matches("__pop_Variant").count() != 1 {
        return None;
    }
    let action = reduce.split("super::__action").nth(1)?.split("::").next()?;
    let action = body(&format!("__action{action}"));
    let params = "b: &'b mut Builder,\n(_, __0, _): (u32, NodeId, u32),\n) -> NodeId\n{\n__0";
    if !action.ends_with(params) {
        return None;
    }
    // `(1, 37)` ends it: how many symbols were taken, and what they became.
    let result = reduce.rsplit('\n').next()?;
    result.strip_prefix("(1, ")?.strip_suffix(')')
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
