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
        Reason::FirstRun => "it has not run before".to_string(),
        Reason::Changed { changes } => match changes.split_first() {
            None => "its key changed".to_string(),
            Some((first, [])) => change(first, look),
            Some((first, rest)) => format!("{} (and {} more)", change(first, look), rest.len()),
        },
        Reason::ResultLost { output } => {
            format!("`{output}` is gone, here and in the store")
        }
        Reason::LastFailed => "it failed the last time".to_string(),
        Reason::Forced => "you asked for it with --force".to_string(),
        Reason::InputEdited { path } => format!("`{path}` was edited while it ran"),
    }
}

/// One difference as a sentence without full stop.
pub fn change(change: &Change, look: &Look) -> String {
    let name = &change.name;
    let subject = match change.section.as_str() {
        "input" | "discovered" => format!("`{name}`"),
        "env" => format!("variable `{name}`"),
        "tool" => format!("program `{name}`"),
        "output" => format!("output `{name}`"),
        "dep" | "dependency" => format!("`{name}`, made by another task,"),
        "step" | "command" | "arguments" => match name.parse::<u32>() {
            Ok(index) => format!("step {}", index + 1),
            Err(_) if name.is_empty() => "the command".to_string(),
            Err(_) => format!("command `{name}`"),
        },
        section if name.is_empty() => format!("`{section}`"),
        section => format!("{section} `{name}`"),
    };
    match (&change.before, &change.after) {
        (None, None) => format!("{subject} changed"),
        (None, Some(_)) => format!("{subject} is new"),
        (Some(_), None) => format!("{subject} is gone"),
        (Some(before), Some(after)) => match (shown(before), shown(after)) {
            (Some(before), Some(after)) => {
                format!("{subject} changed ({before} {} {after})", look.arrow())
            }
            _ => format!("{subject} changed"),
        },
    }
}

/// A value short enough to show; digests are cut to what tells them apart.
fn shown(value: &str) -> Option<String> {
    let hex = |s: &str| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(digest) = value.split_whitespace().rev().find(|word| hex(word)) {
        return Some(digest[..8].to_string());
    }
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
                one("step", "1", Some(&"x".repeat(50)), Some("y")),
                "step 2 changed",
            ),
            (
                one("platform", "", Some("linux"), Some("macos")),
                "`platform` changed (`linux` → `macos`)",
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
