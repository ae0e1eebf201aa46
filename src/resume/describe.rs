//! Runs that broke off, for people: what was done, and what has changed since.

use super::decide::GoingOn;
use crate::render::look::{Look, Role};
use crate::render::text::{ago, count};
use nexus_engine::doubt_about;
use nexus_graph::progress::StepState;
use nexus_graph::{Continuation, Digest, Progress, TaskGraph, TaskId, TaskKind};
use nexus_journal::{Ended, OpenRun, Replay};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tasks and files that are named; the others are counted.
const NAMED: usize = 8;

/// Which run: `the run 5f3 (nexus run deploy), interrupted 3m ago,`.
pub fn title(open: &OpenRun) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |d| d.as_micros() as u64);
    let ended = match open.ended {
        Ended::Failed => "failed",
        Ended::Cancelled => "stopped",
        _ => "interrupted",
    };
    let command = open.header.command.join(" ");
    let ago = ago(now.saturating_sub(open.last));
    format!("the run {} (`{command}`), {ended} {ago} ago,", open.run)
}

/// What it left, a line for each task.
pub fn left(replay: &Replay, look: &Look) -> String {
    let mut text = String::new();
    let mut more = 0;
    for (task, progress) in &replay.progress {
        let Some(what) = extent(progress) else {
            continue;
        };
        if text.lines().count() == NAMED {
            more += 1;
            continue;
        }
        let once = match replay.once.contains(task) {
            true => " (not idempotent)",
            false => "",
        };
        let task = look.paint(Role::Strong, task);
        text += &format!("  {task}{once}: {what}\n");
    }
    if more > 0 {
        text += &format!("  and {}\n", count(more, "more task"));
    }
    text
}

/// How far a task came; `None` when nothing of it was begun.
fn extent(progress: &Progress) -> Option<String> {
    if progress.finished {
        return Some("done".to_string());
    }
    let states = |state: StepState| {
        let steps = progress.steps.values();
        steps.filter(|step| step.state == state).count()
    };
    let done = count(states(StepState::Completed), "command") + " done";
    let last = match () {
        () if states(StepState::Begun) > 0 => "one begun",
        () if states(StepState::Failed) > 0 => "one failed",
        () if progress.completed() => return Some(done),
        () => return None,
    };
    Some(match progress.completed() {
        true => format!("{done}, {last}"),
        false => last.replace("one", "a command was"),
    })
}

/// Which files the project was made of that are others now.
pub fn changes(open: &OpenRun, root: &Path) -> String {
    let changed = |(name, then): &&(String, Digest)| {
        let now = std::fs::read(root.join(name)).map(|bytes| Digest::of(&bytes));
        now.ok() != Some(*then)
    };
    let names: Vec<&str> = open
        .header
        .sources
        .iter()
        .filter(changed)
        .map(|(name, _)| name.as_str())
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let mut text = names
        .iter()
        .take(NAMED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED {
        text += &format!(" and {}", count(names.len() - NAMED, "more file"));
    }
    format!("  changed since: {text}; what is left to do is done as it is written now\n")
}

/// Where each task would go on.
pub fn plan(going_on: &GoingOn, graph: &TaskGraph, targets: &[TaskId]) -> String {
    let mut text = String::new();
    for id in graph.closure(targets) {
        let task = graph.task(id);
        if task.kind == TaskKind::Group {
            continue;
        }
        let what = match going_on.continuation(task) {
            None => "not begun".to_string(),
            Some(Continuation::Done) => "done".to_string(),
            Some(Continuation::From(step)) => match task.steps.get(step as usize) {
                Some(of) => format!("goes on at its command {}: {}", step + 1, of.label()),
                None => "its commands are done".to_string(),
            },
            Some(Continuation::Ask(doubt)) => doubt_about(task, going_on.run(), doubt),
        };
        text += &format!("{}: {what}\n", task.path);
    }
    text
}
