//! What somebody has to decide before a run is gone on with: whether a command that must not be
//! repeated unasked, and of which nobody knows what it did, is repeated or taken for done.

use super::terminal::{self, Choice};
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::suggest::close_to;
use nexus_engine::doubt_about;
use nexus_graph::{Consent, Continuation, Doubt, HostProgress, Task, TaskGraph, TaskId};
use nexus_journal::{OpenRun, Replay, Taken};
use std::collections::{BTreeMap, HashMap};

/// What the command line says about such tasks.
#[derive(Clone, Debug, Default)]
pub struct Consents {
    /// `--repeat`
    pub repeat: Vec<String>,
    /// `--done`
    pub done: Vec<String>,
}

/// A run to go on with.
pub struct GoingOn {
    run: String,
    left: Replay,
    consents: Consents,
    /// Nobody else goes on with it meanwhile.
    _taken: Option<Taken>,
}

/// The same when everything is decided.
pub struct Resumption {
    /// The run.
    pub run: String,
    /// What it left.
    pub left: Replay,
    consent: HashMap<String, Consent>,
}

impl Resumption {
    /// As the engine takes it.
    pub fn engine(&self) -> nexus_engine::Resumption {
        let progress = self.left.progress.iter();
        nexus_engine::Resumption {
            run: self.run.clone(),
            progress: progress.map(|(k, v)| (k.clone(), v.clone())).collect(),
            consent: self.consent.clone(),
        }
    }
}

impl GoingOn {
    /// Goes on with `open`.
    pub fn new(open: OpenRun, consents: Consents, taken: Option<Taken>) -> GoingOn {
        GoingOn {
            run: open.run,
            left: open.replay,
            consents,
            _taken: taken,
        }
    }

    /// Where a task goes on as far as that is known before it runs; `None` when nothing of it was
    /// begun.
    pub fn continuation(&self, task: &Task) -> Option<Continuation> {
        let progress = self.left.progress.get(&task.path)?;
        Some(progress.continuation(task, None, self.consent(&task.path)))
    }

    /// What is known of a task on its hosts, by their names.
    pub fn hosts(&self, task: &Task) -> Option<&BTreeMap<String, HostProgress>> {
        let progress = self.left.progress.get(&task.path)?;
        (!progress.hosts.is_empty()).then_some(&progress.hosts)
    }

    /// The name of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// What somebody has decided about a task.
    pub fn consent(&self, path: &str) -> Consent {
        let said = |names: &[String]| names.iter().any(|name| name == path);
        match () {
            () if said(&self.consents.repeat) => Consent::Repeat,
            () if said(&self.consents.done) => Consent::Done,
            () => Consent::None,
        }
    }

    /// Asks on a terminal about every doubt.
    ///
    /// # Errors
    /// NX0530 when there is a doubt and nobody to ask, NX0536 when the command line names a task that
    /// was not begun.
    pub fn decide(
        &self,
        context: &Context,
        graph: &TaskGraph,
        targets: &[TaskId],
    ) -> Result<Resumption, CliError> {
        for name in self.consents.repeat.iter().chain(&self.consents.done) {
            if !self.left.progress.contains_key(name) {
                return Err(not_begun(&self.run, name, &self.left));
            }
        }
        let mut consent = HashMap::new();
        let mut doubts = Vec::new();
        for id in graph.closure(targets) {
            let task = graph.task(id);
            let said = self.consent(&task.path);
            if said != Consent::None {
                consent.insert(task.path.clone(), said);
            }
            if let Some(Continuation::Ask(doubt)) = self.continuation(task) {
                doubts.push((task, doubt));
            }
        }
        if !doubts.is_empty() && !terminal::is_there(context) {
            return Err(in_doubt(&self.run, &doubts));
        }
        for (task, doubt) in doubts {
            let said = ask(context, &self.run, task, doubt)?;
            consent.insert(task.path.clone(), said);
        }
        Ok(Resumption {
            run: self.run.clone(),
            left: self.left.clone(),
            consent,
        })
    }
}

fn ask(context: &Context, run: &str, task: &Task, doubt: Doubt) -> Result<Consent, CliError> {
    let question = doubt_about(task, run, doubt);
    let choices = [
        Choice::new('r', "repeat it"),
        Choice::new('d', "it is done: go on behind it"),
        Choice::new('q', "quit, and decide later"),
    ];
    match terminal::ask(context, &format!("{question}\n"), &choices) {
        Some('r') => Ok(Consent::Repeat),
        Some('d') => Ok(Consent::Done),
        _ => Err(in_doubt(run, &[(task, doubt)]).exit(Exit::Interrupted)),
    }
}

fn in_doubt(run: &str, doubts: &[(&Task, Doubt)]) -> CliError {
    let sentences: Vec<String> = doubts
        .iter()
        .map(|(task, doubt)| doubt_about(task, run, *doubt))
        .collect();
    let option = |name: &str| {
        let options = doubts
            .iter()
            .map(|(task, _)| format!("{name} {}", task.path));
        options.collect::<Vec<_>>().join(" ")
    };
    CliError::new("NX0530", sentences.join("; "))
        .help(format!(
            "look what has been done, then say `nexus resume {run} {}` to run it again",
            option("--repeat")
        ))
        .help(format!(
            "or `nexus resume {run} {}` to go on behind it",
            option("--done")
        ))
}

fn not_begun(run: &str, name: &str, left: &Replay) -> CliError {
    let names = left.progress.keys().map(String::as_str);
    let close = close_to(name, names);
    let message = format!("the run {run} has begun no task `{name}` whose commands are remembered");
    CliError::new("NX0536", message).did_you_mean(&close)
}
