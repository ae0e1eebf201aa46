//! A build of forty small tasks, and what must be true of it whatever happened.

use crate::support::Project;

/// Forty small tasks in four layers; each notes in `executed` that it ran and writes its output in
/// two halves, so that a kill can catch it in between.
pub fn layers() -> Project {
    let mut text = String::from("tasks = {\n");
    for layer in 0..4 {
        for i in 0..10 {
            let input = match layer {
                0 => "\"seed\"".to_string(),
                _ => format!(
                    "tasks.l{}_{i}.outputs.out tasks.l{}_{}.outputs.out",
                    layer - 1,
                    layer - 1,
                    (i + 1) % 10
                ),
            };
            let out = format!("out/{layer}_{i}");
            text.push_str(&format!(
                "  l{layer}_{i} = {{ inputs = [ {input} ]; outputs = {{ out = \"{out}\"; }};\n    \
                 run = \"echo {layer}_{i} >> executed; printf first > {out}; cat seed > /dev/null; printf ' {layer}_{i} ' >> {out}; cat seed >> {out}\"; }};\n"
            ));
        }
    }
    text.push_str("};\n");
    Project::new(&text).write("seed", "seed 1\n")
}

pub fn assert_layers_are_right(project: &Project) {
    let seed = project.read("seed");
    for layer in 0..4 {
        for i in 0..10 {
            let out = project.read(&format!("out/{layer}_{i}"));
            assert_eq!(out, format!("first {layer}_{i} {seed}"), "out/{layer}_{i}");
        }
    }
}

pub fn assert_store_is_clean(project: &Project) {
    let ran = project.nexus(&["cache", "verify"]);
    assert_eq!(ran.code, Some(0), "the store does not verify\n{ran}");
}
