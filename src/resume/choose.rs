//! Which run is gone on with, and what of the project it is about.

use crate::commands::build;
use crate::error::CliError;
use crate::history;
use crate::project::Project;
use crate::select;
use crate::suggest::close_to;
use nexus_graph::{TaskGraph, TaskId};
use nexus_journal::{Asked, Ended, History, OpenRun, open_runs};

/// The run that `name` means; without one, the only one that was interrupted, or else the newest one
/// that failed.
///
/// # Errors
/// NX0533 when there is none, NX0534 when there are several, NX0535 when that run came to its end, or
/// another one has gone on with it; NX0714 and NX0715 about names and journals.
pub fn chosen(project: &Project, name: Option<&str>) -> Result<OpenRun, CliError> {
    let state = history::state()?;
    let Some(name) = name else {
        return only(open_runs(&state, &project.root));
    };
    let history = History::open(&state, &project.root);
    let run = history::named(&history, name)?;
    let open = OpenRun::find(&state, &project.root, &run);
    let open = open.ok_or_else(|| history::unreadable(&run))?;
    if open.ended == Ended::Succeeded {
        let message = format!("the run {run} came to its end");
        return Err(CliError::new("NX0535", message).help("nothing of it is left to do"));
    }
    let runs = history.runs();
    let later = runs.iter().find(|past| past.resumes.as_ref() == Some(&run));
    if let Some(later) = later {
        let message = format!("the run {} has gone on with the run {run}", later.run);
        let help = match later.ended {
            Ended::Succeeded => "it came to its end".to_string(),
            _ => format!("say `nexus resume {}`", later.run),
        };
        return Err(CliError::new("NX0535", message).help(help));
    }
    Ok(open)
}

fn only(open: Vec<OpenRun>) -> Result<OpenRun, CliError> {
    let (failed, rest): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|run| run.ended == Ended::Failed);
    let mut interrupted: Vec<OpenRun> = rest
        .into_iter()
        .filter(|run| run.ended != Ended::Running)
        .collect();
    if interrupted.len() > 1 {
        let message = format!("{} runs did not come to their end", interrupted.len());
        let mut error = CliError::new("NX0534", message);
        for run in interrupted.iter().take(5) {
            let command = run.header.command.join(" ");
            error = error.help(format!("`nexus resume {}` for `{command}`", run.run));
        }
        return Err(error);
    }
    let found = interrupted.pop().or_else(|| failed.into_iter().next());
    found.ok_or_else(|| {
        CliError::new("NX0533", "no run is waiting to be resumed")
            .help("`nexus pipelines` lists the runs of the project")
    })
}

/// The tasks of the project that a run was asked for; `paths` are those it found then.
///
/// # Errors
/// NX0538 when the project has one of them no more.
pub fn targets(
    graph: &TaskGraph,
    asked: &Asked,
    paths: &[String],
) -> Result<Vec<TaskId>, CliError> {
    if !asked.chosen && asked.build {
        return build::targets(graph, &asked.tasks);
    }
    if !asked.chosen && !asked.tasks.is_empty() {
        return select::tasks(graph, &asked.tasks);
    }
    let find = |path: &String| {
        graph.find(path).ok_or_else(|| {
            let names = graph.tasks.iter().map(|task| task.path.as_str());
            let close = close_to(path, names);
            let message = format!("the project has no task `{path}` any more");
            CliError::new("NX0538", message).did_you_mean(&close)
        })
    };
    paths.iter().map(find).collect()
}
