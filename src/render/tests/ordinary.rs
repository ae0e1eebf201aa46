//! Runs in which all goes well.

use super::super::look::Glyphs;
use super::super::look::Look;
use super::super::script::Script;
use super::super::tree::Tree;
use super::super::verbose::Verbose;
use super::{ordinary, quiet, tree, verbose};
use expect_test::expect;
use nexus_graph::event::Outcome;
use nexus_graph::event::Reason;
use nexus_graph::event::Status;

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
