//! Formatting: of a file, of some of its lines, of what was just typed.

use nexus_compiler::db::{SourceFile, parse};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::Snapshot;
use nexus_grammar::SyntaxKind as K;
use similar::{DiffOp, TextDiff};
use std::ops::Range;

/// The changes that format a file. Nothing for one with mistakes in its syntax.
pub fn format(snapshot: &Snapshot, file: SourceFile) -> Option<Vec<(Span, String)>> {
    let parse = parse(snapshot.db(), file);
    let new = nexus_grammar::format(&parse.tree).ok()?;
    Some(changes(parse.tree.source(), &new))
}

/// The changes that format the lines of a span.
pub fn format_range(
    snapshot: &Snapshot,
    file: SourceFile,
    span: Span,
) -> Option<Vec<(Span, String)>> {
    let mut changes = format(snapshot, file)?;
    changes.retain(|(changed, _)| {
        let inside = changed.start < span.end && span.start < changed.end;
        let insertion = changed.start == changed.end;
        inside || (insertion && span.start <= changed.start && changed.start <= span.end)
    });
    Some(changes)
}

/// The changes that tidy up around what was just typed: `}` or `;` formats the binding that it
/// ends; a line end indents the new line.
pub fn format_typed(
    snapshot: &Snapshot,
    file: SourceFile,
    offset: u32,
    typed: char,
) -> Option<Vec<(Span, String)>> {
    if typed == '\n' {
        return Some(indent(snapshot, file, offset).into_iter().collect());
    }
    let parse = parse(snapshot.db(), file);
    let tree = &parse.tree;
    let mut node = tree.node_at(offset.checked_sub(1)?);
    while !matches!(tree.kind(node), K::Binding | K::InheritBinding) {
        node = tree.parent(node)?;
    }
    // Changes are of whole lines.
    let (text, span) = (tree.source(), tree.span(node));
    let start = text[..span.start as usize].rfind('\n').map_or(0, |i| i + 1) as u32;
    let end = text[span.end as usize..]
        .find('\n')
        .map_or(text.len(), |i| span.end as usize + i + 1);
    let mut changes = format(snapshot, file)?;
    changes.retain(|(changed, _)| start <= changed.start && changed.end <= end as u32);
    Some(changes)
}

/// The indentation of a line that was just begun: two blanks more than the line that opened the
/// bracket it is in.
fn indent(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<(Span, String)> {
    let parse = parse(snapshot.db(), file);
    let tree = &parse.tree;
    let text = tree.source();
    let tokens = tree.tokens();
    let line = text[..offset as usize].rfind('\n')? + 1;
    let mut at = tree.token_at(line as u32)?;
    // Inside of a string or a comment every blank counts.
    let inside = matches!(
        tokens.kind(at),
        K::StringText | K::Comment | K::UnclosedComment
    );
    if inside && (tokens.at(at).start as usize) < line {
        return None;
    }
    let mut depth = 0u32;
    let opener = loop {
        at = match at.checked_sub(1) {
            Some(before) => before,
            None => break None,
        };
        match tokens.kind(at) {
            K::RBrace | K::RBracket | K::RParen => depth += 1,
            K::InterpolateEnd if !tokens.at(at).is_empty() => depth += 1,
            K::LBrace | K::LBracket | K::LParen | K::Interpolate => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => break Some(at),
            },
            _ => {}
        }
    };
    let blanks = |at: usize| text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    let base = match opener {
        None => 0,
        Some(opener) => {
            let opened = tokens.at(opener).start as usize;
            let start = text[..opened].rfind('\n').map_or(0, |i| i + 1);
            blanks(start) + 2
        }
    };
    let present = blanks(line);
    let closes = text[line + present..].starts_with(['}', ']', ')']);
    let wanted = if closes { base.saturating_sub(2) } else { base };
    if present == wanted && !text[line..line + present].contains('\t') {
        return None;
    }
    let span = Span {
        start: line as u32,
        end: (line + present) as u32,
    };
    Some((span, " ".repeat(wanted)))
}

/// The lines that differ, so that cursors and marks elsewhere stay where they are.
fn changes(old: &str, new: &str) -> Vec<(Span, String)> {
    if old == new {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let starts = |lines: &[&str]| {
        let mut at = 0;
        let mut starts = vec![0];
        for line in lines {
            at += line.len();
            starts.push(at);
        }
        starts
    };
    let (old_starts, new_starts) = (starts(diff.old_slices()), starts(diff.new_slices()));
    let mut changes = Vec::new();
    let mut change = |before: Range<usize>, after: Range<usize>| {
        let span = Span {
            start: old_starts[before.start] as u32,
            end: old_starts[before.end] as u32,
        };
        let text = &new[new_starts[after.start]..new_starts[after.end]];
        if old[span.start as usize..span.end as usize] != *text {
            changes.push((span, text.to_owned()));
        }
    };
    // What lies between lines that stay is one change.
    let mut runs = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    let end = (diff.old_slices().len(), diff.new_slices().len(), 0);
    let equal = diff.ops().iter().filter_map(|op| match op {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => Some((*old_index, *new_index, *len)),
        _ => None,
    });
    for (old_index, new_index, len) in equal.chain([end]) {
        if old_at < old_index || new_at < new_index {
            runs.push((old_at..old_index, new_at..new_index));
        }
        (old_at, new_at) = (old_index + len, new_index + len);
    }
    for (before, after) in runs {
        match before.len() == after.len() {
            // Line by line, so that some of them can be left out.
            true => {
                for (old, new) in before.zip(after) {
                    change(old..old + 1, new..new + 1);
                }
            }
            false => change(before, after),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_lead_from_old_to_new(old in "([ab]{0,3}\n){0,8}[ab]{0,2}", new in "([ab]{0,3}\n){0,8}[ab]{0,2}") {
            let mut text = old.clone();
            for (span, change) in changes(&old, &new).into_iter().rev() {
                text.replace_range(span.start as usize..span.end as usize, &change);
            }
            prop_assert_eq!(text, new);
        }
    }
}
