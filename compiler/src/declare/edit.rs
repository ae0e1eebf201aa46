//! The text with new declarations in it.

use super::find::{self, Spot};
use super::{Declarations, Input};
use nexus_grammar::ast::{self, Expr};
use nexus_grammar::{NodeId, SyntaxKind as K, Tree};
use std::collections::BTreeSet;

/// More outputs than this are a list: nobody thinks of so many names.
const NAMED: usize = 8;

/// What is put where, by byte.
type Edits = Vec<(u32, String)>;

/// The source with everything added; `None` when a field is written in a way that cannot be added
/// to. Outputs of other tasks are referred to by name if `by_name` says so.
pub(super) fn added(
    tree: &Tree,
    spot: &Spot,
    wanted: &Declarations,
    by_name: bool,
) -> Option<String> {
    let mut edits = Edits::new();
    let mut new = Vec::new();
    let inputs = elements(&wanted.inputs, by_name);
    let tools: Vec<String> = wanted.tools.iter().map(|tool| quoted(tool)).collect();
    for (field, elements) in [
        ("inputs", inputs),
        ("outputs", Vec::new()),
        ("tools", tools),
    ] {
        let of_outputs = field == "outputs";
        let nothing = match of_outputs {
            true => wanted.outputs.is_empty(),
            false => elements.is_empty(),
        };
        if nothing {
            continue;
        }
        match find::field(tree, spot, field) {
            Some(value) if of_outputs => to_outputs(tree, value, &wanted.outputs, &mut edits)?,
            Some(value) => to_list(tree, value, &elements, &mut edits),
            None if find::in_parts(tree, spot, field) => return None,
            None if of_outputs => new.push(format!("outputs = {};", outputs(&wanted.outputs))),
            None => new.push(format!("{field} = {};", list(&elements))),
        }
    }
    if !new.is_empty() {
        edits.push(new_fields(tree, spot, &new)?);
    }
    edits.sort_by_key(|(at, _)| *at);
    let source = tree.source();
    let (mut text, mut done) = (String::with_capacity(source.len() + 256), 0);
    for (at, new) in edits {
        text += source.get(done..at as usize)?;
        text += &new;
        done = at as usize;
    }
    text += source.get(done..)?;
    Some(text)
}

/// Each field as it is written by itself.
pub(super) fn fields(wanted: &Declarations, by_name: bool) -> Vec<String> {
    let mut fields = Vec::new();
    if !wanted.inputs.is_empty() {
        let inputs = elements(&wanted.inputs, by_name);
        fields.push(format!("inputs = {};", list(&inputs)));
    }
    if !wanted.outputs.is_empty() {
        fields.push(format!("outputs = {};", outputs(&wanted.outputs)));
    }
    if !wanted.tools.is_empty() {
        let tools: Vec<String> = wanted.tools.iter().map(|tool| quoted(tool)).collect();
        fields.push(format!("tools = {};", list(&tools)));
    }
    fields
}

fn elements(inputs: &[Input], by_name: bool) -> Vec<String> {
    inputs.iter().map(|input| element(input, by_name)).collect()
}

fn element(input: &Input, by_name: bool) -> String {
    let Some(output) = input.output.as_ref().filter(|_| by_name) else {
        return quoted(&input.path);
    };
    let task: Vec<String> = output.task.split('.').map(attribute).collect();
    let reference = format!(
        "tasks.{}.outputs.{}",
        task.join("."),
        attribute(&output.name)
    );
    match input.path.strip_prefix(&output.path) {
        Some("") => reference,
        Some(rest) => format!("\"${{{reference}}}{}\"", escaped(rest)),
        None => quoted(&input.path),
    }
}

fn list(elements: &[String]) -> String {
    format!("[ {} ]", elements.join(" "))
}

/// A record when every output can have a name of its own, else a list.
fn outputs(paths: &[String]) -> String {
    match named(paths, &[]) {
        Some(names) => {
            let fields = names.iter().zip(paths);
            let fields: Vec<String> = fields
                .map(|(name, path)| format!("{name} = {};", quoted(path)))
                .collect();
            format!("{{ {} }}", fields.join(" "))
        }
        None => list(&paths.iter().map(|path| quoted(path)).collect::<Vec<_>>()),
    }
}

/// Names for outputs, made from those of the files.
fn named(paths: &[String], taken: &[String]) -> Option<Vec<String>> {
    let mut used: BTreeSet<String> = taken.iter().cloned().collect();
    let mut names = Vec::new();
    for path in paths {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or("");
        // With the extension or the folders when another one has the name.
        let mut found = [stem, file, path].into_iter().map(|name| {
            let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            name.chars().map(letter).collect::<String>()
        });
        let name = found.find(|name| is_name(name) && !used.contains(name))?;
        used.insert(name.clone());
        names.push(name);
    }
    (paths.len() + taken.len() <= NAMED).then_some(names)
}

fn is_name(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "let", "in", "if", "then", "else", "rec", "with", "inherit", "assert", "or", "as", "type",
        "import",
    ];
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !WORDS.contains(&text)
}

fn attribute(name: &str) -> String {
    match is_name(name) {
        true => name.to_string(),
        false => quoted(name),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    let text = text.replace("${", "\\${").replace('\n', "\\n");
    text.replace('\r', "\\r").replace('\t', "\\t")
}

/// Adds to a list, or to whatever gives one.
fn to_list(tree: &Tree, value: NodeId, elements: &[String], edits: &mut Edits) {
    let span = tree.span(value);
    match ast::expr(tree, value) {
        Expr::List([]) => {
            edits.push((span.start + 1, format!(" {} ", elements.join(" "))));
        }
        Expr::List(children) => {
            let last = children.iter().map(|child| tree.span(*child).end).max();
            edits.push(behind(
                tree,
                last.unwrap_or(span.start + 1),
                span.clone(),
                elements,
            ));
        }
        _ => {
            let bare = matches!(
                tree.kind(value),
                K::NameRef | K::Select | K::Apply | K::Paren
            );
            if !bare {
                edits.push((span.start, "(".into()));
            }
            let close = if bare { "" } else { ")" };
            edits.push((span.end, format!("{close} ++ {}", list(elements))));
        }
    }
}

/// Behind the last of several things inside of `whole`: on the same line, or each on a line of its
/// own like those.
fn behind(tree: &Tree, last: u32, whole: std::ops::Range<u32>, new: &[String]) -> (u32, String) {
    let source = tree.source();
    let inner = &source[whole.start as usize..last as usize];
    let rest = &source[last as usize..whole.end as usize];
    match (inner.contains('\n'), rest.find('\n')) {
        // A comment behind the last one belongs to that.
        (true, Some(end)) => {
            let indent = indent(source, last as usize);
            let lines: String = new.iter().map(|one| format!("\n{indent}{one}")).collect();
            (last + end as u32, lines)
        }
        _ => (last, new.iter().map(|one| format!(" {one}")).collect()),
    }
}

/// Adds outputs to a record or a list of them.
fn to_outputs(tree: &Tree, value: NodeId, paths: &[String], edits: &mut Edits) -> Option<()> {
    match ast::expr(tree, value) {
        Expr::List(_) => {
            let paths: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
            to_list(tree, value, &paths, edits);
        }
        Expr::Record { items, .. } => {
            let names = named(paths, &find::names(tree, value))?;
            let fields = names.iter().zip(paths);
            let fields: Vec<String> = fields
                .map(|(name, path)| format!("{name} = {};", quoted(path)))
                .collect();
            let span = tree.span(value);
            let last = items.iter().map(|item| end_of(tree, *item)).max();
            let last = last.unwrap_or(span.start + 1);
            let (at, text) = behind(tree, last, span, &fields);
            edits.push((at, text));
        }
        _ => return None,
    }
    Some(())
}

/// Where a binding ends, its semicolon included.
fn end_of(tree: &Tree, binding: NodeId) -> u32 {
    let end = tree.span(binding).end;
    let rest = &tree.source()[end as usize..];
    let blank = rest.len() - rest.trim_start().len();
    match tree.text(binding).ends_with(';') || !rest[blank..].starts_with(';') {
        true => end,
        false => end + blank as u32 + 1,
    }
}

/// Where new fields go: before `run`, or behind everything.
fn new_fields(tree: &Tree, spot: &Spot, new: &[String]) -> Option<(u32, String)> {
    let source = tree.source();
    match spot {
        Spot::Bindings { first, prefix, .. } => {
            let lines: Vec<String> = new
                .iter()
                .map(|field| format!("{prefix}.{field}"))
                .collect();
            let end = end_of(tree, *first);
            let line = source[end as usize..].find('\n');
            let rest = &source[end as usize..line.map_or(source.len(), |at| end as usize + at)];
            if !rest.trim_start().is_empty() && !rest.trim_start().starts_with('#') {
                return Some((end, format!(" {}", lines.join(" "))));
            }
            let indent = indent(source, tree.span(*first).start as usize);
            let lines: String = lines.iter().map(|one| format!("\n{indent}{one}")).collect();
            Some((end + rest.len() as u32, lines))
        }
        Spot::Record(record) => {
            let span = tree.span(*record);
            let Some(run) = find::binding(tree, *record, "run") else {
                // Before the bracket.
                let close = span.end - 1;
                let own_line = source[span.start as usize..close as usize].contains('\n');
                let text = match own_line {
                    true => {
                        let outer = indent(source, close as usize);
                        let lines: String =
                            new.iter().map(|one| format!("  {one}\n{outer}")).collect();
                        lines
                    }
                    false => format!("{} ", new.join(" ")),
                };
                return Some((close, text));
            };
            let start = above_comments(source, tree.span(run).start as usize);
            let before = &source[span.start as usize..start];
            let glue = match before.contains('\n') {
                true => format!("\n{}", indent(source, start)),
                false => " ".to_string(),
            };
            let text: String = new.iter().map(|one| format!("{one}{glue}")).collect();
            Some((start as u32, text))
        }
    }
}

/// The blanks at the beginning of the line of a place.
fn indent(source: &str, at: usize) -> &str {
    let begin = source[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &source[begin..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The start of the comments directly above a place, or the place.
fn above_comments(source: &str, at: usize) -> usize {
    let mut start = at;
    loop {
        let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
        if line == 0 || !source[line..start].trim().is_empty() {
            return start;
        }
        let above = source[..line - 1].rfind('\n').map_or(0, |at| at + 1);
        let text = &source[above..line - 1];
        if !text.trim_start().starts_with('#') {
            return start;
        }
        start = above + (text.len() - text.trim_start().len());
    }
}
