//! From tasks as written to a graph: paths brought to normal form, edges found.
//!
//! Edges come from three places: `deps`, strings that mention another task's output, and `inputs`
//! that are literally another task's output or lie inside it.

use super::problem::Problem;
use super::raw::{DependencyName, RawTask};
use globset::GlobBuilder;
use nexus_graph::path::{glob_root, is_glob, is_within, normalise};
use nexus_graph::{
    Dependency, OnFailure, Output, Remote, Step, Strategy, Target, Task, TaskGraph, TaskId,
    TaskKind, Used,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Makes the graph. Problems are about single tasks; cycles and overlaps are the graph's own
/// [`validate`](TaskGraph::validate).
pub fn assemble(mut raw: Vec<RawTask>, pass_env: Vec<String>) -> (TaskGraph, Vec<Problem>) {
    raw.sort_by(|a, b| a.path.cmp(&b.path));
    let mut problems = Vec::new();
    let mut tasks: Vec<Task> = raw.iter().map(|r| plain_task(r, &mut problems)).collect();
    let ids: HashMap<&str, TaskId> = raw
        .iter()
        .enumerate()
        .map(|(i, r)| (r.path.as_str(), TaskId(i as u32)))
        .collect();
    let producers = Producers::new(&tasks);
    for (i, raw) in raw.iter().enumerate() {
        let mut edges = Edges {
            own: TaskId(i as u32),
            used: BTreeMap::new(),
        };
        for dep in &raw.deps {
            match dep {
                DependencyName::Task(name) => match ids.get(name.as_str()) {
                    Some(id) => edges.all(*id),
                    None => {
                        problems.push(Problem::unknown_task(&raw.path, name, ids.keys().copied()))
                    }
                },
                DependencyName::Namespace(name) => {
                    let inside = |path: &str| {
                        name.is_empty()
                            || path
                                .strip_prefix(name.as_str())
                                .is_some_and(|p| p.starts_with('.'))
                    };
                    for (path, id) in ids.iter().filter(|(path, _)| inside(path)) {
                        if *path != raw.path {
                            edges.all(*id);
                        }
                    }
                }
            }
        }
        for (task, output) in raw
            .mentions
            .iter()
            .chain(raw.inputs.iter().flat_map(|t| &t.context))
        {
            match ids.get(task.as_str()) {
                Some(id) => edges.some(*id, *output),
                None => problems.push(Problem::unknown_task(&raw.path, task, ids.keys().copied())),
            }
        }
        for input in tasks[i]
            .inputs
            .iter()
            .filter(|p| !p.starts_with('!') && !is_glob(p))
        {
            for (id, output) in producers.of(input) {
                if id != edges.own {
                    edges.some(id, output);
                }
            }
        }
        tasks[i].deps = edges.finish();
    }
    exclude_foreign_outputs(&mut tasks, &producers);
    let graph = TaskGraph {
        tasks,
        pass_env,
        ..TaskGraph::default()
    };
    (graph, problems)
}

fn plain_task(raw: &RawTask, problems: &mut Vec<Problem>) -> Task {
    let mut task = Task::new(raw.path.as_str());
    task.description = raw.description.clone();
    task.kind = if raw.steps.is_empty() {
        TaskKind::Group
    } else {
        TaskKind::Work
    };
    if raw.steps.is_empty() {
        if raw.has_run {
            problems.push(Problem::no_steps(&raw.path));
        } else if !raw.has_deps {
            problems.push(Problem::empty(&raw.path));
        } else if !raw.outputs.is_empty() {
            problems.push(Problem::group_with_outputs(&raw.path));
        }
    }
    task.steps = raw.steps.clone();
    task.env = raw.env.clone();
    task.tools = raw.tools.clone();
    task.editable = raw.editable;
    task.timeout = raw.timeout;
    task.pool.clone_from(&raw.pool);
    task.weight = raw.weight.unwrap_or(1);
    task.nice = raw.nice.unwrap_or(0);
    if let Some(field) = raw.useless_resource() {
        problems.push(Problem::resource_of_group(&raw.path, field));
    }
    task.sandbox = raw.sandbox.unwrap_or(false) && !raw.steps.is_empty();
    task.idempotent = raw.idempotent.unwrap_or(true);
    let remote = raw.on.as_ref().map(|hosts| remote(raw, hosts));
    useless_there(raw, problems);
    let normal = |problems: &mut Vec<Problem>, what: &'static str, path: &str| match normalise(path)
    {
        Ok(path) => Some(path),
        Err(why) => {
            problems.push(Problem::bad_path(&raw.path, what, path, why));
            None
        }
    };
    task.cwd = match &remote {
        // A folder of the host.
        Some(_) => raw.cwd.clone(),
        None => normal(problems, "cwd", &raw.cwd).unwrap_or_default(),
    };
    for input in &raw.inputs {
        let (sign, path) = match input.text.strip_prefix('!') {
            Some(path) => ("!", path),
            None => ("", input.text.as_str()),
        };
        if let Some(path) = normal(problems, "inputs", path) {
            task.inputs.push(format!("{sign}{path}"));
        }
    }
    for (name, path) in &raw.outputs {
        match normal(problems, "outputs", path) {
            Some(path) if path.is_empty() => {
                problems.push(Problem::bad_path(
                    &raw.path,
                    "outputs",
                    ".",
                    "is the project folder itself",
                ));
            }
            Some(path) if is_glob(&path) => {
                problems.push(Problem::bad_path(
                    &raw.path,
                    "outputs",
                    &path,
                    "is a pattern; name the file or its folder",
                ));
            }
            Some(path) => task.outputs.push(Output {
                name: name.clone(),
                path,
            }),
            None => {}
        }
    }
    let declares = !task.inputs.is_empty() || !task.outputs.is_empty();
    // What a task does on other machines is no file of this one, so it is done whenever it is asked
    // for, unless the project says otherwise.
    let by_default = declares && remote.is_none();
    task.cached = raw.cache.unwrap_or(by_default) && !task.steps.is_empty();
    task.remote = remote.map(Box::new);
    if raw.editable && task.outputs.is_empty() {
        problems.push(Problem::editable_without_outputs(&raw.path));
    }
    task
}

/// Where a task runs, and what it does there.
fn remote(raw: &RawTask, hosts: &[u32]) -> Remote {
    let strategy = raw.strategy.unwrap_or_default();
    let each = |(at, host): (usize, &u32)| Target {
        host: *host,
        steps: raw.each.get(at).cloned(),
    };
    Remote {
        targets: hosts.iter().enumerate().map(each).collect(),
        strategy,
        // Who goes from one host to the next wants to be asked before the second one breaks.
        on_failure: raw.on_failure.unwrap_or(match strategy {
            Strategy::Parallel => OnFailure::Continue,
            Strategy::Serial => OnFailure::Stop,
        }),
    }
}

/// Fields that mean nothing where the task runs.
fn useless_there(raw: &RawTask, problems: &mut Vec<Problem>) {
    let steps = raw.steps.iter().chain(raw.each.iter().flatten());
    let any = |test: fn(&Step) -> bool| steps.clone().any(test);
    let here = [
        ("strategy", raw.strategy.is_some()),
        ("on_failure", raw.on_failure.is_some()),
        ("pty", any(|step| step.pty)),
        ("stdin", any(|step| step.stdin.is_some())),
    ];
    let there = [
        ("outputs", !raw.outputs.is_empty()),
        ("tools", !raw.tools.is_empty()),
        ("sandbox", raw.sandbox == Some(true)),
        ("nice", raw.nice.is_some()),
        ("depfile", any(|step| step.depfile.is_some())),
    ];
    let useless = match raw.on {
        Some(_) => &there[..],
        None => &here[..],
    };
    for (field, _) in useless.iter().filter(|(_, given)| *given) {
        problems.push(Problem::not_there(&raw.path, field, raw.on.is_some()));
    }
}

/// The edges of one task while they are collected.
struct Edges {
    own: TaskId,
    /// `None` stands for all outputs.
    used: BTreeMap<TaskId, Option<BTreeSet<u32>>>,
}

impl Edges {
    fn all(&mut self, id: TaskId) {
        self.used.insert(id, None);
    }

    fn some(&mut self, id: TaskId, output: u32) {
        if let Some(outputs) = self.used.entry(id).or_insert_with(|| Some(BTreeSet::new())) {
            outputs.insert(output);
        }
    }

    fn finish(self) -> Vec<Dependency> {
        self.used
            .into_iter()
            .map(|(task, used)| Dependency {
                task,
                used: used.map_or(Used::All, |some| Used::Some(some.into_iter().collect())),
            })
            .collect()
    }
}

/// Who writes what.
struct Producers {
    by_path: BTreeMap<String, (TaskId, u32)>,
}

impl Producers {
    fn new(tasks: &[Task]) -> Self {
        let mut by_path = BTreeMap::new();
        for (i, task) in tasks.iter().enumerate() {
            for (k, output) in task.outputs.iter().enumerate() {
                by_path
                    .entry(output.path.clone())
                    .or_insert((TaskId(i as u32), k as u32));
            }
        }
        Producers { by_path }
    }

    /// Outputs that are `input`, contain it, or (when it is a folder) lie inside it.
    fn of(&self, input: &str) -> Vec<(TaskId, u32)> {
        let mut found = Vec::new();
        let mut at = Some(input);
        while let Some(path) = at {
            found.extend(self.by_path.get(path));
            at = path.rfind('/').map(|slash| &path[..slash]);
        }
        found.extend(
            self.inside(input)
                .filter(|(path, _)| *path != input)
                .map(|(_, who)| *who),
        );
        found
    }

    /// Outputs that are `folder` or lie inside it.
    fn inside<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a (TaskId, u32))> {
        self.by_path
            .range(folder.to_string()..)
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| is_within(path, folder))
            .map(|(path, who)| (path.as_str(), who))
    }
}

/// A pattern in `inputs` means source files. What another task makes matches only when that task
/// is a dependency: otherwise the result would depend on what happens to have run before.
fn exclude_foreign_outputs(tasks: &mut [Task], producers: &Producers) {
    if producers.by_path.is_empty() {
        return;
    }
    let mut matching: HashMap<String, Vec<(String, TaskId)>> = HashMap::new();
    for (i, task) in tasks.iter_mut().enumerate() {
        let mut excluded = Vec::new();
        for pattern in task
            .inputs
            .iter()
            .filter(|p| !p.starts_with('!') && is_glob(p))
        {
            let outputs = matching
                .entry(pattern.clone())
                .or_insert_with(|| reached(pattern, producers));
            for (path, owner) in outputs {
                let dependency = task.deps.binary_search_by_key(owner, |d| d.task).is_ok();
                if owner.index() != i && !dependency {
                    excluded.push(format!("!{path}"));
                    excluded.push(format!("!{path}/**"));
                }
            }
        }
        excluded.sort();
        excluded.dedup();
        task.inputs.extend(excluded);
    }
}

/// The outputs in which files matching `pattern` could lie.
fn reached(pattern: &str, producers: &Producers) -> Vec<(String, TaskId)> {
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else {
        return Vec::new();
    };
    let matcher = glob.compile_matcher();
    let deep = pattern.contains("**");
    producers
        .inside(glob_root(pattern))
        .filter(|(path, _)| deep || matcher.is_match(path))
        .map(|(path, (task, _))| (path.to_string(), *task))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::raw::Text;
    use nexus_graph::Step;

    fn task(path: &str, inputs: &[&str], outputs: &[&str]) -> RawTask {
        RawTask {
            path: path.into(),
            inputs: inputs.iter().map(|i| Text::from(*i)).collect(),
            outputs: outputs.iter().map(|o| (None, o.to_string())).collect(),
            steps: vec![Step::line("true")],
            has_run: true,
            ..RawTask::default()
        }
    }

    fn deps<'g>(graph: &'g TaskGraph, path: &str) -> Vec<(&'g str, &'g Used)> {
        let id = graph.find(path).expect("the task exists");
        graph
            .task(id)
            .deps
            .iter()
            .map(|d| (graph.task(d.task).path.as_str(), &d.used))
            .collect()
    }

    #[test]
    fn a_literal_input_path_makes_an_edge() {
        let (graph, problems) = assemble(
            vec![
                task("make", &["src"], &["out/a", "out/dir"]),
                task("use", &["./out/a"], &["x"]),
                task("inside", &["out/dir/file"], &["y"]),
                task("around", &["out"], &["z"]),
            ],
            vec![],
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(deps(&graph, "use"), [("make", &Used::Some(vec![0]))]);
        assert_eq!(deps(&graph, "inside"), [("make", &Used::Some(vec![1]))]);
        assert_eq!(deps(&graph, "around"), [("make", &Used::Some(vec![0, 1]))]);
        assert!(deps(&graph, "make").is_empty());
    }

    #[test]
    fn context_and_deps_make_edges() {
        let mut user = task("use", &[], &["x"]);
        user.mentions = vec![("make".into(), 1), ("make".into(), 1)];
        let mut group = RawTask {
            path: "all".into(),
            has_deps: true,
            ..RawTask::default()
        };
        group.deps = ["make", "use"]
            .map(|d| DependencyName::Task(d.into()))
            .to_vec();
        let (graph, problems) = assemble(vec![user, group, task("make", &[], &["a", "b"])], vec![]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(deps(&graph, "use"), [("make", &Used::Some(vec![1]))]);
        assert_eq!(
            deps(&graph, "all"),
            [("make", &Used::All), ("use", &Used::All)]
        );
    }

    #[test]
    fn a_pattern_leaves_out_what_others_make() {
        let (graph, _) = assemble(
            vec![
                task("gen", &["spec"], &["src/gen.c"]),
                task("count", &["src/*.c"], &["n"]),
            ],
            vec![],
        );
        assert!(deps(&graph, "count").is_empty());
        let count = graph.task(graph.find("count").expect("it exists"));
        assert_eq!(count.inputs, ["src/*.c", "!src/gen.c", "!src/gen.c/**"]);
    }

    #[test]
    fn mistakes_are_all_reported() {
        let mut unknown = task("a", &["/etc/passwd"], &["../out", "*.o"]);
        unknown.deps = vec![DependencyName::Task("nowhere".into())];
        let empty = RawTask {
            path: "b".into(),
            ..RawTask::default()
        };
        let (_, problems) = assemble(vec![unknown, empty], vec![]);
        let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
        assert_eq!(codes, ["NX0404", "NX0404", "NX0404", "NX0403", "NX0405"]);
    }
}
