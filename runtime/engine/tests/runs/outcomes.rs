//! Failures, skips, retries, conditions.

use crate::support::Project;
use nexus_graph::event::{EventKind, Outcome, Status};
use nexus_graph::{Command, Task};

crate::tests![
    order_and_output,
    a_failure_skips_its_users_and_stops_the_rest,
    continue_on_error_runs_what_can,
    retries_until_it_works,
    conditions_of_steps,
    a_step_may_fail,
    what_cannot_start_says_why,
    a_script_without_interpreter_line_is_a_shell_script,
    an_uncached_task_inherits_the_environment,
    exit_codes_and_signals,
    a_long_chain,
];

fn plain(_: &mut Task) {}

fn order_and_output() {
    let mut project = Project::new();
    project.task("a", &[], &["printf 'one\\ntwo'", "echo three >&2"], plain);
    project.task("group", &["a"], &[], plain);
    project.task("b", &["group"], &["printf 'a\\377b\\n'"], plain);
    let ran = project.ok(&["b"]);
    assert_eq!(ran.executed(), ["a", "b"]);
    assert_eq!(ran.lines(), ["one", "two", "three", "a\u{fffd}b"]);
    let sequence: Vec<u64> = ran.events.iter().map(|e| e.sequence).collect();
    assert_eq!(sequence, (0..sequence.len() as u64).collect::<Vec<_>>());
    assert_eq!(ran.report.summary.executed, 2);
}

fn failing() -> Project {
    let mut project = Project::new();
    project.task("bad", &[], &["exit 7"], plain);
    project.task("user", &["bad"], &["touch user.ran"], plain);
    project.task("last", &["user"], &["touch last.ran"], plain);
    project.task("other", &[], &["touch other.ran"], plain);
    project
}

fn a_failure_skips_its_users_and_stops_the_rest() {
    let project = failing();
    let mut options = project.options();
    options.parallel = 1;
    let ran = project.run_with(&["last", "other"], &options, &Default::default(), |_| {});
    assert_eq!(
        ran.outcome("bad"),
        Some(&Outcome::Failed {
            step: 0,
            status: Status::Exit(7)
        })
    );
    let skipped = Outcome::Skipped {
        because: "bad".into(),
    };
    assert_eq!(ran.outcome("user"), Some(&skipped));
    assert_eq!(ran.outcome("last"), Some(&skipped));
    assert_eq!(ran.outcome("other"), Some(&Outcome::Cancelled));
    assert!(!project.exists("other.ran") && !project.exists("user.ran"));
    let s = ran.report.summary;
    assert_eq!((s.failed, s.skipped, s.cancelled, s.executed), (1, 2, 1, 0));
}

fn continue_on_error_runs_what_can() {
    let project = failing();
    let mut options = project.options();
    options.continue_on_error = true;
    let ran = project.run_with(&["last", "other"], &options, &Default::default(), |_| {});
    assert_eq!(ran.outcome("other"), Some(&Outcome::Succeeded));
    assert!(project.exists("other.ran") && !project.exists("last.ran"));
    assert!(!ran.report.success());
}

fn retries_until_it_works() {
    let mut project = Project::new();
    project.task(
        "flaky",
        &[],
        &["echo x >> tries; test $(wc -l < tries) -ge 3"],
        |task| {
            task.steps[0].retries = 5;
            task.steps[0].retry_delay = 1_000_000;
        },
    );
    let ran = project.ok(&["flaky"]);
    assert_eq!(project.read("tries"), "x\nx\nx\n");
    let attempts: Vec<(u32, bool)> = ran
        .events
        .iter()
        .filter_map(|e| match e.kind {
            EventKind::StepStarted { attempt, .. } => Some((attempt, false)),
            EventKind::StepFinished { will_retry, .. } => Some((0, will_retry)),
            _ => None,
        })
        .collect();
    assert_eq!(
        attempts,
        [
            (1, false),
            (0, true),
            (2, false),
            (0, true),
            (3, false),
            (0, false)
        ]
    );
}

fn conditions_of_steps() {
    let mut project = Project::new();
    project.task("once", &[], &["touch made", "touch never"], |task| {
        task.steps[0].creates = Some("made".into());
        task.steps[1].unless = Some("test -e made".into());
    });
    project.ok(&["once"]);
    let ran = project.ok(&["once"]);
    let skipped: Vec<&str> = ran
        .events
        .iter()
        .filter_map(|e| match &e.kind {
            EventKind::StepSkipped { because, .. } => Some(because.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(skipped, ["`made` exists", "`test -e made` succeeded"]);
    let idle = ran.events.iter().any(|e| match &e.kind {
        EventKind::TaskFinished { idle, .. } => *idle,
        _ => false,
    });
    assert!(idle);
    assert_eq!(ran.report.summary.idle, 1);
    assert_eq!(ran.report.summary.executed, 0);
    assert!(!project.exists("never"));
}

fn a_step_may_fail() {
    let mut project = Project::new();
    project.task("soft", &[], &["exit 1", "touch after"], |task| {
        task.steps[0].continue_on_error = true
    });
    project.ok(&["soft"]);
    assert!(project.exists("after"));
}

fn what_cannot_start_says_why() {
    let mut project = Project::new();
    project.task("a", &[], &["x"], |task| {
        task.steps[0].command = Command::Argv(vec!["no-such-program".into()])
    });
    project.task("b", &[], &["cp a b"], |task| task.cwd = "nowhere".into());
    for (task, expected) in [("a", "no-such-program"), ("b", "nowhere")] {
        let ran = project.run(&[task]);
        assert_eq!(
            ran.outcome(task),
            Some(&Outcome::Failed {
                step: 0,
                status: Status::NotStarted
            })
        );
        assert!(ran.lines().join("\n").contains(expected), "{ran:#?}");
    }
}

fn a_script_without_interpreter_line_is_a_shell_script() {
    use std::os::unix::fs::PermissionsExt;
    let mut project = Project::new();
    project.write("script", "echo \"got $1\"\n");
    std::fs::set_permissions(
        project.path("script"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    project.task("a", &[], &["./script x"], plain);
    assert_eq!(project.ok(&["a"]).lines(), ["got x"]);
}

fn an_uncached_task_inherits_the_environment() {
    let mut project = Project::new();
    project.task(
        "a",
        &[],
        &["echo $CARGO_MANIFEST_DIR $MINE $NEXUS_TASK"],
        |task| {
            task.env.insert("MINE".into(), "yes".into());
        },
    );
    // Set by cargo for every test it starts.
    let inherited = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    assert_eq!(
        project.ok(&["a"]).lines(),
        [format!("{inherited} yes a").trim()]
    );
}

fn exit_codes_and_signals() {
    let mut project = Project::new();
    project.task("code", &[], &["exit 3"], plain);
    project.task("signal", &[], &["kill -KILL $$"], plain);
    for (task, status) in [("code", Status::Exit(3)), ("signal", Status::Signal(9))] {
        assert_eq!(
            project.run(&[task]).outcome(task),
            Some(&Outcome::Failed { step: 0, status })
        );
    }
}

/// Long enough to exhaust any stack that grew with it; only its ends do work.
fn a_long_chain() {
    let mut project = Project::new();
    project.task("t000000", &[], &["true"], plain);
    for i in 1..100_000u32 {
        let mut task = Task::new(format!("t{i:06}"));
        task.deps.push(nexus_graph::Dependency {
            task: nexus_graph::TaskId(i - 1),
            used: nexus_graph::Used::All,
        });
        project.graph.tasks.push(task);
    }
    let ran = project.ok(&["t099999"]);
    assert_eq!(ran.executed(), ["t000000"]);
}
