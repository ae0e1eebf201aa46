//! Lowering, shown as text.

use super::*;
use crate::hir::{Key, Param, StrPart, TypeExpr};
use crate::stack::on_big_stack;
use expect_test::{Expect, expect};
use nexus_grammar::{Entry, parse};

fn lowered(text: &str, entry: Entry) -> Lowered {
    let parse = parse(text, entry);
    assert_eq!(parse.errors, vec![], "{text}");
    let is_global =
        |name: Symbol| ["true", "false", "null", "map", "import"].contains(&name.as_str());
    let path = Arc::from(Path::new("/p/a.nx"));
    let lowered = lower(&parse.tree, &path, is_global, Keep::Positions);
    let later = lower(&parse.tree, &path, is_global, Keep::Text);
    assert_eq!(lowered.module, later.module, "{text}");
    assert_eq!(lowered.diagnostics, later.diagnostics, "{text}");
    let maps: [&SourceMap; 2] = [&lowered.map, &later.map];
    assert_eq!(maps[0], maps[1], "{text}");
    lowered
}

fn check(text: &str, expected: Expect) {
    let lowered = lowered(text, Entry::File);
    let mut out = match lowered.module.root {
        Some(root) => show(&lowered.module, root),
        None => "nothing".into(),
    };
    out.push('\n');
    for d in &lowered.diagnostics {
        let span = d.primary.span;
        let at = &text[span.start as usize..span.end as usize];
        out += &format!("{}: {} at `{at}`\n", d.code, d.message);
    }
    expected.assert_eq(&out);
}

/// Names are followed by the number of their binder.
fn show(m: &Module, id: ExprId) -> String {
    let local = |l: &LocalId| format!("{}#{}", m.locals[l.index()].name, l.0);
    let value = |l: &LocalId| match m.locals[l.index()].value {
        Some(v) => format!("{} = {};", local(l), show(m, v)),
        None => format!("{};", local(l)),
    };
    let keys = |path: &[Key]| {
        path.iter()
            .map(|key| match key {
                Key::Name(name) => format!(".{name}"),
                Key::Dynamic(e) => format!(".${{{}}}", show(m, *e)),
            })
            .collect::<String>()
    };
    let list = |ids: &[ExprId]| {
        ids.iter()
            .map(|e| show(m, *e))
            .collect::<Vec<_>>()
            .join(" ")
    };
    match &m.exprs[id.index()] {
        Expr::Int(n) => n.to_string(),
        Expr::Local(l) => local(l),
        Expr::Global(name) => format!("{name}!"),
        Expr::Unbound(name) => format!("{name}?"),
        Expr::With { name, scopes, .. } => {
            format!(
                "{name}@{}",
                scopes
                    .iter()
                    .map(|s| s.0.to_string())
                    .collect::<Vec<_>>()
                    .join(",")
            )
        }
        Expr::Text(text) => format!("{text:?}"),
        Expr::String(parts) => {
            let parts = parts.iter().map(|part| match part {
                StrPart::Text(text) => text.to_string(),
                StrPart::Expr(e) => format!("${{{}}}", show(m, *e)),
            });
            format!("{:?}", parts.collect::<String>())
        }
        Expr::List(ids) => format!("[{}]", list(ids)),
        Expr::Record(record) => {
            let mut parts: Vec<String> = record.sources.iter().map(value).collect();
            for field in &record.fields {
                parts.push(format!("{} = {};", field.name, show(m, field.value)));
            }
            for (name, v) in &record.dynamic {
                parts.push(format!("${{{}}} = {};", show(m, *name), show(m, *v)));
            }
            let rec = if record.recursive { "rec " } else { "" };
            format!("{rec}{{ {} }}", parts.join(" "))
        }
        Expr::Select {
            base,
            path,
            default,
        } => {
            let or = default.map_or(String::new(), |d| format!(" or {}", show(m, d)));
            format!("({}{}{or})", show(m, *base), keys(path))
        }
        Expr::Conversion { value, .. } => format!("({} as …)", show(m, *value)),
        Expr::Has { base, path } => format!("({} ? {})", show(m, *base), keys(path)),
        Expr::Apply {
            func,
            args,
            default,
        } => {
            let or = default.map_or(String::new(), |d| format!(" or {}", show(m, d)));
            format!("({} {}{or})", show(m, *func), list(args))
        }
        Expr::Import(path) => format!("<{path}>"),
        Expr::Lambda { param, body } => {
            let param = match &**param {
                Param::Name(l) => local(l),
                Param::Pattern {
                    fields,
                    open,
                    whole,
                } => {
                    let fields: String = fields.iter().map(|(_, l)| value(l)).collect();
                    let whole = whole
                        .as_ref()
                        .map_or(String::new(), |l| format!("@{}", local(l)));
                    format!("{{{fields}{}}}{whole}", if *open { "..." } else { "" })
                }
            };
            format!("({param}: {})", show(m, *body))
        }
        Expr::Let { locals, body } => {
            let locals: Vec<_> = locals.iter().map(value).collect();
            format!("(let {} in {})", locals.join(" "), show(m, *body))
        }
        Expr::WithScope { scope, body } => format!("(with {} {})", value(scope), show(m, *body)),
        Expr::Binary(op, a, b) => format!("({op:?} {} {})", show(m, *a), show(m, *b)),
        other => format!("{other:?}"),
    }
}

#[test]
fn dotted_paths_merge() {
    check(
        "a.b = 1; c = a; a.d.e = 2; a.d.f = 3;",
        expect![[r#"
            rec { a = { b = 1; d = { e = 2; f = 3; }; }; c = a#0; }
        "#]],
    );
    check(
        "a = { b = 1; }; a.c = 2; a = { d = 3; };",
        expect![[r#"
            rec { a = { b = 1; c = 2; d = 3; }; }
        "#]],
    );
}

#[test]
fn duplicates_are_reported_with_both_places() {
    check(
        "a.b = 1; a.b = 2; c = 1; c.d = 2; e = rec { }; e.f = 1;",
        expect![[r#"
            rec { a = { b = 1; }; c = 1; e = rec {  }; }
            NX0102: `b` is defined twice at `b`
            NX0102: `c` is defined twice at `c`
            NX0102: `e` is defined twice at `e`
        "#]],
    );
    let again = lowered("x = { a, b, a }: a;", Entry::File);
    assert_eq!(again.diagnostics.len(), 1);
    assert_eq!(again.diagnostics[0].secondary.len(), 1);
}

#[test]
fn names_resolve_inside_out() {
    check(
        "let x = 1; f = x: x; in x = f x; y = { x = x; }; z = zz; t = true;",
        expect![[r#"
            (let x#0 = 1; f#1 = (x#2: x#2); in rec { x = (f#1 x#3); y = { x = x#3; }; z = zz?; t = true!; })
        "#]],
    );
}

#[test]
fn patterns_see_all_their_names() {
    check(
        "{ a, b ? a, ... }@all: r = all; s = b;",
        expect![[r#"
            ({a#0;b#1 = a#0;...}@all#2: rec { r = all#2; s = b#1; })
        "#]],
    );
}

#[test]
fn inherit_takes_from_outside() {
    check(
        "x = 1; r = rec { inherit x; y = x; }; s = { inherit (r) x y; }; t = let inherit (r) x; in x;",
        expect![[r#"
            rec { x = 1; r = rec { x = x#0; y = x#4; }; s = { inherit#6 = r#1; x = (inherit#6.x); y = (inherit#6.y); }; t = (let x#7 = (inherit#8.x); inherit#8 = r#1; in x#7); }
        "#]],
    );
}

#[test]
fn with_provides_what_nothing_binds() {
    check(
        "a = { b = 1; }; c = with a; with { }; [ a b true ];",
        expect![[r#"
            rec { a = { b = 1; }; c = (with with#2 = a#0; (with with#3 = {  }; [a#0 b@3,2 true!])); }
        "#]],
    );
}

#[test]
fn sugar_is_gone() {
    check(
        "a = [ 1 ] |> map x: x; b = 1 |> a |> map 2; c = import ./x.nx; d = import ./x.nx 1; e = a.b or 2; g = a ? b.c; h = \"x ${a} $y\"; i.${h} = 1; j.\"k l\" = 2;",
        expect![[r#"
            rec { a = (map! (x#9: x#9) [1]); b = (map! 2 (a#0 1)); c = <./x.nx>; d = (<./x.nx> 1); e = (a#0.b or 2); g = (a#0 ? .b.c); h = "x ${a#0} $y"; i = { ${h#6} = 1; }; j = { k l = 2; }; }
        "#]],
    );
}

#[test]
fn types_are_kept() {
    let lowered = lowered(
        "type P a = { x : a, y ? [Int], ... } | \"q\"; z : P Int = 1;",
        Entry::File,
    );
    assert_eq!(lowered.module.type_defs.len(), 1);
    let Some(TypeExpr::Union(members)) = lowered
        .module
        .types
        .get(lowered.module.type_defs[0].body.index())
    else {
        panic!("{:?}", lowered.module.types)
    };
    assert_eq!(members.len(), 2);
    let z = &lowered.module.locals[0];
    assert!(z.annotation.is_some());
}

#[test]
fn blanks_and_comments_leave_the_module_equal() {
    let a = lowered("a = 1; b = [ a \"x\" ];", Entry::File);
    let b = lowered("# c\na = 1;\n\nb = [ (a)  \"x\" ]; # d", Entry::File);
    assert_eq!(a.module, b.module);
    assert_ne!(a.map, b.map);
}

#[test]
fn parentheses_nest_without_limit_and_the_rest_up_to_one() {
    let deep = |open: &str, close: &str, n: usize| {
        let text = format!("{}1{}", open.repeat(n), close.repeat(n));
        on_big_stack(|| lowered(&text, Entry::Expression).diagnostics)
    };
    assert_eq!(deep("(", ")", 100_000), vec![]);
    let diagnostics = deep("[", "]", 100_000);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code, syntax::TOO_DEEP);
}
