//! Data written in a format and read again is the same; texts that are no data never end a
//! process.

use nexus_compiler::vm::Limits;
use proptest::prelude::*;
use std::process::Command;

mod evaluating;

/// A value as the language writes it. TOML has no null and wants a record outside.
fn value(null: bool) -> BoxedStrategy<String> {
    let mut scalars = vec![
        any::<bool>().prop_map(|b| b.to_string()).boxed(),
        (-1_000_000_000_000i64..1_000_000_000_000)
            .prop_map(|i| format!("({i})"))
            .boxed(),
        (-1e6f64..1e6).prop_map(|f| format!("({f:.3})")).boxed(),
        text().boxed(),
    ];
    if null {
        scalars.push(Just("null".to_string()).boxed());
    }
    let scalar = proptest::strategy::Union::new(scalars);
    scalar
        .prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5)
                    .prop_map(|items| format!("[ {} ]", items.join(" "))),
                fields(inner),
            ]
        })
        .boxed()
}

fn fields(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::btree_map(text(), inner, 0..5).prop_map(|fields| {
        let fields = fields.into_iter();
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{name} = {value};"))
            .collect();
        format!("{{ {} }}", fields.join(" "))
    })
}

/// A text with whatever a format could take for something else.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "yes",
        "no",
        "null",
        "~",
        "1.0",
        "0x1f",
        "- a",
        "a: b",
        "#c",
        "'",
        "\"",
        "\\",
        "\n",
        "\t",
        " ",
        "",
        "é",
        "true",
        "{",
        "[",
        "&a",
        "*a",
        "!t",
        "%",
        "@",
        "`",
        "|",
        ">",
        "---",
        "...",
        "2001-01-01",
        ".inf",
        "1e3",
        "=",
        "<<",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "0o7",
        "y",
        "n",
    ]);
    prop::collection::vec(odd, 0..4).prop_map(|parts| quoted(&parts.concat()))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' => out.push_str("\\$"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn holds(test: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(evaluating::printed(test), Ok("true".into()), "{}", test);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn json_round_trips(v in value(true)) {
        holds(&format!("let v = {v}; in from_json (to_json v) == v"))?;
    }

    #[test]
    fn yaml_round_trips(v in value(true)) {
        holds(&format!("let v = {v}; in from_yaml (to_yaml v) == v"))?;
    }

    #[test]
    fn toml_round_trips(v in fields(value(false))) {
        holds(&format!("let v = {v}; in from_toml (to_toml v) == v"))?;
    }

    #[test]
    fn an_escaped_text_matches_itself(s in text()) {
        holds(&format!("let s = {s}; in std.regex.matches \"^${{std.regex.escape s}}\\$\" s"))?;
    }

    #[test]
    fn parts_between_matches_make_up_the_text(s in text()) {
        holds(&format!(
            "let s = {s}; in std.string.length s == std.list.sum (map std.string.length (std.regex.split \"[a-z]\" s)) + length (std.regex.find_all \"[a-z]\" s)"
        ))?;
    }

    /// Whatever the words are, a shell reads them as they were.
    #[test]
    fn a_shell_reads_quoted_words_as_they_were(words in prop::collection::vec("[\\PC \t\n'\"$`*?~!;&|<>()#=\\\\-]{0,12}", 0..6)) {
        let list: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let line = evaluating::evaluate(
            &format!("std.string.shell_words [ {} ]", list.join(" ")),
            Limits::default(),
        );
        let line: String = serde_json::from_str(&line.expect("a line")).expect("a text");
        let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
        let shell = Command::new("sh").args(["-c", &script]).output().expect("a shell");
        let read = String::from_utf8(shell.stdout).expect("text");
        let read: Vec<_> = read.split_terminator('\0').collect();
        prop_assert_eq!(read, words, "{}", script);
    }

    /// No text ends the process, and what is refused is refused with a code.
    #[test]
    fn any_text_is_read_or_refused(s in "[\\PC\n\t]{0,40}") {
        for reader in ["from_yaml", "from_toml", "from_json", "std.yaml.parse_all"] {
            let result = evaluating::printed(&format!("{reader} {}", quoted(&s)));
            prop_assert!(matches!(result, Ok(_) | Err(300..=399)), "{reader} {s:?}: {result:?}");
        }
        for reader in ["std.version.parse", "std.version.satisfies \"1\"", "std.regex.matches"] {
            let text = quoted(&s);
            let more = if reader.ends_with("matches") { text.as_str() } else { "" };
            let result = evaluating::printed(&format!("{reader} {text} {more}"));
            prop_assert!(matches!(result, Ok(_) | Err(300..=399)), "{reader} {s:?}: {result:?}");
        }
    }
}

/// Texts that grow when read, or nest without end, are refused and not followed.
#[test]
fn hostile_texts_are_refused() {
    let aliases = "a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]";
    let deep = "[".repeat(100_000);
    let deep_table = format!("a = {}", "[".repeat(100_000));
    for text in [
        format!("from_yaml \"{aliases}\""),
        format!("from_yaml \"{deep}\""),
        format!("from_toml \"{deep_table}\""),
        "let x = { x = x; }; in to_yaml x".to_string(),
        "let x = { x = x; }; in to_toml x".to_string(),
        "to_toml { a = { b = null; }; }".to_string(),
        "to_yaml (x: x)".to_string(),
        format!("std.regex.matches \"{}\" \"a\"", "(".repeat(10_000)),
        "std.regex.matches \"(a{1000}){1000}\" \"a\"".to_string(),
    ] {
        let result = evaluating::printed(&text);
        let shown: String = text.chars().take(60).collect();
        assert!(matches!(result, Err(300..=399)), "{shown}: {result:?}");
    }
}
