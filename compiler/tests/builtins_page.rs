//! `docs/reference/builtins.md` is written from the declarations of the built-ins.
//! `NEXUS_BLESS=1` writes it anew.

use nexus_compiler::builtins::{self, Builtin};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The sections, with the prefix of the names in them.
const SECTIONS: [(&str, &str); 11] = [
    ("Lists", "std.list."),
    ("Strings", "std.string."),
    ("Records", "std.record."),
    ("Numbers", "std.math."),
    ("Paths", "std.path."),
    ("JSON", "std.json."),
    ("Files", "std.file."),
    ("Git", "git."),
    ("Types", "std.type."),
    ("Debugging", "std.debug."),
    ("Others", ""),
];

fn page() -> String {
    let mut out = String::from(
        "# Built-in functions\n\n\
         Everything the language provides besides `true`, `false` and `null`. A name in brackets \
         is a shorter one for the same. Functions take their arguments one after another, so the \
         last one can come through a pipe: `xs |> map f`.\n",
    );
    let mut left: Vec<&Builtin> = builtins::all().collect();
    for (title, prefix) in SECTIONS {
        let (mut section, rest): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|builtin| builtin.names[0].starts_with(prefix));
        left = rest;
        section.sort_by_key(|builtin| builtin.names[0]);
        let _ = write!(out, "\n## {title}\n");
        for builtin in section {
            entry(&mut out, builtin);
        }
    }
    assert!(left.is_empty());
    out
}

fn entry(out: &mut String, builtin: &Builtin) {
    let (name, short) = (builtin.names[0], &builtin.names[1..]);
    let short: String = short.iter().map(|name| format!(" (`{name}`)")).collect();
    let _ = write!(out, "\n### `{name}`{short}\n\n`{}`\n\n", builtin.signature);
    let text: Vec<&str> = builtin
        .doc
        .lines()
        .map(str::trim)
        .take_while(|line| !line.contains("` => `"))
        .collect();
    let _ = writeln!(out, "{}", text.join("\n").trim());
    let examples: Vec<_> = builtin.examples().collect();
    if !examples.is_empty() {
        out.push_str("\n```\n");
        for (expression, value) in examples {
            let _ = writeln!(out, "{expression}  # {value}");
        }
        out.push_str("```\n");
    }
}

#[test]
fn the_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/builtins.md");
    let page = page();
    if std::env::var_os("NEXUS_BLESS").is_some() {
        fs::write(&path, &page).expect("the page is writable");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/reference/builtins.md is stale: run this test with NEXUS_BLESS=1"
    );
}
