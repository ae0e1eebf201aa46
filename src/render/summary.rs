//! The last lines of a report: what was skipped, and one line that says it all.

use super::look::{Look, Role};
use super::text::{bytes, count, duration};
use nexus_graph::event::{SharedTotals, Summary};
use std::collections::BTreeMap;

/// Skipped tasks of one cause that are named; the others are counted.
const NAMED: usize = 8;

/// The one line for a run in which nothing was to be done.
pub fn up_to_date(tasks: usize, micros: u64, look: &Look) -> String {
    let what = if tasks == 0 {
        "nothing to do".to_string()
    } else {
        format!("up to date{}{}", look.dot(), count(tasks, "task"))
    };
    format!("{} {what}{}{}\n", look.ok(), look.dot(), duration(micros))
}

/// The last line of any run.
pub fn last_line(summary: &Summary, micros: u64, look: &Look) -> String {
    let tasks = summary.tasks() as usize;
    if summary.nothing_done() && summary.complete() {
        return up_to_date(tasks, micros, look);
    }
    let mark = if summary.failed > 0 {
        look.failed()
    } else if !summary.complete() {
        look.skipped()
    } else {
        look.ok()
    };
    let dot = look.dot();
    format!(
        "{mark} {}{dot}{}{dot}{}\n",
        count(tasks, "task"),
        counts(summary, look),
        duration(micros)
    )
}

/// How many tasks ended in which way.
pub fn counts(summary: &Summary, look: &Look) -> String {
    let mut parts = Vec::new();
    for (n, word, role) in [
        (summary.executed, "run", None),
        (summary.idle, "unchanged", None),
        (summary.kept, "done before", None),
        (summary.verified, "verified", None),
        (summary.failed, "failed", Some(Role::Bad)),
        (summary.skipped, "skipped", Some(Role::Warn)),
        (summary.cancelled, "cancelled", Some(Role::Warn)),
    ] {
        if n > 0 {
            let text = format!("{n} {word}");
            parts.push(role.map_or_else(|| text.clone(), |role| look.paint(role, &text)));
        }
    }
    parts.extend(cached(summary));
    parts.join(", ")
}

/// What was known before, and where it came from.
fn cached(summary: &Summary) -> Option<String> {
    let cached = summary.cached;
    Some(match (summary.restored, summary.shared) {
        _ if cached == 0 => return None,
        (0, 0) => format!("{cached} cached"),
        (_, n) if n == cached => format!("{n} fetched from the shared cache"),
        (n, 0) if n == cached => format!("{n} restored from the cache"),
        (n, 0) => format!("{cached} cached ({n} restored)"),
        (_, n) => format!("{cached} cached ({n} fetched from the shared cache)"),
    })
}

/// What a shared cache did, in one line; nothing when it did nothing.
pub fn shared_cache(totals: &SharedTotals, look: &Look) -> Option<String> {
    let mut parts = Vec::new();
    if totals.hits > 0 {
        let results = count(totals.hits as usize, "result");
        parts.push(format!("{results} fetched ({})", bytes(totals.fetched)));
    }
    if totals.written > 0 {
        let results = count(totals.written as usize, "result");
        parts.push(format!("{results} written ({})", bytes(totals.sent)));
    }
    if totals.unwritten > 0 {
        parts.push(format!("{} not written", totals.unwritten));
    }
    if parts.is_empty() {
        return None;
    }
    let text = format!("shared cache {}: {}", totals.cache, parts.join(", "));
    Some(format!("{}\n", look.paint(Role::Dim, &text)))
}

/// Tasks that were not run, by the task that is to blame.
#[derive(Debug, Default)]
pub struct Skipped(BTreeMap<String, Vec<String>>);

impl Skipped {
    /// `task` was skipped because of `cause`.
    pub fn add(&mut self, cause: &str, task: &str) {
        self.0
            .entry(cause.to_string())
            .or_default()
            .push(task.to_string());
    }

    /// One line for each cause.
    pub fn render(&self, look: &Look, out: &mut String) {
        if !self.0.is_empty() && !out.is_empty() {
            out.push('\n');
        }
        for (cause, tasks) in &self.0 {
            let mut names = tasks.clone();
            names.sort();
            let rest = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let more = match rest {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            *out += &format!(
                "{} because `{cause}` did not succeed: {}{more}\n",
                match look.skipped().contains("skipped") {
                    true => look.skipped(),
                    false => format!("{} skipped", look.skipped()),
                },
                names.join(", ")
            );
        }
    }
}
