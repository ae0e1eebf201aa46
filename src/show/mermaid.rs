//! `nexus graph --format mermaid`: for Markdown pages. Arrows go the way the work goes: from a
//! task to those that need it.

use nexus_graph::{TaskGraph, TaskId, TaskKind};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The tasks `among` and the edges between them.
pub fn text(graph: &TaskGraph, among: &BTreeSet<TaskId>) -> String {
    let mut out = String::from("flowchart LR\n");
    // Writing to a string cannot fail.
    for id in among {
        let task = graph.task(*id);
        let label = label(&task.path);
        _ = match task.kind {
            TaskKind::Group => writeln!(out, "  t{}([\"{label}\"])", id.0),
            TaskKind::Work => writeln!(out, "  t{}[\"{label}\"]", id.0),
        };
    }
    for id in among {
        for dep in &graph.task(*id).deps {
            if among.contains(&dep.task) {
                _ = writeln!(out, "  t{} --> t{}", dep.task.0, id.0);
            }
        }
    }
    out
}

/// Mermaid writes special characters as entities.
fn label(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_drawing() {
        let mut graph = sample::graph();
        graph.tasks[4].path = "test.\"quoted\"".into();
        expect![[r#"
            flowchart LR
              t0(["all"])
              t1["link"]
              t2["obj.a"]
              t3["obj.b"]
              t4["test.#quot;quoted#quot;"]
              t1 --> t0
              t4 --> t0
              t2 --> t1
              t3 --> t1
              t1 --> t4
        "#]]
        .assert_eq(&text(&graph, &graph.ids().collect()));
    }
}
