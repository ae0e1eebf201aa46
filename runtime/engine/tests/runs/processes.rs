//! Nothing a run starts may outlive it, however it ends.

use crate::support::{Project, alive, pid_in, wait_until};
use nexus_engine::Cancel;
use nexus_graph::event::{EventKind, Outcome, Status};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

crate::tests![
    cancelling_ends_the_whole_tree,
    kill_9_of_the_engine_leaves_nothing,
    a_background_child_is_named_and_ended,
    a_daemon_is_named_and_ended,
    a_child_that_ends_soon_is_waited_for,
    a_task_that_ignores_sigterm_is_killed,
    a_stopped_task_is_ended,
    a_lost_guard_is_an_error_and_leaves_no_group,
    a_server_of_an_earlier_step_serves_the_later_ones,
    output_of_a_flood_is_complete,
    nested_groups_are_ended_at_a_timeout,
];

/// Writes its pid, starts a child in a session of its own and one by a double fork; all sleep.
const TREE: &str = "echo $$ > shell; \
    setsid sh -c 'echo $$ > escaped; sleep 600; :' & \
    (setsid sh -c 'echo $$ > orphan; exec sleep 600' &) ; \
    sleep 600; :";

fn tree() -> Project {
    let mut project = Project::new();
    project.task("tree", &[], &[TREE], |_| {});
    project
}

fn tree_pids(project: &Project) -> [i32; 3] {
    ["shell", "escaped", "orphan"].map(|name| pid_in(project, name))
}

fn cancelling_ends_the_whole_tree() {
    let project = tree();
    let cancel = Cancel::new();
    let canceller = {
        let (cancel, root) = (cancel.clone(), project.root());
        std::thread::spawn(move || {
            wait_until("pids", || {
                ["shell", "escaped", "orphan"]
                    .iter()
                    .all(|n| std::fs::read_to_string(root.join(n)).is_ok_and(|t| t.ends_with('\n')))
            });
            cancel.cancel();
        })
    };
    let ran = project.run_with(&["tree"], &project.options(), &cancel, |_| {});
    canceller.join().unwrap();
    assert!(ran.report.cancelled);
    assert_eq!(ran.outcome("tree"), Some(&Outcome::Cancelled));
    assert_eq!(tree_pids(&project).map(alive), [false; 3]);
}

fn kill_9_of_the_engine_leaves_nothing() {
    let project = tree();
    let mut engine = project.start(&["tree"]);
    let pids = tree_pids(&project);
    assert_eq!(pids.map(alive), [true; 3]);
    kill(Pid::from_raw(engine.id() as i32), Signal::SIGKILL).unwrap();
    engine.wait().unwrap();
    wait_until("everything is gone", || pids.map(alive) == [false; 3]);
}

fn a_background_child_is_named_and_ended() {
    let mut project = Project::new();
    project.task("leaky", &[], &["sleep 600 & echo $! > child"], |_| {});
    let ran = project.ok(&["leaky"]);
    let child = pid_in(&project, "child");
    assert!(!alive(child));
    let [(code, message)] = ran.warnings()[..] else {
        panic!("{ran:#?}")
    };
    assert_eq!(code, "NX0507");
    assert!(
        message.contains("sleep 600") && message.contains(&child.to_string()),
        "{message}"
    );
}

fn a_daemon_is_named_and_ended() {
    let mut project = Project::new();
    let line = "(setsid sh -c 'echo $$ > child; exec sleep 600' < /dev/null > /dev/null 2>&1 &); while [ ! -s child ]; do :; done";
    project.task("daemon", &[], &[line], |_| {});
    let ran = project.ok(&["daemon"]);
    assert!(!alive(pid_in(&project, "child")));
    assert_eq!(ran.warnings().len(), 1, "{ran:#?}");
}

fn a_child_that_ends_soon_is_waited_for() {
    let mut project = Project::new();
    project.task(
        "soon",
        &[],
        &["(sleep 0.05; echo late) & echo early"],
        |_| {},
    );
    let ran = project.ok(&["soon"]);
    assert_eq!(ran.lines(), ["early", "late"]);
    assert_eq!(ran.warnings(), []);
}

fn a_task_that_ignores_sigterm_is_killed() {
    let mut project = Project::new();
    project.task(
        "deaf",
        &[],
        &["trap '' TERM; echo $$ > shell; while :; do sleep 600; done"],
        |task| {
            task.timeout = Some(300_000_000);
        },
    );
    let ran = project.run(&["deaf"]);
    assert_eq!(
        ran.outcome("deaf"),
        Some(&Outcome::Failed {
            step: 0,
            status: Status::TimedOut
        })
    );
    assert!(!alive(pid_in(&project, "shell")));
}

fn a_stopped_task_is_ended() {
    let mut project = Project::new();
    project.task(
        "stopped",
        &[],
        &["echo $$ > shell; kill -STOP $$"],
        |task| {
            task.steps[0].timeout = Some(300_000_000);
        },
    );
    let ran = project.run(&["stopped"]);
    assert_eq!(
        ran.outcome("stopped"),
        Some(&Outcome::Failed {
            step: 0,
            status: Status::TimedOut
        })
    );
    assert!(!alive(pid_in(&project, "shell")));
}

fn a_lost_guard_is_an_error_and_leaves_no_group() {
    let mut project = Project::new();
    // The task's parent is the guard.
    project.task(
        "bad",
        &[],
        &["echo $$ > shell; kill -KILL $PPID; sleep 600; :"],
        |_| {},
    );
    let result = project.try_run(&["bad"], &project.options(), &Cancel::new(), |_| {});
    let error = result.unwrap_err();
    assert_eq!(error.code(), "NX0508");
    let shell = pid_in(&project, "shell");
    wait_until("its group is gone", || !alive(shell));
}

fn a_server_of_an_earlier_step_serves_the_later_ones() {
    let mut project = Project::new();
    let lines = [
        "sleep 600 & echo $! > server",
        "kill -0 $(cat server) && echo served",
    ];
    project.task("served", &[], &lines, |_| {});
    let ran = project.ok(&["served"]);
    assert_eq!(ran.lines(), ["served"]);
    assert!(!alive(pid_in(&project, "server")));
}

fn output_of_a_flood_is_complete() {
    let mut project = Project::new();
    project.task("flood", &[], &["yes 0123456789 | head -n 200000"], |_| {});
    let mut count = 0u32;
    let ids = [project.id("flood")];
    let graph = std::sync::Arc::new(project.graph.clone());
    let report = nexus_engine::run(
        &graph,
        &ids,
        &project.options(),
        &project.context(),
        &Cancel::new(),
        &mut |event| {
            if let EventKind::Output { line, .. } = &event.kind {
                assert_eq!(line.text, "0123456789");
                count += 1;
            }
        },
    );
    assert!(report.unwrap().success());
    assert_eq!(count, 200_000);
}

fn nested_groups_are_ended_at_a_timeout() {
    let mut project = tree();
    project.change("tree").timeout = Some(1_500_000_000);
    let begin = Instant::now();
    let ran = project.run(&["tree"]);
    assert!(begin.elapsed() < Duration::from_secs(60));
    assert!(matches!(
        ran.outcome("tree"),
        Some(Outcome::Failed {
            status: Status::TimedOut,
            ..
        })
    ));
    assert_eq!(tree_pids(&project).map(alive), [false; 3]);
}
