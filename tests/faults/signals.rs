//! Signals to nexus itself.

use crate::finish;
use crate::killed::{escaping, pids};
use crate::support::{Project, alive, signal, wait_until};
use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

/// Interrupts a build; gives the time until the last child was gone.
fn interrupted(which: Signal) -> Duration {
    let project = escaping();
    let child = project.start(&["build"]);
    let pids = pids(&project);
    let start = Instant::now();
    signal(child.id(), which);
    wait_until("the children are gone", || {
        !pids.iter().any(|pid| alive(*pid))
    });
    let took = start.elapsed();
    let ran = finish(child);
    assert_eq!(ran.code, Some(130), "{which}: {ran}");
    // `quick` finished before, so only `slow` would run again.
    let dry = project.nexus(&["build", "quick", "--format", "json"]);
    assert!(dry.events("task_started").is_empty(), "{dry}");
    assert_eq!(project.read("executed"), "q\n");
    took
}

#[test]
fn an_interrupt_ends_the_children_within_a_second_and_keeps_what_finished() {
    for which in [Signal::SIGINT, Signal::SIGTERM] {
        // Once in three times, because the machine may be busy with other things.
        let within = |_| interrupted(which) < Duration::from_secs(1);
        assert!((0..3).any(within), "{which}: the children took their time");
    }
}

#[test]
fn a_run_tells_what_it_does_when_asked() {
    let project =
        Project::new(r#"tasks.slow.run = "touch started; while [ ! -e go ]; do :; done";"#);
    let mut child = project.start(&["run", "slow"]);
    wait_until("the task has started", || project.exists("started"));
    let mut lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
    signal(child.id(), Signal::SIGUSR1);
    let mut next = || lines.next().expect("a line").expect("readable");
    let head = next();
    assert!(
        head.starts_with("0 of 1 done") && head.contains("1 running"),
        "{head}"
    );
    let row = next();
    assert!(
        row.starts_with("  slow (") && row.contains("touch started"),
        "{row}"
    );
    project.edit("go", "");
    assert!(child.wait().expect("ended").success());
}

/// The state of a process: `T` for stopped.
fn state(pid: i32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    rest.chars().next().unwrap_or('?')
}

/// Whether a process was stopped. A shell that waits until a child of it has become another program
/// (vfork) waits for ever when the child is stopped before: `D` then, and stopped all the same.
fn stopped(pid: i32) -> bool {
    matches!(state(pid), 'T' | 'D')
}

/// Its limit is shorter than the time that it is stopped.
const STOPPED: Duration = Duration::from_secs(4);

#[test]
fn a_run_that_is_stopped_stops_its_tasks_and_their_time() {
    let project = Project::new(
        r#"tasks.slow = { timeout = 3s; run = "echo $$ > pid; touch started; while [ ! -e go ]; do sleep 0.01; done"; };"#,
    );
    for (which, both) in [(Signal::SIGTSTP, true), (Signal::SIGSTOP, false)] {
        let child = project.start(&["run", "slow"]);
        wait_until("the task has started", || project.exists("started"));
        let task: i32 = project.read("pid").trim().parse().expect("a number");
        signal(child.id(), which);
        wait_until("nexus has stopped", || state(child.id() as i32) == 'T');
        if both {
            wait_until("the task has stopped", || stopped(task));
        }
        let since = Instant::now();
        while since.elapsed() < STOPPED {
            match both {
                true => assert!(stopped(task), "{which}"),
                false => assert_ne!(state(task), 'T', "{which}"),
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        signal(child.id(), Signal::SIGCONT);
        wait_until("the task goes on", || state(task) != 'T');
        project.edit("go", "");
        let ran = finish(child);
        assert_eq!(ran.code, Some(0), "{which}: its time was not over\n{ran}");
        project.remove("go");
        project.remove("started");
    }
    // And yet there is a limit.
    let ran = project.nexus(&["run", "slow"]);
    assert_eq!(ran.code, Some(4), "{ran}");
}

#[test]
fn a_killed_run_that_was_stopped_leaves_nothing() {
    let project = escaping();
    let mut child = project.start(&["build"]);
    let pids = pids(&project);
    signal(child.id(), Signal::SIGTSTP);
    wait_until("all have stopped", || pids.iter().all(|pid| stopped(*pid)));
    child.kill().expect("killed");
    child.wait().expect("ended");
    wait_until("they are gone", || !pids.iter().any(|pid| alive(*pid)));
}

#[test]
fn a_hangup_ends_a_run_unless_it_is_ignored() {
    let project = Project::new(
        r#"tasks.slow.run = "echo $$ > pid; touch started; while [ ! -e go ]; do sleep 0.01; done";"#,
    );
    let child = project.start(&["run", "slow"]);
    wait_until("the task has started", || project.exists("started"));
    signal(child.id(), Signal::SIGHUP);
    let ran = finish(child);
    assert_eq!(ran.code, Some(130), "{ran}");
    let task: i32 = project.read("pid").trim().parse().expect("a number");
    assert!(!alive(task));
    project.remove("started");
    // As `nohup` does.
    let mut command = std::process::Command::new("sh");
    let line = format!("trap '' HUP; exec {} run slow", env!("CARGO_BIN_EXE_nexus"));
    command.args(["-c", &line]).current_dir(project.root());
    for (name, value) in project.command(&[]).get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("sh starts");
    wait_until("the task has started", || project.exists("started"));
    signal(child.id(), Signal::SIGHUP);
    project.edit("go", "");
    let ran = finish(child);
    assert_eq!(ran.code, Some(0), "{ran}");
}

/// A second signal does not wait for a task that does not end.
#[test]
fn a_second_interrupt_ends_at_once() {
    let project = Project::new(
        r#"tasks.deaf.run = "trap '' TERM; echo $$ > pid; touch started; while :; do sleep 600; done";"#,
    );
    let mut child = project.start(&["run", "deaf"]);
    wait_until("the task has started", || project.exists("started"));
    let mut lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
    signal(child.id(), Signal::SIGINT);
    let line = lines.next().expect("a line").expect("readable");
    assert!(line.contains("once more"), "{line}");
    signal(child.id(), Signal::SIGINT);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    let task: i32 = project.read("pid").trim().parse().expect("a number");
    wait_until("the task is gone as well", || !alive(task));
}
