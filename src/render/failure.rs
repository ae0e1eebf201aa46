//! What went wrong with a task, told once, completely, at the end of the report.

use super::hosts::{self, Story};
use super::look::{Look, Role};
use super::text::{duration, fit_command, limit, one_line, tame};
use super::track::Running;
use nexus_graph::TaskGraph;
use nexus_graph::event::{LogLine, Outcome, Status};
use nexus_graph::task::Place;

/// Commands in sentences are cut to this many columns.
const LONGEST: usize = 60;

/// A failed or broken task.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its path.
    pub task: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The failing command.
    pub command: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long the last attempt took, in microseconds.
    pub micros: u64,
    /// What the failing step printed; `None` when that is in the report already.
    pub output: Option<Vec<LogLine>>,
    /// Where the task is declared.
    place: Option<Place>,
    /// The limit that the project sets for the step or, failing that, for the task, in
    /// nanoseconds.
    limit: Option<u64>,
    /// What went wrong on which hosts.
    hosts: Vec<Story>,
}

impl Failure {
    /// Collects what is known about `task`, which ended with `outcome`. `shown` says that its
    /// output is in the report already.
    pub fn new(
        task: &str,
        outcome: &Outcome,
        micros: u64,
        running: Option<Running>,
        shown: bool,
    ) -> Self {
        let hosts = hosts::stories(running.as_ref(), shown);
        let step = match (outcome, running) {
            (Outcome::Failed { step, .. }, Some(running)) => {
                running.steps.into_iter().rev().find(|s| s.index == *step)
            }
            (_, running) => running.and_then(|mut r| r.steps.pop()),
        };
        Failure {
            task: task.to_string(),
            outcome: outcome.clone(),
            attempts: step.as_ref().map_or(1, |s| s.attempt),
            micros: step
                .as_ref()
                .and_then(|s| s.ended)
                .map_or(micros, |(_, m)| m),
            command: step.as_ref().map(|s| s.command.clone()),
            output: (!shown).then(|| step.map(|s| s.lines.into_vec()).unwrap_or_default()),
            place: None,
            limit: None,
            hosts,
        }
    }

    /// Adds what the project file says about the task.
    pub fn declared_in(mut self, graph: Option<&TaskGraph>) -> Self {
        let Some(task) = graph.and_then(|g| Some(g.task(g.find(&self.task)?))) else {
            return self;
        };
        self.place.clone_from(&task.place);
        self.limit = match &self.outcome {
            Outcome::Failed { step, .. } => task.steps.get(*step as usize).and_then(|s| s.timeout),
            _ => None,
        }
        .or(task.timeout);
        self
    }

    /// Where the task is declared.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The whole story.
    pub fn render(&self, look: &Look, out: &mut String) {
        let (code, sentence, help) = match &self.outcome {
            Outcome::Broken {
                code,
                message,
                help,
            } => (code.as_str(), message.clone(), help.clone()),
            Outcome::Failed { status, .. } => (
                code_of(*status),
                self.sentence(*status, look),
                help_for(*status).map(str::to_string),
            ),
            Outcome::Hosts { counts, .. } => {
                let sentence = format!("{counts} of {} hosts", counts.all());
                ("NX0856", sentence, None)
            }
            _ => return,
        };
        let head = look.paint(Role::Bad, &format!("error[{code}]"));
        *out += &format!("{head}: task `{}` failed: {sentence}\n", self.task);
        if let Some(place) = &self.place {
            let mark = look.paint(Role::Dim, "-->");
            *out += &format!("  {mark} {}:{}\n", place.file, place.line);
        }
        if let Some(lines) = &self.output {
            quote(lines, look, out);
        }
        for story in &self.hosts {
            story.render(look, out);
        }
        if let Some(help) = help {
            help_line(&help, look, out);
        }
    }

    fn sentence(&self, status: Status, look: &Look) -> String {
        let command = match &self.command {
            Some(command) => {
                let command = one_line(command, look);
                format!("`{}`", fit_command(&command, LONGEST, look))
            }
            None => "a step".to_string(),
        };
        let attempts = match self.attempts {
            0 | 1 => String::new(),
            n => format!(", {n} attempts"),
        };
        let took = duration(self.micros);
        match status {
            Status::NotStarted => format!("{command} could not be started{attempts}"),
            Status::TimedOut => {
                let limit = self.limit.map_or(took, limit);
                format!("{command} was not done within {limit} and was ended{attempts}")
            }
            status => format!("{command} {} after {took}{attempts}", ended(status)),
        }
    }
}

/// What can be done, below an error or a warning.
pub fn help_line(help: &str, look: &Look, out: &mut String) {
    *out += &format!("  {} {help}\n", look.paint(Role::Literal, "help:"));
}

/// Lines below a heading, complete and tamed.
pub fn quote(lines: &[LogLine], look: &Look, out: &mut String) {
    for line in lines {
        *out += "  ";
        *out += &look.bar();
        *out += &tame(&line.text, look.color);
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

/// The same of lines that belong to somebody else.
pub fn quote_refs(lines: &[&LogLine], look: &Look, out: &mut String) {
    lines
        .iter()
        .for_each(|line| quote(std::slice::from_ref(*line), look, out));
}

/// How a process ended, as a verb.
pub fn ended(status: Status) -> String {
    match status {
        Status::Exit(0) => "succeeded".to_string(),
        Status::Exit(code) => format!("exited with code {code}"),
        Status::Signal(number) => match signal_name(number) {
            Some(name) => format!("was killed by {name}"),
            None => format!("was killed by signal {number}"),
        },
        Status::TimedOut => "ran out of its time".to_string(),
        Status::Cancelled => "was cancelled".to_string(),
        Status::NotStarted => "could not be started".to_string(),
    }
}

/// The same in few characters, for the end of a line.
pub fn ended_short(status: Status) -> String {
    match status {
        Status::Exit(code) => format!("exit {code}"),
        Status::Signal(number) => {
            signal_name(number).map_or_else(|| format!("signal {number}"), str::to_string)
        }
        Status::TimedOut => "timed out".to_string(),
        Status::Cancelled => "cancelled".to_string(),
        Status::NotStarted => "not started".to_string(),
    }
}

/// The diagnostic code of a failed step.
pub fn code_of(status: Status) -> &'static str {
    match status {
        Status::TimedOut => "NX0502",
        Status::NotStarted => "NX0503",
        _ => "NX0501",
    }
}

fn help_for(status: Status) -> Option<&'static str> {
    match status {
        Status::Exit(126) => Some("126 means that the program may not be executed: `chmod +x` it"),
        Status::Exit(127) => Some(
            "127 means that a program was not found: check its spelling, and PATH as the task sees it",
        ),
        Status::Signal(9) => {
            Some("something else killed it; when memory runs out, the system does that")
        }
        Status::TimedOut => Some("give the step or task a longer `timeout` if it needs one"),
        _ => None,
    }
}

/// Signals that end programs and have the same number on every system Nexus runs on.
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}
