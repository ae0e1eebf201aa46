//! The history of the project at hand, and the run a name means.

use crate::context::Context;
use crate::error::{CliError, reason};
use crate::project::Project;
use nexus_engine::Durable;
use nexus_graph::event::EventKind;
use nexus_graph::{Digest, TaskGraph};
use nexus_journal::{
    Asked, Header, History, Journal, Process, Recorder, Replay, Report, state_dir,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the journal of a run says about it from the start.
#[derive(Default)]
pub struct About {
    /// What was asked for; `None` for a run that nobody goes on with.
    pub asked: Option<Asked>,
    /// What the plan was made from.
    pub sources: Vec<(String, Digest)>,
    /// The run that this one goes on with, and what it left.
    pub before: Option<(String, Replay)>,
}

/// The journal of a run that is about to begin; `None` when there is nowhere to keep it. When it
/// cannot be written any more, `trouble` is told why, once.
pub fn recorder(
    project: &Path,
    graph: Arc<TaskGraph>,
    about: About,
    trouble: impl FnOnce(&io::Error) + Send + 'static,
) -> Option<Arc<Recorder>> {
    let user = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let header = Header {
        version: nexus_journal::VERSION,
        nexus: env!("CARGO_PKG_VERSION").to_string(),
        project: project.to_string_lossy().into_owned(),
        command: std::env::args_os()
            .enumerate()
            .map(|(i, word)| match i {
                // By whatever path it was started.
                0 => "nexus".to_string(),
                _ => word.to_string_lossy().into_owned(),
            })
            .collect(),
        user: user("USER").or_else(|| user("LOGNAME")).unwrap_or_default(),
        asked: about.asked,
        process: Process::own(),
        sources: about.sources,
    };
    let mut journal = Journal::new(&state_dir()?, project, header, graph);
    if let Some((run, left)) = about.before {
        journal = journal.going_on(run, left);
    }
    Some(Arc::new(Recorder::new(journal, trouble)))
}

/// A journal that the engine waits for.
pub struct Flushed(pub Arc<Recorder>);

impl Durable for Flushed {
    fn flush(&self, done: Box<dyn FnOnce() + Send>) {
        self.0.flush(done);
    }
}

/// The warning that a run is not remembered.
pub fn not_written(error: &io::Error) -> EventKind {
    EventKind::Warning {
        task: None,
        code: "NX0537".into(),
        message: format!(
            "what this run does is not remembered any more: {}",
            reason(error)
        ),
        help: Some(
            "the run goes on; if it breaks off, it cannot be resumed behind what it has done since"
                .into(),
        ),
    }
}

/// The folder where runs are remembered.
///
/// # Errors
/// NX0713 when there is none.
pub fn state() -> Result<PathBuf, CliError> {
    state_dir().ok_or_else(|| {
        CliError::new(
            "NX0713",
            "runs are not remembered here: there is no folder to do it in",
        )
        .help("set HOME, XDG_STATE_HOME or NEXUS_STATE_DIR")
    })
}

/// The history of the project of the command line.
///
/// # Errors
/// NX0710 when there is no project, NX0713 when nothing is remembered on this machine.
pub fn open(context: &Context) -> Result<History, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    Ok(History::open(&state()?, &project.root))
}

/// What is remembered of the run that `name` means.
///
/// # Errors
/// NX0714 when it means none or several, NX0715 when its journal cannot be read.
pub fn report(history: &History, name: &str) -> Result<Report, CliError> {
    let run = named(history, name)?;
    history.report(&run).map_err(|_| unreadable(&run))
}

/// The run that `name` means.
///
/// # Errors
/// NX0714 when it means none or several.
pub fn named(history: &History, name: &str) -> Result<String, CliError> {
    let found = history.matching(name);
    match found.as_slice() {
        [run] => Ok(run.clone()),
        [] => {
            let error = CliError::new("NX0714", format!("no run is called `{name}`"));
            Err(error.help(
                "`nexus pipelines` lists the runs; `last` is the newest one that executed something, `last~1` the one before",
            ))
        }
        several => {
            let some: Vec<&str> = several.iter().take(3).map(String::as_str).collect();
            let message = format!("`{name}` may be any of {} runs", several.len());
            let help = format!("say more of the name: {}", some.join(", "));
            Err(CliError::new("NX0714", message).help(help))
        }
    }
}

/// The error about a journal that cannot be read.
pub fn unreadable(run: &str) -> CliError {
    CliError::new(
        "NX0715",
        format!("the journal of the run `{run}` cannot be read"),
    )
    .help("it was damaged or written by another version; the run's results are not concerned")
}
