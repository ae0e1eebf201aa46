//! Small functions have a short cut that must not be noticed: what is lazy stays lazy, and what
//! fails fails as it does without it.

mod evaluating;

use evaluating::evaluate;
use nexus_compiler::vm::Limits;

fn check(text: &str, expected: Result<&str, u16>) {
    let actual = evaluate(text, Limits::default());
    assert_eq!(actual.as_deref(), expected.as_ref().map(|s| *s), "{text}");
}

/// (program, value as JSON)
const VALUES: &[(&str, &str)] = &[
    // An element that would fail is not computed before it is needed.
    ("length (map (x: 1 / x) [ 0 1 ])", "2"),
    ("last (map (x: 1 / x) [ 0 1 ])", "1"),
    ("length (map (x: x * 9223372036854775807) [ 2 ])", "1"),
    ("length (map (r: r.a + 1) [ { a = throw \"no\"; } ])", "1"),
    (
        "let f = a: b: if a < 0 then b else a; in f 1 (throw \"no\")",
        "1",
    ),
    ("let f = a: b: a < 0 && b; in f 1 (throw \"no\")", "false"),
    ("let f = a: b: a > 0 || b; in f 1 (throw \"no\")", "true"),
    // Functions known by name, inside each other.
    (
        "let half = x: x / 2; mod = a: b: a - (a / b) * b; f = x: mod (half (mod x 100)) 7; \
         in map f [ 1 50 177 ]",
        "[0,4,3]",
    ),
    (
        "let base = 10; f = x: x * base; in map (x: f (f x)) [ 1 2 ]",
        "[100,200]",
    ),
    // The same name, bound anew inside.
    ("let x = 1; f = y: x + y; in map (x: f x) [ 10 ]", "[11]"),
    ("let f = x: x + 1; g = f: f 1; in g (y: y + 10)", "11"),
    (
        "let f = x: x + 1; in (let f = x: x + 2; in map (x: f x) [ 1 ])",
        "[3]",
    ),
    ("rec { f = x: x + 1; r = map (x: f x) [ 1 2 ]; }.r", "[2,3]"),
    // Recursion is no short cut.
    (
        "let f = n: if n < 1 then 0 else 1 + f (n - 1); in map f [ 0 5 ]",
        "[0,5]",
    ),
    (
        "let even = n: if n == 0 then true else odd (n - 1); \
      odd = n: if n == 0 then false else even (n - 1); in even 10",
        "true",
    ),
    // Orders.
    (
        "sort (a: b: a.k < b.k) [ { k = 2; i = 1; } { k = 1; i = 2; } { k = 2; i = 3; } ] \
      |> map (r: r.i)",
        "[2,1,3]",
    ),
    ("sort (a: b: a < b) [ \"b\" \"a\" ]", "[\"a\",\"b\"]"),
    ("sort (a: b: a > b) [ 1.5 3.0 2.0 ]", "[3.0,2.0,1.5]"),
    ("sort (a: b: a < b) [ [ 2 ] [ 1 3 ] ]", "[[1,3],[2]]"),
    // The operands come to be computed on the way.
    (
        "let xs = map (i: { k = to_string (9 - i); }) (range 0 9); \
      in head (sort (a: b: a.k < b.k) xs)",
        "{\"k\":\"0\"}",
    ),
    ("fold (a: x: a + x) 0 (map (x: head [ x ]) [ 1 2 3 ])", "6"),
    ("std.list.fold_right (x: a: x - a) 0 [ 5 3 1 ]", "3"),
    ("filter (x: x != 2 && !(x == 3)) [ 1 2 3 4 ]", "[1,4]"),
    ("map (d: d == 90s) [ 1m30s 1s ]", "[true,false]"),
    ("map (x: -x) [ 1 (-2) 0.5 ]", "[-1,2,-0.5]"),
];

#[test]
fn short_cuts_are_not_noticed() {
    for (text, value) in VALUES {
        check(text, Ok(value));
    }
}

#[test]
fn what_fails_fails() {
    check("map (x: 1 / x) [ 0 ]", Err(309));
    check("map (x: x * 9223372036854775807) [ 2 ]", Err(308));
    check("map (x: -x) [ (-9223372036854775807 - 1) ]", Err(308));
    check("map (r: r.b) [ { a = 1; } ]", Err(305));
    check("sort (a: b: a < b) [ 1 \"a\" ]", Err(304));
    check("filter (x: x + 1) [ 1 ]", Err(304));
    check("fold (a: x: a + x) 0 [ 1 \"a\" ]", Err(304));
    check("let f = x: if x then 1 else 2; in map f [ 1 ]", Err(304));
    check("let f = a: b: a && b; in f true 1", Err(304));
}
