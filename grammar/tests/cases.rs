//! Cases in `tests/cases/`, with blessed results next to them (`UPDATE_EXPECT=1` blesses).

mod support;

use nexus_grammar::{Entry, Parse, parse};
use std::fmt::Write;

/// Files without mistakes: the tree.
#[test]
fn ok() {
    for (path, text) in support::cases("ok") {
        let entry = match path.to_string_lossy().ends_with(".expr.nx") {
            true => Entry::Expression,
            false => Entry::File,
        };
        let parse = parse(&text, entry);
        support::check_lossless(&parse.tree);
        assert_eq!(parse.errors, [], "{}", path.display());
        support::expect_file(&path.with_extension("tree"), &support::dump(&parse.tree));
    }
}

/// Texts with mistakes, divided by lines `#---- name`: every mistake as it is told, and which
/// bindings survive. Every fix must leave fewer mistakes than there were.
#[test]
fn broken() {
    let mut wrong = Vec::new();
    for (path, text) in support::cases("broken") {
        let mut out = String::new();
        for case in text.split("#---- ").skip(1) {
            let (name, text) = case.split_once('\n').unwrap();
            let entry = match name.starts_with("expression") {
                true => Entry::Expression,
                false => Entry::File,
            };
            let parse = parse(text, entry);
            support::check_lossless(&parse.tree);
            if parse.errors.is_empty() {
                wrong.push(format!("{name} has no mistake"));
            }
            let _ = writeln!(out, "==== {name}");
            tell(&mut out, text, &parse);
            let _ = writeln!(
                out,
                "  bound: {}\n",
                support::bound_names(&parse.tree).join(" ")
            );
            for error in &parse.errors {
                let Some(fix) = &error.fix else { continue };
                let fixed = support::apply(text, fix);
                let left = nexus_grammar::parse(&fixed, entry).errors;
                if left.len() >= parse.errors.len() {
                    wrong.push(format!("{name}: the fix gives {fixed:?} with {left:#?}"));
                }
            }
        }
        support::expect_file(&path.with_extension("txt"), &out);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn tell(out: &mut String, text: &str, parse: &Parse) {
    for error in &parse.errors {
        let (line, column) = support::line_column(text, error.span.start);
        let marked = &text[error.span.start as usize..error.span.end as usize];
        let _ = writeln!(
            out,
            "  {} {line}:{column} {marked:?} {}",
            error.code, error.message
        );
        if let Some(label) = &error.label {
            let _ = writeln!(out, "    label: {label}");
        }
        for (span, words) in &error.related {
            let (line, column) = support::line_column(text, span.start);
            let _ = writeln!(out, "    {line}:{column} {words}");
        }
        if let Some(help) = &error.help {
            let _ = writeln!(out, "    help: {help}");
        }
        if let Some(fix) = &error.fix {
            let fixed = support::apply(text, fix);
            let new = fixed.lines().filter(|l| !text.lines().any(|t| t == *l));
            let new: Vec<_> = new.map(str::trim).collect();
            let _ = writeln!(out, "    fix: {} -> {}", fix.title, new.join(" / "));
        }
    }
}

/// Files and how they are formatted.
#[test]
fn fmt() {
    for (path, text) in support::cases("fmt") {
        let parsed = parse(&text, Entry::File);
        assert_eq!(parsed.errors, [], "{}", path.display());
        let formatted = nexus_grammar::format(&parsed.tree).unwrap();
        let again = parse(&formatted, Entry::File);
        support::expect_file(&path.with_extension("formatted"), &formatted);
        assert_eq!(again.errors, [], "{}", path.display());
        let twice = nexus_grammar::format(&again.tree).unwrap();
        assert_eq!(formatted, twice, "{} is not stable", path.display());
    }
}

/// A text with mistakes is left alone.
#[test]
fn mistakes_are_not_formatted() {
    let parsed = parse("a = ;", Entry::File);
    let refused = nexus_grammar::format(&parsed.tree);
    assert_eq!(refused, Err(nexus_grammar::fmt::FormatError::Mistakes));
}
