//! Adds the fields that a record must have.

use super::{Action, ActionKind, Place};
use nexus_compiler::hir::{Expr, Span};
use nexus_compiler::ide::{expected_fields, follow};
use nexus_compiler::types::show::name as quoted;
use nexus_compiler::types::{Kind, Ty};
use nexus_grammar::SyntaxKind as K;

pub(super) fn offer(place: &Place<'_>, out: &mut Vec<Action>) {
    let source = &place.source;
    let tree = source.tree();
    let around = source.nodes_at(place.selected.start);
    let Some(node) = around
        .into_iter()
        .find(|node| tree.kind(*node) == K::Record)
    else {
        return;
    };
    let Some(record) = source.record_of(node) else {
        return;
    };
    let Expr::Record(literal) = &source.module.exprs[record.index()] else {
        return;
    };
    if !literal.dynamic.is_empty() {
        return;
    }
    let wanted = expected_fields(source.db, source.file, record);
    let Some(wanted) = wanted.first().filter(|wanted| wanted.whole) else {
        return;
    };
    let mut new = Vec::new();
    for field in wanted.record.fields.iter().filter(|field| !field.optional) {
        if literal.fields.iter().any(|known| known.name == field.name) {
            continue;
        }
        let Some(value) = default(place, &field.ty) else {
            return;
        };
        let mut name = String::new();
        quoted(field.name.as_str(), &mut name);
        new.push(format!("{name} = {value};"));
    }
    if new.is_empty() {
        return;
    }
    let Some(brace) = tree.own_token(node, K::RBrace) else {
        return;
    };
    let brace = tree.tokens().at(brace);
    if brace.is_empty() {
        return;
    }
    // After the last field, or after the brace when there is none.
    let items = tree.children(node);
    let title = match new.len() {
        1 => "Add the missing field".to_owned(),
        n => format!("Add the {n} missing fields"),
    };
    let edit = match items.last() {
        Some(last) => {
            let end = tree.span(*last).end;
            let first = tree.span(items[0]).start;
            let line_start = source.text[..first as usize]
                .rfind('\n')
                .map_or(0, |i| i + 1);
            let indent = &source.text[line_start..first as usize];
            let broken = indent.trim().is_empty() && line_start > 0;
            let join = match broken {
                true => format!("\n{indent}"),
                false => " ".into(),
            };
            let text: String = new.iter().map(|field| format!("{join}{field}")).collect();
            (Span { start: end, end }, text)
        }
        None => {
            let end = brace.start;
            let text = format!(" {} ", new.join(" "));
            let start = source.text[..end as usize].trim_end().len() as u32;
            (Span { start, end }, text)
        }
    };
    out.push(place.action(title, ActionKind::Fix, vec![edit]));
}

/// A value of a type, to begin with; nothing when there is none that could be meant.
fn default(place: &Place<'_>, ty: &Ty) -> Option<String> {
    let source = &place.source;
    for member in ty.members() {
        let member = follow(source.db, source.file, member);
        for member in member.members() {
            let text = match member.kind() {
                Kind::String => "\"\"".to_owned(),
                Kind::Text(_) | Kind::Number(_) => nexus_compiler::types::show::show(member),
                Kind::Bool => "false".into(),
                Kind::Int => "0".into(),
                Kind::Float => "0.0".into(),
                Kind::Duration => "0s".into(),
                Kind::Size => "0B".into(),
                Kind::Null => "null".into(),
                Kind::List(_) => "[ ]".into(),
                Kind::Path => "./.".into(),
                Kind::Record(record) if record.fields.iter().all(|f| f.optional) => "{ }".into(),
                _ => continue,
            };
            return Some(text);
        }
    }
    None
}
