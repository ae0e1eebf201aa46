//! What `nexus why` says: how things are now, and why the task ran the last time.

use super::failure::ended;
use super::look::{Look, Role};
use super::reason::{because, change};
use super::text::{ago, duration};
use nexus_engine::{Explanation, Now};
use nexus_graph::event::{Outcome, Reason};
use nexus_graph::{TaskGraph, TaskId};
use nexus_store::LastRun;
use serde_json::{Value, json};

/// Differences that are listed; more are counted.
const LISTED: usize = 20;

/// The answer for one task; `now` is in seconds since the epoch.
pub fn text(
    graph: &TaskGraph,
    task: &str,
    explanation: &Explanation,
    now: u64,
    look: &Look,
) -> String {
    let name = look.paint(Role::Strong, task);
    let mut out = format!(
        "{} {name} {}\n",
        mark(&explanation.now, look),
        state(graph, &explanation.now, look)
    );
    if let Now::WouldRun(reason) = &explanation.now {
        out += &rest(reason, look);
    }
    match &explanation.last {
        None => out += "  it has not run yet\n",
        Some(last) => {
            out += &format!("  {}\n", last_run(last, now, look));
            // The same list twice helps nobody.
            if last.executed && explanation.now != Now::WouldRun(last.reason.clone()) {
                out += &rest(&last.reason, look);
            }
        }
    }
    out
}

/// The symbol for how things are.
pub fn mark(now: &Now, look: &Look) -> String {
    match now {
        Now::UpToDate | Now::WouldRestore(_) => look.ok(),
        Now::WouldRun(_) | Now::Waits(_) => look.running(),
        Now::Broken(_) => look.failed(),
    }
}

/// How things are, as the end of a sentence that begins with the task.
pub fn state(graph: &TaskGraph, now: &Now, look: &Look) -> String {
    match now {
        Now::UpToDate => "is up to date".to_string(),
        Now::WouldRestore(outputs) => {
            format!("would be restored from the cache: {}", outputs.join(", "))
        }
        Now::WouldRun(reason) => format!("would run because {}", because(reason, look)),
        Now::Waits(tasks) => {
            format!(
                "depends on what comes out of {}",
                names(graph, tasks).join(", ")
            )
        }
        Now::Broken(Outcome::Broken { code, message, .. }) => {
            format!("cannot run: {message} [{code}]")
        }
        Now::Broken(_) => "cannot run".to_string(),
    }
}

/// The state for programs.
pub fn state_json(graph: &TaskGraph, now: &Now) -> Value {
    match now {
        Now::UpToDate => json!({ "state": "up_to_date" }),
        Now::WouldRestore(outputs) => json!({ "state": "would_restore", "outputs": outputs }),
        Now::WouldRun(reason) => json!({ "state": "would_run", "reason": reason }),
        Now::Waits(tasks) => json!({ "state": "waits", "tasks": names(graph, tasks) }),
        Now::Broken(outcome) => json!({ "state": "broken", "outcome": outcome }),
    }
}

/// The answer for programs.
pub fn json(graph: &TaskGraph, task: &str, explanation: &Explanation) -> Value {
    let mut value = state_json(graph, &explanation.now);
    value["task"] = task.into();
    value["last"] = match &explanation.last {
        None => Value::Null,
        Some(last) => json!({
            "run": last.run,
            "at": last.at,
            "micros": last.micros,
            "executed": last.executed,
            "reason": last.reason,
            "outcome": last.outcome,
            "key": last.key,
            "origin": last.origin,
        }),
    };
    value
}

fn names<'a>(graph: &'a TaskGraph, tasks: &[TaskId]) -> Vec<&'a str> {
    tasks
        .iter()
        .map(|id| graph.task(*id).path.as_str())
        .collect()
}

fn last_run(last: &LastRun, now: u64, look: &Look) -> String {
    let when = ago(now.saturating_sub(last.at).saturating_mul(1_000_000));
    if let Some(origin) = &last.origin {
        let made = ago(now.saturating_sub(origin.at).saturating_mul(1_000_000));
        return format!(
            "its result was fetched {when} ago from {}: same inputs as run {} of {}, {made} ago",
            origin.cache, origin.run, origin.class
        );
    }
    if !last.executed {
        return format!("its result was taken from the cache {when} ago");
    }
    let end = match &last.outcome {
        Outcome::Succeeded => "succeeded".to_string(),
        Outcome::Failed { status, .. } => format!("failed: a step {}", ended(*status)),
        Outcome::Hosts { counts, .. } => format!("failed: {counts} of {} hosts", counts.all()),
        Outcome::Broken { code, .. } => format!("failed with {code}"),
        Outcome::Skipped { because } => format!("was skipped because of `{because}`"),
        Outcome::Cancelled => "was cancelled".to_string(),
    };
    let took = duration(last.micros);
    let because = because(&last.reason, look);
    format!("it last ran {when} ago ({end} after {took}) because {because}")
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

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::*;
    use crate::show::sample;
    use expect_test::expect;
    use nexus_graph::Digest;
    use nexus_graph::event::Status;
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

    fn last(outcome: Outcome) -> LastRun {
        LastRun {
            key: Digest([1; 32]),
            reason: changed(&["src/a.c", "src/b.h"]),
            outcome,
            run: "r".into(),
            at: 1_000,
            micros: 312_000,
            executed: true,
            origin: None,
        }
    }

    fn answer(now: Now, last: Option<LastRun>) -> String {
        let look = Look::test(Glyphs::Unicode, None);
        let explanation = Explanation { now, last };
        text(&sample::graph(), "obj.a", &explanation, 1_180, &look)
    }

    #[test]
    fn answers() {
        let mut out = answer(Now::UpToDate, Some(last(Outcome::Succeeded)));
        out += &answer(Now::UpToDate, None);
        let now = Now::WouldRun(changed(&["src/c.h"]));
        out += &answer(now, Some(last(Outcome::Succeeded)));
        let status = Status::Exit(2);
        let failed = last(Outcome::Failed { step: 0, status });
        out += &answer(Now::WouldRun(failed.reason.clone()), Some(failed));
        out += &answer(Now::Waits(vec![TaskId(1), TaskId(3)]), None);
        let taken = LastRun {
            executed: false,
            ..last(Outcome::Succeeded)
        };
        out += &answer(Now::WouldRestore(vec!["a.o".into()]), Some(taken));
        let broken = Outcome::Broken {
            code: "NX0505".into(),
            message: "input `x` does not exist".into(),
            help: None,
        };
        out += &answer(Now::Broken(broken), None);
        expect![[r#"
            ✔ obj.a is up to date
              it last ran 3m ago (succeeded after 312ms) because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
            ✔ obj.a is up to date
              it has not run yet
            ● obj.a would run because `src/c.h` changed (aaaaaaaa → bbbbbbbb)
              it last ran 3m ago (succeeded after 312ms) because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
            ● obj.a would run because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
                `src/b.h` changed (aaaaaaaa → bbbbbbbb)
              it last ran 3m ago (failed: a step exited with code 2 after 312ms) because `src/a.c` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
            ● obj.a depends on what comes out of link, obj.b
              it has not run yet
            ✔ obj.a would be restored from the cache: a.o
              its result was taken from the cache 3m ago
            ✘ obj.a cannot run: input `x` does not exist [NX0505]
              it has not run yet
        "#]].assert_eq(&out);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..50).map(|i| format!("src/{i}.c")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let out = answer(Now::WouldRun(changed(&names)), None);
        assert!(out.contains("and 29 more"), "{out}");
    }

    #[test]
    fn for_programs() {
        let explanation = Explanation {
            now: Now::Waits(vec![TaskId(1)]),
            last: Some(last(Outcome::Succeeded)),
        };
        let value = json(&sample::graph(), "obj.a", &explanation);
        assert_eq!(value["state"], "waits");
        assert_eq!(value["tasks"], json!(["link"]));
        assert_eq!(value["last"]["micros"], 312_000);
    }
}
