//! The native stack does not grow with the program or its values.

mod evaluating;

use evaluating::evaluate;
use nexus_compiler::vm::Limits;

fn value(text: &str) -> String {
    evaluate(text, Limits::default()).unwrap_or_else(|code| panic!("NX{code:04}"))
}

/// Every element needs the one before it, and the last one is asked for first.
#[test]
fn a_million_thunks_deep() {
    let text =
        "let xs = std.list.generate (i: if i == 0 then 0 else 1 + elem_at xs (i - 1)) 1000001;
        in last xs";
    assert_eq!(value(text), "1000000");
}

#[test]
fn values_nested_deeply_are_compared_forced_and_written() {
    let text = "let nest = n: acc: if n == 0 then acc else nest (n - 1) [ { inner = acc; } ];
        in std.debug.deep_seq (nest 100000 1) (nest 100000 1 == nest 100000 1)";
    assert_eq!(value(text), "true");
    let json =
        value("let nest = n: acc: if n == 0 then acc else nest (n - 1) [ acc ]; in nest 100000 1");
    assert_eq!(json.len(), 200_001);
}

#[test]
fn functions_nested_deeply() {
    let text = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 1000000";
    assert_eq!(value(text), "1000000");
    // Built-ins that call back.
    let text = "let f = n: if n == 0 then 0 else fold (a: x: a + f (n - 1)) 1 [ 0 ]; in f 100000";
    assert_eq!(value(text), "100000");
    let text =
        "let f = n: if n == 0 then 0 else head (filter (x: f (n - 1) == x) [ 0 ]); in f 20000";
    assert_eq!(value(text), "0");
}

#[test]
fn recursion_without_end_is_an_error() {
    let limits = Limits {
        depth: 100_000,
        ..Limits::default()
    };
    let run = |text| evaluate(text, limits);
    assert_eq!(run("let f = x: 1 + f x; in f 1"), Err(302));
    assert_eq!(run("let f = x: head (map f [ x ]) + 1; in f 1"), Err(302));
    assert_eq!(
        run("let f = { x }: f { x = x + 1; }; in f { x = 1; }"),
        Err(302)
    );
}

#[test]
fn memory_is_limited() {
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    let run = |text| evaluate(text, limits);
    assert_eq!(run("let f = xs: f (xs ++ xs); in f [ 1 2 ]"), Err(303));
    assert_eq!(run("let f = s: f \"${s}${s}\"; in f \"ab\""), Err(303));
    assert_eq!(run("std.list.repeat 1000000000 1"), Err(303));
    assert_eq!(run("std.string.repeat 1000000000 \"x\""), Err(303));
    assert_eq!(run("std.string.pad_start 1000000000 \"x\" \"\""), Err(303));
    assert_eq!(run("range 0 1000000000"), Err(303));
    assert_eq!(
        run("let f = r: i: f (r // { \"k${i}\" = i; }) (i + 1); in f { } 0"),
        Err(303)
    );
    let doubling = "let f = n: x: if n == 0 then x else f (n - 1) [ x x ]; in to_json (f 40 1)";
    assert_eq!(run(doubling), Err(303));
}

#[test]
fn texts_nested_deeply() {
    let depth = 10_000;
    let lists = format!("{}1{}", "[ ".repeat(depth), " ]".repeat(depth));
    assert_eq!(value(&lists).len(), 2 * depth + 1);
    let sum = vec!["1"; depth].join(" + ");
    assert_eq!(value(&sum), depth.to_string());
    let records = format!("{}1{}", "{ a = ".repeat(depth), "; }".repeat(depth));
    assert!(value(&records).starts_with("{\"a\":{\"a\":"));
    let lets = format!("{}x", "let x = 1; in ".repeat(depth));
    assert_eq!(value(&lets), "1");
    let ifs = format!("{}1", "if false then 0 else ".repeat(depth));
    assert_eq!(value(&ifs), "1");
    let lambdas: String = (0..2000).map(|i| format!("x{i}: ")).collect();
    let arguments: String = (0..2000).map(|i| format!(" {i}")).collect();
    assert_eq!(value(&format!("({lambdas} x7 + x1999){arguments}")), "2006");
}

#[test]
fn very_many_arguments() {
    let arguments = " 1".repeat(70_000);
    let text = format!("let f = x: f; in (f{arguments} or 2) == 1");
    assert_eq!(value(&text), "false");
    assert_eq!(
        value(&format!("let f = x: f; in std.type.of (f{arguments})")),
        "\"Function\""
    );
}
