//! Tasks for programs: `nexus list --format json` and `nexus graph --format json`.

use nexus_graph::{Task, TaskGraph, TaskId, TaskKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The tasks `among`, by path, with everything a program may want to know before it runs them.
pub fn tasks(graph: &TaskGraph, among: &BTreeSet<TaskId>) -> Value {
    among
        .iter()
        .map(|id| task(graph, graph.task(*id)))
        .collect()
}

fn task(graph: &TaskGraph, task: &Task) -> Value {
    let deps: Vec<&str> = task
        .deps
        .iter()
        .map(|dep| graph.task(dep.task).path.as_str())
        .collect();
    let steps: Vec<String> = task.steps.iter().map(|s| s.command.to_string()).collect();
    let outputs: Vec<Value> = task
        .outputs
        .iter()
        .map(|output| json!({ "name": output.name, "path": output.path }))
        .collect();
    json!({
        "task": task.path,
        "description": task.description,
        "kind": match task.kind {
            TaskKind::Group => "group",
            TaskKind::Work => "work",
        },
        "cached": task.cached,
        "deps": deps,
        "steps": steps,
        "inputs": task.inputs,
        "outputs": outputs,
        "file": task.place.as_ref().map(|place| &place.file),
        "line": task.place.as_ref().map(|place| place.line),
        "pool": task.pool,
        "weight": task.weight,
        "nice": task.nice,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_task_for_programs() {
        let graph = sample::graph();
        let value = tasks(&graph, &BTreeSet::from([TaskId(2)]));
        let text = serde_json::to_string_pretty(&value).unwrap();
        expect![[r#"
            [
              {
                "task": "obj.a",
                "description": null,
                "kind": "work",
                "cached": true,
                "deps": [],
                "steps": [
                  "cc -c src/a.c -o build/a.o"
                ],
                "inputs": [
                  "src/a.c"
                ],
                "outputs": [
                  {
                    "name": "object",
                    "path": "build/a.o"
                  }
                ],
                "file": "nexus.nx",
                "line": 4,
                "pool": null,
                "weight": 1,
                "nice": 0
              }
            ]
        "#]]
        .assert_eq(&format!("{text}\n"));
    }
}
