//! A run after the fact: where its time went, and how it differs from another.

use super::failure::ended_short;
use super::look::{Look, Role};
use super::reason::because;
use super::summary;
use super::text::{columns, count, duration};
use nexus_graph::event::Outcome;
use nexus_journal::{Comparison, Difference, Report, TaskRun, TaskState, critical_path};
use serde_json::{Value, json};

/// Tasks that are listed; the others are counted.
const LISTED: usize = 10;

/// For people.
pub fn text(report: &Report, look: &Look) -> String {
    let command = report.header.command.join(" ");
    let mut out = format!("{} {command}\n", look.paint(Role::Strong, &report.run));
    match &report.summary {
        Some(counts) => out += &summary::last_line(counts, report.micros, look),
        None => {
            let text = format!("not finished after {}", duration(report.micros));
            out += &format!("{} {text}\n", look.skipped());
        }
    }
    if let Some(totals) = &report.shared {
        out += &summary::shared_cache(totals, look).unwrap_or_default();
    }
    let executed: u64 = report.slowest().iter().map(|task| task.micros).sum();
    if executed == 0 {
        return out;
    }
    let path = critical_path(report);
    let on_path: u64 = path.iter().map(|task| task.micros).sum();
    out += &format!(
        "\ncritical path: {} of {}\n",
        duration(on_path),
        duration(report.micros)
    );
    list(&path, look, &mut out);
    out += "\nslowest tasks\n";
    list(&report.slowest(), look, &mut out);
    let at_once = executed as f64 / report.micros.max(1) as f64;
    out += &format!(
        "\n{} of work in {}: {at_once:.1} tasks at a time\n",
        duration(executed),
        duration(report.micros)
    );
    out
}

fn list(tasks: &[&TaskRun], look: &Look, out: &mut String) {
    let shown = &tasks[..tasks.len().min(LISTED)];
    let width = shown.iter().map(|t| columns(&t.task)).max().unwrap_or(0);
    for task in shown {
        let pad = " ".repeat(width - columns(&task.task));
        let time = duration(task.micros);
        let state = state(&task.state, look);
        let why = task.reason.as_ref().map(|reason| because(reason, look));
        *out += &format!("  {state} {}{pad} {time:>7}", task.task);
        if task.retries > 0 {
            *out += &format!(" after {}", count(task.retries as usize, "retry"));
        }
        *out += &format!("{}{}\n", look.dot(), why.unwrap_or_default());
    }
    if tasks.len() > LISTED {
        *out += &format!("  and {} more\n", tasks.len() - LISTED);
    }
}

fn state(state: &TaskState, look: &Look) -> String {
    match state {
        TaskState::Cached | TaskState::Kept(_) | TaskState::Ended(Outcome::Succeeded) => look.ok(),
        TaskState::Running | TaskState::Ended(Outcome::Cancelled | Outcome::Skipped { .. }) => {
            look.skipped()
        }
        TaskState::Ended(
            Outcome::Failed { .. } | Outcome::Hosts { .. } | Outcome::Broken { .. },
        ) => look.failed(),
    }
}

fn word(state: &TaskState) -> String {
    match state {
        TaskState::Cached => "cached".to_string(),
        TaskState::Kept(run) => format!("done by {run}"),
        TaskState::Running => "not finished".to_string(),
        TaskState::Ended(Outcome::Succeeded) => "succeeded".to_string(),
        TaskState::Ended(Outcome::Failed { status, .. }) => {
            format!("failed ({})", ended_short(*status))
        }
        TaskState::Ended(Outcome::Hosts { counts, .. }) => format!("failed ({counts})"),
        TaskState::Ended(Outcome::Broken { code, .. }) => format!("failed ({code})"),
        TaskState::Ended(Outcome::Skipped { .. }) => "skipped".to_string(),
        TaskState::Ended(Outcome::Cancelled) => "cancelled".to_string(),
    }
}

/// For programs.
pub fn json(report: &Report) -> Value {
    let path: Vec<&str> = critical_path(report)
        .iter()
        .map(|task| task.task.as_str())
        .collect();
    let tasks: Vec<Value> = report
        .tasks
        .iter()
        .map(|task| {
            json!({
                "task": task.task, "state": word(&task.state), "started": task.started,
                "micros": task.micros, "reason": task.reason, "key": task.key,
                "after": task.after, "retries": task.retries, "origin": task.origin,
            })
        })
        .collect();
    json!({
        "run": report.run, "command": report.header.command, "started": report.started,
        "micros": report.micros, "summary": report.summary, "critical_path": path, "tasks": tasks,
        "shared_cache": report.shared,
    })
}

/// Two runs, for people.
pub fn comparison(first: &Report, second: &Report, found: &Comparison, look: &Look) -> String {
    let mut out = format!(
        "{} {} {}\n",
        look.paint(Role::Strong, &first.run),
        look.arrow(),
        look.paint(Role::Strong, &second.run)
    );
    let (one, two) = found.micros;
    out += &format!("{} {} {}\n", duration(one), look.arrow(), duration(two));
    if found.tasks.is_empty() {
        return out + "no task differs\n";
    }
    let width = found.tasks.iter().map(|(task, _)| columns(task)).max();
    for (task, difference) in &found.tasks {
        let pad = " ".repeat(width.unwrap_or(0) - columns(task));
        let text = match difference {
            Difference::OnlyFirst => "only in the first run".to_string(),
            Difference::OnlySecond => "only in the second run".to_string(),
            Difference::State(one, two) => {
                format!("{} {} {}", word(one), look.arrow(), word(two))
            }
            Difference::Time(one, two) => {
                format!("{} {} {}", duration(*one), look.arrow(), duration(*two))
            }
        };
        out += &format!("  {task}{pad}  {text}\n");
    }
    out
}

/// Two runs, for programs.
pub fn comparison_json(first: &Report, second: &Report, found: &Comparison) -> Value {
    let tasks: Vec<Value> = found
        .tasks
        .iter()
        .map(|(task, difference)| match difference {
            Difference::OnlyFirst => json!({ "task": task, "only": "first" }),
            Difference::OnlySecond => json!({ "task": task, "only": "second" }),
            Difference::State(one, two) => {
                json!({ "task": task, "state": [word(one), word(two)] })
            }
            Difference::Time(one, two) => json!({ "task": task, "micros": [one, two] }),
        })
        .collect();
    json!({
        "runs": [first.run, second.run], "micros": [found.micros.0, found.micros.1],
        "tasks": tasks,
    })
}
