//! What one command prints on many hosts: as it comes, each line with its host in front, or at the
//! end, hosts with equal output together.

use super::Renderer;
use super::failure::{Failure, ended_short};
use super::hosts::{self, names};
use super::look::{Look, Role};
use super::text::{columns, count, duration, tame};
use super::track::{HostRun, Running, Track};
use nexus_graph::event::{EventKind, HostOutcome, LogLine, Outcome};
use nexus_graph::{Event, TaskGraph};
use std::collections::HashMap;
use std::sync::Arc;

/// See the module.
pub struct Exec {
    look: Look,
    group: bool,
    quiet: bool,
    track: Track,
    /// The longest name of a host.
    pad: usize,
    /// The hosts in their order.
    order: HashMap<String, usize>,
    failure: Option<Failure>,
    ended: Option<Running>,
}

impl Exec {
    /// `group`: at the end; `quiet`: nothing but what the command printed, and failures.
    pub fn new(look: Look, group: bool, quiet: bool) -> Self {
        Exec {
            look,
            group,
            quiet,
            track: Track::with_lines(),
            pad: 0,
            order: HashMap::new(),
            failure: None,
            ended: None,
        }
    }

    fn line(&self, host: &str, text: &str, out: &mut String) {
        let blank = " ".repeat(self.pad.saturating_sub(columns(host)));
        let bar = self.look.bar();
        let bar = bar.trim();
        let name = self.look.paint(Role::Literal, host);
        *out += &match bar.is_empty() {
            true => format!("{name}:{blank} {text}"),
            false => format!("{name}{blank} {bar} {text}"),
        };
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }

    fn grouped(&self, running: &Running, out: &mut String) {
        type Group<'a> = (Vec<String>, String, String, Vec<&'a LogLine>);
        let mut groups: Vec<Group> = Vec::new();
        for host in &running.hosts {
            let Some((outcome, _)) = &host.ended else {
                continue;
            };
            if matches!(
                outcome,
                HostOutcome::Unreachable { .. } | HostOutcome::Lost { .. }
            ) {
                continue;
            }
            let how = hosts::short(outcome);
            let lines: Vec<&LogLine> = host.steps.iter().flat_map(|s| s.lines.iter()).collect();
            let same = |group: &&mut Group| group.1 == how && group.3 == lines;
            match groups.iter_mut().find(same) {
                Some(group) => group.0.push(host.name.to_string()),
                None => {
                    let name = host.name.to_string();
                    groups.push((vec![name], how, hosts::mark(outcome, &self.look), lines));
                }
            }
        }
        // What most hosts say comes first.
        groups.sort_by_key(|group| std::cmp::Reverse(group.0.len()));
        for (hosts, how, mark, lines) in groups {
            let number = match hosts.len() {
                1 => String::new(),
                n => self
                    .look
                    .paint(Role::Dim, &format!(" ({})", count(n, "host"))),
            };
            let how = match how.as_str() {
                "" => String::new(),
                how => format!("  {how}"),
            };
            let hosts = self.look.paint(Role::Strong, &names(&hosts));
            *out += &format!("{mark} {hosts}{number}{how}\n");
            super::failure::quote_refs(&lines, &self.look, out);
        }
    }
}

impl Renderer for Exec {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        let targets = graph.tasks.iter().filter_map(|task| task.remote.as_ref());
        let hosts = targets
            .flat_map(|remote| &remote.targets)
            .filter_map(|target| graph.inventory.host(target));
        self.order = hosts.map(|host| host.name.clone()).zip(0..).collect();
        let names = self.order.keys();
        self.pad = names.map(|name| columns(name)).max().unwrap_or(0);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        self.track.note(event);
        match &event.kind {
            EventKind::Output {
                host: Some(host),
                line,
                ..
            } if !self.group => {
                let text = tame(&line.text, self.look.color);
                self.line(host, &text, out);
            }
            EventKind::HostFinished {
                host,
                outcome: HostOutcome::Failed { status, .. },
                ..
            } if !self.group => {
                let how = self.look.paint(Role::Bad, &ended_short(*status));
                self.line(host, &how, out);
            }
            EventKind::TaskFinished {
                id,
                task,
                outcome,
                micros,
                ..
            } => {
                let running = self.track.take(*id);
                if *outcome != Outcome::Succeeded {
                    self.failure =
                        Some(Failure::new(task, outcome, *micros, running.clone(), true));
                }
                self.ended = running;
            }
            EventKind::RunFinished { micros, .. } => {
                let Some(mut running) = self.ended.take() else {
                    if let Some(failure) = self.failure.take() {
                        failure.render(&self.look, out);
                    }
                    return;
                };
                let order = &self.order;
                let place = |host: &HostRun| order.get(&*host.name).copied();
                running.hosts.sort_by_key(place);
                if self.group {
                    self.grouped(&running, out);
                }
                for story in hosts::stories(Some(&running), true) {
                    if story.is_about_host() {
                        story.render(&self.look, out);
                    }
                }
                if let Some(Failure {
                    outcome: Outcome::Broken { .. },
                    ..
                }) = &self.failure
                {
                    if let Some(failure) = self.failure.take() {
                        failure.render(&self.look, out);
                    }
                    return;
                }
                let counts = hosts::counts(&running);
                if self.quiet && counts.ok == counts.all() {
                    return;
                }
                let mark = match counts.ok == counts.all() {
                    true => self.look.ok(),
                    false => self.look.failed(),
                };
                let dot = self.look.dot();
                let took = duration(*micros);
                *out += &format!("{mark} {}{dot}{took}\n", hosts::verdict(&counts));
            }
            _ => {}
        }
    }
}
