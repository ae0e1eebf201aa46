//! Why a task runs, in words. `nexus why`, the dry run and verbose output share them.

use super::look::Look;
use nexus_graph::event::Reason;
use nexus_graph::key::Change;

/// Values longer than this are not shown: one looks at the source instead.
const SHOWN: usize = 40;

/// The reason as the end of "it runs because …".
pub fn because(reason: &Reason, look: &Look) -> String {
    match reason {
        Reason::Always => "it declares no inputs or outputs, so it always runs".to_string(),
        Reason::FirstRun => "no earlier run is known".to_string(),
        Reason::Changed { changes } => match changes.split_first() {
            None => "its key changed".to_string(),
            Some((first, [])) => change(first, look),
            Some((first, rest)) => format!("{} (and {} more)", change(first, look), rest.len()),
        },
        Reason::ResultLost { output } => {
            format!("`{output}` is gone, here and in the store")
        }
        Reason::LastFailed => "it failed the last time".to_string(),
        Reason::Verification => "its result is to be verified".to_string(),
        Reason::Observation => "you asked what it uses".to_string(),
        Reason::Forced => "you asked for it with --force".to_string(),
        Reason::InputEdited { path } => format!("`{path}` was edited while it ran"),
    }
}

/// One difference as a sentence without full stop. The sections are those of the engine's key.
pub fn change(change: &Change, look: &Look) -> String {
    let subject = subject(&change.section, &change.name);
    match (&change.before, &change.after) {
        (None, None) => format!("{subject} changed"),
        (None, Some(_)) => format!("{subject} is new"),
        (Some(_), None) => format!("{subject} is gone"),
        (Some(before), Some(after)) => match values(before, after) {
            Some((before, after)) => {
                format!("{subject} changed ({before} {} {after})", look.arrow())
            }
            None => format!("{subject} changed"),
        },
    }
}

fn subject(section: &str, name: &str) -> String {
    let step = |number: &str| match number.parse::<u32>() {
        Ok(index) => format!("step {}", u64::from(index) + 1),
        Err(_) => format!("step `{number}`"),
    };
    match section {
        "input" | "dependency" | "discovered" => format!("`{name}`"),
        "env" => format!("variable `{name}`"),
        "tool" => format!("program `{name}`"),
        "output" => format!("output `{name}`"),
        "platform" => "the platform".to_string(),
        "cwd" => "the working folder".to_string(),
        "command" | "arguments" => step(name),
        "option" => match name.split_once('.') {
            Some((number, option)) => format!("`{option}` of {}", step(number)),
            None => format!("option `{name}`"),
        },
        section if name.is_empty() => format!("`{section}`"),
        section => format!("{section} `{name}`"),
    }
}

/// Both values, short enough to show and different from each other.
fn values(before: &str, after: &str) -> Option<(String, String)> {
    match (content(before), content(after)) {
        // The same bytes, but a file became executable, or the other way round.
        (Some((kind, digest)), Some((now, same))) if digest == same => {
            Some((kind.to_string(), now.to_string()))
        }
        (Some((_, before)), Some((_, after))) => {
            Some((before[..8].to_string(), after[..8].to_string()))
        }
        (Some((kind, _)), None) => Some((kind.to_string(), short(after)?)),
        (None, Some((kind, _))) => Some((short(before)?, kind.to_string())),
        (None, None) => Some((short(before)?, short(after)?)),
    }
}

/// Kind and digest of `file 3f2a…`; a bare digest is of no kind.
fn content(value: &str) -> Option<(&str, &str)> {
    let (kind, digest) = value.rsplit_once(' ').unwrap_or(("there", value));
    let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    is_digest.then_some((kind, digest))
}

fn short(value: &str) -> Option<String> {
    let fits = !value.is_empty()
        && value.chars().count() <= SHOWN
        && !value.chars().any(char::is_control)
        && !value.contains('\u{fffd}');
    fits.then(|| format!("`{value}`"))
}

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::*;

    fn one(section: &str, name: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            section: section.into(),
            name: name.into(),
            before: before.map(Into::into),
            after: after.map(Into::into),
        }
    }

    #[test]
    fn changes_in_words() {
        let look = Look::test(Glyphs::Unicode, None);
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        for (input, expected) in [
            (
                one("input", "src/a.c", Some(&a), Some(&b)),
                "`src/a.c` changed (aaaaaaaa → bbbbbbbb)",
            ),
            (one("input", "src/b.c", None, Some(&a)), "`src/b.c` is new"),
            (
                one("env", "CC", Some("gcc"), Some("clang")),
                "variable `CC` changed (`gcc` → `clang`)",
            ),
            (one("env", "CC", Some("gcc"), None), "variable `CC` is gone"),
            (
                one("command", "1", Some(&"x".repeat(50)), Some("y")),
                "step 2 changed",
            ),
            (one("arguments", "0", None, Some("[]")), "step 1 is new"),
            (
                one("option", "0.user", Some("a"), Some("b")),
                "`user` of step 1 changed (`a` → `b`)",
            ),
            (
                one("platform", "", Some("linux"), Some("macos")),
                "the platform changed (`linux` → `macos`)",
            ),
            (
                one(
                    "dependency",
                    "b.o",
                    Some(&format!("file {a}")),
                    Some(&format!("file {b}")),
                ),
                "`b.o` changed (aaaaaaaa → bbbbbbbb)",
            ),
            (
                one(
                    "input",
                    "run.sh",
                    Some(&format!("file {a}")),
                    Some(&format!("executable {a}")),
                ),
                "`run.sh` changed (file → executable)",
            ),
            (
                one(
                    "discovered",
                    "x.h",
                    Some(&format!("file {a}")),
                    Some("missing"),
                ),
                "`x.h` changed (file → `missing`)",
            ),
            (
                one("tool", "cc", Some("not found"), Some(&a)),
                "program `cc` changed (`not found` → there)",
            ),
        ] {
            assert_eq!(change(&input, &look), expected);
        }
    }

    #[test]
    fn the_first_cause_is_told_and_the_rest_counted() {
        let reason = Reason::Changed {
            changes: vec![
                one("input", "a", None, Some("1")),
                one("input", "b", None, Some("1")),
                one("input", "c", None, Some("1")),
            ],
        };
        assert_eq!(because(&reason, &Look::plain()), "`a` is new (and 2 more)");
    }
}
