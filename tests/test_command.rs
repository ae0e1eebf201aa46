//! `nexus test`: verdicts, what is shown of them, and exit codes.

mod support;

use expect_test::{Expect, expect};
use support::{Project, Ran};

const MIXED: &str = r#"let
  double = x: x * 2;
in

inherit double;

tests = {
  adds = 1 + 1 == 2;
  doubles = { actual = double 2; expected = 5; };
  group.deep = {
    actual = { servers = [ { name = "a"; port = 80; } { name = "b"; port = 81; } ]; mode = "production mode"; };
    expected = { servers = [ { name = "a"; port = 80; } { name = "b"; port = 82; } ]; mode = "production mode"; extra = 1; };
  };
  breaks = std.list.chunks 0 [ 1 ] == [ ];
  refuses = { fails = throw "too small: 3"; message = "too small"; };
  accepts = { fails = 3; };
  number = 3;
};
"#;

/// Without what differs from run to run.
fn shown(ran: &Ran, expected: Expect) {
    let lines = ran
        .stdout
        .lines()
        .map(|line| match line.rsplit_once(" · ") {
            Some((start, took))
                if took.ends_with('s')
                    && took.starts_with(|c: char| c.is_ascii_digit() || c == '<')
                    && !took.contains("test") =>
            {
                format!("{start} · TIME\n")
            }
            _ => format!("{line}\n"),
        });
    expected.assert_eq(&lines.collect::<String>());
}

fn project() -> Project {
    Project::new("tasks.a.run = \"true\";\n")
}

#[test]
fn what_passes_is_counted() {
    let project = project()
        .write(
            "lib/a.nx",
            "x = 1;\ntests = { one = x == 1; two = true; };\n",
        )
        .write("lib/b.nx", "tests.only = true;\n")
        .write("lib/none.nx", "x = [ ];\n");
    let ran = project.ok(&["test"]);
    shown(
        &ran,
        expect![[r#"
        ✔ lib/a.nx · 2 tests
        ✔ lib/b.nx · 1 test
        ✔ 3 tests · all passed · TIME
    "#]],
    );
    assert_eq!(project.ok(&["test", "-q"]).stdout, "");
    let ran = project.ok(&["test", "lib/a.nx", "-v", "--only", "tw"]);
    shown(
        &ran,
        expect![[r#"
        ✔ lib/a.nx · 1 test
          ✔ two
        ✔ 1 test · all passed · TIME
    "#]],
    );
}

#[test]
fn what_fails_is_shown() {
    let project = project().write("it.nx", MIXED);
    let ran = project.nexus(&["test", "it.nx"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    shown(
        &ran,
        expect![[r#"
        ✘ it.nx · 5 of 7 tests failed
          ✘ accepts  it.nx:16
            it should fail, and gives
            actual    3
          ✘ breaks  it.nx:14
            error[NX0306]: `std.list.chunks` needs a size of 1 or more, not 0
                ╭─[ it.nx:14:12 ]
                │
             14 │   breaks = std.list.chunks 0 [ 1 ] == [ ];
                │            ───────────┬───────────
                │                       ╰───────────── here
            ────╯
          ✘ doubles  it.nx:9
            actual    4
            expected  5
          ✘ group.deep  it.nx:10
            extra is absent, expected 1
            servers[1].port is 81, expected 82
          ✘ number  it.nx:17
            a test is a boolean, a record with `actual` and `expected`, or one with `fails`; this is the integer 3
        ✘ 7 tests · 5 failed · TIME
    "#]],
    );
}

#[test]
fn programs_get_a_line_for_each_test() {
    let project = project().write("it.nx", MIXED);
    let ran = project.nexus(&["test", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    for line in ran.stdout.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(value.is_object());
    }
    expect![[r#"
        {"file":"it.nx","test":"accepts","line":16,"passed":false,"actual":"3","message":"it should fail"}
        {"file":"it.nx","test":"adds","line":8,"passed":true}
        {"file":"it.nx","test":"breaks","line":14,"passed":false,"errors":[{"code":"NX0306","message":"`std.list.chunks` needs a size of 1 or more, not 0"}]}
        {"file":"it.nx","test":"doubles","line":9,"passed":false,"actual":"4","expected":"5","differences":[{"path":"","actual":"4","expected":"5"}]}
        {"file":"it.nx","test":"group.deep","line":10,"passed":false,"actual":"{\n  mode = \"production mode\";\n  servers = [ { name = \"a\"; port = 80; } { name = \"b\"; port = 81; } ];\n}","expected":"{\n  extra = 1;\n  mode = \"production mode\";\n  servers = [ { name = \"a\"; port = 80; } { name = \"b\"; port = 82; } ];\n}","differences":[{"path":".extra","actual":null,"expected":"1"},{"path":".servers[1].port","actual":"81","expected":"82"}]}
        {"file":"it.nx","test":"number","line":17,"passed":false,"message":"this is no test but the integer 3"}
        {"file":"it.nx","test":"refuses","line":15,"passed":true}
        {"tests":7,"failed":5}
    "#]].assert_eq(&ran.stdout);
}

#[test]
fn mistakes_come_before_tests() {
    let project = project()
        .write("a.nx", "tests.fine = true;\n")
        .write("b.nx", "tests.wrong = 1 + \"a\" == 2;\n");
    let ran = project.nexus(&["test"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("b.nx:1:"), "{ran}");
}

#[test]
fn nothing_to_test_is_a_mistake() {
    let project = project();
    for args in [&["test"][..], &["test", "nexus.nx"]] {
        let ran = project.nexus(args);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("NX0712"), "{ran}");
    }
    let project = project.write("it.nx", MIXED);
    let ran = project.nexus(&["test", "--only", "zzz"]);
    assert!(
        ran.stderr.contains("no test has a name with `zzz` in it"),
        "{ran}"
    );
    assert_eq!(project.nexus(&["test", "gone.nx"]).code, Some(2));
}

#[test]
fn files_outside_of_projects_are_tested() {
    let outside = tempfile::tempdir().expect("a folder");
    let file = outside.path().join("it.nx");
    let text = "tests.reads = std.string.trim (read_file \"data.txt\") == \"here\";\n";
    std::fs::write(&file, text).expect("a file");
    std::fs::write(outside.path().join("data.txt"), "here\n").expect("a file");
    let ran = project().ok(&["test", &file.to_string_lossy()]);
    assert!(ran.stdout.contains("1 test · all passed"), "{ran}");
}
