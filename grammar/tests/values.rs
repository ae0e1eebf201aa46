//! The views of the tree: what constructs consist of, and the values of literals and strings.

use nexus_grammar::ast::{self, Expr, Item, Literal, NameValue, Param, Part, TypeNode};
use nexus_grammar::{Entry, NodeId, SyntaxKind, Tree, parse};

fn expression(text: &str) -> (Tree, NodeId) {
    let parse = parse(text, Entry::Expression);
    assert_eq!(parse.errors, [], "{text}");
    let root = parse.tree.children(parse.tree.root())[0];
    (parse.tree, root)
}

/// The parts of a string, interpolations as `<source>`.
fn string(text: &str) -> String {
    let (tree, node) = expression(text);
    let parts = ast::string_value(&tree, node).into_iter();
    let shown = parts.map(|part| match part {
        Part::Text(text) => text,
        Part::Expr(expr) => format!("<{}>", tree.text(expr)),
    });
    shown.collect()
}

#[test]
fn line_strings() {
    assert_eq!(string(r#""""#), "");
    assert_eq!(string(r#""a\n\t\r\"\\\$b""#), "a\n\t\r\"\\$b");
    assert_eq!(string(r#""a${b}c${ d }""#), "a<b>c<d>");
    assert_eq!(string(r#""\${a} $${b} $c $""#), "${a} $${b} $c $");
    assert_eq!(string(r#""$$${a}""#), "$$<a>");
    assert_eq!(string(r#""é“”""#), "é“”");
}

/// The cases of Nix's own manual and tests.
#[test]
fn indented_strings() {
    assert_eq!(string("''a''"), "a");
    assert_eq!(string("''\n  a\n    b\n  c\n''"), "a\n  b\nc\n");
    assert_eq!(string("''\n    a\n  b''"), "  a\nb");
    assert_eq!(string("''  \n  a\n  ''"), "a\n");
    assert_eq!(string("'' a\n   b''"), "a\n  b");
    assert_eq!(string("''\n  a\n\n\n  b\n''"), "a\n\n\nb\n");
    assert_eq!(string("''\n  ${a}\n    b\n''"), "<a>\n  b\n");
    assert_eq!(string("''\n    ${a} b\n  c ${d}\n''"), "  <a> b\nc <d>\n");
    assert_eq!(
        string("''\n  ''${a} ''' ''\\n ''\\t$b $ '\n''"),
        "${a} '' \n \t$b $ '\n"
    );
    assert_eq!(string("''\n\ta\n\t\tb\n''"), "a\n\tb\n");
    assert_eq!(string("''\r\n  a\r\n  b\r\n''"), "a\nb\n");
    assert_eq!(string("''$${a} $$$${b}''"), "$${a} $$$${b}");
    assert_eq!(string("''''"), "");
}

#[test]
fn literals() {
    let value = |text: &str| {
        let (tree, node) = expression(text);
        match ast::literal(&tree, node) {
            Literal::Int(value) => format!("int {value}"),
            Literal::Float(value) => format!("float {value}"),
            Literal::Duration(value) => format!("ns {value}"),
            Literal::Size(value) => format!("bytes {value}"),
            Literal::Path(path) => format!("path {path}"),
            Literal::Bad => "bad".to_owned(),
        }
    };
    assert_eq!(value("42"), "int 42");
    assert_eq!(value("2.50"), "float 2.5");
    assert_eq!(value("1h30m"), "ns 5400000000000");
    assert_eq!(value("1d1h1m1s1ms1us1ns"), "ns 90061001001001");
    assert_eq!(value("2GiB"), "bytes 2147483648");
    assert_eq!(value("../a/b-c.nx"), "path ../a/b-c.nx");
}

#[test]
fn bindings_and_names() {
    let text = "let h = 1; in a.\"b c\".${d} : Int = 1; inherit (x) y \"z\"; type P a b = a;";
    let parse = parse(text, Entry::File);
    assert_eq!(parse.errors, []);
    let tree = &parse.tree;
    let file = ast::file(tree, tree.root());
    assert!(file.params.is_none());
    assert_eq!((file.head.len(), file.items.len()), (1, 3));
    let Some(Item::Binding(binding)) = ast::item(tree, file.items[0]) else {
        panic!("a binding")
    };
    let names: Vec<NameValue> = binding.path.iter().map(|n| ast::name(tree, *n)).collect();
    assert_eq!(names[0], NameValue::Plain("a"));
    assert_eq!(names[1], NameValue::Quoted("b c".to_owned()));
    assert!(matches!(names[2], NameValue::Dynamic(e) if tree.text(e) == "d"));
    assert_eq!(binding.annotation.map(|t| tree.text(t)), Some("Int"));
    let Some(Item::Inherit(inherit)) = ast::item(tree, file.items[1]) else {
        panic!("an inherit")
    };
    assert_eq!(inherit.from.map(|n| tree.text(n)), Some("x"));
    assert_eq!(inherit.names.len(), 2);
    let Some(Item::TypeDef(def)) = ast::item(tree, file.items[2]) else {
        panic!("a type definition")
    };
    assert_eq!(
        (tree.text(def.name), def.params.len(), tree.text(def.body)),
        ("P", 2, "a")
    );
}

#[test]
fn expressions() {
    let (tree, node) = expression("f a.b 2 or c");
    let Expr::Apply {
        func,
        args,
        default,
    } = ast::expr(&tree, node)
    else {
        panic!("an application")
    };
    assert_eq!((tree.text(func), args.len()), ("f", 2));
    assert_eq!(default.map(|d| tree.text(d)), Some("c"));

    let (tree, node) = expression("- a.b ? c");
    let Expr::Has { base, path } = ast::expr(&tree, node) else {
        panic!("a question")
    };
    assert_eq!(path.len(), 1);
    let Expr::Unary(SyntaxKind::Minus, operand) = ast::expr(&tree, base) else {
        panic!("a negation")
    };
    assert!(
        matches!(ast::expr(&tree, operand), Expr::Select { path, default: None, .. } if path.len() == 1)
    );

    let (tree, node) = expression("all@{ a : Int ? 1, b : Int, c ? 2, d, ... }: a");
    let Expr::Lambda { param, .. } = ast::expr(&tree, node) else {
        panic!("a function")
    };
    let Param::Pattern(pattern) = ast::param(&tree, param) else {
        panic!("a pattern")
    };
    let shape: Vec<_> = pattern
        .fields
        .iter()
        .map(|f| (f.annotation.is_some(), f.default.is_some()))
        .collect();
    assert_eq!(
        shape,
        [(true, true), (true, false), (false, true), (false, false)]
    );
    assert!(pattern.open);
    assert_eq!(pattern.whole.map(|n| tree.text(n)), Some("all"));

    let (tree, node) = expression("rec { }");
    assert!(matches!(
        ast::expr(&tree, node),
        Expr::Record {
            recursive: true,
            items: []
        }
    ));
}

#[test]
fn types_and_documentation() {
    let text = "# Unrelated.\n\n# What it is.\n#\n# More.\ntype T = {\n  # A field.\n  a ? Int, # not about b\n  b : -1 | \"x\", ...\n};";
    let parse = parse(text, Entry::File);
    assert_eq!(parse.errors, []);
    let tree = &parse.tree;
    let item = ast::file(tree, tree.root()).items[0];
    assert_eq!(
        tree.doc_comment(item).as_deref(),
        Some("What it is.\n\nMore.")
    );
    let Some(Item::TypeDef(def)) = ast::item(tree, item) else {
        panic!("a type definition")
    };
    let TypeNode::Record { fields, open } = ast::ty(tree, def.body) else {
        panic!("a record type")
    };
    assert!(open);
    assert_eq!(
        fields.iter().map(|f| f.optional).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        tree.doc_comment(fields[0].node).as_deref(),
        Some("A field.")
    );
    assert_eq!(tree.doc_comment(fields[1].node), None);
    let TypeNode::Union(members) = ast::ty(tree, fields[1].ty) else {
        panic!("a union")
    };
    assert!(matches!(ast::ty(tree, members[0]), TypeNode::Int(-1)));
    assert!(
        matches!(ast::ty(tree, members[1]), TypeNode::String(s) if ast::plain_text(tree, s).as_deref() == Some("x"))
    );
}

#[test]
fn positions() {
    let parse = parse("a = f x.;\nb = 2;", Entry::File);
    let tree = &parse.tree;
    let at = |offset| tree.text(tree.node_at(offset));
    assert_eq!(at(0), "a");
    assert_eq!(at(4), "f");
    assert_eq!(at(6), "x");
    assert_eq!(at(10), "b");
    // Behind the dot is the name that is missing.
    assert_eq!(tree.kind(tree.node_at(8)), SyntaxKind::Name);
    assert_eq!(tree.span(tree.node_at(8)), 8..8);
}
