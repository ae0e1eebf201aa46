//! Runs that broke off, for people: what was done, and what has changed since.

use super::decide::GoingOn;
use crate::render::hosts::names;
use crate::render::look::{Look, Role};
use crate::render::text::{ago, count};
use nexus_engine::doubt_about;
use nexus_graph::progress::StepState;
use nexus_graph::{
    Continuation, Digest, HostProgress, Progress, Step, Task, TaskGraph, TaskId, TaskKind,
};
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
    if !progress.hosts.is_empty() {
        let hosts = progress.hosts.iter();
        let extents =
            hosts.filter_map(|(name, host)| Some((name.as_str(), extent(&host.progress)?)));
        let told = together(extents);
        let lines = told
            .iter()
            .map(|(what, hosts)| format!("{what} on {}", names(hosts)));
        let lines: Vec<String> = lines.collect();
        return (!lines.is_empty()).then(|| lines.join("; "));
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

/// Hosts of which the same is to be said, together.
fn together<'a>(all: impl Iterator<Item = (&'a str, String)>) -> Vec<(String, Vec<String>)> {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for (host, what) in all {
        match told.iter_mut().find(|(other, _)| *other == what) {
            Some((_, hosts)) => hosts.push(host.to_string()),
            None => told.push((what, vec![host.to_string()])),
        }
    }
    told
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
        if let (Some(remote), Some(known)) = (&task.remote, going_on.hosts(task)) {
            let hosts = remote.targets.iter().filter_map(|target| {
                let host = graph.inventory.host(target)?;
                let steps = task.steps_on(target);
                let what = on_host(going_on, task, steps, known.get(&host.name));
                Some((host.name.as_str(), what))
            });
            for (what, hosts) in together(hosts) {
                text += &format!("{} on {}: {what}\n", task.path, names(&hosts));
            }
            continue;
        }
        let what = match going_on.continuation(task) {
            None => "not begun".to_string(),
            Some(continuation) => goes_on(going_on, task, continuation),
        };
        text += &format!("{}: {what}\n", task.path);
    }
    text
}

fn goes_on(going_on: &GoingOn, task: &Task, continuation: Continuation) -> String {
    match continuation {
        Continuation::Done => "done".to_string(),
        Continuation::From(step) => match task.steps.get(step as usize) {
            Some(of) => format!("goes on at its command {}: {}", step + 1, of.label()),
            None => "its commands are done".to_string(),
        },
        Continuation::Ask(doubt) => doubt_about(task, going_on.run(), doubt),
    }
}

fn on_host(
    going_on: &GoingOn,
    task: &Task,
    steps: &[Step],
    known: Option<&HostProgress>,
) -> String {
    let Some(known) = known else {
        return "not begun".to_string();
    };
    let mut here = task.clone();
    here.steps = steps.to_vec();
    // What was given to a host is known there.
    if known.given
        && let Some(at) = known.progress.begun(&here)
        && let Some(step) = here.steps.get(at as usize)
    {
        return format!(
            "asks what became of its command {}: {}",
            at + 1,
            step.label()
        );
    }
    let consent = going_on.consent(&task.path);
    let continuation = known.progress.continuation(&here, None, consent);
    goes_on(going_on, &here, continuation)
}
