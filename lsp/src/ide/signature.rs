//! What a function takes, while it is being called.

use super::describe::{describe, shown, standard};
use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::Expr;
use nexus_compiler::ide::{Resolver, Snapshot, type_of_expr, type_of_local};
use nexus_compiler::types::Kind;
use nexus_grammar::{NodeId, SyntaxKind as K, ast};

/// A function and what is given to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Name and type.
    pub label: String,
    /// In Markdown.
    pub doc: Option<String>,
    /// Where in the label the types of its parameters are, in bytes.
    pub parameters: Vec<(u32, u32)>,
    /// Which of them is being written.
    pub active: u32,
}

/// The function that is being called at an offset.
pub fn signature(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Signature> {
    let source = Source::new(snapshot, file);
    let (function, given) = call_at(&source, offset)?;
    let (label, doc) = said(&source, function)?;
    let parameters = parameters(&label);
    // The last type is that of the result.
    if parameters.is_empty() || given >= parameters.len() {
        return None;
    }
    Some(Signature {
        label,
        doc,
        parameters,
        active: given as u32,
    })
}

/// The function of the innermost call around an offset, and how many arguments come before it.
fn call_at(source: &Source<'_>, offset: u32) -> Option<(NodeId, usize)> {
    let tree = source.tree();
    let before = source.text.get(..offset as usize)?;
    let end = before.trim_end_matches([' ', '\t']).len() as u32;
    if end == 0 {
        return None;
    }
    let moved = end < offset;
    for node in source.nodes_at(end) {
        let span = source.span(node);
        match ast::expr(tree, node) {
            ast::Expr::Apply { func, args, .. } if tree.span(func).end < offset => {
                let done = args.iter().filter(|arg| {
                    let arg = tree.span(**arg);
                    arg.end < offset && arg.start < offset
                });
                return Some((func, done.count()));
            }
            ast::Expr::Name(_) | ast::Expr::Select { .. } if moved && span.end == end => {
                let parent = *source.ancestors(node).get(1)?;
                // An argument is a part of the call around it.
                if !matches!(tree.kind(parent), K::Apply | K::ApplyOr | K::Select) {
                    return Some((node, 0));
                }
            }
            _ => {}
        }
        let bracket = matches!(
            tree.kind(node),
            K::List | K::Record | K::Paren | K::String | K::Interpolation | K::Body | K::File
        );
        if bracket && span.start < offset && offset < span.end.max(1) {
            return None;
        }
    }
    None
}

/// Name, type and documentation of a function.
fn said(source: &Source<'_>, function: NodeId) -> Option<(String, Option<String>)> {
    let id = source.expr_of(function)?;
    let end = source.span(function).end;
    let name_at = end.checked_sub(1)?;
    let name = source.tree().text(function).to_owned();
    for occurrence in source.occurrences_at(name_at) {
        for def in Resolver::new(source.db).mention(source.file, occurrence.mention) {
            if let nexus_compiler::ide::Def::Standard(full) = &def {
                let description = standard(full)?;
                return Some((description.code, description.doc));
            }
            let ty = match &source.module.exprs[id.index()] {
                Expr::Local(local) => type_of_local(source.db, source.file, *local),
                _ => type_of_expr(source.db, source.file, id),
            };
            if let Some(ty) = ty {
                let description = describe(source.snapshot, &def, None);
                let doc = description.and_then(|description| description.doc);
                let text = shown(source.db, &def, &ty);
                return Some((format!("{name} : {text}"), doc));
            }
        }
    }
    let ty = type_of_expr(source.db, source.file, id)?;
    let read = nexus_compiler::types::readable::readable(&ty);
    let is_function = matches!(read.kind(), Kind::Function(..));
    is_function.then(|| {
        (
            format!("{name} : {}", nexus_compiler::types::show::show(&read)),
            None,
        )
    })
}

/// The types before each `->` of a label that stands in no bracket.
fn parameters(label: &str) -> Vec<(u32, u32)> {
    let Some(start) = label.find(" : ").map(|at| at + 3) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut depth = 0u32;
    let mut begin = start;
    let bytes = label.as_bytes();
    let mut at = start;
    let mut quoted = false;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'-' if depth == 0 && bytes.get(at + 1) == Some(&b'>') => {
                let end = begin + label[begin..at].trim_end().len();
                found.push((begin as u32, end as u32));
                begin = at + 2;
                begin += label[begin..].len() - label[begin..].trim_start().len();
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_what_stands_before_arrows() {
        let label = "map : (a -> b) -> [a] -> [b]";
        let shown: Vec<&str> = parameters(label)
            .into_iter()
            .map(|(start, end)| &label[start as usize..end as usize])
            .collect();
        assert_eq!(shown, ["(a -> b)", "[a]"]);
        assert_eq!(parameters("x : Int"), vec![]);
        assert_eq!(parameters("x"), vec![]);
    }
}
