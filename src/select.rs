//! From the names on the command line to tasks.

use crate::error::CliError;
use crate::suggest::close_to;
use nexus_graph::{TaskGraph, TaskId};
use std::collections::BTreeSet;

/// The tasks that `names` mean: a path is one task, a namespace all the tasks inside. Each task
/// once, in the order of the names.
///
/// # Errors
/// NX0705 for the first name that is neither.
pub fn tasks(graph: &TaskGraph, names: &[String]) -> Result<Vec<TaskId>, CliError> {
    let mut chosen = Vec::new();
    let mut seen = BTreeSet::new();
    for name in names {
        let found = named(graph, name);
        if found.is_empty() {
            return Err(unknown(graph, name));
        }
        chosen.extend(found.into_iter().filter(|id| seen.insert(*id)));
    }
    Ok(chosen)
}

fn named(graph: &TaskGraph, name: &str) -> Vec<TaskId> {
    if let Some(id) = graph.find(name) {
        return vec![id];
    }
    let inside = format!("{}.", name.trim_end_matches(['.', '*']));
    graph
        .ids()
        .filter(|id| graph.task(*id).path.starts_with(&inside))
        .collect()
}

/// The error for a name that is no task.
pub fn unknown(graph: &TaskGraph, name: &str) -> CliError {
    if graph.tasks.is_empty() {
        return CliError::new(
            "NX0705",
            format!("there is no task `{name}`: the project has no tasks yet"),
        );
    }
    let names: BTreeSet<&str> = graph
        .tasks
        .iter()
        .flat_map(|task| {
            let namespaces = task.path.match_indices('.').map(|(at, _)| &task.path[..at]);
            namespaces.chain([task.path.as_str()])
        })
        .collect();
    let close = close_to(name, names);
    CliError::new("NX0705", format!("there is no task `{name}`"))
        .did_you_mean(&close)
        .help("`nexus list` shows all tasks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::Task;

    fn graph() -> TaskGraph {
        let paths = ["build", "obj.lapi", "obj.lcode", "object", "test"];
        TaskGraph {
            tasks: paths.map(Task::new).to_vec(),
            ..TaskGraph::default()
        }
    }

    fn select(names: &[&str]) -> Result<Vec<u32>, CliError> {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        tasks(&graph(), &names).map(|ids| ids.iter().map(|id| id.0).collect())
    }

    #[test]
    fn a_namespace_means_the_tasks_inside() {
        assert_eq!(select(&["obj"]).unwrap(), [1, 2]);
        assert_eq!(select(&["obj.*"]).unwrap(), [1, 2]);
        assert_eq!(select(&["test", "obj", "obj.lapi"]).unwrap(), [4, 1, 2]);
    }

    #[test]
    fn an_unknown_task_has_proposals() {
        for (typed, help) in [
            ("biuld", "did you mean `build`?"),
            ("lapi", "did you mean `obj.lapi`?"),
            ("obk", "did you mean `obj`?"),
        ] {
            let error = select(&[typed]).unwrap_err();
            assert_eq!(error.code, "NX0705");
            assert_eq!(error.help[0], help);
        }
        let error = select(&["zzz"]).unwrap_err();
        assert_eq!(error.help, ["`nexus list` shows all tasks"]);
    }
}
