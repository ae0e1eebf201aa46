//! `nexus graph`: what depends on what, as indented text. A task that was shown before is only
//! named again. Works with an explicit stack: chains may be long.

use super::resources;
use crate::render::look::{Glyphs, Look, Role};
use nexus_graph::{TaskGraph, TaskId, TaskKind};
use std::collections::BTreeSet;

/// Each of `roots` and below it what it depends on, `depth` levels deep.
pub fn text(graph: &TaskGraph, roots: &[TaskId], depth: Option<usize>, look: &Look) -> String {
    let mut out = String::new();
    let mut shown = BTreeSet::new();
    for root in roots {
        let mut stack = vec![(*root, String::new(), String::new(), 0)];
        while let Some((id, own, below, level)) = stack.pop() {
            let task = graph.task(id);
            let cut = depth.is_some_and(|depth| level >= depth) && !task.deps.is_empty();
            let again = !cut && !shown.insert(id) && !task.deps.is_empty();
            out += &look.paint(Role::Dim, &own);
            out += &match task.kind {
                TaskKind::Group => look.paint(Role::Strong, &task.path),
                TaskKind::Work => task.path.clone(),
            };
            if let Some(phrase) = resources::phrase(task) {
                out += &look.paint(Role::Dim, &format!(" ({phrase})"));
            }
            if again {
                out += &look.paint(Role::Dim, " (see above)");
            } else if cut {
                out += &look.paint(Role::Dim, &format!(" {}", look.ellipsis()));
            }
            out.push('\n');
            if again || cut {
                continue;
            }
            for (i, dep) in task.deps.iter().enumerate().rev() {
                let (own, next) = branch(look.glyphs, i + 1 == task.deps.len());
                let (own, next) = (format!("{below}{own}"), format!("{below}{next}"));
                stack.push((dep.task, own, next, level + 1));
            }
        }
    }
    out
}

fn branch(glyphs: Glyphs, last: bool) -> (&'static str, &'static str) {
    match (glyphs, last) {
        (Glyphs::Unicode, false) => ("├─ ", "│  "),
        (Glyphs::Unicode, true) => ("└─ ", "   "),
        (Glyphs::Ascii, false) => ("|- ", "|  "),
        (Glyphs::Ascii, true) => ("`- ", "   "),
        (Glyphs::Plain, _) => ("  ", "  "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{roots, sample};
    use super::*;
    use expect_test::expect;

    #[test]
    fn dependencies_as_a_tree() {
        let graph = sample::graph();
        let roots = roots(&graph, &graph.ids().collect());
        let show = |glyphs, depth| text(&graph, &roots, depth, &Look::test(glyphs, None));
        expect![[r#"
            all
            ├─ link
            │  ├─ obj.a
            │  └─ obj.b
            └─ test
               └─ link (see above)
        "#]]
        .assert_eq(&show(Glyphs::Unicode, None));
        expect![[r#"
            all
            |- link ...
            `- test ...
        "#]]
        .assert_eq(&show(Glyphs::Ascii, Some(1)));
        expect![[r#"
            all ...
        "#]]
        .assert_eq(&show(Glyphs::Plain, Some(0)));
    }

    #[test]
    fn a_cycle_ends() {
        let mut graph = sample::graph();
        graph.tasks[2].deps = graph.tasks[0].deps.clone();
        let out = text(&graph, &[TaskId(0)], None, &Look::plain());
        assert!(out.contains("see above"), "{out}");
    }
}
