//! `nexus graph --format dot`: for Graphviz. Arrows go the way the work goes: from a task to
//! those that need it.

use super::resources;
use nexus_graph::{TaskGraph, TaskId, TaskKind};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The tasks `among` and the edges between them.
pub fn text(graph: &TaskGraph, among: &BTreeSet<TaskId>) -> String {
    let mut out = String::from("digraph nexus {\n  rankdir = LR;\n  node [shape = box];\n");
    // Writing to a string cannot fail.
    for id in among {
        let task = graph.task(*id);
        let mut attributes = Vec::new();
        if task.kind == TaskKind::Group {
            attributes.push("style = dashed".to_string());
        }
        let about = task.description.as_deref().and_then(|d| d.lines().next());
        let about = [about.map(str::to_string), resources::phrase(task)];
        let about: Vec<String> = about.into_iter().flatten().collect();
        if !about.is_empty() {
            attributes.push(format!("tooltip = {}", quote(&about.join("; "))));
        }
        let name = quote(&task.path);
        _ = if attributes.is_empty() {
            writeln!(out, "  {name};")
        } else {
            writeln!(out, "  {name} [{}];", attributes.join(", "))
        };
    }
    for id in among {
        let task = graph.task(*id);
        for dep in task.deps.iter().filter(|d| among.contains(&d.task)) {
            let from = quote(&graph.task(dep.task).path);
            _ = writeln!(out, "  {from} -> {};", quote(&task.path));
        }
    }
    out.push_str("}\n");
    out
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_drawing() {
        let mut graph = sample::graph();
        graph.tasks[1].description = Some("The \"app\" in C:\\".into());
        expect![[r#"
            digraph nexus {
              rankdir = LR;
              node [shape = box];
              "all" [style = dashed, tooltip = "Everything"];
              "link" [tooltip = "The \"app\" in C:\\"];
              "obj.a";
              "obj.b";
              "test" [tooltip = "Runs the program"];
              "link" -> "all";
              "test" -> "all";
              "obj.a" -> "link";
              "obj.b" -> "link";
              "link" -> "test";
            }
        "#]]
        .assert_eq(&text(&graph, &graph.ids().collect()));
    }
}
