//! Verdicts of small test files.

use super::*;
use crate::world::Memory;

fn verdicts_of(text: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
    let root = Path::new("/project");
    let file = root.join("it.nx");
    let inputs = Memory::default().file(&file, text);
    let mut compiler = Compiler::new();
    compiler.load_library(&file, &inputs);
    let found = run(&mut compiler, &file, &inputs, root, &|_| {}, wanted).expect("a value");
    found
        .into_iter()
        .map(|test| format!("{}: {}", test.name, short(&test.verdict)))
        .collect()
}

fn short(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => "passed".into(),
        Verdict::False => "false".into(),
        Verdict::Different { differences, .. } => {
            let part = |part: &Option<String>| part.clone().unwrap_or("nothing".into());
            let each = differences.iter();
            let each =
                each.map(|d| format!("{} {} not {}", d.path, part(&d.actual), part(&d.expected)));
            each.collect::<Vec<_>>().join(", ")
        }
        Verdict::Failed(errors) => format!("failed with {}", errors[0].code),
        Verdict::NotFailed(value) => format!("gives {value}"),
        Verdict::OtherMessage { actual, expected } => format!("says {actual}, not {expected}"),
        Verdict::NeedsTasks(tasks) => format!("needs {tasks:?}"),
        Verdict::NoTest(what) => format!("is {what}"),
    }
}

#[test]
fn each_test_has_its_verdict() {
    let text = r#"
let double = x: x * 2; in

inherit double;
tests = {
  right = double 2 == 4;
  wrong = double 2 == 5;
  same = { actual = double 2; expected = 4.0; };
  other = { actual = { a = [ 1 2 ]; b = "x"; c = 1; }; expected = { a = [ 1 3 4 ]; b = "x"; d = 1; }; };
  broken = throw "no";
  group.inner.deep = true;
  group.number = 7;
  refused = { fails = throw "too small"; message = "small"; };
  refused_otherwise = { fails = throw "too small"; message = "large"; };
  accepted = { fails = 1; };
};
"#;
    assert_eq!(
        verdicts_of(text, &|_| true),
        [
            "accepted: gives 1",
            "broken: failed with NX0306",
            "group.inner.deep: passed",
            "group.number: is the integer 7",
            "other: .a[1] 2 not 3, .a[2] nothing not 4, .c 1 not nothing, .d nothing not 1",
            "refused: passed",
            "refused_otherwise: says too small, not large",
            "right: passed",
            "same: passed",
            "wrong: false",
        ]
    );
    let one = verdicts_of(text, &|name| name.contains("inner"));
    assert_eq!(one, ["group.inner.deep: passed"]);
}

#[test]
fn values_that_hold_themselves_come_to_an_end() {
    let text = "
tests = rec {
  again = { tests = again; };
  loop = rec { actual = { x = actual; }; expected = rec { x = { x = 1; }; }; };
};
";
    let found = verdicts_of(text, &|_| true);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].ends_with("is a group that holds itself"),
        "{found:?}"
    );
    assert!(found[1].starts_with("loop: "), "{found:?}");
}

#[test]
fn files_say_whether_they_have_tests() {
    assert!(has_tests("a = 1; tests = { };"));
    assert!(has_tests("{ x ? 1 }: let y = 2; in tests.a.b = true;"));
    assert!(!has_tests("let tests = { }; in a = tests;"));
    assert!(!has_tests("a.tests = 1;"));
}
