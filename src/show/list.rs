//! `nexus list`: tasks with what they are for, grouped by namespace.

use crate::render::look::{Look, Role};
use crate::render::text::{columns, count, fit, one_line};
use nexus_graph::{Task, TaskGraph, TaskId, TaskKind};
use std::collections::{BTreeMap, BTreeSet};

/// Names are padded to the longest of their group, up to this.
const WIDEST: usize = 32;

/// The tasks `among`, those without a namespace first; `instead` has what is to be said of a task
/// in the place of its description.
pub fn text(
    graph: &TaskGraph,
    among: &BTreeSet<TaskId>,
    instead: &dyn Fn(TaskId) -> Option<String>,
    look: &Look,
) -> String {
    let mut groups: BTreeMap<&str, Vec<(TaskId, &Task)>> = BTreeMap::new();
    for id in among {
        let task = graph.task(*id);
        let namespace = task.path.rsplit_once('.').map_or("", |(space, _)| space);
        groups.entry(namespace).or_default().push((*id, task));
    }
    let mut out = String::new();
    for (namespace, tasks) in groups {
        if !namespace.is_empty() {
            if !out.is_empty() {
                out.push('\n');
            }
            out += &format!("{}\n", look.paint(Role::Strong, namespace));
        }
        let indent = if namespace.is_empty() { "" } else { "  " };
        let widest = tasks
            .iter()
            .map(|(_, t)| columns(&t.path))
            .max()
            .unwrap_or(0);
        let pad = widest.min(WIDEST);
        for (id, task) in tasks {
            let name = look.paint(Role::Literal, &task.path);
            let used = indent.len() + columns(&task.path).max(pad) + 2;
            let blank = " ".repeat(pad.saturating_sub(columns(&task.path)));
            let about = match instead(id) {
                Some(text) => fit(&text, room(used, look), look).into_owned(),
                None => about(task, used, look),
            };
            let line = format!("{indent}{name}{blank}  {about}");
            out += line.trim_end();
            out.push('\n');
        }
    }
    out
}

/// Columns that are left behind what is `used`.
fn room(used: usize, look: &Look) -> usize {
    look.width
        .map_or(usize::MAX, |width| width.saturating_sub(used).max(8))
}

/// The first line of the description, else the first command, less prominent.
fn about(task: &Task, used: usize, look: &Look) -> String {
    let room = room(used, look);
    if let Some(line) = task.description.as_deref().and_then(|d| d.lines().next()) {
        return fit(line.trim(), room, look).into_owned();
    }
    let text = match (task.kind, task.steps.first()) {
        (TaskKind::Work, Some(step)) => {
            let command = step.label();
            format!("$ {}", one_line(&command, look))
        }
        _ => count(task.deps.len(), "task"),
    };
    look.paint(Role::Dim, &fit(&text, room, look))
}

/// One name a line, for scripts and completion.
pub fn names(graph: &TaskGraph, among: &BTreeSet<TaskId>) -> String {
    among
        .iter()
        .map(|id| format!("{}\n", graph.task(*id).path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::render::look::Glyphs;
    use expect_test::expect;

    #[test]
    fn tasks_by_namespace() {
        let look = Look::test(Glyphs::Unicode, Some(80));
        let graph = sample::graph();
        let all = graph.ids().collect();
        expect![[r#"
            all   Everything
            link  The program
            test  Runs the program

            obj
              obj.a  $ cc -c src/a.c -o build/a.o
              obj.b  $ cc -c src/b.c -o build/b.o
        "#]]
        .assert_eq(&text(&graph, &all, &|_| None, &look));
        let narrow = Look::test(Glyphs::Unicode, Some(24));
        expect![[r#"
            all   Everything
            link  The program
            test  Runs the program

            obj
              obj.a  $ cc -c src/a.…
              obj.b  $ cc -c src/b.…
        "#]]
        .assert_eq(&text(&graph, &all, &|_| None, &narrow));
        assert_eq!(names(&graph, &all).lines().count(), 5);
    }

    #[test]
    fn no_tasks() {
        let graph = TaskGraph::default();
        assert_eq!(
            text(&graph, &BTreeSet::new(), &|_| None, &Look::plain()),
            ""
        );
    }
}
