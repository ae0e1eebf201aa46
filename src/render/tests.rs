//! What runs look like, told by event scripts.

use super::json::Json;
use super::look::{Glyphs, Look};
use super::quiet::Quiet;
use super::script::{Script, terminal};
use super::tree::Tree;
use super::verbose::Verbose;
use super::{Renderer, warning};
use expect_test::{Expect, expect};
use nexus_graph::event::{EventKind, Outcome, Reason, Status};
use nexus_graph::key::Change;
use nexus_graph::task::{Place, Step, Task};
use nexus_graph::{TaskGraph, TaskId};
use std::sync::Arc;

/// A normal run: some cached, some run, one with several steps, the target streams.
fn ordinary() -> Script {
    let mut s = Script::new(&["test"], 6);
    s.cached(0, "obj.lapi", &[], &[])
        .cached(1, "obj.lcode", &["build/lcode.o"], &["warning: old news"])
        .cached(2, "obj.ldo", &[], &[])
        .whole(3, "obj.lua", "cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o", 312)
        .start(4, "link")
        .step(4, 0, "mkdir -p build")
        .end_step(4, 0, Status::Exit(0), 2)
        .step(4, 1, "cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl")
        .print(4, 1, "warning: something is odd")
        .end_step(4, 1, Status::Exit(0), 1_240)
        .finish(4, Outcome::Succeeded, 1_243)
        .start_because(5, "test", changed())
        .step(5, 0, "build/lua test/smoke.lua")
        .print(5, 0, "12 passing")
        .print(5, 0, "")
        .end_step(5, 0, Status::Exit(0), 40)
        .finish(5, Outcome::Succeeded, 41)
        .done();
    s
}

fn changed() -> Reason {
    let change = |name: &str| Change {
        section: "input".into(),
        name: name.into(),
        before: Some("a".repeat(64)),
        after: Some("b".repeat(64)),
    };
    Reason::Changed {
        changes: vec![change("build/lua"), change("test/smoke.lua")],
    }
}

#[test]
fn ordinary_runs() {
    tree(
        &ordinary(),
        expect![[r#"
            ✔ obj.lua  cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o  312ms
            ✔ link  1.2s · 1 line of output
              ├─ mkdir -p build  2ms
              └─ cc -o build/lua … build/obj/ldo.o build/obj/lua.o -lm -ldl  1.2s
            ● test
              ├─ build/lua test/smoke.lua
              │  12 passing
              │
              └─ ✔ 41ms
            ✔ 6 tasks · 3 run, 3 cached (1 restored) · 1.6s
        "#]],
    );
    verbose(
        &ordinary(),
        expect![[r#"
            ● test · 6 tasks · 4 at once
            obj.lapi │ ✔ cached (000000000000)
            obj.lcode │ ✔ cached (010101010101) · restored build/lcode.o
            obj.lcode │ warning: old news
            obj.ldo   │ ✔ cached (020202020202)
            obj.lua   │ runs because no earlier run is known
            obj.lua   │ $ cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o
            obj.lua   │ ✔ 312ms
            link      │ runs because no earlier run is known
            link      │ $ mkdir -p build
            link      │ $ cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl
            link      │ warning: something is odd
            link      │ ✔ 1.2s
            test      │ runs because `build/lua` changed (aaaaaaaa → bbbbbbbb) (and 1 more)
            test      │ $ build/lua test/smoke.lua
            test      │ 12 passing
            test      │
            test      │ ✔ 41ms
            ✔ 6 tasks · 3 run, 3 cached (1 restored) · 1.6s
        "#]],
    );
    quiet(
        &ordinary(),
        expect![[r#"
        ✔ obj.lua 312ms
        ✔ link 1.2s
        ✔ test 41ms
    "#]],
    );
}

#[test]
fn an_ordinary_run_without_symbols() {
    let ascii = Tree::new(Look::test(Glyphs::Ascii, None));
    expect![[r#"
        ok obj.lua  cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o  312ms
        ok link  1.2s - 1 line of output
          |- mkdir -p build  2ms
          `- cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl  1.2s
        * test
          |- build/lua test/smoke.lua
          |  12 passing
          |
          `- ok 41ms
        ok 6 tasks - 3 run, 3 cached (1 restored) - 1.6s
    "#]].assert_eq(&ordinary().render(ascii));
    expect![[r#"
        ok obj.lua  cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o  312ms
        ok link  1.2s, 1 line of output
            mkdir -p build  2ms
            cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl  1.2s
        running test
            build/lua test/smoke.lua
              12 passing

            ok 41ms
        ok 6 tasks, 3 run, 3 cached (1 restored), 1.6s
    "#]].assert_eq(&ordinary().render(Tree::new(Look::plain())));
    expect![[r#"
        running test, 6 tasks, 4 at once
        obj.lapi: ok cached (000000000000)
        obj.lcode: ok cached (010101010101), restored build/lcode.o
        obj.lcode: warning: old news
        obj.ldo  : ok cached (020202020202)
        obj.lua  : runs because no earlier run is known
        obj.lua  : $ cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o
        obj.lua  : ok 312ms
        link     : runs because no earlier run is known
        link     : $ mkdir -p build
        link     : $ cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl
        link     : warning: something is odd
        link     : ok 1.2s
        test     : runs because `build/lua` changed (aaaaaaaa to bbbbbbbb) (and 1 more)
        test     : $ build/lua test/smoke.lua
        test     : 12 passing
        test     :
        test     : ok 41ms
        ok 6 tasks, 3 run, 3 cached (1 restored), 1.6s
    "#]].assert_eq(&ordinary().render(Verbose::new(Look::plain())));
}

#[test]
fn widths() {
    let at = |width| ordinary().render(Tree::new(Look::test(Glyphs::Unicode, Some(width))));
    expect![[r#"
        ✔ obj.lua  cc … build/obj/lua.o  312ms
        ✔ link  1.2s · 1 line of output
          ├─ mkdir -p build  2ms
          └─ cc -o build/lua build/obj/la…  1.2s
        ● test
          ├─ build/lua test/smoke.lua
          │  12 passing
          │
          └─ ✔ 41ms
        ✔ 6 tasks · 3 run, 3 cached (1 restored) · 1.6s
    "#]]
    .assert_eq(&at(40));
    expect![[r#"
        ✔ obj.lua  cc -O2 -std=gnu99 -c lua/lua.c -o build/obj/lua.o  312ms
        ✔ link  1.2s · 1 line of output
          ├─ mkdir -p build  2ms
          └─ cc -o build/lua build/obj/lapi.o build/obj/lcode.o build/obj/ldo.o build/obj/lua.o -lm -ldl  1.2s
        ● test
          ├─ build/lua test/smoke.lua
          │  12 passing
          │
          └─ ✔ 41ms
        ✔ 6 tasks · 3 run, 3 cached (1 restored) · 1.6s
    "#]].assert_eq(&at(200));
}

/// Two failures, one of which streams; dependents are skipped.
fn failing() -> Script {
    let mut s = Script::new(&["test", "deploy"], 6);
    s.start(0, "lint")
        .step(0, 0, "npm run lint")
        .print(0, 0, "src/a.js: unused variable")
        .print(0, 0, "\u{1b}[31m1 problem\u{1b}[0m")
        .start(1, "test")
        .step(1, 0, "npm test")
        .print(1, 0, "expected 3, got 4")
        .fail(0, 0, 1, 900)
        .print(1, 0, "and more of it")
        .fail(1, 0, 127, 1_500);
    for (id, task, because) in [
        (2, "deploy", "test"),
        (3, "docs", "lint"),
        (4, "app", "lint"),
    ] {
        let because = because.to_string();
        s.finish_named(id, task, Outcome::Skipped { because }, 0);
    }
    s.whole(5, "assets", "cp -r assets dist", 10).done();
    s
}

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
        pass_env: Vec::new(),
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
fn tasks_without_anything_to_do() {
    let script = |targets: &[&str]| {
        let mut s = Script::new(targets, 2);
        s.start(0, "setup")
            .skip_step(0, 0, "directory out", "`out` exists")
            .skip_step(0, 1, "file out/a", "nothing to do")
            .finish_idle(0, 3)
            .start(1, "once")
            .skip_step(1, 0, "npm ci", "`node_modules` exists")
            .finish_idle(1, 1)
            .done();
        s
    };
    tree(
        &script(&["setup"]),
        expect![[r#"
        ● setup
          ├─ directory out  skipped: `out` exists
          ├─ file out/a  skipped: nothing to do
          └─ ✔ unchanged · 3ms
        ✔ once  unchanged · 1ms
        ✔ 2 tasks · 2 unchanged · <1ms
    "#]],
    );
    tree(
        &script(&["all"]),
        expect![[r#"
        ✔ setup  unchanged · 3ms
        ✔ once  unchanged · 1ms
        ✔ 2 tasks · 2 unchanged · <1ms
    "#]],
    );
    verbose(
        &script(&["all"]),
        expect![[r#"
        ● all · 2 tasks · 4 at once
        setup │ runs because no earlier run is known
        setup │ $ directory out  (skipped: `out` exists)
        setup │ $ file out/a  (skipped: nothing to do)
        setup │ ✔ 3ms · unchanged: no step was necessary
        once  │ runs because no earlier run is known
        once  │ $ npm ci  (skipped: `node_modules` exists)
        once  │ ✔ 1ms · unchanged: no step was necessary
        ✔ 2 tasks · 2 unchanged · <1ms
    "#]],
    );
    quiet(&script(&["all"]), expect![[r#""#]]);
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
fn tasks_that_stream_take_turns() {
    let mut s = Script::new(&["a", "b"], 3);
    s.start(0, "a")
        .step(0, 0, "run a")
        .start(1, "b")
        .step(1, 0, "run b")
        .print(1, 0, "b 1")
        .print(0, 0, "a 1")
        .whole(2, "other", "true", 5)
        .print(0, 0, "a 2")
        .end_step(0, 0, Status::Exit(0), 10)
        .finish(0, Outcome::Succeeded, 10)
        .print(1, 0, "b 2")
        .end_step(1, 0, Status::Exit(0), 10)
        .finish(1, Outcome::Succeeded, 30)
        .done();
    tree(
        &s,
        expect![[r#"
        ● a
          ├─ run a
          │  a 1
        ✔ other  true  5ms
        ● a continues
          │  a 2
          └─ ✔ 10ms
        ● b
          ├─ run b
          │  b 1
          │  b 2
          └─ ✔ 30ms
        ✔ 3 tasks · 3 run · 25ms
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
fn nothing_to_do() {
    let mut s = Script::new(&["all"], 2);
    s.cached(0, "a", &[], &["a line from last time"])
        .cached(1, "b", &[], &[])
        .wait(8)
        .done();
    tree(
        &s,
        expect![[r#"
        ✔ up to date · 2 tasks · 8ms
    "#]],
    );
    verbose(
        &s,
        expect![[r#"
        ● all · 2 tasks · 4 at once
        a │ ✔ cached (000000000000)
        a │ a line from last time
        b │ ✔ cached (010101010101)
        ✔ up to date · 2 tasks · 8ms
    "#]],
    );
    quiet(&s, expect![""]);
    let mut s = Script::new(&["all"], 1);
    s.cached(0, "a", &["out", "log"], &[]).wait(8).done();
    tree(
        &s,
        expect![[r#"
        ✔ 1 task · 1 restored from the cache · 8ms
    "#]],
    );
    verbose(
        &s,
        expect![[r#"
        ● all · 1 task · 4 at once
        a │ ✔ cached (000000000000) · restored out log
        ✔ 1 task · 1 restored from the cache · 8ms
    "#]],
    );
    let mut s = Script::new(&["empty"], 0);
    s.done();
    tree(
        &s,
        expect![[r#"
        ✔ nothing to do · <1ms
    "#]],
    );
}

#[test]
fn once_more_after_an_edit() {
    let mut s = Script::new(&["copy"], 1);
    let edited = Reason::InputEdited {
        path: "src/a.c".into(),
    };
    s.start(0, "copy")
        .step(0, 0, "cp a b")
        .print(0, 0, "first")
        .end_step(0, 0, Status::Exit(0), 10)
        .start_because(0, "copy", edited)
        .step(0, 0, "cp a b")
        .print(0, 0, "second")
        .end_step(0, 0, Status::Exit(0), 10)
        .finish(0, Outcome::Succeeded, 20)
        .done();
    tree(
        &s,
        expect![[r#"
        ● copy
          ├─ cp a b
          │  first
          │  an input was edited meanwhile: once more
          ├─ cp a b
          │  second
          └─ ✔ 20ms
        ✔ 1 task · 1 run · 20ms
    "#]],
    );
    verbose(
        &s,
        expect![[r#"
            ● copy · 1 task · 4 at once
            copy │ runs because no earlier run is known
            copy │ $ cp a b
            copy │ first
            copy │ runs because `src/a.c` was edited while it ran
            copy │ $ cp a b
            copy │ second
            copy │ ✔ 20ms
            ✔ 1 task · 1 run · 20ms
        "#]],
    );
}

#[test]
fn programs_for_programs() {
    let mut s = Script::new(&["a"], 2);
    s.cached(0, "c", &["out"], &["line"])
        .start_because(1, "a", changed())
        .skip_step(1, 0, "x", "`y` exists")
        .step(1, 1, "make")
        .print(1, 1, "warning: \"quoted\"")
        .end_step(1, 1, Status::Signal(9), 3)
        .finish(
            1,
            Outcome::Failed {
                step: 1,
                status: Status::Signal(9),
            },
            4,
        )
        .add(odd_cache())
        .done();
    expect![[r#"
        {"run":"r1","sequence":0,"time":1700000000000000,"event":"run_started","targets":["a"],"tasks":2,"parallel":4}
        {"run":"r1","sequence":1,"time":1700000000000000,"event":"task_cached","id":0,"task":"c","key":"0000000000000000000000000000000000000000000000000000000000000000","restored":["out"],"log":[{"stream":"stdout","text":"line"}]}
        {"run":"r1","sequence":2,"time":1700000000000000,"event":"task_started","id":1,"task":"a","reason":{"kind":"changed","changes":[{"section":"input","name":"build/lua","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","after":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},{"section":"input","name":"test/smoke.lua","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","after":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}]}}
        {"run":"r1","sequence":3,"time":1700000000000000,"event":"step_skipped","id":1,"step":0,"command":"x","because":"`y` exists"}
        {"run":"r1","sequence":4,"time":1700000000000000,"event":"step_started","id":1,"step":1,"command":"make","attempt":1}
        {"run":"r1","sequence":5,"time":1700000000000000,"event":"output","id":1,"step":1,"stream":"stderr","text":"warning: \"quoted\""}
        {"run":"r1","sequence":6,"time":1700000000003000,"event":"step_finished","id":1,"step":1,"status":{"kind":"signal","value":9},"micros":3000,"will_retry":false}
        {"run":"r1","sequence":7,"time":1700000000003000,"event":"task_finished","id":1,"task":"a","outcome":{"kind":"failed","step":1,"status":{"kind":"signal","value":9}},"micros":4000,"key":"0101010101010101010101010101010101010101010101010101010101010101","unchanged":false,"idle":false}
        {"run":"r1","sequence":8,"time":1700000000003000,"event":"warning","task":"a","code":"NX0601","message":"the cache cannot be written: disk full","help":"results of this run are not kept"}
        {"run":"r1","sequence":9,"time":1700000000003000,"event":"run_finished","summary":{"executed":0,"idle":0,"cached":1,"restored":1,"failed":1,"skipped":0,"cancelled":0},"micros":3000}
    "#]].assert_eq(&s.render(Json));
}

fn odd_cache() -> EventKind {
    EventKind::Warning {
        task: Some("a".into()),
        code: "NX0601".into(),
        message: "the cache cannot be written: disk full".into(),
        help: Some("results of this run are not kept".into()),
    }
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

#[test]
fn colours_are_never_the_only_carrier() {
    let mut look = terminal();
    look.color = true;
    let colored = failing().render(Tree::new(look));
    let bare: String = super::text::tame(&colored.replace('\n', "\t"), false).replace('\t', "\n");
    let plain = failing().render(Tree::new(terminal()));
    assert_eq!(bare, plain);
    assert!(colored.contains("\u{1b}["));
}

#[test]
fn events_without_a_beginning_do_no_harm() {
    let whole = failing();
    for renderer in 0..4 {
        for skip in 0..whole.events().len() {
            let mut renderer: Box<dyn Renderer> = match renderer {
                0 => Box::new(Tree::new(terminal())),
                1 => Box::new(Verbose::new(terminal())),
                2 => Box::new(Quiet::new(terminal())),
                _ => Box::new(Json),
            };
            let mut out = String::new();
            for event in &whole.events()[skip..] {
                renderer.event(event, &mut out);
            }
        }
    }
    let mut out = String::new();
    let mut script = Script::new(&[], 0);
    script
        .print(9, 9, "from nowhere")
        .finish(9, Outcome::Succeeded, 1);
    let mut tree = Tree::new(terminal());
    for event in script.events() {
        tree.event(event, &mut out);
    }
    assert!(out.contains("task_9"), "{out} {:?}", TaskId(9));
}

fn tree(script: &Script, expected: Expect) {
    expected.assert_eq(&script.render(Tree::new(terminal())));
}

fn verbose(script: &Script, expected: Expect) {
    expected.assert_eq(&script.render(Verbose::new(terminal())));
}

fn quiet(script: &Script, expected: Expect) {
    expected.assert_eq(&script.render(Quiet::new(terminal())));
}
