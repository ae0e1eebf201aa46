//! Tasks that run on hosts, as reports show them: one line for each host, and what went wrong on
//! which of them.

use super::failure::{code_of, ended, ended_short, help_line, quote};
use super::look::{Look, Role};
use super::text::{count, duration, fit_command, one_line, tame};
use super::track::{HostRun, Running};
use nexus_graph::event::{HostCounts, HostFailure, HostOutcome, LogLine, Status};

/// Hosts that went well are listed up to this many, and counted beyond.
const LISTED: usize = 8;

/// Commands in sentences are cut to this many columns.
const LONGEST: usize = 60;

/// How a host ended, for the end of a line; empty when all went well.
pub fn short(outcome: &HostOutcome) -> String {
    match outcome {
        HostOutcome::Succeeded { idle: false } => String::new(),
        HostOutcome::Succeeded { idle: true } => "unchanged".to_string(),
        HostOutcome::Failed { status, .. } => ended_short(*status),
        HostOutcome::Unreachable { failure } => failure.title.clone(),
        HostOutcome::Lost { failure, .. } => format!("lost: {}", failure.title),
        HostOutcome::Cancelled => "cancelled".to_string(),
        HostOutcome::NotBegun => "not begun".to_string(),
        HostOutcome::Kept => "done before".to_string(),
    }
}

/// One host on one line: mark, name, how it ended.
pub fn line(name: &str, outcome: &HostOutcome, micros: u64, look: &Look) -> String {
    let mark = match outcome {
        outcome if outcome.success() => look.ok(),
        HostOutcome::Cancelled | HostOutcome::NotBegun => look.skipped(),
        _ => look.failed(),
    };
    let short = short(outcome);
    let how = &*tame(&short, false);
    let took = look.paint(Role::Dim, &duration(micros));
    match (how, outcome) {
        ("", _) => format!("{mark} {name}  {took}"),
        (how, HostOutcome::NotBegun) => format!("{mark} {name}  {how}"),
        (how, _) => format!(
            "{mark} {name}  {how}{}{took}",
            look.paint(Role::Dim, look.dot())
        ),
    }
}

/// The hosts of a finished task that are listed below it, and whether some are left out.
pub fn listed(running: &Running) -> Vec<&HostRun> {
    let hosts = running.hosts.iter();
    let wrong = |host: &&HostRun| !host.ended.as_ref().is_some_and(|(end, _)| end.success());
    match running.hosts.len() <= LISTED {
        true => hosts.collect(),
        false => hosts.filter(wrong).collect(),
    }
}

/// How many hosts ended in which way, as the verdict of a task: `3 hosts`, `2 ok, 1 failed`.
pub fn verdict(counts: &HostCounts) -> String {
    match counts.ok == counts.all() {
        true => count(counts.ok as usize, "host"),
        false => counts.to_string(),
    }
}

/// The counts of a task that is over.
pub fn counts(running: &Running) -> HostCounts {
    let mut counts = HostCounts::default();
    for (outcome, _) in running.hosts.iter().filter_map(|host| host.ended.as_ref()) {
        counts.add(outcome);
    }
    counts
}

/// Everything that went wrong on hosts, those with the same story together.
#[derive(Clone, Debug)]
pub struct Story {
    hosts: Vec<String>,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Step {
        status: Status,
        command: String,
        attempts: u32,
        output: Vec<LogLine>,
    },
    Host(HostFailure, bool),
}

/// The stories of a task's hosts. `shown`: what they printed is in the report already.
pub fn stories(running: Option<&Running>, shown: bool) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    let hosts = running.map_or(&[][..], |running| &running.hosts);
    for host in hosts {
        let Some((outcome, _)) = &host.ended else {
            continue;
        };
        let what = match outcome {
            HostOutcome::Failed { step, status } => {
                let step = host.steps.iter().rev().find(|known| known.index == *step);
                What::Step {
                    status: *status,
                    command: step.map(|s| s.command.clone()).unwrap_or_default(),
                    attempts: step.map_or(1, |s| s.attempt),
                    output: match (shown, step) {
                        (false, Some(step)) => step.lines.clone().into_vec(),
                        _ => Vec::new(),
                    },
                }
            }
            HostOutcome::Unreachable { failure } => What::Host(alike(failure), false),
            HostOutcome::Lost { failure, .. } => What::Host(alike(failure), true),
            _ => continue,
        };
        let name = host.name.to_string();
        match stories.iter_mut().find(|story| story.what == what) {
            Some(story) => story.hosts.push(name),
            None => stories.push(Story {
                hosts: vec![name],
                what,
            }),
        }
    }
    stories
}

/// The failure without what tells the hosts apart, so that equal ones are told once.
fn alike(failure: &HostFailure) -> HostFailure {
    failure.clone()
}

impl Story {
    /// Whether it is about a host rather than about a command there.
    pub fn is_about_host(&self) -> bool {
        matches!(self.what, What::Host(..))
    }

    /// The whole story.
    pub fn render(&self, look: &Look, out: &mut String) {
        let hosts = names(&self.hosts);
        match &self.what {
            What::Step {
                status,
                command,
                attempts,
                output,
            } => {
                let command = fit_command(&one_line(command, look), LONGEST, look).into_owned();
                let tries = match attempts {
                    0 | 1 => String::new(),
                    n => format!(", {n} attempts"),
                };
                let code = look.paint(Role::Bad, code_of(*status));
                *out += &format!(
                    "  {} {}: `{command}` {}{tries} [{code}]\n",
                    look.failed(),
                    look.paint(Role::Strong, &hosts),
                    ended(*status)
                );
                quote(output, look, out);
            }
            What::Host(failure, lost) => {
                let code = look.paint(Role::Bad, &failure.code);
                let title = tame(&failure.title, false);
                let lost = if *lost { "the result is lost: " } else { "" };
                *out += &format!(
                    "  {} {}: {lost}{title} [{code}]\n",
                    look.failed(),
                    look.paint(Role::Strong, &hosts)
                );
                explain(failure, look, out);
            }
        }
    }
}

/// What is below the title of a failure.
pub fn explain(failure: &HostFailure, look: &Look, out: &mut String) {
    let mut lines: Vec<String> = Vec::new();
    if !failure.peer.is_empty() {
        let hop = failure.hop.as_ref();
        let hop = hop.map_or(String::new(), |hop| format!(", at the hop {hop}"));
        lines.push(format!("host: {}{hop}", failure.peer));
    }
    lines.extend(failure.message.lines().map(str::to_string));
    for (what, result) in &failure.tried {
        lines.push(format!("tried {what}: {result}"));
    }
    for line in lines {
        *out += &format!("    {}\n", tame(&line, false));
    }
    for help in &failure.help {
        out.push_str("  ");
        help_line(&tame(help, false), look, out);
    }
}

/// `web-1, web-2 and 3 more`
pub fn names(hosts: &[String]) -> String {
    let shown = &hosts[..hosts.len().min(LISTED)];
    match hosts.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
