//! The normal report: a tree for each task, printed when it is done. What was found in the cache
//! is only counted. A task that was asked for by name streams its output while it runs; the output
//! of others is shown when they fail, at the end.

use super::Renderer;
use super::failure::{Failure, ended_short};
use super::hosts;
use super::look::{Look, Role};
use super::summary::{Skipped, last_line, shared_cache};
use super::text::{columns, count, duration, fit_command, one_line, tame};
use super::track::{HostRun, Running, StepRun, Track};
use nexus_graph::event::{EventKind, HostName, HostOutcome, LogLine, Outcome, Status};
use nexus_graph::{Event, TaskGraph, TaskId};
use std::collections::HashSet;
use std::sync::Arc;

/// See the module.
pub struct Tree {
    look: Look,
    graph: Option<Arc<TaskGraph>>,
    track: Track,
    targets: HashSet<String>,
    /// The task that streams.
    front: Option<TaskId>,
    /// Whether its name was printed before.
    introduced: bool,
    /// Whether the last line printed belongs to it.
    on_top: bool,
    /// Tasks asked for by name that run but do not stream yet, in the order of their start.
    waiting: Vec<TaskId>,
    failures: Vec<Failure>,
    skipped: Skipped,
    printed: bool,
}

impl Tree {
    /// A normal report.
    pub fn new(look: Look) -> Self {
        Tree {
            look,
            graph: None,
            track: Track::with_lines(),
            targets: HashSet::new(),
            front: None,
            introduced: false,
            on_top: false,
            waiting: Vec::new(),
            failures: Vec::new(),
            skipped: Skipped::default(),
            printed: false,
        }
    }

    fn started(&mut self, id: TaskId, task: &str, out: &mut String) {
        if self.front == Some(id) {
            // Once more, because an input was edited meanwhile.
            let text = "an input was edited meanwhile: once more";
            let text = self.look.paint(Role::Warn, text);
            self.streamed(&self.look.bar(), &text, out);
        } else if self.targets.contains(task) {
            if self.front.is_none() {
                self.bring_forward(id, out);
            } else {
                self.waiting.push(id);
            }
        }
    }

    /// Lets `id` stream, beginning with what it printed until now.
    fn bring_forward(&mut self, id: TaskId, out: &mut String) {
        self.front = Some(id);
        self.introduced = false;
        self.on_top = false;
        let Some(running) = self.track.get(id).cloned() else {
            return;
        };
        self.heading(out);
        for step in &running.steps {
            self.step_end(running.before(step.index), out);
            self.step_heading(step, out);
            for line in step.lines.iter() {
                self.streamed(&self.look.bar(), &tame(&line.text, self.look.color), out);
            }
        }
        for host in &running.hosts {
            for line in host.steps.iter().flat_map(|step| step.lines.iter()) {
                let text = tame(&line.text, self.look.color);
                self.of_host(id, &host.name, &text, out);
            }
            if let Some((outcome, micros)) = &host.ended {
                let text = hosts::line(&host.name, outcome, *micros, &self.look);
                self.streamed(&self.look.tee(), &text, out);
            }
        }
    }

    /// The name of the streaming task, unless the last line is its own already.
    fn heading(&mut self, out: &mut String) {
        if self.on_top {
            return;
        }
        let Some(running) = self.front.and_then(|id| self.track.get(id)) else {
            return;
        };
        let name = self.look.paint(Role::Strong, &running.task);
        let again = if self.introduced { " continues" } else { "" };
        let again = self.look.paint(Role::Dim, again);
        *out += &format!("{} {name}{again}\n", self.look.running());
        self.introduced = true;
        self.on_top = true;
        self.printed = true;
    }

    fn streamed(&self, prefix: &str, text: &str, out: &mut String) {
        *out += "  ";
        *out += prefix;
        *out += text;
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }

    fn step_heading(&self, step: &StepRun, out: &mut String) {
        let command = one_line(&step.command, &self.look);
        let command = self.cut(&command, 5);
        let note = match (&step.skipped, step.attempt) {
            (Some(because), _) => format!("  skipped: {because}"),
            (None, 0 | 1) => String::new(),
            (None, n) => format!("  attempt {n}"),
        };
        let text = format!("{command}{}", self.look.paint(Role::Dim, &note));
        self.streamed(&self.look.tee(), &text, out);
    }

    /// How a step of the streaming task ended that is followed by another one.
    fn step_end(&self, step: Option<&StepRun>, out: &mut String) {
        let Some((status, micros)) = step.and_then(|s| s.ended) else {
            return;
        };
        let took = duration(micros);
        let text = if status.success() {
            format!("{} {}", self.look.ok(), self.dim(&took))
        } else {
            let end = format!("{}, ignored", ended_short(status));
            let end = self.look.paint(Role::Warn, &end);
            format!("{end}{}", self.dim(&format!("{}{took}", self.look.dot())))
        };
        self.streamed(&self.look.bar(), &text, out);
    }

    fn cut<'a>(&self, text: &'a str, taken: usize) -> std::borrow::Cow<'a, str> {
        match self.look.width {
            Some(width) => fit_command(text, width.saturating_sub(taken).max(8), &self.look),
            None => text.into(),
        }
    }

    /// Something else is printed now: the streaming task has to name itself again.
    fn step_aside(&mut self) {
        self.on_top = false;
        self.printed = true;
    }

    fn finished(
        &mut self,
        id: TaskId,
        task: &str,
        outcome: &Outcome,
        (micros, idle): (u64, bool),
        out: &mut String,
    ) {
        let mut running = self.track.take(id);
        if let Outcome::Skipped { because } = outcome {
            self.skipped.add(because, task);
            return;
        }
        let streamed = self.front == Some(id);
        let verdict = match &running {
            Some(on) if !on.hosts.is_empty() && !idle => self.verdict_on_hosts(on, micros),
            _ => self.verdict(outcome, micros, idle),
        };
        match &mut running {
            // Cancelled before it began: only counted.
            None if *outcome == Outcome::Cancelled => return,
            _ if streamed => {
                if !self.on_top {
                    let name = self.look.paint(Role::Strong, task);
                    *out += &format!("{} {name}\n", self.look.running());
                }
                if let Some(running) = &running
                    && *outcome == Outcome::Succeeded
                    && running.steps.len() > 1
                {
                    self.step_end(running.steps.last(), out);
                }
                self.streamed(&self.look.corner(), &verdict, out);
                self.printed = true;
            }
            running => {
                // Nothing happened, so there is nothing to tell of its steps.
                if let Some(running) = running.as_mut().filter(|_| idle) {
                    running.steps.clear();
                }
                self.block(task, running.as_ref(), outcome, &verdict, out);
                self.step_aside();
            }
        }
        if matches!(
            outcome,
            Outcome::Failed { .. } | Outcome::Hosts { .. } | Outcome::Broken { .. }
        ) {
            let failure = Failure::new(task, outcome, micros, running, streamed);
            let graph = self.graph.as_deref();
            self.failures.push(failure.declared_in(graph));
        }
        self.waiting.retain(|waiting| *waiting != id);
        if streamed {
            self.front = None;
            self.on_top = false;
            if !self.waiting.is_empty() {
                let next = self.waiting.remove(0);
                self.bring_forward(next, out);
            }
        }
    }

    /// Mark, how it ended, duration.
    fn verdict(&self, outcome: &Outcome, micros: u64, idle: bool) -> String {
        let took = duration(micros);
        let dot = self.look.dot();
        match outcome {
            Outcome::Succeeded if idle => {
                format!(
                    "{} unchanged{}",
                    self.look.ok(),
                    self.dim(&format!("{dot}{took}"))
                )
            }
            Outcome::Succeeded => format!("{} {}", self.look.ok(), self.dim(&took)),
            Outcome::Failed { status, .. } => format!(
                "{} {}{}",
                self.look.failed(),
                ended_short(*status),
                self.dim(&format!("{dot}{took}"))
            ),
            Outcome::Hosts { counts, .. } => format!(
                "{} {counts}{}",
                self.look.failed(),
                self.dim(&format!("{dot}{took}"))
            ),
            Outcome::Broken { code, .. } => {
                format!(
                    "{} {code}{}",
                    self.look.failed(),
                    self.dim(&format!("{dot}{took}"))
                )
            }
            Outcome::Cancelled | Outcome::Skipped { .. } => format!(
                "{} cancelled{}",
                self.look.skipped(),
                self.dim(&format!("{dot}{took}"))
            ),
        }
    }

    /// The same for a task on hosts.
    fn verdict_on_hosts(&self, running: &Running, micros: u64) -> String {
        let counts = hosts::counts(running);
        let mark = match counts.ok == counts.all() {
            true => self.look.ok(),
            false if counts.failed + counts.unreachable + counts.lost > 0 => self.look.failed(),
            false => self.look.skipped(),
        };
        let took = self.dim(&format!("{}{}", self.look.dot(), duration(micros)));
        format!("{mark} {}{took}", hosts::verdict(&counts))
    }

    fn dim(&self, text: &str) -> String {
        self.look.paint(Role::Dim, text)
    }

    /// A task that did not stream: one line, or a tree when it has several steps.
    fn block(
        &self,
        task: &str,
        running: Option<&Running>,
        outcome: &Outcome,
        verdict: &str,
        out: &mut String,
    ) {
        let (mark, end) = verdict.split_once(' ').unwrap_or((verdict, ""));
        let name = self.look.paint(Role::Strong, task);
        let steps = running.map_or(&[][..], |r| &r.steps);
        let hidden = if *outcome == Outcome::Succeeded {
            self.hidden(steps)
        } else {
            String::new()
        };
        let listed = running.map(hosts::listed).unwrap_or_default();
        if let Some((last, others)) = listed.split_last() {
            *out += &format!("{mark} {name}  {end}\n");
            for host in others {
                self.host_line(&self.look.tee(), host, out);
            }
            return self.host_line(&self.look.corner(), last, out);
        }
        match steps {
            [] => *out += &format!("{mark} {name}  {end}\n"),
            [step] => {
                // Of a failed task, `end` tells how its only step ended.
                let note = match outcome {
                    Outcome::Succeeded => self.step_note(step),
                    _ => self.attempt_note(step),
                };
                let end = format!("{note}  {end}{hidden}");
                let taken = columns(mark) + columns(task) + 3 + columns(&end);
                let command = one_line(&step.command, &self.look);
                let command = self.dim(&self.cut(&command, taken));
                *out += &format!("{mark} {name}  {command}{end}\n");
            }
            [steps @ .., last] => {
                *out += &format!("{mark} {name}  {end}{hidden}\n");
                for step in steps {
                    self.step_line(&self.look.tee(), step, out);
                }
                self.step_line(&self.look.corner(), last, out);
            }
        }
    }

    fn host_line(&self, prefix: &str, host: &HostRun, out: &mut String) {
        let (outcome, micros) = match &host.ended {
            Some((outcome, micros)) => (outcome, *micros),
            None => (&HostOutcome::Cancelled, 0),
        };
        let text = hosts::line(&host.name, outcome, micros, &self.look);
        self.streamed(prefix, &text, out);
    }

    /// A line of the streaming task that belongs to a host.
    fn of_host(&mut self, id: TaskId, host: &HostName, text: &str, out: &mut String) {
        if self.front == Some(id) {
            self.heading(out);
            let name = self.look.paint(Role::Literal, host);
            let text = format!("{name}  {text}");
            self.streamed(&self.look.bar(), &text, out);
        }
    }

    /// A step begins on a host: told once for all hosts that do the same.
    fn step_on_host(&mut self, id: TaskId, step: u32, host: &HostName, out: &mut String) {
        if self.front != Some(id) {
            return;
        }
        let Some(running) = self.track.get(id) else {
            return;
        };
        let own = running.hosts.iter().find(|known| known.name == *host);
        let find = |host: &HostRun| host.steps.iter().rev().find(|s| s.index == step).cloned();
        let Some(own) = own.and_then(find) else {
            return;
        };
        let others = running.hosts.iter().filter(|known| known.name != *host);
        let mut others = others.filter_map(find);
        if own.attempt < 2 && others.any(|other| other.command == own.command) {
            return;
        }
        self.heading(out);
        self.step_heading(&own, out);
    }

    /// Says that there is output which is not shown.
    fn hidden(&self, steps: &[StepRun]) -> String {
        match steps.iter().map(|s| s.lines.len()).sum() {
            0 => String::new(),
            lines => self.dim(&format!(
                "{}{} of output",
                self.look.dot(),
                count(lines, "line")
            )),
        }
    }

    fn step_line(&self, prefix: &str, step: &StepRun, out: &mut String) {
        let note = self.step_note(step);
        let command = one_line(&step.command, &self.look);
        let took = match step.ended {
            Some((_, micros)) => format!("  {}", self.dim(&duration(micros))),
            None => String::new(),
        };
        let end = format!("{note}{took}");
        let command = self.cut(&command, 5 + columns(&end));
        self.streamed(prefix, &format!("{command}{end}"), out);
    }

    fn step_note(&self, step: &StepRun) -> String {
        if let Some(because) = &step.skipped {
            return self.dim(&format!("  skipped: {because}"));
        }
        let mut note = String::new();
        if let Some((status, _)) = step.ended
            && !status.success()
        {
            note += &self
                .look
                .paint(Role::Warn, &format!("  {}", ended_short(status)));
        }
        note + &self.attempt_note(step)
    }

    fn attempt_note(&self, step: &StepRun) -> String {
        match step.attempt {
            0 | 1 => String::new(),
            n => self.dim(&format!("  attempt {n}")),
        }
    }

    fn output(&mut self, id: TaskId, line: &LogLine, out: &mut String) {
        if self.front == Some(id) {
            self.heading(out);
            self.streamed(&self.look.bar(), &tame(&line.text, self.look.color), out);
        }
    }

    fn retry(&mut self, id: TaskId, status: Status, micros: u64, out: &mut String) {
        if self.front == Some(id) {
            self.heading(out);
            let text = format!(
                "{} after {}, trying again",
                ended_short(status),
                duration(micros)
            );
            let text = self.look.paint(Role::Warn, &text);
            self.streamed(&self.look.bar(), &text, out);
        }
    }
}

impl Renderer for Tree {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        self.graph = Some(graph);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        self.track.note(event);
        match &event.kind {
            EventKind::RunStarted { targets, .. } => {
                self.targets = targets.iter().cloned().collect();
            }
            EventKind::TaskStarted { id, task, .. } => self.started(*id, task, out),
            EventKind::StepStarted {
                id,
                host: Some(host),
                step,
                ..
            } => self.step_on_host(*id, *step, host, out),
            EventKind::StepSkipped {
                id,
                host: Some(host),
                command,
                because,
                ..
            } => {
                let text = format!("{}  skipped: {because}", one_line(command, &self.look));
                let text = self.look.paint(Role::Dim, &text);
                self.of_host(*id, host, &text, out);
            }
            EventKind::Output {
                id,
                host: Some(host),
                line,
                ..
            } => {
                let text = tame(&line.text, self.look.color);
                self.of_host(*id, host, &text, out);
            }
            EventKind::StepFinished {
                id,
                host: Some(host),
                status,
                micros,
                will_retry: true,
                ..
            } => {
                let took = duration(*micros);
                let text = format!("{} after {took}, trying again", ended_short(*status));
                let text = self.look.paint(Role::Warn, &text);
                self.of_host(*id, host, &text, out);
            }
            EventKind::HostFinished {
                id,
                host,
                outcome,
                micros,
            } if self.front == Some(*id) => {
                self.heading(out);
                let text = hosts::line(host, outcome, *micros, &self.look);
                self.streamed(&self.look.tee(), &text, out);
            }
            EventKind::StepStarted { id, step, .. } | EventKind::StepSkipped { id, step, .. } => {
                if self.front == Some(*id)
                    && let Some(running) = self.track.get(*id).cloned()
                    && let Some(step) = running.step(*step)
                {
                    self.heading(out);
                    if step.attempt < 2 {
                        self.step_end(running.before(step.index), out);
                    }
                    self.step_heading(step, out);
                }
            }
            EventKind::Output { id, line, .. } => self.output(*id, line, out),
            EventKind::StepFinished {
                id,
                status,
                micros,
                will_retry: true,
                ..
            } => self.retry(*id, *status, *micros, out),
            EventKind::TaskFinished {
                id,
                task,
                outcome,
                micros,
                idle,
                ..
            } => self.finished(*id, task, outcome, (*micros, *idle), out),
            EventKind::SharedCache(totals) => {
                *out += &shared_cache(totals, &self.look).unwrap_or_default();
            }
            EventKind::RunFinished {
                summary, micros, ..
            } => {
                for failure in self.failures.drain(..) {
                    out.push('\n');
                    failure.render(&self.look, out);
                }
                self.skipped.render(&self.look, out);
                if self.printed && (summary.failed > 0 || summary.cancelled > 0) {
                    out.push('\n');
                }
                *out += &last_line(summary, *micros, &self.look);
            }
            _ => {}
        }
    }
}
