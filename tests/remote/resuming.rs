//! Our own end in the middle of a step, and going on afterwards.

use crate::fleet::{Fleet, outcomes};
use crate::support::{signal, wait_until};
use nix::sys::signal::Signal;

const TASKS: &str = r#"
tasks.long = {
    on = hosts.all;
    idempotent = false;
    run = host: [
        "echo first ${host.name} >> DIR/log"
        "echo second ${host.name} >> DIR/log; until test -e DIR/go; do sleep 0.05; done; echo the output"
        "echo third ${host.name} >> DIR/log"
    ];
};
"#;

fn lines(fleet: &Fleet) -> Vec<String> {
    let mut lines: Vec<String> = fleet.read("log").lines().map(str::to_string).collect();
    lines.sort();
    lines
}

/// `kill -9` while both hosts are at their second step: what they were given goes on without us, its
/// output and its end are fetched, and nothing is done twice.
#[test]
fn a_run_that_was_killed_goes_on_where_its_hosts_are() {
    for fleet in Fleet::all(2, TASKS) {
        let mut child = fleet.project.start(&["run", "long"]);
        wait_until("both are at their second step", || lines(&fleet).len() == 4);
        signal(child.id(), Signal::SIGKILL);
        child.wait().expect("it is dead");
        std::fs::write(fleet.path("go"), "").expect("written");
        let ran = fleet.project.nexus(&["--format", "json", "resume"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(
            outcomes(&ran),
            ["127.0.0.1 succeeded", "127.0.0.2 succeeded"]
        );
        let steps = ["first", "second", "third"];
        let expected = steps
            .iter()
            .flat_map(|s| [format!("{s} 127.0.0.1"), format!("{s} 127.0.0.2")]);
        assert_eq!(lines(&fleet), expected.collect::<Vec<_>>());
        let output = ran.events("output");
        assert_eq!(
            output.iter().filter(|e| e["text"] == "the output").count(),
            2,
            "{ran}"
        );
        let begun = ran.events("step_started");
        assert_eq!(
            begun.iter().filter(|e| e["begun_by"].is_string()).count(),
            2,
            "{ran}"
        );
    }
}

/// What was limited to some hosts stays so, and what ran on others than it names.
#[test]
fn a_run_on_some_hosts_goes_on_on_these() {
    for (option, host) in [("--hosts", "127.0.0.2"), ("--on", "127.0.0.7")] {
        let fleet = Fleet::new(3, TASKS);
        let mut child = fleet.project.start(&["run", "long", option, host]);
        wait_until("it is at its second step", || lines(&fleet).len() == 2);
        signal(child.id(), Signal::SIGKILL);
        child.wait().expect("it is dead");
        std::fs::write(fleet.path("go"), "").expect("written");
        let ran = fleet.project.nexus(&["--format", "json", "resume"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert_eq!(outcomes(&ran), [format!("{host} succeeded")]);
        assert_eq!(lines(&fleet).len(), 3);
    }
}

/// The same when the step comes to its end only after somebody waits for it again.
#[test]
fn a_step_that_still_runs_is_waited_for() {
    for fleet in Fleet::all(1, TASKS) {
        let mut child = fleet.project.start(&["run", "long"]);
        wait_until("it is at its second step", || lines(&fleet).len() == 2);
        signal(child.id(), Signal::SIGKILL);
        child.wait().expect("it is dead");
        let again = fleet.project.start(&["--format", "json", "resume"]);
        wait_until("somebody is connected again", || {
            !fleet.server.sessions().is_empty()
        });
        std::fs::write(fleet.path("go"), "").expect("written");
        let output = again.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(lines(&fleet).len(), 3);
    }
}

/// A host that is done is not even connected to.
#[test]
fn hosts_that_are_done_are_kept() {
    let fleet = Fleet::new(
        2,
        r#"tasks.long = {
            on = hosts.all; strategy = "serial"; idempotent = false;
            run = host: "echo ${host.name} >> DIR/log; test ${host.name} = 127.0.0.1 || until test -e DIR/go; do sleep 0.05; done";
        };"#,
    );
    let mut child = fleet.project.start(&["run", "long"]);
    wait_until("the second one is at it", || lines(&fleet).len() == 2);
    signal(child.id(), Signal::SIGKILL);
    child.wait().expect("it is dead");
    std::fs::write(fleet.path("go"), "").expect("written");
    let ran = fleet.project.nexus(&["--format", "json", "resume"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(outcomes(&ran), ["127.0.0.1 kept", "127.0.0.2 succeeded"]);
    assert_eq!(lines(&fleet).len(), 2);
}
