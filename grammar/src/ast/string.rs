//! The values of strings: escapes resolved, indentation stripped.

use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text, never empty.
    Text(String),
    /// `${e}`: the expression.
    Expr(NodeId),
}

/// A part of a string as written.
enum Raw<'t> {
    Text(&'t str),
    /// An escape of a `''` string, resolved.
    Escape(String),
    Expr(NodeId),
}

/// The parts of a [`K::String`]. Neighbouring texts are joined.
pub fn string_value(tree: &Tree, node: NodeId) -> Vec<Part> {
    let range = tree.token_range(node);
    let indented = tree.tokens().get(range.start).map(|t| t.kind) == Some(K::IndentQuote);
    let mut raw = Vec::new();
    let mut children = tree.children(node).iter();
    let mut at = range.start;
    while at < range.end {
        match tree.tokens().kind(at) {
            K::StringText => {
                let text = tree.token_text(at);
                raw.push(if indented && text.starts_with("''") {
                    Raw::Escape(indented_escape(text))
                } else {
                    Raw::Text(text)
                });
                at += 1;
            }
            K::Interpolate => {
                let Some(&part) = children.next() else { break };
                raw.extend(tree.children(part).first().map(|e| Raw::Expr(*e)));
                at = tree.token_range(part).end.max(at + 1);
            }
            _ => at += 1,
        }
    }
    if indented {
        strip_indentation(raw)
    } else {
        let parts = raw.into_iter().map(|part| match part {
            Raw::Text(text) => Part::Text(unescape(text)),
            Raw::Escape(text) => Part::Text(text),
            Raw::Expr(expr) => Part::Expr(expr),
        });
        join(parts)
    }
}

/// The text of a [`K::String`] that stands in the source as it is: in double quotes, without
/// interpolations and escapes.
pub fn verbatim_text(tree: &Tree, node: NodeId) -> Option<&str> {
    let range = tree.token_range(node);
    let tokens = tree.tokens();
    let kind = |i: usize| tokens.kind(range.start + i);
    match range.len() {
        2 if (kind(0), kind(1)) == (K::Quote, K::QuoteEnd) => Some(""),
        3 if (kind(0), kind(1), kind(2)) == (K::Quote, K::StringText, K::QuoteEnd) => {
            Some(tree.token_text(range.start + 1)).filter(|text| !text.contains('\\'))
        }
        _ => None,
    }
}

/// The text of a [`K::String`] without interpolations; `None` when it has some.
pub fn plain_text(tree: &Tree, node: NodeId) -> Option<String> {
    let mut parts = string_value(tree, node);
    match parts.pop() {
        None => Some(String::new()),
        Some(Part::Text(text)) if parts.is_empty() => Some(text),
        Some(_) => None,
    }
}

fn join(parts: impl IntoIterator<Item = Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    joined
}

/// `\n \t \r \" \\ \$`; `$$` stands for itself and keeps a brace behind it from interpolating.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => out.extend(chars.next().map(escaped)),
            (c, false) => out.push(c),
        }
    }
    out
}

/// What a letter stands for behind an escape sign.
fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    }
}

/// `''$`, `'''` and `''\n`.
fn indented_escape(text: &str) -> String {
    match &text[2..] {
        "'" => "''".to_owned(),
        rest => rest
            .trim_start_matches('\\')
            .chars()
            .map(escaped)
            .collect::<String>(),
    }
}

/// Nix's rule: the line of the opening quotes does not count when blank, the smallest
/// indentation of all lines that are not blank is removed from all lines, and a last line of
/// blanks is emptied. Tabs count like spaces.
fn strip_indentation(raw: Vec<Raw<'_>>) -> Vec<Part> {
    let smallest = smallest_indentation(&raw);
    let count = raw.len();
    let mut parts = Vec::with_capacity(count);
    let mut at_line_start = true;
    let mut dropped = 0;
    for (index, part) in raw.into_iter().enumerate() {
        let text = match part {
            Raw::Text(text) => text,
            Raw::Escape(text) => {
                at_line_start = false;
                parts.push(Part::Text(text));
                continue;
            }
            Raw::Expr(expr) => {
                at_line_start = false;
                parts.push(Part::Expr(expr));
                continue;
            }
        };
        let text = if index == 0 {
            without_blank_first_line(text)
        } else {
            text
        };
        let mut out = String::with_capacity(text.len());
        for c in lines_normalised(text) {
            if c == '\n' {
                at_line_start = true;
                dropped = 0;
            } else if at_line_start && is_blank(c) && dropped < smallest {
                dropped += 1;
                continue;
            } else if !is_blank(c) {
                at_line_start = false;
            }
            out.push(c);
        }
        if index + 1 == count {
            let last = out.rfind('\n').map_or(0, |at| at + 1);
            if last > 0 && out[last..].chars().all(is_blank) {
                out.truncate(last);
            }
        }
        parts.push(Part::Text(out));
    }
    join(parts)
}

fn smallest_indentation(raw: &[Raw<'_>]) -> usize {
    let mut smallest = usize::MAX;
    let mut at_line_start = true;
    let mut indent = 0;
    for (index, part) in raw.iter().enumerate() {
        match part {
            Raw::Text(text) => {
                let text = if index == 0 {
                    without_blank_first_line(text)
                } else {
                    text
                };
                for c in lines_normalised(text) {
                    if c == '\n' {
                        at_line_start = true;
                        indent = 0;
                    } else if at_line_start && is_blank(c) {
                        indent += 1;
                    } else if at_line_start {
                        at_line_start = false;
                        smallest = smallest.min(indent);
                    }
                }
            }
            _ if at_line_start => {
                at_line_start = false;
                smallest = smallest.min(indent);
            }
            _ => {}
        }
    }
    smallest
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// A string means the same with `\r\n` line ends as with `\n`.
fn lines_normalised(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || match chars.next()? {
        '\r' if chars.peek() == Some(&'\n') => chars.next(),
        c => Some(c),
    })
}

fn without_blank_first_line(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim().is_empty() => rest,
        _ => text,
    }
}
