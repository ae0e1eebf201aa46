//! Programs that are short to write and made to be expensive: each a family that grows with `n`.

use std::fmt::Write;

/// A program, and how it is expected to end.
pub struct Case {
    /// What grows in it.
    pub name: &'static str,
    /// Files by path; the first is the root.
    pub files: Vec<(String, String)>,
    /// How checking it ends.
    pub outcome: Outcome,
}

/// How checking ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is known and right.
    Clean,
    /// Something is not followed to its end, and that is said.
    Limited,
    /// There are errors.
    Wrong,
}

use Outcome::{Clean, Limited, Wrong};

/// Every family at a size at which each is some hundred kilobytes at most.
pub fn all() -> Vec<Case> {
    vec![
        one("merges nested 1,000 deep", Clean, nested_merges(1_000)),
        one("merges in a row of 1,000", Clean, row_of_merges(1_000)),
        one(
            "a merge of unknown sides, 200 deep",
            Clean,
            unknown_merges(200),
        ),
        one("a union of 1,000 records", Clean, wide_union(1_000)),
        one("records 50 deep", Clean, deep_records(50)),
        one("records 1,000 deep", Limited, deep_records(1_000)),
        one("lists 1,000 deep", Limited, deep_lists(1_000)),
        one("inherit of 500 names", Clean, inherits(500)),
        one(
            "inherit of 200 names from an expression",
            Clean,
            inherits_from(200),
        ),
        one(
            "inherit of 500 names from an expression",
            Limited,
            inherits_from(500),
        ),
        one("pairs of pairs, 40 deep", Limited, pairs(40)),
        one(
            "pairs of pairs as functions, 40 deep",
            Limited,
            pair_functions(40),
        ),
        one(
            "functions of 300 parameters",
            Limited,
            nested_functions(300),
        ),
        one("a ring of 300 functions", Limited, ring(300)),
        one("a ring of 1,000 values", Limited, value_ring(1_000)),
        one("a tower of 60 polymorphic functions", Limited, tower(60)),
        one("compositions, 60 deep", Clean, compositions(60)),
        one(
            "a list of 10,000 kinds of records",
            Limited,
            mixed_list(10_000),
        ),
        one("a chain of 300 with", Clean, withs(300)),
        one("a pattern of 200 fields", Clean, pattern(200)),
        one("a pattern of 1,000 fields", Limited, pattern(1_000)),
        one(
            "1,000 words against 1,000 words",
            Clean,
            words(1_000, 1_000),
        ),
        one(
            "1,001 words against 1,000 words",
            Wrong,
            words(1_001, 1_000),
        ),
        one("a chain of 10,000 names", Clean, chain(10_000)),
        one("conditions nested 200 deep", Clean, conditions(200)),
        one("one condition of 400 parts", Limited, long_condition(400)),
        one("one condition of 10 parts", Clean, long_condition(10)),
        one("10,000 tasks that need each other", Clean, tasks(10_000)),
        one("2,000 errors", Wrong, errors(2_000)),
        one("2,000 unknown names", Wrong, unknown_names(2_000)),
        one(
            "300 uses of a record of 300 functions",
            Clean,
            large_record(300),
        ),
        one(
            "1,000 uses of a record of 1,000 functions",
            Limited,
            large_record(1_000),
        ),
        one("types that refer to 50 types", Clean, types(50)),
        one("types that refer to 1,000 types", Limited, types(1_000)),
        one("a type of 60 doublings", Limited, doubling_types(60)),
        one("applications nested 1,000 deep", Clean, applications(1_000)),
        one("a spine of 500 arguments", Wrong, spine(500)),
        one(
            "recursion through 200 records",
            Clean,
            recursive_records(200),
        ),
        circle("a circle of 1,000 imports", Wrong, 1_000),
        imports("a chain of 2,000 imports", Clean, 2_000),
        diamond("imports in 200 layers of two", Limited, 200),
    ]
}

fn one(name: &'static str, outcome: Outcome, text: String) -> Case {
    Case {
        name,
        files: vec![("/p/nexus.nx".into(), text)],
        outcome,
    }
}

/// A program of bindings, of which the last is used.
fn program(bindings: &str, used: &str) -> String {
    format!("let\n{bindings}in\ntasks.a.run = to_json ({used});\n")
}

fn lines(n: usize, mut line: impl FnMut(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}

fn joined(n: usize, with: &str, part: impl FnMut(usize) -> String) -> String {
    let parts: Vec<String> = (0..n).map(part).collect();
    parts.join(with)
}

fn nested_merges(n: usize) -> String {
    let mut text = String::from("{ z = 0; }");
    for i in 0..n {
        text = format!("({text} // {{ a{} = {i}; }})", i % 50);
    }
    program(&format!("r = {text};\n"), "r.z")
}

fn row_of_merges(n: usize) -> String {
    let row = joined(n, " // ", |i| format!("{{ a{i} = {i}; }}"));
    program(&format!("r = {row};\n"), "r.a0 + r.a999")
}

fn unknown_merges(n: usize) -> String {
    let mut body = String::from("x");
    for i in 0..n {
        body = format!("({body} // {{ a{i} = x.b{i}; }})");
    }
    let fields = joined(n, " ", |i| format!("b{i} = {i};"));
    program(&format!("f = x: {body};\n"), &format!("f {{ {fields} }}"))
}

fn wide_union(n: usize) -> String {
    let members = joined(n, " | ", |i| format!("{{ kind : \"k{i}\", v{i} : Int }}"));
    let values = joined(n, " ", |i| format!("{{ kind = \"k{i}\"; v{i} = {i}; }}"));
    format!("type U = {members};\nlet us : [U] = [ {values} ]; in\ntasks.a.run = to_json us;\n")
        .replacen("type U", "let\ntype U", 1)
        .replacen(";\nlet us", ";\nus", 1)
}

fn deep_records(n: usize) -> String {
    let text = format!("{}1{}", "{ a = ".repeat(n), "; }".repeat(n));
    program(&format!("r = {text};\n"), "r")
}

fn deep_lists(n: usize) -> String {
    let text = format!("{}1{}", "[ ".repeat(n), " ]".repeat(n));
    program(&format!("r = {text};\n"), "r")
}

fn inherits(n: usize) -> String {
    let defs = lines(n, |i| format!("v{i} = {i};"));
    let names = joined(n, " ", |i| format!("v{i}"));
    program(&format!("{defs}r = {{ inherit {names}; }};\n"), "r")
}

fn inherits_from(n: usize) -> String {
    let fields = joined(n, " ", |i| format!("v{i} = x: {{ a = x; b = {i}; }};"));
    let names = joined(n, " ", |i| format!("v{i}"));
    let bindings = format!(
        "source = {{ {fields} }};\ninherit (source // {{ }}) {names};\nr = {{ inherit (source) {names}; }};\n"
    );
    let uses = joined(n, " ", |i| format!("(v{i} 1) (r.v{i} \"x\")"));
    program(&bindings, &format!("[ {uses} ]"))
}

fn pairs(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "p0 = { x = 1; y = 1; };".into(),
        _ => format!("p{i} = {{ x = p{}; y = p{}; }};", i - 1, i - 1),
    });
    program(&defs, &format!("p{}", n - 1))
}

fn pair_functions(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "p0 = x: { a = x; b = x; };".into(),
        _ => format!("p{i} = x: p{} (p{} x);", i - 1, i - 1),
    });
    program(&defs, &format!("p{} 1", n - 1))
}

fn nested_functions(n: usize) -> String {
    let params = joined(n, " ", |i| format!("a{i}:"));
    let sum = joined(n, " + ", |i| format!("a{i}"));
    program(&format!("f = {params} {sum};\n"), "f 1 2 3")
}

fn ring(n: usize) -> String {
    let defs = lines(n, |i| {
        let next = (i + 1) % n;
        format!("f{i} = x: y: if x == 0 then y else {{ v{i} = f{next} (x - 1) y; }};")
    });
    program(&defs, "f0 3 \"x\"")
}

fn value_ring(n: usize) -> String {
    let defs = lines(n, |i| {
        format!("v{i} = {{ next = v{}; name = \"v{i}\"; }};", (i + 1) % n)
    });
    program(&defs, "v0.next.next.name")
}

fn tower(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "t0 = f: x: f (f x);".into(),
        _ => format!("t{i} = f: x: t{} (t{} f) x;", i - 1, i - 1),
    });
    program(&defs, &format!("t{} (x: x) 1", n - 1))
}

fn compositions(n: usize) -> String {
    let defs = "compose = f: g: x: f (g x);\nwrap = x: { inner = x; };\n";
    let mut text = String::from("(x: x)");
    for _ in 0..n {
        text = format!("(compose (r: r.inner) (compose wrap {text}))");
    }
    program(&format!("{defs}c = {text};\n"), "c 1")
}

fn mixed_list(n: usize) -> String {
    let elements = joined(n, "\n", |i| match i % 4 {
        0 => format!("{{ a{i} = {i}; shared = \"x\"; }}"),
        1 => format!("\"w{i}\""),
        2 => format!("[ {i} ]"),
        _ => format!("(x: x.f{i})"),
    });
    program(&format!("xs = [ {elements} ];\n"), "length xs")
}

fn withs(n: usize) -> String {
    let defs = lines(n, |i| format!("r{i} = {{ v{i} = {i}; }};"));
    let scopes = joined(n, " ", |i| format!("with r{i};"));
    let names = joined(n, " ", |i| format!("v{i}"));
    program(&format!("{defs}all = {scopes} [ {names} ];\n"), "all")
}

fn pattern(n: usize) -> String {
    let names = joined(n, ", ", |i| match i % 2 {
        0 => format!("v{i}"),
        _ => format!("v{i} ? {i}"),
    });
    let sum = joined(n, " ", |i| format!("v{i}"));
    let given = joined(n, " ", |i| format!("v{i} = {i};"));
    program(
        &format!("f = {{ {names} }}: [ {sum} ];\n"),
        &format!("f {{ {given} }}"),
    )
}

fn words(found: usize, wanted: usize) -> String {
    let ty = joined(wanted, " | ", |i| format!("\"w{i}\""));
    let all = joined(found, " ", |i| format!("\"w{i}\""));
    let mut pick = String::from("\"w0\"");
    for i in 0..found.min(100) {
        pick = format!("(if x == {i} then \"w{i}\" else {pick})");
    }
    program(
        &format!("type W = {ty};\nws : [W] = [ {all} ];\npick : Int -> W = x: {pick};\n"),
        "[ ws (map pick [ 1 ]) ]",
    )
}

fn chain(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "a0 = 1;".into(),
        _ => format!("a{i} = a{};", i - 1),
    });
    program(&defs, &format!("a{}", n - 1))
}

fn conditions(n: usize) -> String {
    let mut text = String::from("x");
    for i in 0..n {
        text = format!("(if x ? f{i} then x.f{i} else {text})");
    }
    program(&format!("f = x: {text};\n"), "f { f3 = 1; }")
}

fn long_condition(n: usize) -> String {
    let tests = joined(n, " && ", |i| format!("x ? f{i} && x.f{i} != null"));
    program(
        &format!("f = x: if {tests} then x.f0 else null;\n"),
        "f { f0 = 1; }",
    )
}

fn tasks(n: usize) -> String {
    let mut text = String::new();
    for i in 0..n {
        let next = (i + 7) % n;
        let _ = writeln!(
            text,
            "tasks.t{i} = {{ run = \"make ${{tasks.t{next}.outputs.o}}\"; outputs = {{ o = \"out/{i}\"; }}; inputs = tasks.t{next}.inputs or [ ]; }};"
        );
    }
    text
}

fn errors(n: usize) -> String {
    let fields = joined(n / 2, " ", |i| format!("timout{i} = 30s;"));
    let mut text = format!("let bad = {{ run = 1; {fields} }}; in\n");
    for i in 0..n {
        let _ = writeln!(text, "tasks.t{i} = bad // {{ rnu = \"x\"; }};");
    }
    text
}

fn unknown_names(n: usize) -> String {
    let defs = lines(n, |i| format!("some_long_name_{i} = {i};"));
    let uses = joined(n, " ", |i| format!("sme_long_name_{i}"));
    program(&defs, &format!("[ {uses} ]"))
}

fn large_record(n: usize) -> String {
    let fields = joined(n, " ", |i| format!("f{i} = x: {{ v = x; w = {i}; }};"));
    let mut text = format!("let all = {{ {fields} }}; use = r: r.f0 1; in\n");
    for i in 0..n {
        let _ = writeln!(
            text,
            "tasks.t{i}.run = to_json [ (use all) (all.f{i} {i}) ];"
        );
    }
    text
}

fn types(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "type T0 = { v : Int };".into(),
        _ => format!("type T{i} = {{ v : Int, next ? T{}, self ? T{i} }};", i - 1),
    });
    let values = lines(n, |i| format!("x{i} : T{i} = {{ v = {i}; }};"));
    let uses = joined(n, " ", |i| format!("x{i}"));
    program(&format!("{defs}{values}"), &format!("[ {uses} ]"))
}

fn doubling_types(n: usize) -> String {
    let defs = lines(n, |i| match i {
        0 => "type T0 a = { v : a };".into(),
        _ => format!("type T{i} a = {{ l : T{} a, r : T{} a }};", i - 1, i - 1),
    });
    program(
        &format!("{defs}f : T{} Int -> Int = x: 1;\n", n - 1),
        "f (from_json \"1\")",
    )
}

fn applications(n: usize) -> String {
    let text = format!("{}1{}", "(f ".repeat(n), ")".repeat(n));
    program("f = x: if x == 0 then x else x + 1;\n", &text)
}

fn spine(n: usize) -> String {
    let args = joined(n, " ", |i| format!("{i}"));
    program("", &format!("(f: f {args}) (x: x)"))
}

fn recursive_records(n: usize) -> String {
    let fields = joined(n, " ", |i| {
        format!(
            "f{i} = x: self.f{} {{ inherit x; y = self; }};",
            (i + 1) % n
        )
    });
    program(
        &format!("fix = f: let x = f x; in x;\nr = fix (self: {{ {fields} v = 1; }});\n"),
        "r.v",
    )
}

fn circle(name: &'static str, outcome: Outcome, n: usize) -> Case {
    let file = |i: usize| format!("/p/f{i}.nx");
    let text = |i: usize| format!("v = (import ./f{}.nx).v;\n", (i + 1) % n);
    let root = (
        "/p/nexus.nx".to_owned(),
        "tasks.a.run = to_json (import ./f0.nx).v;\n".to_owned(),
    );
    let files = (0..n).map(|i| (file(i), text(i)));
    Case {
        name,
        files: std::iter::once(root).chain(files).collect(),
        outcome,
    }
}

fn imports(name: &'static str, outcome: Outcome, n: usize) -> Case {
    let text = |i: usize| match i + 1 == n {
        true => "v = 1;\n".into(),
        false => format!("v = (import ./f{}.nx).v;\n", i + 1),
    };
    let mut case = circle(name, outcome, n);
    for (i, file) in case.files.iter_mut().skip(1).enumerate() {
        file.1 = text(i);
    }
    case
}

/// Every file imports both of the next layer and passes on what they have.
fn diamond(name: &'static str, outcome: Outcome, layers: usize) -> Case {
    let mut files = vec![(
        "/p/nexus.nx".to_owned(),
        "tasks.a.run = to_json (import ./l0a.nx).v;\n".to_owned(),
    )];
    for i in 0..layers {
        for side in ["a", "b"] {
            let text = match i + 1 == layers {
                true => format!("v = 1; f{side} = x: x;\n"),
                false => format!(
                    "let a = import ./l{0}a.nx; b = import ./l{0}b.nx; in\nv = a.v + b.v; f{side} = x: [ (a.fa x) (b.fb x) ];\n",
                    i + 1
                ),
            };
            files.push((format!("/p/l{i}{side}.nx"), text));
        }
    }
    Case {
        name,
        files,
        outcome,
    }
}
