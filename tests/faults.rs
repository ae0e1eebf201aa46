//! Killed, interrupted, raced, tampered with: what must hold all the same.

mod support;

use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};
use support::{Project, Ran, alive, processes_under, signal, wait_until};

/// Forty small tasks in four layers; each notes in `executed` that it ran and writes its output in
/// two halves, so that a kill can catch it in between.
fn layers() -> Project {
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

fn assert_layers_are_right(project: &Project) {
    let seed = project.read("seed");
    for layer in 0..4 {
        for i in 0..10 {
            let out = project.read(&format!("out/{layer}_{i}"));
            assert_eq!(out, format!("first {layer}_{i} {seed}"), "out/{layer}_{i}");
        }
    }
}

fn assert_store_is_clean(project: &Project) {
    let ran = project.nexus(&["cache", "verify"]);
    assert_eq!(ran.code, Some(0), "the store does not verify\n{ran}");
}

fn finish(child: std::process::Child) -> Ran {
    Ran::from(child.wait_with_output().expect("nexus ends"))
}

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
fn escaping() -> Project {
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

fn pids(project: &Project) -> [i32; 2] {
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
fn an_input_edited_while_its_task_runs_is_not_cached_and_runs_again() {
    let project = Project::new(
        r#"
tasks.copy = {
  inputs  = [ "source" ];
  outputs = [ "copy" ];
  run     = "echo x >> executed; cp source copy; touch started; while [ ! -e go ]; do :; done";
};
"#,
    )
    .write("source", "before\n");
    let child = project.start(&["build"]);
    wait_until("the task has started", || project.exists("started"));
    project.edit("source", "after\n");
    project.edit("go", "");
    let ran = finish(child);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(project.read("copy"), "after\n", "{ran}");
    assert_eq!(project.read("executed"), "x\nx\n");
    // The first content was never paired with the second's result.
    project.edit("source", "before\n");
    project.ok(&["build"]);
    assert_eq!(project.read("copy"), "before\n");
}

#[test]
fn an_undeclared_variable_does_not_reach_a_cached_task() {
    let project = Project::new(
        r#"
tasks = {
  cached   = { outputs = [ "out" ]; env = { DECLARED = "yes"; }; run = "echo \"${"\${DECLARED-none} \${UNDECLARED-none}"}\" > out"; };
  uncached = { run = "echo \"${"\${UNDECLARED-none}"}\" > seen"; };
};
"#,
    );
    let run = |args: &[&str], value: &str| {
        let output = project
            .command(args)
            .env("UNDECLARED", value)
            .output()
            .unwrap();
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(0), "{ran}");
        ran
    };
    run(&["build"], "leak");
    assert_eq!(project.read("out"), "yes none\n");
    let again = run(&["--format", "json", "build"], "other");
    assert!(again.events("task_started").is_empty(), "{again}");
    run(&["run", "uncached"], "inherited");
    assert_eq!(project.read("seen"), "inherited\n");
}

#[test]
fn a_background_child_that_keeps_the_output_open_is_named_and_ended() {
    let project = Project::new(
        r#"tasks.leaky = { outputs = [ "out" ]; run = "sleep 600 & echo $! > child; echo done > out"; };"#,
    );
    let start = Instant::now();
    let ran = project.ok(&["build"]);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "it was waited for too long"
    );
    let child: i32 = project.read("child").trim().parse().unwrap();
    assert!(!alive(child), "the child is still alive");
    assert!(ran.text().contains("sleep 600"), "{ran}");
    assert!(ran.text().contains(&child.to_string()), "{ran}");
}

/// All files of the cache, with their contents.
fn state_files(project: &Project) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![project.cache()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)
            .expect("a folder of the cache")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = std::fs::read(&path).expect("a file of the cache");
                files.push((path, content));
            }
        }
    }
    files
}

#[test]
fn state_files_cut_anywhere_are_survived() {
    let big = "0123456789".repeat(2000);
    let project = Project::new(
        r#"
tasks = {
  a = { inputs = [ "seed" ]; outputs = [ "a.out" ]; run = "cat seed seed > a.out"; };
  b = { inputs = [ "a.out" ]; outputs = [ "b.out" ]; run = "cp a.out b.out"; };
};
"#,
    )
    .write("seed", &big);
    project.ok(&["build"]);
    project.ok(&["build"]);
    let right = project.read("b.out");
    let files = state_files(&project);
    assert!(
        files.iter().any(|(path, _)| path.ends_with("snapshot")),
        "there is a snapshot"
    );
    for (path, content) in &files {
        let step = (content.len() / 6).max(1);
        for cut in (0..content.len())
            .step_by(step)
            .chain([content.len().saturating_sub(3)])
        {
            // Put everything back as it was, then cut this one file.
            for (path, content) in &files {
                std::fs::remove_file(path).ok();
                std::fs::write(path, content).expect("the cache is put back");
            }
            std::fs::remove_file(path).ok();
            std::fs::write(path, &content[..cut]).expect("the file is cut");
            std::fs::remove_file(project.path("b.out")).ok();
            let ran = project.nexus(&["build"]);
            let place = format!("{} cut at {cut} of {}", path.display(), content.len());
            assert_eq!(ran.code, Some(0), "{place}\n{ran}");
            assert_eq!(project.read("b.out"), right, "{place}");
            assert!(
                ran.stderr.lines().filter(|l| l.contains("warning")).count() <= 1,
                "{place}\n{ran}"
            );
        }
    }
}

#[test]
fn a_read_only_cache_does_not_fail_a_build() {
    let project = layers();
    // A file where the folder should be: nothing can be written, not even by root.
    std::fs::write(project.cache(), "in the way").unwrap();
    let ran = project.nexus(&["build"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_layers_are_right(&project);
    assert!(ran.stderr.contains("cache"), "the user is told\n{ran}");
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
