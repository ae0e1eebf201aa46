//! Fields of the record that is expected, those that are still missing first.

use super::super::source::Source;
use super::around::Around;
use super::{Item, Kind, Style};
use nexus_compiler::db::Role;
use nexus_compiler::hir::Expr;
use nexus_compiler::ide::{Step, expected_fields, records_at, schema_doc};
use nexus_compiler::symbol::Symbol;
use nexus_compiler::types::schema::schema;
use nexus_compiler::types::show::{name as quoted, show_within};
use nexus_compiler::types::{FieldTy, Kind as TyKind, RecordTy, Rest, Ty};
use nexus_grammar::{NodeId, SyntaxKind as K};

/// Ranks: required fields, others, those with better names.
const REQUIRED: u32 = 0;
const OPTIONAL: u32 = 10;
const DEPRECATED: u32 = 90;

/// The fields that may be bound in a record.
pub(super) fn items(
    source: &Source<'_>,
    around: &Around,
    opener: Option<usize>,
    style: Style,
    out: &mut Vec<Item>,
) {
    let (records, bound) = wanted(source, opener);
    let bound_here = |name: Symbol| {
        let here = source.slice(around.replace);
        bound.contains(&name) && name.as_str() != here
    };
    // What follows stays: only the name is written.
    let has_value = source.text[around.replace.end as usize..]
        .trim_start_matches([' ', '\t'])
        .starts_with(['=', '.', ':']);
    for (i, record) in records.iter().enumerate() {
        // Of several, the likeliest: others only when nothing says which.
        if i > 0 && !bound.is_empty() {
            break;
        }
        for field in record.fields.iter() {
            if bound_here(field.name) {
                continue;
            }
            out.push(item(source, record, field, has_value, style));
        }
        if let Rest::Dict(ty) = &record.rest
            && record.fields.is_empty()
            && is_task(ty)
            && style.snippets
            && !has_value
        {
            out.push(
                Item::new("task", Kind::Snippet, 20)
                    .detail("a task")
                    .snippet("${1:name} = {\n  run = \"$2\";\n};$0"),
            );
        }
    }
    out.push(Item::new("inherit", Kind::Keyword, 80));
}

fn item(
    source: &Source<'_>,
    record: &RecordTy,
    field: &FieldTy,
    has_value: bool,
    style: Style,
) -> Item {
    let doc = schema_doc(record, field.name);
    let deprecated = doc.is_some_and(|doc| doc.starts_with("The former name"));
    let rank = match (field.optional, deprecated) {
        (_, true) => DEPRECATED,
        (false, _) => REQUIRED,
        (true, _) => OPTIONAL,
    };
    let mut name = String::new();
    quoted(field.name.as_str(), &mut name);
    let mut item = Item::new(field.name.as_str(), Kind::Field, rank)
        .detail(show_within(&field.ty, 120))
        .doc(doc);
    item.deprecated = deprecated;
    if has_value {
        return item.insert(name);
    }
    match style.snippets {
        true => item.snippet(format!("{} = {}", escaped(&name), value(source, &field.ty))),
        false => item.insert(format!("{name} = ")),
    }
}

/// A value to fill in, by its type, with the `;` behind it.
fn value(source: &Source<'_>, ty: &Ty) -> String {
    let mut members: Vec<Ty> = Vec::new();
    for member in ty.members() {
        let member = nexus_compiler::ide::follow(source.db, source.file, member);
        members.extend(member.members().iter().cloned());
    }
    let texts: Vec<String> = members
        .iter()
        .filter_map(|member| match member.kind() {
            TyKind::Text(text) => Some(format!("\"{}\"", escaped(text))),
            _ => None,
        })
        .collect();
    if !texts.is_empty() {
        return format!("${{1|{}|}};$0", texts.join(","));
    }
    let first = members.iter().find(|member| {
        matches!(
            member.kind(),
            TyKind::List(_) | TyKind::Record(_) | TyKind::String | TyKind::Bool
        )
    });
    match first.map(Ty::kind) {
        Some(TyKind::Bool) => "${1|true,false|};$0".into(),
        Some(TyKind::String) => "\"$1\";$0".into(),
        Some(TyKind::List(element)) => match element.members().iter().any(is_text) {
            true => "[ \"$1\" ];$0".into(),
            false => "[ $1 ];$0".into(),
        },
        Some(TyKind::Record(_)) => "{ $1 };$0".into(),
        _ => "$1;$0".into(),
    }
}

fn is_text(ty: &Ty) -> bool {
    matches!(ty.kind(), TyKind::String)
}

/// Whether a value may be a task.
fn is_task(ty: &Ty) -> bool {
    let is = |ty: &Ty| match ty.kind() {
        TyKind::Record(record) => record.name.is_some_and(|name| name.as_str() == "Task"),
        TyKind::Alias(name, _) => name.as_str() == "Task",
        _ => false,
    };
    ty.members().iter().any(is)
}

/// A text in a snippet.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '$' | '}' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The record types that are expected, and what is bound already.
fn wanted(source: &Source<'_>, opener: Option<usize>) -> (Vec<RecordTy>, Vec<Symbol>) {
    let record = match opener {
        None => source.body(),
        Some(opener) => record_node(source, opener).and_then(|node| source.record_of(node)),
    };
    let mut bound = Vec::new();
    if let Some(record) = record {
        if let Expr::Record(literal) = &source.module.exprs[record.index()] {
            bound.extend(literal.fields.iter().map(|field| field.name));
        }
        let wanted = expected_fields(source.db, source.file, record);
        if !wanted.is_empty() {
            let records = wanted.into_iter().map(|wanted| wanted.record).collect();
            return (records, bound);
        }
    }
    if source.file.role(source.db) != Role::Project {
        return (Vec::new(), bound);
    }
    let Some(way) = way_to(source, opener) else {
        return (Vec::new(), bound);
    };
    let project = schema().named("Project");
    let records = records_at(source.db, source.file, &project, &way);
    (records, bound)
}

/// The record that a `{` opens.
pub(super) fn record_node(source: &Source<'_>, opener: usize) -> Option<NodeId> {
    let tree = source.tree();
    let inner = tree.tokens().at(opener).end;
    let mut around = source.nodes_at(inner).into_iter();
    around.find(|node| {
        tree.kind(*node) == K::Record && tree.own_token(*node, K::LBrace) == Some(opener)
    })
}

/// The names and brackets that lead to a `{`, for texts that are too broken for a tree.
fn way_to(source: &Source<'_>, opener: Option<usize>) -> Option<Vec<Step>> {
    let tree = source.tree();
    let tokens = tree.tokens();
    let mut way: Vec<Step> = Vec::new();
    let mut at = opener;
    while let Some(open) = at {
        let mut index = open;
        let mut depth = 0u32;
        let mut names: Option<Vec<Step>> = None;
        let next = loop {
            let Some(before) = index.checked_sub(1) else {
                break None;
            };
            index = before;
            let token = tokens.at(index);
            match token.kind {
                K::RBrace | K::RBracket | K::RParen => depth += 1,
                K::InterpolateEnd if !token.is_empty() => depth += 1,
                K::LBrace | K::LBracket | K::LParen | K::Interpolate if depth > 0 => depth -= 1,
                K::LBrace | K::LBracket | K::LParen | K::Interpolate => break Some(index),
                _ if depth > 0 => {}
                // The value of a binding: its names stand before.
                K::Equals if names.is_none() => names = Some(Vec::new()),
                K::Ident if names.is_some() => {
                    let names = names.as_mut()?;
                    let follows = names.is_empty() || tokens.kind(index + 1) == K::Dot;
                    if follows {
                        names.insert(0, Step::Field(Symbol::new(tree.token_text(index))));
                    }
                }
                K::Let if names.is_some() => return None,
                _ => {}
            }
        };
        match (names, next.map(|next| tokens.kind(next))) {
            (Some(names), None | Some(K::LBrace)) => {
                for name in names.into_iter().rev() {
                    way.insert(0, name);
                }
            }
            (None, Some(K::LBracket)) => way.insert(0, Step::Element),
            (None, Some(K::LParen)) => {}
            _ => return None,
        }
        at = next;
    }
    Some(way)
}
