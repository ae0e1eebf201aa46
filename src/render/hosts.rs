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

/// The mark of a host.
pub fn mark(outcome: &HostOutcome, look: &Look) -> String {
    match outcome {
        outcome if outcome.success() => look.ok(),
        HostOutcome::Cancelled | HostOutcome::NotBegun => look.skipped(),
        _ => look.failed(),
    }
}

/// One host on one line: mark, name, how it ended.
pub fn line(name: &str, outcome: &HostOutcome, micros: u64, look: &Look) -> String {
    let mark = mark(outcome, look);
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

#[derive(Clone, Debug)]
enum What {
    Step {
        status: Status,
        command: String,
        attempts: u32,
        output: Vec<LogLine>,
    },
    /// What happened to each of the hosts; the same kind of thing to all.
    Hosts {
        lost: bool,
        failures: Vec<HostFailure>,
    },
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
            HostOutcome::Unreachable { failure } => What::Hosts {
                lost: false,
                failures: vec![failure.clone()],
            },
            HostOutcome::Lost { failure, .. } => What::Hosts {
                lost: true,
                failures: vec![failure.clone()],
            },
            _ => continue,
        };
        let name = host.name.to_string();
        match stories.iter_mut().find(|story| story.what.is_like(&what)) {
            Some(story) => {
                story.hosts.push(name);
                story.what.add(what);
            }
            None => stories.push(Story {
                hosts: vec![name],
                what,
            }),
        }
    }
    stories
}

impl What {
    /// Whether the other one can be told with this one.
    fn is_like(&self, other: &What) -> bool {
        match (self, other) {
            (
                What::Hosts { lost, failures },
                What::Hosts {
                    lost: b,
                    failures: more,
                },
            ) => {
                let both = failures.first().zip(more.first());
                let kind = |f: &HostFailure| (f.code.clone(), f.title.clone(), f.hop.clone());
                lost == b && both.is_some_and(|(one, other)| kind(one) == kind(other))
            }
            (
                What::Step {
                    status,
                    command,
                    attempts,
                    output,
                },
                What::Step {
                    status: s,
                    command: c,
                    attempts: a,
                    output: o,
                },
            ) => (status, command, attempts, output) == (s, c, a, o),
            _ => false,
        }
    }

    fn add(&mut self, other: What) {
        if let (What::Hosts { failures, .. }, What::Hosts { failures: more, .. }) = (self, other) {
            failures.extend(more);
        }
    }
}

impl Story {
    /// Whether it is about a host rather than about a command there.
    pub fn is_about_host(&self) -> bool {
        matches!(self.what, What::Hosts { .. })
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
            What::Hosts { lost, failures } => {
                let Some(first) = failures.first() else {
                    return;
                };
                let code = look.paint(Role::Bad, &first.code);
                let title = tame(&first.title, false);
                let lost = if *lost { "the result is lost: " } else { "" };
                *out += &format!(
                    "  {} {}: {lost}{title} [{code}]\n",
                    look.failed(),
                    look.paint(Role::Strong, &hosts)
                );
                self.explain(failures, look, out);
            }
        }
    }

    /// What is below the title: once, when it is the same for all.
    fn explain(&self, failures: &[HostFailure], look: &Look, out: &mut String) {
        let [first, others @ ..] = failures else {
            return;
        };
        if others.iter().all(|other| facts(other) == facts(first)) {
            if !others.is_empty() {
                let peers: Vec<String> = failures.iter().map(|f| f.peer.clone()).collect();
                let hop = hop(first);
                let line = format!("hosts: {}{hop}", names(&peers));
                *out += &format!("    {}\n", tame(&line, false));
                let first = HostFailure {
                    peer: String::new(),
                    ..first.clone()
                };
                return explain(&first, look, out);
            }
            return explain(first, look, out);
        }
        for (name, failure) in self.hosts.iter().zip(failures).take(LISTED) {
            let line = format!("{name}: {}{}", failure.peer, hop(failure));
            *out += &format!("    {}\n", tame(&line, false));
            for line in facts(failure) {
                *out += &format!("      {}\n", tame(&line, false));
            }
        }
        if let more @ 1.. = failures.len().saturating_sub(LISTED) {
            *out += &format!("    and {more} more\n");
        }
        helps(first, look, out);
    }
}

/// What is known of a failure beyond its title and its host.
fn facts(failure: &HostFailure) -> Vec<String> {
    // Many messages begin with what the title says.
    let message = match failure.message.strip_prefix(&failure.title) {
        Some(rest) => {
            let rest = rest.trim_start_matches([' ', ';', ':']);
            let inner = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')'));
            inner.unwrap_or(rest)
        }
        None => &failure.message,
    };
    let mut lines: Vec<String> = message.lines().map(str::to_string).collect();
    for (what, result) in &failure.tried {
        lines.push(format!("tried {what}: {result}"));
    }
    lines
}

fn hop(failure: &HostFailure) -> String {
    let hop = failure.hop.as_ref();
    hop.map_or(String::new(), |hop| format!(", at the hop {hop}"))
}

fn helps(failure: &HostFailure, look: &Look, out: &mut String) {
    for help in &failure.help {
        out.push_str("  ");
        help_line(&tame(help, false), look, out);
    }
}

/// What is below the title of a failure.
pub fn explain(failure: &HostFailure, look: &Look, out: &mut String) {
    let mut lines: Vec<String> = Vec::new();
    if !failure.peer.is_empty() {
        lines.push(format!("host: {}{}", failure.peer, hop(failure)));
    }
    lines.extend(facts(failure));
    for line in lines {
        *out += &format!("    {}\n", tame(&line, false));
    }
    helps(failure, look, out);
}

/// `web-1, web-2 and 3 more`
pub fn names(hosts: &[String]) -> String {
    let shown = &hosts[..hosts.len().min(LISTED)];
    match hosts.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
