//! What is wrong with the graph, as diagnostics with places.

use super::Texts;
use super::problem::Problem;
use super::raw::{At, RawTask};
use crate::diagnostic::{Code, Diagnostic, registry::project as codes};
use crate::hir::Span;
use nexus_graph::task::Place;
use nexus_graph::{GraphError, TaskGraph, TaskId};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

fn place(tasks: &[RawTask], path: &str, file: &Path) -> At {
    tasks
        .iter()
        .find(|t| t.path == path)
        .and_then(|t| t.at.clone())
        .unwrap_or_else(|| At {
            file: Arc::from(file),
            span: Span::default(),
        })
}

/// Cycles and outputs written twice.
pub(super) fn of_graph(graph: &TaskGraph, tasks: &[RawTask], file: &Path) -> Vec<Diagnostic> {
    let name = |id: &TaskId| graph.task(*id).path.clone();
    let at = |id: &TaskId| place(tasks, &graph.task(*id).path, file);
    graph.validate().iter().map(|error| match error {
        GraphError::Cycle(path) => {
            let names: Vec<String> = path.iter().map(name).collect();
            let first = at(&path[0]);
            let message = match names.as_slice() {
                [only, _] => format!("task `{only}` depends on itself"),
                _ => format!("tasks depend on each other in a cycle: {}", names.join(" → ")),
            };
            let mut diagnostic = Diagnostic::error(codes::TASK_CYCLE, first.file, first.span, message)
                .label(format!("`{}` needs `{}`", names[0], names[1]))
                .help("remove one of these dependencies, or split a task so that a part can go first");
            for pair in path.windows(2).skip(1) {
                let place = at(&pair[0]);
                let text = format!("`{}` needs `{}`", name(&pair[0]), name(&pair[1]));
                diagnostic = diagnostic.secondary(place.file, place.span, text);
            }
            diagnostic
        }
        GraphError::Overlap { first, second, path } => {
            let (a, b) = (at(first), at(second));
            let message = format!("tasks `{}` and `{}` both write `{path}`", name(first), name(second));
            Diagnostic::error(codes::OUTPUT_CONFLICT, b.file, b.span, message)
                .label(format!("`{}` writes it here", name(second)))
                .secondary(a.file, a.span, format!("`{}` writes it too", name(first)))
                .help("give each task outputs of its own; one task can use the other's through `tasks.….outputs`")
        }
    }).collect()
}

/// Problems of single tasks. A dependency on a task that could not be read yet because it needs
/// another one first is no problem.
pub(super) fn of_problems(
    problems: &[Problem],
    tasks: &[RawTask],
    needs: &BTreeSet<String>,
    file: &Path,
) -> Vec<Diagnostic> {
    problems
        .iter()
        .filter(|p| needs.is_empty() || p.code != "NX0405")
        .map(|problem| {
            let at = place(tasks, &problem.task, file);
            let code: Code = problem.code.parse().unwrap_or(codes::WRONG_VALUE);
            let mut diagnostic = Diagnostic::error(code, at.file, at.span, problem.message.clone());
            if let Some(help) = &problem.help {
                diagnostic = diagnostic.help(help.clone());
            }
            diagnostic
        })
        .collect()
}

/// Fills in where each task is declared.
pub(super) fn with_places(
    mut graph: TaskGraph,
    tasks: &[RawTask],
    texts: &dyn Texts,
    root: &Path,
) -> TaskGraph {
    let places: HashMap<&str, &At> = tasks
        .iter()
        .filter_map(|t| Some((t.path.as_str(), t.at.as_ref()?)))
        .collect();
    let mut lines: HashMap<Arc<Path>, Vec<u32>> = HashMap::new();
    for task in &mut graph.tasks {
        let Some(at) = places.get(task.path.as_str()) else {
            continue;
        };
        let starts = lines.entry(at.file.clone()).or_insert_with(|| {
            let text = texts.source(&at.file).unwrap_or_default();
            let ends = text
                .bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let line = starts.partition_point(|start| *start <= at.span.start);
        task.place = Some(Place {
            file: crate::world::paths::shown(root, &at.file),
            line: line.max(1) as u32,
        });
    }
    graph
}
