//! What can be done with a task, and how often it is mentioned.

use super::source::Source;
use super::symbols::{Symbol, SymbolKind, is_task_field, of_file};
use nexus_compiler::db::{Role, SourceFile};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::{Mention, Resolver, Snapshot, references};

/// What a lens offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To run the task of this name.
    Run(String),
    /// To make its outputs.
    Build(String),
    /// To show the graph of what it needs.
    Graph(String),
    /// To show where it is mentioned.
    References,
}

/// Something offered at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The name of the task.
    pub span: Span,
    /// What is offered.
    pub offer: Offer,
}

/// What is offered in a file: something for each task of a project.
pub fn lenses(snapshot: &Snapshot, file: SourceFile) -> Vec<Lens> {
    let mut found = Vec::new();
    if file.role(snapshot.db()) != Role::Project {
        return found;
    }
    let mut stack: Vec<(Symbol, Vec<String>)> = of_file(snapshot, file)
        .into_iter()
        .filter(|symbol| symbol.name == "tasks" || symbol.name.starts_with("tasks."))
        .map(|symbol| (symbol, Vec::new()))
        .collect();
    stack.reverse();
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some((symbol, mut path)) = stack.pop() {
        path.extend(
            symbol
                .name
                .split('.')
                .map(|name| name.trim_matches('"').to_owned()),
        );
        match symbol.kind {
            SymbolKind::Namespace | SymbolKind::Field => {
                for child in symbol.children.into_iter().rev() {
                    stack.push((child, path.clone()));
                }
            }
            SymbolKind::Task => {
                // `tasks.a.run = …`: what is behind the task is its field.
                let is_field = symbol.children.is_empty() && is_task_field(path.last());
                let end = match is_field && path.len() > 2 {
                    true => path.len() - 1,
                    false => path.len(),
                };
                let name = path[1..end].join(".");
                if name.is_empty() || !seen.insert(name.clone()) {
                    continue;
                }
                let has_outputs = symbol
                    .children
                    .iter()
                    .any(|child| child.name == "outputs" || child.name.starts_with("outputs."));
                let span = symbol.name_span;
                let mut add = |offer| found.push(Lens { span, offer });
                add(Offer::Run(name.clone()));
                if has_outputs {
                    add(Offer::Build(name.clone()));
                }
                add(Offer::Graph(name));
                add(Offer::References);
            }
            _ => {}
        }
    }
    found.sort_by_key(|lens| lens.span);
    found
}

/// How often what is named in a span is mentioned elsewhere, and the offset of the name.
pub fn mentions(snapshot: &Snapshot, file: SourceFile, span: Span) -> (usize, u32) {
    let source = Source::new(snapshot, file);
    let slice = source.slice(span).to_owned();
    // The name of the task: of `tasks.a.run` the second.
    let second = slice.find('.').map_or(0, |at| at as u32 + 1);
    let at = span.start + second;
    let mut defs = Vec::new();
    for occurrence in source.occurrences_at(at) {
        if let Mention::Field(..) = occurrence.mention {
            defs.extend(Resolver::new(source.db).mention(file, occurrence.mention));
        }
    }
    let all = references(source.db, &defs, &snapshot.files());
    (all.iter().filter(|reference| !reference.binds).count(), at)
}
