//! Explanations before and after the fact.

use crate::support::Project;
use nexus_engine::{Explanation, Now, explain, forecast};
use nexus_graph::event::{Outcome, Reason};
use std::sync::Arc;

crate::tests![
    before_and_after,
    what_is_missing_would_be_restored,
    a_forecast_in_order,
    a_failure_is_remembered,
    looking_changes_nothing,
];

fn project() -> Project {
    let mut project = Project::new();
    project.write("a.in", "one\n");
    project.task("always", &[], &["true"], |_| {});
    project.cached("a", &[], &["a.in"], &["a.out"], "cp a.in a.out");
    project.cached(
        "b",
        &["a", "always"],
        &["a.out"],
        &["b.out"],
        "cp a.out b.out",
    );
    project
}

fn why(project: &Project, task: &str) -> Explanation {
    explain(
        &Arc::new(project.graph.clone()),
        project.id(task),
        &project.options(),
        &project.context(),
    )
}

fn first_change(reason: &Reason) -> (&str, usize) {
    match reason {
        Reason::Changed { changes } => (changes[0].name.as_str(), changes.len()),
        other => panic!("{other:?}"),
    }
}

fn before_and_after() {
    let project = project();
    let never = Explanation {
        now: Now::WouldRun(Reason::FirstRun),
        last: None,
    };
    assert_eq!(why(&project, "a"), never);
    assert_eq!(why(&project, "b").now, Now::Waits(vec![project.id("a")]));
    project.ok(&["b"]);
    let fine = why(&project, "b");
    assert_eq!(
        (fine.now, fine.last.unwrap().reason),
        (Now::UpToDate, Reason::FirstRun)
    );
    project.write("a.in", "two\n");
    let Now::WouldRun(reason) = why(&project, "a").now else {
        panic!()
    };
    assert_eq!(first_change(&reason), ("a.in", 1));
    project.ok(&["b"]);
    assert_eq!(
        first_change(&why(&project, "a").last.unwrap().reason),
        ("a.in", 1)
    );
    assert_eq!(
        first_change(&why(&project, "b").last.unwrap().reason),
        ("a.out", 1)
    );
    assert_eq!(why(&project, "always").now, Now::WouldRun(Reason::Always));
}

fn what_is_missing_would_be_restored() {
    let project = project();
    project.ok(&["b"]);
    project.remove("b.out");
    assert_eq!(
        why(&project, "b").now,
        Now::WouldRestore(vec!["b.out".into()])
    );
    project.remove("a.out");
    assert_eq!(why(&project, "b").now, Now::Waits(vec![project.id("a")]));
    assert!(!project.exists("a.out") && !project.exists("b.out"));
}

fn a_forecast_in_order() {
    let project = project();
    project.ok(&["b"]);
    project.write("a.in", "two\n");
    let graph = Arc::new(project.graph.clone());
    let all = forecast(
        &graph,
        &[project.id("b")],
        &project.options(),
        &project.context(),
    );
    let names: Vec<&str> = all
        .iter()
        .map(|(id, _)| graph.task(*id).path.as_str())
        .collect();
    assert_eq!(names, ["always", "a", "b"]);
    assert_eq!(all[2].1, Now::Waits(vec![project.id("a")]));
}

fn a_failure_is_remembered() {
    let mut project = Project::new();
    project.cached("bad", &[], &[], &["out"], "exit 3");
    project.run(&["bad"]);
    let Explanation { now, last } = why(&project, "bad");
    assert_eq!(now, Now::WouldRun(Reason::LastFailed));
    assert!(matches!(last.unwrap().outcome, Outcome::Failed { .. }));
}

fn looking_changes_nothing() {
    let project = project();
    project.ok(&["b"]);
    project.write("a.in", "two\n");
    let before = (project.read("a.out"), project.read("b.out"));
    why(&project, "b");
    assert_eq!((project.read("a.out"), project.read("b.out")), before);
    // Still the same explanation: the first did not count as a run.
    let Now::WouldRun(reason) = why(&project, "a").now else {
        panic!()
    };
    assert_eq!(first_change(&reason), ("a.in", 1));
}
