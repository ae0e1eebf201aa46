//! What the processes of a task do.

use crate::support::{Project, alive};
use std::time::{Duration, Instant};

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

#[test]
fn a_child_that_is_killed_fails_its_task_by_name() {
    let project = Project::new(
        r#"
tasks = {
  shot  = { outputs = [ "out" ]; run = [ "echo half > out; echo last words; kill -KILL $$" "echo never >> book" ]; };
  after = { deps = [ tasks.shot ]; run = "echo after >> book"; };
};
"#,
    );
    let ran = project.nexus(&["run", "after"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    for text in ["last words", "SIGKILL", "NX0501", "shot"] {
        assert!(ran.text().contains(text), "{text}: {ran}");
    }
    assert!(!project.exists("book"), "nothing comes after it");
    assert_eq!(
        project.nexus(&["run", "after"]).code,
        Some(1),
        "what it left is no result"
    );
}

/// Of a step, and of a task as a whole: everything it started is ended, deaf or not, what it printed is
/// shown, and the exit code says why.
#[test]
fn who_is_out_of_time_is_ended_with_everything_below() {
    let deaf = "trap '' TERM; sh -c 'trap \\\"\\\" TERM; echo $$ > inner; while :; do sleep 600; done' & \
                (setsid sh -c 'echo $$ > away; exec sleep 600' &); echo $$ > outer; echo partial; while :; do sleep 600; done";
    for limits in [("timeout = 400ms;", ""), ("", "timeout = 400ms;")] {
        let (of_task, of_step) = limits;
        let project = Project::new(&format!(
            "tasks.deaf = {{ {of_task} run = [ {{ cmd = \"{deaf}\"; {of_step} }} \"touch never\" ]; }};"
        ));
        let ran = project.nexus(&["run", "deaf"]);
        assert_eq!(ran.code, Some(4), "{ran}");
        assert!(
            ran.text().contains("NX0502") && ran.text().contains("partial"),
            "{ran}"
        );
        for name in ["outer", "inner", "away"] {
            let pid: i32 = project.read(name).trim().parse().expect("a number");
            assert!(!alive(pid), "{name} is alive\n{ran}");
        }
        assert!(!project.exists("never"));
    }
}

#[test]
fn a_daemon_is_named_and_ended() {
    let project = Project::new(
        r#"
tasks.daemon = {
  outputs = [ "out" ];
  run = "(setsid sh -c 'cd /; echo $$ > \"$0\"; exec sleep 600' \"$PWD/pid\" < /dev/null > /dev/null 2>&1 &); while [ ! -s pid ]; do :; done; echo done > out";
};
"#,
    );
    let ran = project.ok(&["build"]);
    let pid = project.read("pid").trim().to_string();
    assert!(
        !alive(pid.parse().expect("a number")),
        "it is still alive\n{ran}"
    );
    assert!(
        ran.stderr.contains("NX0507") && ran.stderr.contains(&pid),
        "{ran}"
    );
    assert!(project.executed(&["build"]).is_empty(), "the result counts");
}
