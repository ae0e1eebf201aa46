//! A mistake costs the binding it is in, not its neighbours: every binding of the good cases is
//! cut off at every token and loses every token once, between good neighbours.

mod support;

use nexus_grammar::{Entry, SyntaxKind, ast, parse};

/// The bindings of the good files, as texts.
fn bindings() -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in support::cases("ok") {
        if path.to_string_lossy().ends_with(".expr.nx") {
            continue;
        }
        let tree = parse(&text, Entry::File).tree;
        let items = ast::file(&tree, tree.root()).items;
        found.extend(items.iter().map(|item| tree.text(*item).to_owned()));
    }
    assert!(found.len() > 50);
    found
}

/// Every text with its end or one token missing.
fn damaged(text: &str) -> Vec<String> {
    let tree = parse(text, Entry::File).tree;
    let mut out = Vec::new();
    for token in tree.tokens().iter() {
        let (start, end) = (token.start as usize, token.end as usize);
        out.push(text[..end].to_owned());
        if !token.kind.is_trivia() {
            out.push(format!("{}{}", &text[..start], &text[end..]));
        }
    }
    out
}

/// Counts how often all neighbours survive, and shows the rest.
fn survival(wrap: impl Fn(&str) -> String, neighbours: &[&str], nested: bool) -> (usize, usize) {
    let (mut total, mut good) = (0, 0);
    for text in bindings() {
        for broken in damaged(&text) {
            let source = wrap(&broken);
            let parse = parse(&source, Entry::File);
            support::check_lossless(&parse.tree);
            if parse.errors.is_empty() {
                continue; // Happens to mean something else.
            }
            total += 1;
            let bound: Vec<String> = if nested {
                support::bound_names(&parse.tree)
            } else {
                let items = ast::file(&parse.tree, parse.tree.root()).items;
                let kept = items
                    .iter()
                    .filter(|i| parse.tree.kind(**i) == SyntaxKind::Binding);
                kept.map(|i| parse.tree.text(parse.tree.children(*i)[0]).to_owned())
                    .collect()
            };
            if neighbours.iter().all(|n| bound.iter().any(|b| b == n)) {
                good += 1;
            } else {
                println!("lost {bound:?} in {source:?}");
            }
        }
    }
    println!("{good} of {total}");
    (good, total)
}

#[test]
fn neighbours_in_a_file_survive() {
    let wrap =
        |broken: &str| format!("before = {{ q = 1; }};\n{broken}\nafter = 1;\nafter.two = f x;\n");
    let (good, total) = survival(wrap, &["before", "after", "after.two"], false);
    assert!(good * 100 >= total * 98, "{good} of {total}");
}

#[test]
fn neighbours_in_a_record_survive() {
    let wrap = |broken: &str| {
        let inner = broken.replace('\n', "\n  ");
        format!("first = 1;\nouter = {{\n  before = 1;\n  {inner}\n  after = 1;\n}};\nlast = 2;\n")
    };
    let neighbours = ["first", "outer", "before", "after", "last"];
    let (good, total) = survival(wrap, &neighbours, true);
    assert!(good * 100 >= total * 98, "{good} of {total}");
}

/// One token removed is one mistake: mostly it is told as one.
#[test]
fn one_mistake_is_told_once() {
    let (mut total, mut once) = (0, 0);
    for text in bindings() {
        for broken in damaged(&text) {
            let parse = parse(&format!("{broken}\nafter = 1;\n"), Entry::File);
            if !parse.errors.is_empty() && !text.starts_with(&broken) {
                total += 1;
                once += usize::from(parse.errors.len() == 1);
            }
        }
    }
    println!("{once} of {total}");
    assert!(once * 100 >= total * 80, "{once} of {total}");
}
