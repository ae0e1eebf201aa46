//! `-v`: everything as it happens, each line with the name of its task in front. Also right for
//! logs of CI systems, where time goes from top to bottom.

use super::Renderer;
use super::failure::{Failure, ended};
use super::hosts;
use super::look::{Look, Role};
use super::reason::because;
use super::summary::{Skipped, last_line, shared_cache};
use super::text::{bytes, columns, count, duration, fit, tame};
use super::track::{StepRun, Track};
use nexus_graph::event::{EventKind, HostName, LogLine, Outcome, Stream};
use nexus_graph::{Event, TaskGraph};
use std::sync::Arc;

/// Names are padded to the longest seen so far, up to this.
const WIDEST: usize = 28;

/// See the module.
pub struct Verbose {
    look: Look,
    graph: Option<Arc<TaskGraph>>,
    track: Track,
    pad: usize,
    skipped: Skipped,
    failures: Vec<Failure>,
}

impl Verbose {
    /// A verbose report.
    pub fn new(look: Look) -> Self {
        Verbose {
            look,
            graph: None,
            track: Track::without_lines(),
            pad: 0,
            skipped: Skipped::default(),
            failures: Vec::new(),
        }
    }

    fn line(&mut self, task: &str, text: &str, out: &mut String) {
        let name = fit(task, WIDEST, &self.look);
        let width = columns(&name);
        self.pad = self.pad.max(width);
        let blank = " ".repeat(self.pad - width);
        let bar = self.look.bar();
        let bar = if bar.trim().is_empty() {
            ": ".to_string()
        } else {
            format!(" {}", bar.replace("  ", " "))
        };
        *out += &format!(
            "{}{blank}{bar}{text}",
            self.look.paint(Role::Literal, &name)
        );
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }

    fn printed(&mut self, task: &str, line: &LogLine, out: &mut String) {
        let text = tame(&line.text, self.look.color);
        match line.stream {
            Stream::Stdout => self.line(task, &text, out),
            // Only without colours of its own, which dimming would spoil.
            Stream::Stderr if text.contains('\u{1b}') => self.line(task, &text, out),
            Stream::Stderr => {
                let text = self.look.paint(Role::Dim, &text);
                self.line(task, &text, out);
            }
        }
    }

    fn command(&mut self, task: &str, command: &str, note: &str, out: &mut String) {
        for (i, part) in command.trim().lines().enumerate() {
            let mark = if i == 0 { "$" } else { ">" };
            let text = self
                .look
                .paint(Role::Strong, &format!("{mark} {}", tame(part, false)));
            let note = if i == 0 { note } else { "" };
            self.line(task, &format!("{text}{note}"), out);
        }
    }

    fn finished(
        &mut self,
        task: &str,
        outcome: &Outcome,
        micros: u64,
        (unchanged, idle): (bool, bool),
        out: &mut String,
    ) {
        let took = duration(micros);
        let text = match outcome {
            Outcome::Succeeded => {
                let note = if idle {
                    format!("{}unchanged: no step was necessary", self.look.dot())
                } else if unchanged {
                    format!("{}same outputs as before", self.look.dot())
                } else {
                    String::new()
                };
                format!("{} {took}{note}", self.look.ok())
            }
            Outcome::Failed { status, .. } => {
                format!("{} {} after {took}", self.look.failed(), ended(*status))
            }
            Outcome::Hosts { counts, .. } => {
                format!("{} {counts} after {took}", self.look.failed())
            }
            Outcome::Broken { code, message, .. } => {
                format!("{} {message} [{code}]", self.look.failed())
            }
            Outcome::Skipped { because } => {
                self.skipped.add(because, task);
                return;
            }
            Outcome::Cancelled => format!("{} cancelled after {took}", self.look.skipped()),
        };
        self.line(task, &text, out);
    }
}

impl Renderer for Verbose {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        self.graph = Some(graph);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        self.track.note(event);
        let name_of = |track: &Track, id, host: &Option<HostName>| {
            let task = track.get(id).map(|r| r.task.clone())?;
            Some(match host {
                Some(host) => format!("{task} {host}"),
                None => task,
            })
        };
        match &event.kind {
            EventKind::RunStarted {
                targets,
                tasks,
                parallel,
                ..
            } => {
                let dot = self.look.dot();
                *out += &format!(
                    "{} {}{dot}{}{dot}{parallel} at once\n",
                    self.look.running(),
                    targets.join(" "),
                    count(*tasks as usize, "task")
                );
            }
            EventKind::TaskCached {
                task,
                key,
                restored,
                log,
                shared,
                ..
            } => {
                let mut from = if restored.is_empty() {
                    String::new()
                } else {
                    format!("{}restored {}", self.look.dot(), restored.join(" "))
                };
                if let Some(origin) = shared {
                    let (class, size) = (&origin.class, bytes(origin.bytes));
                    let took = duration(origin.micros);
                    let dot = self.look.dot();
                    let run = &origin.run;
                    from += &format!("{dot}made by {class} in run {run}{dot}{size} in {took}");
                }
                let text = format!("{} cached ({}){from}", self.look.ok(), key.short());
                self.line(task, &text, out);
                for line in log {
                    self.printed(task, line, out);
                }
            }
            EventKind::TaskStarted { task, reason, .. } => {
                let text = format!("runs because {}", because(reason, &self.look));
                let text = self.look.paint(Role::Dim, &text);
                self.line(task, &text, out);
            }
            EventKind::StepStarted {
                id,
                host,
                step,
                command,
                attempt,
                ..
            } => {
                let Some(running) = self.track.get(*id) else {
                    return;
                };
                let Some(task) = name_of(&self.track, *id, host) else {
                    return;
                };
                if *attempt < 2
                    && host.is_none()
                    && let Some(status) = running.before(*step).and_then(StepRun::forgiven)
                {
                    let text = format!("{}, ignored", ended(status));
                    let text = self.look.paint(Role::Warn, &text);
                    self.line(&task, &text, out);
                }
                let note = match attempt {
                    0 | 1 => String::new(),
                    n => format!("  (attempt {n})"),
                };
                self.command(&task, command, &note, out);
            }
            EventKind::StepSkipped {
                id,
                host,
                command,
                because,
                ..
            } => {
                let Some(task) = name_of(&self.track, *id, host) else {
                    return;
                };
                self.command(&task, command, &format!("  (skipped: {because})"), out);
            }
            EventKind::Output { id, host, line, .. } => {
                if let Some(task) = name_of(&self.track, *id, host) {
                    self.printed(&task, line, out);
                }
            }
            EventKind::StepFinished {
                id,
                host,
                status,
                micros,
                will_retry,
                ..
            } => {
                let Some(task) = name_of(&self.track, *id, host) else {
                    return;
                };
                if *will_retry {
                    let text = format!(
                        "{} after {}, trying again",
                        ended(*status),
                        duration(*micros)
                    );
                    let text = self.look.paint(Role::Warn, &text);
                    self.line(&task, &text, out);
                }
            }
            EventKind::TaskFinished {
                id,
                task,
                outcome,
                micros,
                unchanged,
                idle,
                ..
            } => {
                self.finished(task, outcome, *micros, (*unchanged, *idle), out);
                let running = self.track.take(*id);
                if matches!(
                    outcome,
                    Outcome::Failed { .. } | Outcome::Hosts { .. } | Outcome::Broken { .. }
                ) {
                    let failure = Failure::new(task, outcome, *micros, running, true);
                    let graph = self.graph.as_deref();
                    self.failures.push(failure.declared_in(graph));
                }
            }
            EventKind::HostConnected {
                id, host, micros, ..
            } => {
                let host = Some(host.clone());
                if let Some(task) = name_of(&self.track, *id, &host) {
                    let text = format!("connected in {}", duration(*micros));
                    let text = self.look.paint(Role::Dim, &text);
                    self.line(&task, &text, out);
                }
            }
            EventKind::HostFinished {
                id,
                host,
                outcome,
                micros,
            } => {
                if let Some(task) = name_of(&self.track, *id, &None) {
                    let text = hosts::line(host, outcome, *micros, &self.look);
                    self.line(&task, &text, out);
                }
            }
            EventKind::TaskKept { task, run, .. } => {
                let text = format!("{} done by the run {run}", self.look.ok());
                self.line(task, &text, out);
            }
            EventKind::StepRetrying {
                id, host, delay, ..
            } => {
                if let Some(task) = name_of(&self.track, *id, host) {
                    let text = format!("next attempt in {}", duration(*delay));
                    let text = self.look.paint(Role::Dim, &text);
                    self.line(&task, &text, out);
                }
            }
            EventKind::Shutdown { signal, .. } => {
                let by = signal
                    .as_ref()
                    .map(|s| format!(" by {s}"))
                    .unwrap_or_default();
                *out += &format!("{} told to stop{by}\n", self.look.skipped());
            }
            // Of a run that broke off the command tells, of differences the failure.
            EventKind::Warning { .. }
            | EventKind::Uploading { .. }
            | EventKind::RunAborted { .. }
            | EventKind::TaskVerified { .. } => {}
            EventKind::SharedCache(totals) => {
                *out += &shared_cache(totals, &self.look).unwrap_or_default();
            }
            EventKind::RunFinished {
                summary, micros, ..
            } => {
                if !self.failures.is_empty() {
                    out.push('\n');
                }
                for failure in self.failures.drain(..) {
                    failure.render(&self.look, out);
                }
                self.skipped.render(&self.look, out);
                *out += &last_line(summary, *micros, &self.look);
            }
        }
    }
}
