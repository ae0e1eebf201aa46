//! Several at once.

use crate::finish;
use crate::layers::{assert_layers_are_right, assert_store_is_clean, layers};

#[test]
fn two_at_once_share_the_work() {
    let project = layers();
    let (one, two) = (project.start(&["build"]), project.start(&["build"]));
    for ran in [finish(one), finish(two)] {
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    assert_layers_are_right(&project);
    let mut executed: Vec<String> = project
        .read("executed")
        .lines()
        .map(str::to_string)
        .collect();
    executed.sort();
    let all = executed.len();
    executed.dedup();
    assert_eq!((all, executed.len()), (40, 40), "a task ran twice");
    assert_store_is_clean(&project);
}

#[test]
fn ten_at_once_share_the_work_and_keep_their_stories_apart() {
    let project = layers();
    let text = project.read("nexus.nx");
    let own = |i: usize| format!("  own{i}.run = [ \"echo own {i}\" \"echo again {i}\" ];\n");
    let own: String = (0..10).map(own).collect();
    project.edit(
        "nexus.nx",
        &text.replacen("tasks = {\n", &format!("tasks = {{\n{own}"), 1),
    );
    let all: Vec<String> = (0..10).map(|i| format!("l3_{i}")).collect();
    let children: Vec<_> = (0..10)
        .map(|i| {
            let mut args = vec!["run".to_string(), format!("own{i}")];
            args.extend(all.iter().cloned());
            project.start(&args.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    for child in children {
        let ran = finish(child);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
    assert_layers_are_right(&project);
    let mut executed: Vec<String> = project.read("executed").lines().map(String::from).collect();
    executed.sort();
    executed.dedup();
    assert_eq!(
        project.read("executed").lines().count(),
        executed.len(),
        "a task ran twice"
    );
    assert_eq!(executed.len(), 40);
    assert_store_is_clean(&project);
    // Each run remembers its own.
    let runs = project.ok(&["--format", "json", "pipelines"]);
    assert_eq!(runs.stdout.lines().count(), 10, "{runs}");
    for line in runs.stdout.lines() {
        let run: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(run["ended"], "succeeded", "{run}");
        let command = run["command"].as_str().expect("a command");
        let own = command.split_once("own").expect("its own task").1;
        let number = own.split_once(' ').expect("and more").0;
        let name = run["run"].as_str().expect("a name");
        let log = project.ok(&["log", name, &format!("own{number}")]);
        assert_eq!(log.stdout, format!("own {number}\nagain {number}\n"));
    }
}
