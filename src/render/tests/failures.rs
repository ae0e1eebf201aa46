//! Runs in which something does not.

use super::super::Renderer;
use super::super::look::Look;
use super::super::quiet::Quiet;
use super::super::script::Script;
use super::super::script::terminal;
use super::super::warning;
use super::{failing, odd_cache, quiet, tree, verbose};
use expect_test::expect;
use nexus_graph::TaskGraph;
use nexus_graph::event::Outcome;
use nexus_graph::event::Reason;
use nexus_graph::event::Status;
use nexus_graph::task::Place;
use nexus_graph::task::Step;
use nexus_graph::task::Task;
use std::sync::Arc;

#[test]
fn failures() {
    tree(
        &failing(),
        expect![[r#"
            ● test
              ├─ npm test
              │  expected 3, got 4
            ✘ lint  npm run lint  exit 1 · 900ms
            ● test continues
              │  and more of it
              └─ ✘ exit 127 · 1.5s
            ✔ assets  cp -r assets dist  10ms

            error[NX0501]: task `lint` failed: `npm run lint` exited with code 1 after 900ms
              │  src/a.js: unused variable
              │  1 problem

            error[NX0501]: task `test` failed: `npm test` exited with code 127 after 1.5s
              help: 127 means that a program was not found: check its spelling, and PATH as the task sees it

            ⊘ skipped because `lint` did not succeed: app, docs
            ⊘ skipped because `test` did not succeed: deploy

            ✘ 6 tasks · 1 run, 2 failed, 3 skipped · 2.4s
        "#]],
    );
    verbose(
        &failing(),
        expect![[r#"
            ● test deploy · 6 tasks · 4 at once
            lint │ runs because no earlier run is known
            lint │ $ npm run lint
            lint │ src/a.js: unused variable
            lint │ 1 problem
            test │ runs because no earlier run is known
            test │ $ npm test
            test │ expected 3, got 4
            lint │ ✘ exited with code 1 after 900ms
            test │ and more of it
            test │ ✘ exited with code 127 after 1.5s
            assets │ runs because no earlier run is known
            assets │ $ cp -r assets dist
            assets │ ✔ 10ms

            error[NX0501]: task `lint` failed: `npm run lint` exited with code 1 after 900ms
            error[NX0501]: task `test` failed: `npm test` exited with code 127 after 1.5s
              help: 127 means that a program was not found: check its spelling, and PATH as the task sees it

            ⊘ skipped because `lint` did not succeed: app, docs
            ⊘ skipped because `test` did not succeed: deploy
            ✘ 6 tasks · 1 run, 2 failed, 3 skipped · 2.4s
        "#]],
    );
    quiet(
        &failing(),
        expect![[r#"
        ✘ lint exit 1 after 900ms
        ✘ test exit 127 after 1.5s
        ✔ assets 10ms

        error[NX0501]: task `lint` failed: `npm run lint` exited with code 1 after 900ms
          │  src/a.js: unused variable
          │  1 problem

        error[NX0501]: task `test` failed: `npm test` exited with code 127 after 1.5s
          │  expected 3, got 4
          │  and more of it
          help: 127 means that a program was not found: check its spelling, and PATH as the task sees it
    "#]],
    );
}

#[test]
fn a_failure_names_its_place_and_its_limit() {
    let mut task = Task::new("slow");
    let mut step = Step::line("sleep 600");
    step.timeout = Some(200_000_000);
    task.steps = vec![step];
    task.place = Some(Place {
        file: "nexus.nx".into(),
        line: 7,
    });
    let graph = TaskGraph {
        tasks: vec![task],
        ..TaskGraph::default()
    };
    let mut s = Script::new(&["slow"], 1);
    let status = Status::TimedOut;
    s.start_because(0, "slow", Reason::Always)
        .step(0, 0, "sleep 600")
        .print(0, 0, "so far, so good")
        .end_step(0, 0, status, 203)
        .finish(0, Outcome::Failed { step: 0, status }, 204)
        .done();
    let mut renderer = Quiet::new(terminal());
    renderer.graph(Arc::new(graph));
    expect![[r#"
        ✘ slow timed out after 204ms

        error[NX0502]: task `slow` failed: `sleep 600` was not done within 200ms and was ended
          --> nexus.nx:7
          │  so far, so good
          help: give the step or task a longer `timeout` if it needs one
    "#]]
    .assert_eq(&s.render(renderer));
}

#[test]
fn ways_to_fail() {
    let mut s = Script::new(&["all"], 4);
    let ends = [
        ("killed", Status::Signal(9)),
        ("crashed", Status::Signal(11)),
        ("odd", Status::Signal(50)),
        ("missing", Status::NotStarted),
    ];
    for (id, (name, status)) in ends.into_iter().enumerate() {
        let id = id as u32;
        s.start(id, name)
            .step(id, 0, "./program")
            .end_step(id, 0, status, 5)
            .finish(id, Outcome::Failed { step: 0, status }, 5);
    }
    let broken = Outcome::Broken {
        code: "NX0511".into(),
        message: "output `out.txt` was not made".into(),
        help: Some("make it, or take it out of `outputs`".into()),
    };
    s.start(4, "broken")
        .step(4, 0, "true")
        .end_step(4, 0, Status::Exit(0), 1)
        .finish(4, broken, 2)
        .done();
    tree(
        &s,
        expect![[r#"
        ✘ killed  ./program  SIGKILL · 5ms
        ✘ crashed  ./program  SIGSEGV · 5ms
        ✘ odd  ./program  signal 50 · 5ms
        ✘ missing  ./program  not started · 5ms
        ✘ broken  true  NX0511 · 2ms

        error[NX0501]: task `killed` failed: `./program` was killed by SIGKILL after 5ms
          help: something else killed it; when memory runs out, the system does that

        error[NX0501]: task `crashed` failed: `./program` was killed by SIGSEGV after 5ms

        error[NX0501]: task `odd` failed: `./program` was killed by signal 50 after 5ms

        error[NX0503]: task `missing` failed: `./program` could not be started

        error[NX0511]: task `broken` failed: output `out.txt` was not made
          help: make it, or take it out of `outputs`

        ✘ 5 tasks · 5 failed · 21ms
    "#]],
    );
}

#[test]
fn steps_skipped_retried_and_forgiven() {
    let script = |targets: &[&str]| {
        let mut s = Script::new(targets, 1);
        s.start(0, "setup")
            .skip_step(0, 0, "npm ci", "`node_modules` exists")
            .step(0, 1, "curl -f http://localhost")
            .print(0, 1, "connection refused")
            .end_attempt(0, 1, Status::Exit(7), 20, true)
            .wait(1_000)
            .attempt(0, 1, "curl -f http://localhost", 2)
            .print(0, 1, "hello")
            .end_step(0, 1, Status::Exit(0), 30)
            .step(0, 2, "rm lock")
            .end_step(0, 2, Status::Exit(1), 1)
            .step(0, 3, "touch done")
            .end_step(0, 3, Status::Exit(0), 2)
            .finish(0, Outcome::Succeeded, 1_060)
            .done();
        s
    };
    tree(
        &script(&["setup"]),
        expect![[r#"
        ● setup
          ├─ npm ci  skipped: `node_modules` exists
          ├─ curl -f http://localhost
          │  connection refused
          │  exit 7 after 20ms, trying again
          ├─ curl -f http://localhost  attempt 2
          │  hello
          │  ✔ 30ms
          ├─ rm lock
          │  exit 1, ignored · 1ms
          ├─ touch done
          │  ✔ 2ms
          └─ ✔ 1.1s
        ✔ 1 task · 1 run · 1.1s
    "#]],
    );
    tree(
        &script(&["all"]),
        expect![[r#"
        ✔ setup  1.1s · 2 lines of output
          ├─ npm ci  skipped: `node_modules` exists
          ├─ curl -f http://localhost  attempt 2  30ms
          ├─ rm lock  exit 1  1ms
          └─ touch done  2ms
        ✔ 1 task · 1 run · 1.1s
    "#]],
    );
    verbose(
        &script(&["all"]),
        expect![[r#"
            ● all · 1 task · 4 at once
            setup │ runs because no earlier run is known
            setup │ $ npm ci  (skipped: `node_modules` exists)
            setup │ $ curl -f http://localhost
            setup │ connection refused
            setup │ exited with code 7 after 20ms, trying again
            setup │ $ curl -f http://localhost  (attempt 2)
            setup │ hello
            setup │ $ rm lock
            setup │ exited with code 1, ignored
            setup │ $ touch done
            setup │ ✔ 1.1s
            ✔ 1 task · 1 run · 1.1s
        "#]],
    );
}

#[test]
fn cancelled() {
    let mut s = Script::new(&["a"], 3);
    s.start(0, "a")
        .step(0, 0, "sleep 60")
        .end_step(0, 0, Status::Cancelled, 2_000)
        .finish(0, Outcome::Cancelled, 2_000)
        .finish_named(1, "b", Outcome::Cancelled, 0)
        .whole(2, "c", "true", 1)
        .done();
    tree(
        &s,
        expect![[r#"
        ● a
          ├─ sleep 60
          └─ ⊘ cancelled · 2.0s
        ✔ c  true  1ms

        ⊘ 3 tasks · 1 run, 2 cancelled · 2.0s
    "#]],
    );
    verbose(
        &s,
        expect![[r#"
            ● a · 3 tasks · 4 at once
            a │ runs because no earlier run is known
            a │ $ sleep 60
            a │ ⊘ cancelled after 2.0s
            b │ ⊘ cancelled after <1ms
            c │ runs because no earlier run is known
            c │ $ true
            c │ ✔ 1ms
            ⊘ 3 tasks · 1 run, 2 cancelled · 2.0s
        "#]],
    );
    quiet(
        &s,
        expect![[r#"
        ✔ c 1ms
    "#]],
    );
}

#[test]
fn warnings() {
    let text = warning::render(&odd_cache(), &Look::plain()).unwrap();
    expect![[r#"
        warning[NX0601]: task `a`: the cache cannot be written: disk full
          help: results of this run are not kept
    "#]]
    .assert_eq(&text);
}
