//! Nothing stale, ever: random projects, random edits, damage and partial runs; after each run the
//! outputs of what was asked for are what they would be if everything were made from nothing.

mod support;
use std::collections::BTreeMap;
use std::fmt::Write;
use support::Project;

/// A linear congruential generator: the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

const TASKS: usize = 24;
const SOURCES: usize = 8;

/// What a task is made of: sources, and earlier tasks used as a file in `inputs` or by `deps`.
struct Node {
    sources: Vec<usize>,
    inputs: Vec<usize>,
    deps: Vec<usize>,
}

struct Graph {
    nodes: Vec<Node>,
    /// Groups: tasks behind each.
    groups: Vec<Vec<usize>>,
}

impl Graph {
    fn new(random: &mut Random) -> Graph {
        let mut nodes = Vec::new();
        for i in 0..TASKS {
            let mut some = |limit: usize, most: usize| -> Vec<usize> {
                let count = if limit == 0 {
                    0
                } else {
                    random.below(most + 1)
                };
                let mut found: Vec<usize> = (0..count).map(|_| random.below(limit)).collect();
                found.sort_unstable();
                found.dedup();
                found
            };
            nodes.push(Node {
                sources: some(SOURCES, 2),
                inputs: some(i, 2),
                deps: some(i, 1),
            });
        }
        let groups = (0..3)
            .map(|_| (0..3).map(|_| random.below(TASKS)).collect())
            .collect();
        Graph { nodes, groups }
    }

    /// Each task writes its name, then everything it is made of.
    fn text(&self) -> String {
        let mut text = String::from("tasks = {\n");
        for (i, node) in self.nodes.iter().enumerate() {
            let sources = node.sources.iter().map(|s| format!("src/{s}"));
            let inputs = node.inputs.iter().map(|t| format!("out/t{t}"));
            let used = node.deps.iter().map(|t| format!("out/t{t}"));
            let declared: Vec<String> = sources.chain(inputs).collect();
            let read: Vec<String> = declared.iter().cloned().chain(used).collect();
            let quoted: String = declared.iter().map(|p| format!("\"{p}\" ")).collect();
            let deps: String = node.deps.iter().map(|t| format!("tasks.t{t} ")).collect();
            writeln!(
                text,
                "  t{i} = {{ inputs = [ {quoted}]; deps = [ {deps}]; outputs = [ \"out/t{i}\" ]; \
                 run = \"(echo t{i}; cat {} /dev/null) > out/t{i}\"; }};",
                read.join(" "),
            )
            .unwrap();
        }
        for (i, behind) in self.groups.iter().enumerate() {
            let deps: String = behind.iter().map(|t| format!("tasks.t{t} ")).collect();
            writeln!(text, "  g{i} = {{ deps = [ {deps}]; }};").unwrap();
        }
        text + "};\n"
    }

    fn expected(&self, sources: &BTreeMap<usize, String>) -> Vec<String> {
        let mut made: Vec<String> = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let mut content = format!("t{i}\n");
            node.sources.iter().for_each(|s| content += &sources[s]);
            for other in node.inputs.iter().chain(&node.deps) {
                content += &made[*other];
            }
            made.push(content);
        }
        made
    }
}

fn story(seed: u64) {
    let mut random = Random(seed);
    let graph = Graph::new(&mut random);
    let project = Project::new(&graph.text());
    let mut sources: BTreeMap<usize, String> = BTreeMap::new();
    for source in 0..SOURCES {
        let content = format!("source {source}\n");
        project.edit(&format!("src/{source}"), &content);
        sources.insert(source, content);
    }
    let mut history = Vec::new();
    for step in 0..40 {
        match random.below(6) {
            0..3 => {
                let source = random.below(SOURCES);
                // Few contents, so that old results come back.
                let content = format!("source {source} edit {}\n", random.below(3));
                project.edit(&format!("src/{source}"), &content);
                sources.insert(source, content);
                history.push(format!("edit {source}"));
            }
            3 => {
                let output = format!("out/t{}", random.below(TASKS));
                if project.exists(&output) {
                    project.remove(&output);
                }
                history.push(format!("remove {output}"));
            }
            4 => {
                let output = format!("out/t{}", random.below(TASKS));
                project.edit(&output, "damaged\n");
                history.push(format!("damage {output}"));
            }
            _ => project.touch(&format!("src/{}", random.below(SOURCES))),
        }
        // Programs that read events go another way than people.
        let mut args = match random.below(4) {
            0 => vec!["--format", "json", "build"],
            1 => vec!["build"],
            _ => vec!["-q", "build"],
        };
        let one = match random.below(3) {
            0 => None,
            1 => Some(format!("g{}", random.below(graph.groups.len()))),
            _ => Some(format!("t{}", random.below(TASKS))),
        };
        args.extend(one.as_deref());
        history.push(args.join(" "));
        project.ok(&args);
        let asked: Vec<usize> = match one.as_deref().map(|name| name.split_at(1)) {
            None => (0..TASKS).collect(),
            Some(("g", number)) => graph.groups[number.parse::<usize>().unwrap()].clone(),
            Some((_, number)) => vec![number.parse().unwrap()],
        };
        let expected = graph.expected(&sources);
        for task in asked {
            assert_eq!(
                project.read(&format!("out/t{task}")),
                expected[task],
                "seed {seed}, step {step}: t{task} is stale after\n{}\nin\n{}",
                history.join("\n"),
                graph.text()
            );
        }
    }
}

#[test]
fn no_run_leaves_a_stale_output() {
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || (0..6).for_each(|seed| story(seed * 2 + half)));
        }
    });
}

#[test]
fn a_user_left_out_of_a_run_is_not_up_to_date_afterwards() {
    let project = Project::new(
        r#"
tasks = {
  a = { inputs = [ "source" ]; outputs = [ "out/a" ]; run = "cp source out/a"; };
  b = { deps = [ tasks.a ]; outputs = [ "out/b" ]; run = "cat out/a > out/b"; };
  c = { deps = [ tasks.b ]; outputs = [ "out/c" ]; run = "cat out/b > out/c"; };
};
"#,
    )
    .write("source", "one\n");
    project.ok(&["build"]);
    project.edit("source", "two\n");
    project.ok(&["build", "a"]);
    project.ok(&["build"]);
    assert_eq!(project.read("out/c"), "two\n");
}
