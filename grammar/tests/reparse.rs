//! A text of which one binding has changed is read as if it had been read from the beginning.

use nexus_grammar::{Entry, Parse, parse_shared, reparse};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The programs of this repository that have no mistakes in their grammar.
fn programs() -> &'static [Arc<str>] {
    static PROGRAMS: OnceLock<Vec<Arc<str>>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut folders: Vec<PathBuf> = ["stdlib", "examples", "compiler/tests"]
            .iter()
            .map(|name| root.join(name))
            .collect();
        let mut programs = Vec::new();
        while let Some(folder) = folders.pop() {
            let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            entries.sort();
            for path in entries {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "nx") {
                    let text: Arc<str> = std::fs::read_to_string(&path).unwrap_or_default().into();
                    if parse_shared(text.clone(), Entry::File).errors.is_empty() {
                        programs.push(text);
                    }
                }
            }
        }
        assert!(programs.len() > 100, "{}", programs.len());
        programs
    })
}

/// What is typed.
const TYPED: &[&str] = &[
    "a",
    "x y",
    " ",
    "\n",
    "1",
    ".",
    ";",
    "=",
    "\"",
    "''",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "#",
    "/*",
    "*/",
    ":",
    "in ",
    "let ",
    "rec ",
    "a = 1; ",
    "b = { c = \"d\"; };",
    "inherit q;",
    "type T = Int;",
    "é",
    "\r\n",
    "-",
    "//",
    "\\",
    "x: ",
    "{ a, b }: ",
    "if a then b else c",
];

/// Whether an edit was read in one binding alone; if so, as the whole text would have been.
fn is_read_alone(before: &Parse, after: &Arc<str>) -> Result<bool, TestCaseError> {
    let Some((found, _)) = reparse(before, after) else {
        return Ok(false);
    };
    let wanted = parse_shared(after.clone(), Entry::File);
    prop_assert_eq!(&found.errors, &wanted.errors, "{}", after);
    prop_assert!(found.tree == wanted.tree, "{}", after);
    Ok(true)
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

const CASES: u32 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_change_is_read_as_the_whole_text_would_be(
        program in any::<prop::sample::Index>(),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..4, any::<prop::sample::Index>()),
            1..8,
        ),
    ) {
        let mut text = program.get(programs()).clone();
        let mut parse = parse_shared(text.clone(), Entry::File);
        for (at, removed, typed) in edits {
            let start = boundary(&text, at.index(text.len() + 1));
            let end = boundary(&text, start + removed).max(start);
            let mut new = text.to_string();
            let typed = TYPED[typed.index(TYPED.len())];
            new.replace_range(start..end, typed);
            text = new.into();
            is_read_alone(&parse, &text)?;
            // Sometimes what was read in parts is what the next part is put into.
            let part = reparse(&parse, &text).filter(|_| removed % 2 == 0);
            parse = match part {
                Some((parse, _)) => parse,
                None => parse_shared(text.clone(), Entry::File),
            };
        }
    }
}

#[test]
fn most_letters_are_read_in_their_binding() {
    let (mut alone, mut all) = (0, 0);
    for program in programs() {
        let parse = parse_shared(program.clone(), Entry::File);
        for at in (0..program.len()).step_by(37) {
            // In the middle of a word.
            let is_letter = |at: usize| {
                program
                    .as_bytes()
                    .get(at)
                    .is_some_and(u8::is_ascii_lowercase)
            };
            if at > 0 && is_letter(at - 1) && is_letter(at) {
                let mut new = program.to_string();
                new.insert(at, 'q');
                alone += usize::from(is_read_alone(&parse, &new.into()).unwrap());
                all += 1;
            }
        }
    }
    // The others are in comments, in the head, or make a mistake.
    assert!(alone * 3 > all, "{alone} of {all}");
}

/// A mistake in a binding, another one in its place, and none again.
#[test]
fn mistakes_are_read_in_their_binding() {
    let text = |typed: &str| -> Arc<str> {
        let task = |name: &str, typed: &str| {
            format!("tasks.{name} = {{\n  run = \"make\";\n{typed}  timeout = 5s;\n}};\n")
        };
        let names = ["a", "b", "c", "d"];
        let tasks = names.map(|name| task(name, if name == "b" { typed } else { "" }));
        tasks.concat().into()
    };
    // Once something is wrong, rules of recovery have looked at everything.
    let mut parse = parse_shared(text("  t\n"), Entry::File);
    for typed in [
        "  ti\n",
        "  tim\n",
        "  tim =\n",
        "  tim = \"\n",
        "  x = 1;\n",
        "  :\n",
        "",
    ] {
        let new = text(typed);
        assert!(is_read_alone(&parse, &new).unwrap(), "{new}");
        parse = reparse(&parse, &new).unwrap().0;
    }
}

#[test]
fn what_is_outside_of_a_binding_is_read_anew() {
    let before = parse_shared("a = 1;\nb = 2;\n".into(), Entry::File);
    for after in [
        "a = 1;\nb = 2;\n",
        "a = 1;\nb = 2;\n ",
        "aa = 1;\nb = 2;\n",
        "xa = 1;\nb = 2;\n",
        "a = 1\nb = 2;\n",
        "a = \"1;\nb = 2;\n",
        "a = 1; c = 3;\nb = 2;\n",
        "a = 1;\nb = 2;;\n",
        "",
    ] {
        let known = ["aa = 1;\nb = 2;\n"].contains(&after);
        let is_alone = is_read_alone(&before, &after.into()).unwrap();
        assert_eq!(is_alone, known, "{after}");
    }
}
