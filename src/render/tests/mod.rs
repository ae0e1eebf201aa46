//! What runs look like, told by event scripts.

mod failures;
mod hosts;
mod ordinary;
mod robust;

use super::quiet::Quiet;
use super::script::Script;
use super::script::terminal;
use super::tree::Tree;
use super::verbose::Verbose;
use expect_test::Expect;
use nexus_graph::event::EventKind;
use nexus_graph::event::Outcome;
use nexus_graph::event::Reason;
use nexus_graph::event::Status;
use nexus_graph::key::Change;

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

fn odd_cache() -> EventKind {
    EventKind::Warning {
        task: Some("a".into()),
        code: "NX0601".into(),
        message: "the cache cannot be written: disk full".into(),
        help: Some("results of this run are not kept".into()),
    }
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
