//! The history of the project at hand, and the run a name means.

use crate::context::Context;
use crate::error::CliError;
use crate::project::Project;
use nexus_graph::TaskGraph;
use nexus_journal::{Header, History, Journal, Report, state_dir};
use std::path::Path;
use std::sync::Arc;

/// The journal of a run that is about to begin; `None` when there is nowhere to keep it.
pub fn journal(project: &Path, graph: Arc<TaskGraph>) -> Option<Journal> {
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
    };
    Some(Journal::new(&state_dir()?, project, header, graph))
}

/// The history of the project of the command line.
///
/// # Errors
/// NX0710 when there is no project, NX0713 when nothing is remembered on this machine.
pub fn open(context: &Context) -> Result<History, CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let Some(state) = state_dir() else {
        return Err(CliError::new(
            "NX0713",
            "runs are not remembered here: there is no folder to do it in",
        )
        .help("set HOME, XDG_STATE_HOME or NEXUS_STATE_DIR"));
    };
    Ok(History::open(&state, &project.root))
}

/// What is remembered of the run that `name` means.
///
/// # Errors
/// NX0714 when it means none or several, NX0715 when its journal cannot be read.
pub fn report(history: &History, name: &str) -> Result<Report, CliError> {
    let found = history.matching(name);
    let run = match found.as_slice() {
        [run] => run,
        [] => {
            let error = CliError::new("NX0714", format!("no run is called `{name}`"));
            return Err(error.help(
                "`nexus pipelines` lists the runs; `last` is the newest one that executed something, `last~1` the one before",
            ));
        }
        several => {
            let some: Vec<&str> = several.iter().take(3).map(String::as_str).collect();
            let message = format!("`{name}` may be any of {} runs", several.len());
            let help = format!("say more of the name: {}", some.join(", "));
            return Err(CliError::new("NX0714", message).help(help));
        }
    };
    history.report(run).map_err(|_| {
        CliError::new(
            "NX0715",
            format!("the journal of the run `{run}` cannot be read"),
        )
        .help("it was damaged or written by another version; the run's results are not concerned")
    })
}
