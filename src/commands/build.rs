//! `nexus build [TASK…]`: makes outputs, never effects.

use super::run::{RunOptions, execute};
use crate::affected::AffectedArgs;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::resume::EarlierArgs;
use crate::select;
use nexus_graph::{Task, TaskGraph, TaskId, TaskKind};
use nexus_store::snapshot::Selection;

/// Arguments of `nexus build`.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {
    /// Tasks with outputs, or namespaces; without any, every task that has outputs
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// How to run them.
    #[command(flatten)]
    pub how: RunOptions,
    /// Which of them.
    #[command(flatten)]
    pub affected: AffectedArgs,
    /// What to do with an earlier run of them.
    #[command(flatten)]
    pub earlier: EarlierArgs,
}

/// Makes the outputs of the tasks named.
///
/// # Errors
/// What is wrong with the project, the names or the machine.
pub fn run(context: &Context, args: &BuildArgs) -> Result<Exit, CliError> {
    let selection = match args.tasks.as_slice() {
        [] => Selection::Outputs,
        names => Selection::Built(names),
    };
    let (affected, earlier) = (&args.affected, args.earlier);
    execute(context, &selection, &args.how, affected, earlier, |graph| {
        targets(graph, &args.tasks)
    })
}

/// The tasks to build: those named, or every cached task with outputs.
///
/// # Errors
/// NX0705 for an unknown name, NX0706 for a task named by its path that makes nothing.
pub fn targets(graph: &TaskGraph, names: &[String]) -> Result<Vec<TaskId>, CliError> {
    if names.is_empty() {
        return Ok(graph.ids().filter(|id| makes(graph.task(*id))).collect());
    }
    let chosen = select::tasks(graph, names)?;
    for name in names {
        let task = graph.find(name).map(|id| graph.task(id));
        if let Some(task) = task.filter(|t| t.kind == TaskKind::Work && !makes(t)) {
            return Err(makes_nothing(task));
        }
    }
    // Of a namespace, what makes something; groups bring their tasks along.
    let wanted = |id: &TaskId| {
        let task = graph.task(*id);
        makes(task) || (task.kind == TaskKind::Group && names.contains(&task.path))
    };
    Ok(chosen.into_iter().filter(wanted).collect())
}

fn makes(task: &Task) -> bool {
    task.cached && !task.outputs.is_empty()
}

fn makes_nothing(task: &Task) -> CliError {
    let why = if task.outputs.is_empty() {
        "has no outputs"
    } else {
        "is not cached"
    };
    let error = CliError::new(
        "NX0706",
        format!("task `{}` {why}, so there is nothing to build", task.path),
    )
    .help(format!("`nexus run {}` runs it", task.path));
    match &task.place {
        Some(place) => error.at(format!("{}:{}", place.file, place.line)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::{Output, Step};

    fn graph() -> TaskGraph {
        let mut graph = TaskGraph::default();
        for (path, output, work) in [
            ("all", None, false),
            ("obj.a", Some("a.o"), true),
            ("obj.note", None, true),
            ("serve", None, true),
        ] {
            let mut task = Task::new(path);
            if work {
                task.kind = TaskKind::Work;
                task.steps = vec![Step::line("true")];
            }
            task.cached = output.is_some();
            task.outputs = output
                .map(|path| Output {
                    name: None,
                    path: path.into(),
                })
                .into_iter()
                .collect();
            graph.tasks.push(task);
        }
        graph
    }

    fn build(names: &[&str]) -> Result<Vec<u32>, CliError> {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        targets(&graph(), &names).map(|ids| ids.iter().map(|id| id.0).collect())
    }

    #[test]
    fn only_what_makes_something() {
        assert_eq!(build(&[]).unwrap(), [1]);
        assert_eq!(build(&["obj"]).unwrap(), [1]);
        assert_eq!(build(&["all", "obj.a"]).unwrap(), [0, 1]);
        let error = build(&["serve"]).unwrap_err();
        assert_eq!(error.code, "NX0706");
        assert!(error.help[0].contains("nexus run serve"));
    }
}
