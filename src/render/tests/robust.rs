//! What holds for every renderer, and the form for programs.

use super::super::Renderer;
use super::super::json::Json;
use super::super::quiet::Quiet;
use super::super::script::Script;
use super::super::script::terminal;
use super::super::tree::Tree;
use super::super::verbose::Verbose;
use super::{changed, failing, odd_cache};
use expect_test::expect;
use nexus_graph::TaskId;
use nexus_graph::event::Outcome;
use nexus_graph::event::Status;

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
        {"run":"r1","sequence":0,"time":1700000000000000,"event":"run_started","targets":["a"],"tasks":2,"parallel":4,"project":"/p","nexus":"0"}
        {"run":"r1","sequence":1,"time":1700000000000000,"event":"task_cached","id":0,"task":"c","key":"0000000000000000000000000000000000000000000000000000000000000000","restored":["out"],"log":[{"stream":"stdout","text":"line"}]}
        {"run":"r1","sequence":2,"time":1700000000000000,"event":"task_started","id":1,"task":"a","reason":{"kind":"changed","changes":[{"section":"input","name":"build/lua","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","after":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},{"section":"input","name":"test/smoke.lua","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","after":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}]}}
        {"run":"r1","sequence":3,"time":1700000000000000,"event":"step_skipped","id":1,"step":0,"command":"x","because":"`y` exists"}
        {"run":"r1","sequence":4,"time":1700000000000000,"event":"step_started","id":1,"step":1,"command":"make","attempt":1}
        {"run":"r1","sequence":5,"time":1700000000000000,"event":"output","id":1,"step":1,"stream":"stderr","text":"warning: \"quoted\""}
        {"run":"r1","sequence":6,"time":1700000000003000,"event":"step_finished","id":1,"step":1,"status":{"kind":"signal","value":9},"micros":3000,"will_retry":false,"attempt":1}
        {"run":"r1","sequence":7,"time":1700000000003000,"event":"task_finished","id":1,"task":"a","outcome":{"kind":"failed","step":1,"status":{"kind":"signal","value":9}},"micros":4000,"key":"0101010101010101010101010101010101010101010101010101010101010101","unchanged":false,"idle":false,"steps":0}
        {"run":"r1","sequence":8,"time":1700000000003000,"event":"warning","task":"a","code":"NX0601","message":"the cache cannot be written: disk full","help":"results of this run are not kept"}
        {"run":"r1","sequence":9,"time":1700000000003000,"event":"run_finished","summary":{"executed":0,"idle":0,"cached":1,"restored":1,"failed":1,"skipped":0,"cancelled":0,"kept":0},"micros":3000,"interrupted":false}
    "#]].assert_eq(&s.render(Json::default()));
}

#[test]
fn colours_are_never_the_only_carrier() {
    let mut look = terminal();
    look.color = true;
    let colored = failing().render(Tree::new(look));
    let bare: String =
        super::super::text::tame(&colored.replace('\n', "\t"), false).replace('\t', "\n");
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
                _ => Box::<Json>::default(),
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
