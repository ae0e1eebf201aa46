//! `kill -9` of nexus: nothing of the run is left, and nothing wrong is trusted.

use crate::layers::{assert_layers_are_right, assert_store_is_clean, layers};
use crate::support::{Project, alive, processes_under, wait_until};
use std::time::{Duration, Instant};

#[test]
fn killed_at_fifty_random_moments() {
    let project = layers();
    // How long a whole build takes here decides which moments are interesting.
    let start = Instant::now();
    project.ok(&["build"]);
    let whole = start.elapsed();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut killed = 0;
    for round in 0..50 {
        project.edit("seed", &format!("seed {round}\n"));
        let mut child = project.start(&["build"]);
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let moment = whole.mul_f64((state >> 40) as f64 / (1u64 << 24) as f64);
        let begun = Instant::now();
        while begun.elapsed() < moment && child.try_wait().expect("its state").is_none() {
            std::thread::park_timeout(Duration::from_micros(500));
        }
        if child.try_wait().expect("its state").is_none() {
            killed += 1;
        }
        child.kill().expect("kill -9");
        child.wait().expect("it is gone");
        wait_until("nothing of the killed run is left", || {
            processes_under(&project.root()).is_empty()
        });
        if round % 5 == 4 {
            project.ok(&["build"]);
            assert_layers_are_right(&project);
        }
    }
    assert!(
        killed >= 20,
        "only {killed} of 50 builds were caught running"
    );
    project.ok(&["build"]);
    assert_layers_are_right(&project);
    assert_store_is_clean(&project);
    assert_eq!(processes_under(&project.root()), Vec::<i32>::new());
}

#[test]
fn a_stray_process_would_be_seen() {
    let project = layers();
    let mut stray = std::process::Command::new("sleep")
        .arg("60")
        .current_dir(project.root())
        .spawn()
        .unwrap();
    wait_until("the stray shows", || {
        processes_under(&project.root()) == [stray.id() as i32]
    });
    stray.kill().unwrap();
    stray.wait().unwrap();
    assert_eq!(processes_under(&project.root()), Vec::<i32>::new());
}

/// A project whose task `slow` writes its process id, starts a child in a session of its own that
/// does the same, and then waits for ever; `quick` comes first.
pub fn escaping() -> Project {
    Project::new(
        r#"
tasks = {
  quick = { inputs = [ "seed" ]; outputs = [ "quick.out" ]; run = "echo q >> executed; cp seed quick.out"; };
  slow  = {
    inputs  = [ "quick.out" ];
    outputs = [ "slow.out" ];
    run     = "echo half > slow.out; setsid sh -c 'echo $$ > escaped.new; mv escaped.new escaped; exec sleep 600' & echo $$ > pid.new; mv pid.new pid; sleep 600";
  };
};
"#,
    )
    .write("seed", "seed\n")
}

pub fn pids(project: &Project) -> [i32; 2] {
    wait_until("both processes have written their ids", || {
        project.exists("pid") && project.exists("escaped")
    });
    ["pid", "escaped"].map(|name| project.read(name).trim().parse().expect("a process id"))
}

#[test]
fn nothing_is_left_after_kill_9_not_even_an_escaped_child() {
    let project = escaping();
    let mut child = project.start(&["build"]);
    let pids = pids(&project);
    assert!(
        pids.iter().all(|pid| alive(*pid)),
        "both run before the kill"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("task and escaped child are gone", || {
        !pids.iter().any(|pid| alive(*pid))
    });
    wait_until("the guard is gone too", || {
        processes_under(&project.root()).is_empty()
    });
}

#[test]
fn a_half_written_output_is_never_trusted() {
    let project = escaping();
    let mut child = project.start(&["build"]);
    pids(&project);
    // A result is written a few milliseconds after its task has ended.
    wait_until("the first result is kept", || {
        project
            .ok(&["why", "quick"])
            .text()
            .contains("is up to date")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("nothing runs", || {
        processes_under(&project.root()).is_empty()
    });
    assert_eq!(project.read("slow.out"), "half\n");
    let text = project.read("nexus.nx");
    let quick = text
        .replace("sleep 600\";", "echo whole > slow.out\";")
        .replace("exec sleep 600", "exit");
    project.edit("nexus.nx", &quick);
    assert_eq!(project.executed(&["build"]), ["slow"]);
    assert_eq!(project.read("slow.out"), "whole\n");
}

#[test]
fn what_a_killed_run_left_behind_does_not_write_over_the_next_one() {
    let project = Project::new(
        r#"
tasks.copy = {
  inputs  = [ "seed" ];
  outputs = [ "out" ];
  run     = "trap '' TERM; s=$(cat seed); touch started; while [ ! -e go.$s ]; do :; done; echo $s > out";
};
"#,
    )
    .write("seed", "1");
    let mut child = project.start(&["build"]);
    wait_until("the task has started", || project.exists("started"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    // Another key, the same output.
    project.edit("seed", "2");
    project.edit("go.2", "");
    project.ok(&["build"]);
    project.edit("go.1", "");
    wait_until("nothing of the first run is left", || {
        processes_under(&project.root()).is_empty()
    });
    assert_eq!(project.read("out"), "2\n");
}
