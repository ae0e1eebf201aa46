//! A small project for the tests.

use nexus_graph::task::Place;
use nexus_graph::{Dependency, Output, Step, Task, TaskGraph, TaskKind, Used};

/// Two objects, a program, its test, and a group.
pub fn graph() -> TaskGraph {
    let mut graph = TaskGraph::default();
    for (path, description, deps, run) in [
        ("all", Some("Everything"), &["link", "test"][..], None),
        (
            "link",
            Some("The program"),
            &["obj.a", "obj.b"],
            Some("cc -o app build/a.o build/b.o"),
        ),
        ("obj.a", None, &[], Some("cc -c src/a.c -o build/a.o")),
        ("obj.b", None, &[], Some("cc -c src/b.c -o build/b.o")),
        (
            "test",
            Some("Runs the program\nand compares"),
            &["link"],
            Some("./app --self-test"),
        ),
    ] {
        let mut task = Task::new(path);
        task.description = description.map(Into::into);
        task.deps = deps
            .iter()
            .map(|d| (d.to_string(), Used::All))
            .map(|(d, used)| Dependency {
                task: ["all", "link", "obj.a", "obj.b", "test"]
                    .iter()
                    .position(|p| **p == d)
                    .map(|i| nexus_graph::TaskId(i as u32))
                    .expect("the sample knows its own tasks"),
                used,
            })
            .collect();
        if let Some(run) = run {
            task.kind = TaskKind::Work;
            task.steps = vec![Step::line(run)];
        }
        if path.starts_with("obj") {
            task.cached = true;
            task.inputs = vec![format!("src/{}.c", &path[4..])];
            task.outputs = vec![Output {
                name: Some("object".into()),
                path: format!("build/{}.o", &path[4..]),
            }];
        }
        task.place = Some(Place {
            file: "nexus.nx".into(),
            line: graph.tasks.len() as u32 + 2,
        });
        graph.tasks.push(task);
    }
    graph
}
