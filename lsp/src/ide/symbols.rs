//! What is defined in a file, and in all files.

use super::FileRange;
use super::source::{Source, to_span};
use nexus_compiler::db::{Role, SourceFile};
use nexus_compiler::hir::Span;
use nexus_compiler::ide::Snapshot;
use nexus_grammar::ast::{self, Item, NameValue};
use nexus_grammar::{NodeId, SyntaxKind as K, Tree};

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// Something that can be run.
    Task,
    /// Tasks.
    Namespace,
    /// Takes something.
    Function,
    /// A type.
    Type,
    /// A field of a record.
    Field,
    /// A binding of a `let`, or a field with a plain value.
    Variable,
}

/// Something that is defined in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; of a dotted path all of it.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole definition.
    pub span: Span,
    /// The name in it.
    pub name_span: Span,
    /// What is defined inside.
    pub children: Vec<Symbol>,
}

/// How deep records are looked into.
const DEEPEST: u32 = 6;

/// The most symbols of all files.
const MOST: usize = 500;

/// What is defined in a file, in the order of its text.
pub fn of_file(snapshot: &Snapshot, file: SourceFile) -> Vec<Symbol> {
    let source = Source::new(snapshot, file);
    let is_project = file.role(source.db) == Role::Project;
    let tree = source.tree();
    let parts = ast::file(tree, tree.root());
    let mut symbols = Vec::new();
    for &item in parts.head {
        add(tree, item, false, DEEPEST, &mut symbols);
    }
    for &item in parts.items {
        add(tree, item, is_project, DEEPEST, &mut symbols);
    }
    symbols
}

/// What is defined in all files and whose name has the letters of `query` in this order, the best
/// first.
pub fn of_all(snapshot: &Snapshot, query: &str) -> Vec<(Symbol, FileRange, String)> {
    let db = snapshot.db();
    let mut found = Vec::new();
    for file in snapshot.files() {
        snapshot.check_cancelled();
        // Without its letters in a file there is nothing to find.
        let text = file.text(db);
        if !query.is_empty() && !fits(query, &text) {
            continue;
        }
        let path = file.path(db).to_path_buf();
        let mut stack: Vec<(Symbol, String)> = of_file(snapshot, file)
            .into_iter()
            .map(|symbol| (symbol, String::new()))
            .collect();
        while let Some((mut symbol, container)) = stack.pop() {
            let inner = match container.is_empty() {
                true => symbol.name.clone(),
                false => format!("{container}.{}", symbol.name),
            };
            for child in std::mem::take(&mut symbol.children) {
                stack.push((child, inner.clone()));
            }
            // A query with dots is about the way, too.
            let matched = match query.contains('.') {
                true => fits(query, &inner),
                false => fits(query, &symbol.name),
            };
            if matched {
                let at = FileRange {
                    path: path.clone(),
                    span: symbol.name_span,
                };
                found.push((symbol, at, container));
            }
        }
    }
    let rank = |name: &str| {
        let exact = name.eq_ignore_ascii_case(query);
        let starts = name.to_lowercase().starts_with(&query.to_lowercase());
        (!exact, !starts, name.len())
    };
    found.sort_by_cached_key(|(symbol, at, _)| (rank(&symbol.name), at.clone()));
    found.truncate(MOST);
    found
}

/// Whether a text has some letters in their order, whatever their case.
fn fits(query: &str, text: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    let mut wanted = query.chars().flat_map(char::to_lowercase);
    wanted.all(|c| letters.any(|other| other == c))
}

fn add(tree: &Tree, node: NodeId, project: bool, depth: u32, out: &mut Vec<Symbol>) {
    let span = to_span(tree.span(node));
    match ast::item(tree, node) {
        Some(Item::Binding(binding)) => {
            let names: Vec<String> = binding.path.iter().filter_map(|n| name(tree, *n)).collect();
            let (Some(first), Some(last)) = (binding.path.first(), binding.path.last()) else {
                return;
            };
            if names.is_empty() {
                return;
            }
            let name_span = Span {
                start: tree.span(*first).start,
                end: tree.span(*last).end,
            };
            let in_tasks = project && names.first().is_some_and(|name| name == "tasks");
            let value = innermost(tree, binding.value);
            let mut children = Vec::new();
            if let ast::Expr::Record { items, .. } = ast::expr(tree, value)
                && depth > 0
            {
                for &item in items {
                    add(tree, item, false, depth - 1, &mut children);
                }
            }
            let kind = match tree.kind(value) {
                K::Lambda => SymbolKind::Function,
                K::Record if in_tasks && is_task(&children) => SymbolKind::Task,
                K::Record if in_tasks => SymbolKind::Namespace,
                K::Record => SymbolKind::Field,
                _ if in_tasks && names.len() > 1 => SymbolKind::Task,
                _ => SymbolKind::Variable,
            };
            if in_tasks && kind == SymbolKind::Namespace {
                mark_tasks(&mut children);
            }
            out.push(Symbol {
                name: names.join("."),
                kind,
                span,
                name_span,
                children,
            });
        }
        Some(Item::Inherit(inherit)) => {
            for &node in inherit.names {
                if let Some(name) = name(tree, node) {
                    let span = to_span(tree.span(node));
                    out.push(Symbol {
                        name,
                        kind: SymbolKind::Variable,
                        span,
                        name_span: span,
                        children: Vec::new(),
                    });
                }
            }
        }
        Some(Item::TypeDef(def)) => out.push(Symbol {
            name: tree.text(def.name).to_owned(),
            kind: SymbolKind::Type,
            span,
            name_span: to_span(tree.span(def.name)),
            children: Vec::new(),
        }),
        None => {}
    }
}

/// What stands in a namespace of tasks.
fn mark_tasks(symbols: &mut [Symbol]) {
    for symbol in symbols {
        if symbol.kind == SymbolKind::Variable {
            symbol.kind = SymbolKind::Task;
        }
        if symbol.kind != SymbolKind::Field {
            continue;
        }
        symbol.kind = match is_task(&symbol.children) {
            true => SymbolKind::Task,
            false => {
                mark_tasks(&mut symbol.children);
                SymbolKind::Namespace
            }
        };
    }
}

fn is_task(fields: &[Symbol]) -> bool {
    let first = |name: &str| name.split('.').next().map(str::to_owned);
    fields
        .iter()
        .any(|field| is_task_field(first(&field.name).as_ref()))
}

/// Whether a field belongs to a task.
pub(super) fn is_task_field(name: Option<&String>) -> bool {
    use nexus_compiler::types::{Kind, schema::schema};
    let Some(name) = name else { return false };
    match schema().named("Task").kind() {
        Kind::Record(task) => task
            .field(nexus_compiler::symbol::Symbol::new(name))
            .is_some(),
        _ => false,
    }
}

/// A value behind parentheses and `let … in`.
pub(super) fn innermost(tree: &Tree, node: NodeId) -> NodeId {
    let mut at = node;
    loop {
        at = match ast::expr(tree, at) {
            ast::Expr::Paren(inner) => inner,
            ast::Expr::Let { body, .. }
            | ast::Expr::With { body, .. }
            | ast::Expr::Assert { body, .. } => body,
            _ => return at,
        };
    }
}

fn name(tree: &Tree, node: NodeId) -> Option<String> {
    match ast::name(tree, node) {
        NameValue::Plain(name) => Some(name.to_owned()),
        NameValue::Quoted(name) => {
            let mut text = String::new();
            nexus_compiler::types::show::name(&name, &mut text);
            Some(text)
        }
        NameValue::Dynamic(_) => Some("${…}".to_owned()),
        NameValue::Missing => None,
    }
}
