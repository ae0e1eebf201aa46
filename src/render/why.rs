//! What `nexus why` says: how things are now, and why the task ran the last time.

use super::look::{Look, Role};
use super::reason::{because, change};
use super::text::{ago, duration};
use nexus_graph::event::Reason;

/// Differences that are listed; more are counted.
const LISTED: usize = 20;

/// How things are now.
#[derive(Clone, Debug, PartialEq)]
pub enum Now {
    /// Its result is known.
    UpToDate,
    /// It would be executed.
    WouldRun(Reason),
    /// That shows only when tasks it depends on have run: these.
    Waits(Vec<String>),
}

/// The last time it was executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Last {
    /// How long ago, in microseconds.
    pub ago: u64,
    /// How long it took, in microseconds.
    pub took: u64,
    /// Why it was executed.
    pub reason: Reason,
    /// Whether it succeeded.
    pub succeeded: bool,
}

/// The answer for one task.
pub fn text(task: &str, now: &Now, last: Option<&Last>, look: &Look) -> String {
    let name = look.paint(Role::Strong, task);
    let mut out = match now {
        Now::UpToDate => format!("{} {name} is up to date\n", look.ok()),
        Now::WouldRun(reason) => {
            let mark = look.running();
            format!(
                "{mark} {name} would run because {}\n",
                because(reason, look)
            ) + &rest(reason, look)
        }
        Now::Waits(tasks) => format!(
            "{} {name} depends on what runs first: {}\n",
            look.running(),
            tasks.join(", ")
        ),
    };
    match last {
        None => out += "  it has not run yet\n",
        Some(last) => {
            let end = if last.succeeded {
                " and succeeded"
            } else {
                " and failed"
            };
            out += &format!(
                "  it last ran {} ago{end} after {}, because {}\n",
                ago(last.ago),
                duration(last.took),
                because(&last.reason, look)
            );
            // The same list twice helps nobody.
            if *now != Now::WouldRun(last.reason.clone()) {
                out += &rest(&last.reason, look);
            }
        }
    }
    out
}

/// What differs besides the first cause, one a line.
fn rest(reason: &Reason, look: &Look) -> String {
    let Reason::Changed { changes } = reason else {
        return String::new();
    };
    let mut out = String::new();
    for difference in changes.iter().skip(1).take(LISTED) {
        out += &format!("    {}\n", change(difference, look));
    }
    if changes.len() > LISTED + 1 {
        out += &format!("    and {} more\n", changes.len() - LISTED - 1);
    }
    out
}

/// The answer for programs.
pub fn json(task: &str, now: &Now, last: Option<&Last>) -> serde_json::Value {
    let (state, reason, waits) = match now {
        Now::UpToDate => ("up_to_date", None, None),
        Now::WouldRun(reason) => ("would_run", Some(reason), None),
        Now::Waits(tasks) => ("waits", None, Some(tasks)),
    };
    serde_json::json!({
        "task": task,
        "state": state,
        "reason": reason,
        "waits_for": waits,
        "last": last.map(|last| serde_json::json!({
            "ago_micros": last.ago,
            "micros": last.took,
            "reason": last.reason,
            "succeeded": last.succeeded,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::*;
    use expect_test::expect;
    use nexus_graph::key::Change;

    fn changed(names: &[&str]) -> Reason {
        let changes = names.iter().map(|name| Change {
            section: "input".into(),
            name: name.to_string(),
            before: Some("a".repeat(64)),
            after: Some("b".repeat(64)),
        });
        Reason::Changed {
            changes: changes.collect(),
        }
    }

    #[test]
    fn answers() {
        let look = Look::test(Glyphs::Unicode, None);
        let last = Last {
            ago: 180_000_000,
            took: 312_000,
            reason: changed(&["src/a.c", "src/b.h"]),
            succeeded: true,
        };
        let mut out = text("obj.a", &Now::UpToDate, Some(&last), &look);
        out += &text("obj.a", &Now::UpToDate, None, &look);
        let now = Now::WouldRun(changed(&["src/c.h"]));
        out += &text("obj.a", &now, Some(&last), &look);
        let now = Now::WouldRun(last.reason.clone());
        let failed = Last {
            succeeded: false,
            ..last.clone()
        };
        out += &text("obj.a", &now, Some(&failed), &look);
        let now = Now::Waits(vec!["obj.a".into()]);
        out += &text("link", &now, None, &look);
        expect![[r#"
            ✔ obj.a is up to date
              it last ran 3m ago and succeeded after 312ms, because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
            ✔ obj.a is up to date
              it has not run yet
            ● obj.a would run because `src/c.h` changed (aaaaaaaa → bbbbbbbb)
              it last ran 3m ago and succeeded after 312ms, because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
            ● obj.a would run because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
              it last ran 3m ago and failed after 312ms, because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
            ● link depends on what runs first: obj.a
              it has not run yet
        "#]].assert_eq(&out);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..50).map(|i| format!("src/{i}.c")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let out = text("t", &Now::WouldRun(changed(&names)), None, &Look::plain());
        assert!(out.contains("and 29 more"), "{out}");
        assert_eq!(json("t", &Now::UpToDate, None)["state"], "up_to_date");
    }
}
