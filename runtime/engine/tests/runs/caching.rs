//! What is done again, what is restored, what is trusted.

use crate::support::{Happening, Project, Ran, alive, pid_in, wait_until};
use nexus_engine::Cancel;
use nexus_graph::event::{Outcome, Reason};
use nexus_graph::{Dependency, Output, Used};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

crate::tests![
    nothing_twice,
    a_change_is_named_and_runs_its_users,
    an_unchanged_output_runs_no_users,
    going_back_executes_nothing,
    damaged_outputs_are_restored,
    folders_are_restored_exactly,
    what_the_store_lost_is_made_again,
    a_half_written_output_is_not_trusted,
    an_input_edited_while_running_runs_again,
    a_file_created_while_running_runs_again,
    a_task_that_writes_its_input_is_not_kept,
    two_engines_share_the_work,
    undeclared_variables_are_hidden,
    a_missing_input_is_named,
    a_missing_output_breaks_the_task,
    old_outputs_are_removed_first,
    editable_outputs_are_left_alone,
    failures_are_not_kept,
    only_used_outputs_count,
    inputs_inside_an_output_count_alone,
    groups_stand_for_their_members,
    a_changed_program_runs_its_users,
    force_executes_the_targets_only,
    elsewhere_shares_results,
    an_unusable_store_fails_nothing,
    logs_are_replayed,
    known_tasks_are_not_looked_at,
    states_describe_what_is_up_to_date,
    equal_tasks_share_one_result,
    cancelling_keeps_what_finished,
];

/// `a.in` is copied to `a.out`, upper-cased to `b.out`.
fn chain() -> Project {
    let mut project = Project::new();
    project.write("a.in", "one\n");
    project.cached(
        "a",
        &[],
        &["a.in"],
        &["a.out"],
        "echo a >> ran; cp a.in a.out",
    );
    project.cached(
        "b",
        &["a"],
        &["a.out"],
        &["b.out"],
        "echo b >> ran; tr a-z A-Z < a.out > b.out",
    );
    project
}

fn nothing_twice() {
    let project = chain();
    assert_eq!(project.ok(&["b"]).executed(), ["a", "b"]);
    let again = project.ok(&["b"]);
    assert_eq!(again.cached(), ["a", "b"]);
    assert_eq!(again.restored(), [""; 0]);
    assert_eq!(again.report.summary.cached, 2);
    assert_eq!(project.read("ran"), "a\nb\n");
}

fn changed(ran: &Ran, task: &str) -> Vec<String> {
    match ran.reason(task) {
        Some(Reason::Changed { changes }) => changes
            .iter()
            .map(|c| format!("{} {}", c.section, c.name))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn a_change_is_named_and_runs_its_users() {
    let mut project = chain();
    assert_eq!(project.ok(&["b"]).reason("a"), Some(&Reason::FirstRun));
    project.write("a.in", "two\n");
    let ran = project.ok(&["b"]);
    assert_eq!(ran.executed(), ["a", "b"]);
    assert_eq!(changed(&ran, "a"), ["input a.in"]);
    assert_eq!(changed(&ran, "b"), ["input a.out"]);
    assert_eq!(project.read("b.out"), "TWO\n");
    project.change("b").env.insert("MODE".into(), "x".into());
    let ran = project.ok(&["b"]);
    assert_eq!(ran.executed(), ["b"]);
    assert_eq!(changed(&ran, "b"), ["env MODE"]);
}

fn an_unchanged_output_runs_no_users() {
    let mut project = chain();
    project.change("a").steps[0] =
        nexus_graph::Step::line("echo a >> ran; grep -v '^#' a.in > a.out");
    project.ok(&["b"]);
    project.write("a.in", "# a comment\none\n");
    let ran = project.ok(&["b"]);
    assert_eq!((ran.executed(), ran.cached()), (vec!["a"], vec!["b"]));
}

fn going_back_executes_nothing() {
    let project = chain();
    project.ok(&["b"]);
    project.write("a.in", "two\n");
    project.ok(&["b"]);
    project.write("a.in", "one\n");
    let ran = project.ok(&["b"]);
    assert_eq!(ran.executed(), [""; 0]);
    assert_eq!(ran.restored(), ["a.out", "b.out"]);
    assert_eq!(project.read("b.out"), "ONE\n");
    // The explanation compares with what is on disk, not with the last execution.
    project.write("a.in", "three\n");
    let ran = project.ok(&["b"]);
    let Some(Reason::Changed { changes }) = ran.reason("a") else {
        panic!("{ran:#?}")
    };
    assert!(
        changes[0]
            .before
            .as_ref()
            .unwrap()
            .contains(&nexus_graph::Digest::of(b"one\n").hex())
    );
}

fn damaged_outputs_are_restored() {
    let project = chain();
    project.ok(&["b"]);
    let damages: &[Happening] = &[
        ("deleted", |p| p.remove("b.out")),
        ("tampered", |p| p.write("b.out", "EVE\n")),
        ("truncated", |p| p.write("b.out", "")),
        ("replaced by a folder", |p| {
            p.remove("b.out");
            p.write("b.out/x", "");
        }),
        ("executable", |p| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(p.path("b.out"), std::fs::Permissions::from_mode(0o755))
                .unwrap();
        }),
        ("same length, old time", |p| {
            let times = std::fs::metadata(p.path("b.out")).unwrap();
            p.write("b.out", "ONF\n");
            filetime::set_file_mtime(
                p.path("b.out"),
                filetime::FileTime::from_last_modification_time(&times),
            )
            .unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage(&project);
        let ran = project.ok(&["b"]);
        assert_eq!(ran.executed(), [""; 0], "{what}");
        assert_eq!(ran.restored(), ["b.out"], "{what}");
        assert_eq!(project.read("b.out"), "ONE\n", "{what}");
        assert_eq!(project.ok(&["b"]).restored(), [""; 0], "{what}");
    }
}

fn folders_are_restored_exactly() {
    let mut project = Project::new();
    let line = "mkdir -p out/deep/empty; echo x > out/deep/x; ln -s deep/x out/link; printf '#!/bin/sh\\n' > out/run; chmod +x out/run";
    project.cached("f", &[], &[], &["out"], line);
    project.ok(&["f"]);
    project.remove("out/link");
    project.write("out/deep/x", "other");
    project.write("out/extra", "");
    let ran = project.ok(&["f"]);
    assert_eq!((ran.executed(), ran.restored()), (vec![], vec!["out"]));
    assert_eq!(project.read("out/link"), "x\n");
    assert!(project.exists("out/deep/empty") && !project.exists("out/extra"));
}

fn what_the_store_lost_is_made_again() {
    let mut project = Project::new();
    // Too large to lie in the database.
    project.cached("big", &[], &[], &["big.out"], "seq 100000 > big.out");
    project.ok(&["big"]);
    std::fs::remove_dir_all(project.cache().join("cas")).unwrap();
    assert_eq!(project.ok(&["big"]).executed(), [""; 0]);
    project.remove("big.out");
    let ran = project.ok(&["big"]);
    assert_eq!(
        ran.reason("big"),
        Some(&Reason::ResultLost {
            output: "big.out".into()
        })
    );
    assert!(project.exists("big.out"));
}

fn a_half_written_output_is_not_trusted() {
    let mut project = Project::new();
    project.write("go.in", "1");
    project.cached(
        "half",
        &[],
        &["go.in"],
        &["out"],
        "echo half > out; echo $$ > pid; test -e go || sleep 600; echo whole > out",
    );
    let mut engine = project.start(&["half"]);
    let pid = pid_in(&project, "pid");
    kill(Pid::from_raw(engine.id() as i32), Signal::SIGKILL).unwrap();
    engine.wait().unwrap();
    wait_until("the task is gone", || !alive(pid));
    assert_eq!(project.read("out"), "half\n");
    project.write("go", "");
    assert_eq!(project.ok(&["half"]).executed(), ["half"]);
    assert_eq!(project.read("out"), "whole\n");
}

fn an_input_edited_while_running_runs_again() {
    let mut project = Project::new();
    project.write("in", "before\n");
    // Edits its own input the first time, as a person could at that moment.
    let line = "cp in out; test -e edited || { echo after > in; touch edited; }; echo x >> ran";
    project.cached("copy", &[], &["in"], &["out"], line);
    let ran = project.ok(&["copy"]);
    assert_eq!(ran.executed(), ["copy", "copy"]);
    assert_eq!(
        ran.reason("copy"),
        Some(&Reason::InputEdited { path: "in".into() })
    );
    assert_eq!(
        (project.read("out"), project.read("ran")),
        ("after\n".into(), "x\nx\n".into())
    );
    assert_eq!(project.ok(&["copy"]).executed(), [""; 0]);
    // The first content was never paired with the second's result.
    project.write("in", "before\n");
    project.ok(&["copy"]);
    assert_eq!(project.read("out"), "before\n");
}

fn a_file_created_while_running_runs_again() {
    let mut project = Project::new();
    project.write("src/a", "a\n");
    let line = "cat src/* > out; test -e src/b || echo b > src/b";
    project.cached("all", &[], &["src/*"], &["out"], line);
    let ran = project.ok(&["all"]);
    assert_eq!(ran.executed(), ["all", "all"]);
    assert_eq!(project.read("out"), "a\nb\n");
}

fn a_task_that_writes_its_input_is_not_kept() {
    let mut project = Project::new();
    project.write("in", "x\n");
    project.cached("eats", &[], &["in"], &["out"], "cp in out; echo more >> in");
    let ran = project.ok(&["eats"]);
    assert_eq!(ran.executed(), ["eats", "eats"]);
    assert_eq!(ran.warnings()[0].0, "NX0506");
    assert_eq!(project.ok(&["eats"]).executed(), ["eats", "eats"]);
}

fn two_engines_share_the_work() {
    let mut project = Project::new();
    let mut all: Vec<String> = Vec::new();
    for i in 0..12 {
        let deps: Vec<&str> = all.last().map(String::as_str).into_iter().collect();
        let (path, out) = (format!("t{i:02}"), format!("out/{i}"));
        project.cached(
            &path,
            &deps,
            &[],
            &[&out],
            &format!("echo {i} >> ran; echo {i} > {out}"),
        );
        all.push(path);
    }
    let mut engines = [
        project.start(&["t11"]),
        project.start(&["t11"]),
        project.start(&["t11"]),
    ];
    for engine in &mut engines {
        assert!(engine.wait().unwrap().success());
    }
    let mut ran: Vec<u32> = project
        .read("ran")
        .lines()
        .map(|l| l.parse().unwrap())
        .collect();
    ran.sort();
    assert_eq!(ran, (0..12).collect::<Vec<_>>());
}

fn undeclared_variables_are_hidden() {
    let mut project = Project::new();
    let line = "echo \"${CARGO_MANIFEST_DIR-hidden} $MINE $LC_ALL $NEXUS_TASK\" > out";
    project.cached("env", &[], &[], &["out"], line);
    project
        .change("env")
        .env
        .insert("MINE".into(), "declared".into());
    project.ok(&["env"]);
    assert_eq!(project.read("out"), "hidden declared C.UTF-8 env\n");
}

fn a_missing_input_is_named() {
    let mut project = chain();
    project.cached("c", &[], &["nowhere"], &["c.out"], "true");
    project.cached("d", &[], &["b.out"], &["d.out"], "true");
    for (task, expected, help) in [("c", "nowhere", "relative"), ("d", "b.out", "tasks.b")] {
        let ran = project.run(&[task]);
        let Some(Outcome::Broken {
            code,
            message,
            help: told,
        }) = ran.outcome(task)
        else {
            panic!("{ran:#?}")
        };
        assert_eq!(code, "NX0505");
        assert!(
            message.contains(expected) && message.contains(task),
            "{message}"
        );
        assert!(told.as_ref().unwrap().contains(help), "{told:?}");
        assert_eq!(ran.executed(), [""; 0]);
    }
}

fn a_missing_output_breaks_the_task() {
    let mut project = Project::new();
    project.cached("a", &[], &[], &["out"], "mkdir sub");
    let ran = project.run(&["a"]);
    let Some(Outcome::Broken { code, message, .. }) = ran.outcome("a") else {
        panic!("{ran:#?}")
    };
    assert!(code == "NX0504" && message.contains("`out`"), "{message}");
    project.cached("p", &[], &[], &["pipe"], "mkfifo pipe");
    assert!(matches!(
        project.run(&["p"]).outcome("p"),
        Some(Outcome::Broken { .. })
    ));
}

fn old_outputs_are_removed_first() {
    let mut project = Project::new();
    project.write("deep/out", "old");
    project.write("deep/folder/old", "old");
    project.cached("a", &[], &[], &["deep/out", "deep/folder", "new/er/out"], "test ! -e deep/out && test ! -e deep/folder && mkdir deep/folder && touch deep/out new/er/out");
    project.ok(&["a"]);
}

fn editable_outputs_are_left_alone() {
    let mut project = Project::new();
    project.cached(
        "checkout",
        &[],
        &[],
        &["work"],
        "test -d work || { mkdir work && echo original > work/file; }",
    );
    project.change("checkout").editable = true;
    project.cached(
        "use",
        &["checkout"],
        &["work/file"],
        &["out"],
        "cp work/file out",
    );
    project.ok(&["use"]);
    project.write("work/file", "edited\n");
    assert_eq!(project.ok(&["use"]).executed(), ["use"]);
    assert_eq!(
        (project.read("work/file"), project.read("out")),
        ("edited\n".into(), "edited\n".into())
    );
    // Gone altogether: put back as it was first made.
    std::fs::remove_dir_all(project.path("work")).unwrap();
    assert_eq!(project.ok(&["use"]).restored(), ["work", "out"]);
    assert_eq!(project.read("work/file"), "original\n");
    // Another command does not overwrite it either.
    project.write("work/file", "edited\n");
    project
        .change("checkout")
        .env
        .insert("X".into(), "1".into());
    assert_eq!(project.ok(&["use"]).executed(), ["checkout"]);
    assert_eq!(project.read("work/file"), "edited\n");
}

fn failures_are_not_kept() {
    let mut project = Project::new();
    project.write("in", "");
    project.cached("a", &[], &["in"], &["out"], "echo x >> ran; exit 3");
    project.run(&["a"]);
    let ran = project.run(&["a"]);
    assert_eq!(ran.reason("a"), Some(&Reason::LastFailed));
    assert_eq!(project.read("ran"), "x\nx\n");
}

fn two_outputs(used: Used, inputs: &[&str]) -> Project {
    let mut project = Project::new();
    project.write("in", "1");
    project.cached(
        "two",
        &[],
        &["in"],
        &["x.out", "y/out"],
        "mkdir -p y/out; cp in x.out; echo fixed > y/out/fixed; cp in y/out/moving",
    );
    project.cached("user", &["two"], inputs, &["user.out"], "touch user.out");
    project.change("user").deps = vec![Dependency {
        task: project.id("two"),
        used,
    }];
    project.ok(&["user"]);
    project.write("in", "2");
    project
}

fn only_used_outputs_count() {
    let mut project = two_outputs(Used::Some(vec![0]), &[]);
    assert_eq!(project.ok(&["user"]).executed(), ["two", "user"]);
    project.change("two").steps[0] =
        nexus_graph::Step::line("mkdir -p y/out; cp in x.out; echo other > y/out/fixed");
    assert_eq!(project.ok(&["user"]).executed(), ["two"]);
}

fn inputs_inside_an_output_count_alone() {
    let used = || Used::Some(vec![1]);
    assert_eq!(
        two_outputs(used(), &[]).ok(&["user"]).executed(),
        ["two", "user"]
    );
    assert_eq!(
        two_outputs(used(), &["y/out/fixed"])
            .ok(&["user"])
            .executed(),
        ["two"]
    );
    assert_eq!(
        two_outputs(used(), &["y/out/f*"]).ok(&["user"]).executed(),
        ["two"]
    );
    assert_eq!(
        two_outputs(used(), &["y/out/moving"])
            .ok(&["user"])
            .executed(),
        ["two", "user"]
    );
}

fn groups_stand_for_their_members() {
    let mut project = chain();
    project.task("all", &["a"], &[], |_| {});
    project.cached("user", &["all"], &[], &["user.out"], "cp a.out user.out");
    project.ok(&["user"]);
    project.write("a.in", "two\n");
    assert_eq!(project.ok(&["user"]).executed(), ["a", "user"]);
    assert_eq!(project.read("user.out"), "two\n");
}

fn script(project: &Project, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    project.write(name, text);
    std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn a_changed_program_runs_its_users() {
    let mut project = Project::new();
    script(&project, "gen", "#!/bin/sh\necho 1 > out\n");
    script(&project, "bin/helper", "#!/bin/sh\n");
    project.cached("a", &[], &[], &["out"], "./gen");
    project.change("a").tools = vec!["bin/helper".into()];
    project.ok(&["a"]);
    assert_eq!(project.ok(&["a"]).executed(), [""; 0]);
    script(&project, "gen", "#!/bin/sh\necho 2 > out\n");
    assert_eq!(changed(&project.ok(&["a"]), "a"), ["tool ./gen"]);
    script(&project, "bin/helper", "#!/bin/sh\n# new\n");
    assert_eq!(changed(&project.ok(&["a"]), "a"), ["tool bin/helper"]);
    project.change("a").tools.push("no-such-tool".into());
    assert!(
        matches!(project.run(&["a"]).outcome("a"), Some(Outcome::Broken { code, .. }) if code == "NX0509")
    );
}

fn force_executes_the_targets_only() {
    let project = chain();
    project.ok(&["b"]);
    let mut options = project.options();
    options.force = true;
    let ran = project.run_with(&["b"], &options, &Cancel::new(), |_| {});
    assert_eq!(
        (ran.executed(), ran.reason("b")),
        (vec!["b"], Some(&Reason::Forced))
    );
}

fn elsewhere_shares_results() {
    let (first, second) = (chain(), chain());
    first.ok(&["b"]);
    std::os::unix::fs::symlink(first.cache(), second.cache()).unwrap();
    let ran = second.ok(&["b"]);
    assert_eq!(ran.executed(), [""; 0]);
    assert_eq!(second.read("b.out"), "ONE\n");
}

fn an_unusable_store_fails_nothing() {
    let project = chain();
    std::fs::write(project.cache(), "in the way").unwrap();
    for _ in 0..2 {
        let ran = project.ok(&["b"]);
        assert_eq!(ran.executed(), ["a", "b"]);
        assert_eq!(ran.warnings().len(), 1, "{ran:#?}");
    }
    assert_eq!(project.read("b.out"), "ONE\n");
}

fn logs_are_replayed() {
    let mut project = Project::new();
    project.cached(
        "a",
        &[],
        &[],
        &["out"],
        "echo said; echo complained >&2; touch out",
    );
    project.ok(&["a"]);
    let ran = project.ok(&["a"]);
    let log = ran.events.iter().find_map(|e| match &e.kind {
        nexus_graph::EventKind::TaskCached { log, .. } => {
            Some(log.iter().map(|l| l.text.as_str()).collect::<Vec<_>>())
        }
        _ => None,
    });
    let mut log = log.unwrap();
    log.sort();
    assert_eq!(log, ["complained", "said"]);
}

fn known_tasks_are_not_looked_at() {
    let project = chain();
    let ran = project.ok(&["b"]);
    let mut context = project.context();
    context.up_to_date = vec![None; 2];
    for (id, state) in &ran.report.states {
        context.up_to_date[id.index()] = Some(state.key);
    }
    // Were it looked at, this would be repaired.
    project.remove("b.out");
    let graph = std::sync::Arc::new(project.graph.clone());
    let report = nexus_engine::run(
        &graph,
        &[project.id("b")],
        &project.options(),
        &context,
        &Cancel::new(),
        &mut |_| {},
    );
    assert_eq!(report.unwrap().summary.cached, 2);
    assert!(!project.exists("b.out"));
}

fn states_describe_what_is_up_to_date() {
    let project = chain();
    let first = project.ok(&["b"]).report.states;
    let again = project.ok(&["b"]).report.states;
    for states in [&first, &again] {
        assert_eq!(states.len(), 2);
        let names: Vec<String> = states[1]
            .1
            .files
            .iter()
            .filter_map(|(path, ..)| {
                Some(
                    path.strip_prefix(project.root())
                        .ok()?
                        .to_string_lossy()
                        .into_owned(),
                )
            })
            .collect();
        assert_eq!(names, ["a.out", "b.out"]);
    }
    assert_eq!(first[1].1.key, again[1].1.key);
}

fn equal_tasks_share_one_result() {
    let mut project = Project::new();
    for name in ["one", "two"] {
        project.task(name, &[], &["echo x >> ran"], |task| task.cached = true);
    }
    let ran = project.ok(&["one", "two"]);
    assert_eq!((ran.executed().len(), ran.cached().len()), (1, 1));
    assert_eq!(project.read("ran"), "x\n");
    // An output has one owner, so tasks with outputs are never equal.
    project.change("two").outputs = vec![Output {
        name: None,
        path: "out".into(),
    }];
    project.change("two").steps[0] = nexus_graph::Step::line("touch out");
    assert_eq!(project.ok(&["one", "two"]).executed(), ["two"]);
}

fn cancelling_keeps_what_finished() {
    let mut project = chain();
    project.cached(
        "slow",
        &["b"],
        &["b.out"],
        &["slow.out"],
        "echo $$ > pid; sleep 600",
    );
    let cancel = Cancel::new();
    let ran = project.run_with(&["slow"], &project.options(), &cancel, |event| {
        if matches!(&event.kind, nexus_graph::EventKind::StepStarted { command, .. } if command.contains("sleep")) {
            cancel.cancel();
        }
    });
    assert!(ran.report.cancelled && !ran.report.success());
    assert_eq!(ran.outcome("slow"), Some(&Outcome::Cancelled));
    assert_eq!(project.ok(&["b"]).executed(), [""; 0]);
}
