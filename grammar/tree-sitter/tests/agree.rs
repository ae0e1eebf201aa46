//! What the compiler's parser accepts, this grammar accepts, and sees the same structure in it.

use nexus_grammar::{Entry, SyntaxKind as K, parse};
use std::path::{Path, PathBuf};
use tree_sitter::{Node, Parser};

/// A node that both parsers know: where it begins and ends, and what the compiler calls it.
type Seen = (usize, usize, &'static str);

/// The name of a kind that both have, if there is one.
fn of_kind(kind: K) -> Option<&'static str> {
    Some(match kind {
        K::LetHead => "let head",
        K::Binding => "binding",
        K::InheritBinding => "inherit",
        K::TypeDef => "type definition",
        K::AttrPath => "path of names",
        K::StringName => "name in quotes",
        K::DynamicName => "computed name",
        K::NameRef => "reference",
        K::Literal => "literal",
        K::String => "string",
        K::Interpolation => "interpolation",
        K::List => "list",
        K::Record => "record",
        K::Paren => "parentheses",
        K::Select => "selection",
        K::Apply | K::ApplyOr => "application",
        K::Lambda => "function",
        K::Pattern => "pattern",
        K::PatternField => "field of a pattern",
        K::LetExpr => "let",
        K::WithExpr => "with",
        K::AssertExpr => "assert",
        K::IfExpr => "if",
        K::Binary => "binary operation",
        K::Unary => "unary operation",
        K::Has => "question for a field",
        K::Conversion => "conversion",
        K::TypeFunction => "function type",
        K::TypeUnion => "union",
        K::TypeApply => "applied type",
        K::TypeList => "list type",
        K::TypeRecord => "record type",
        K::TypeDict => "dictionary type",
        K::TypeField => "field of a type",
        _ => return None,
    })
}

/// The same for a node of this grammar.
fn of_name(node: Node<'_>) -> Option<&'static str> {
    Some(match node.kind() {
        "let_head" => "let head",
        "binding" => "binding",
        "inherit" => "inherit",
        "type_definition" => "type definition",
        "attribute_path" => "path of names",
        "string_name" => "name in quotes",
        "dynamic_name" => "computed name",
        "reference" => "reference",
        "integer" | "float" | "duration" | "size" | "path" => {
            // Numbers in types are types.
            let parent = node.parent().map_or("", |parent| parent.kind());
            if is_type(parent) || parent == "integer" || in_type(node) {
                return None;
            }
            "literal"
        }
        "string" => "string",
        "interpolation" => "interpolation",
        "list" => "list",
        "record" => "record",
        "parenthesized" => "parentheses",
        "select" => "selection",
        "apply" => "application",
        "lambda" => "function",
        "pattern" => "pattern",
        "pattern_field" => "field of a pattern",
        "let" => "let",
        "with" => "with",
        "assert" => "assert",
        "if" => "if",
        "binary" => "binary operation",
        "unary" => "unary operation",
        "has" => "question for a field",
        "conversion" => "conversion",
        "function_type" => "function type",
        "union_type" => "union",
        "type_application" => "applied type",
        "list_type" => "list type",
        "record_type" => "record type",
        "dictionary_type" => "dictionary type",
        "type_field" => "field of a type",
        _ => return None,
    })
}

fn is_type(kind: &str) -> bool {
    kind.ends_with("_type") || kind == "type_application"
}

/// Whether a node is the type of a binding, a field or a definition.
fn in_type(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    let typed = [
        "binding",
        "pattern_field",
        "type_field",
        "type_definition",
        "conversion",
    ];
    typed.contains(&parent.kind()) && parent.child_by_field_name("type") == Some(node)
}

fn compiler_sees(text: &str) -> Option<Vec<Seen>> {
    let parsed = parse(text, Entry::File);
    if !parsed.errors.is_empty() {
        return None;
    }
    let tree = parsed.tree;
    let mut seen: Vec<Seen> = Vec::new();
    for node in tree.descendants(tree.root()) {
        let span = tree.span(node);
        let Some(name) = of_kind(tree.kind(node)) else {
            continue;
        };
        seen.push((span.start as usize, span.end as usize, name));
    }
    seen.sort();
    Some(seen)
}

fn editor_sees(parser: &mut Parser, text: &str) -> Result<Vec<Seen>, String> {
    let tree = parser.parse(text, None).ok_or("no tree")?;
    let mut seen = Vec::new();
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if node.is_error() || node.is_missing() {
            let at = node.start_position();
            return Err(format!(
                "line {}, column {}: not accepted",
                at.row + 1,
                at.column + 1
            ));
        }
        if let Some(name) = of_name(node).filter(|_| node.is_named()) {
            seen.push((node.start_byte(), node.end_byte(), name));
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    seen.sort();
    Ok(seen)
}

/// Every program of the repository.
fn programs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["compiler", "grammar", "stdlib", "examples", "tests"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "nx") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn both_parsers_see_the_same() {
    let mut parser = Parser::new();
    let language = tree_sitter_nexus::LANGUAGE.into();
    parser
        .set_language(&language)
        .expect("the grammar fits the library");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for path in programs() {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        // Bare expressions become files.
        let as_file = format!("value =\n{text}\n;");
        let both = compiler_sees(&text)
            .map(|seen| (text, seen))
            .or_else(|| compiler_sees(&as_file).map(|seen| (as_file, seen)));
        let Some((text, expected)) = both else {
            continue;
        };
        compared += 1;
        match editor_sees(&mut parser, &text) {
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
            Ok(found) if found == expected => {}
            Ok(found) => {
                let at = found.iter().zip(&expected).position(|(a, b)| a != b);
                let at = at.unwrap_or(found.len().min(expected.len()));
                let show = |seen: Option<&Seen>| match seen {
                    Some((from, to, name)) => format!("{name} `{}`", &text[*from..*to]),
                    None => "nothing more".into(),
                };
                wrong.push(format!(
                    "{}: the compiler sees {}, this grammar {}",
                    path.display(),
                    show(expected.get(at)),
                    show(found.get(at)),
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {compared}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared > 500, "only {compared} programs were compared");
}
