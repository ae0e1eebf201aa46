//! Who uses whom: functions by calls, tasks by references.

use super::FileRange;
use super::goto::through_inherit;
use super::source::{Source, to_span};
use super::symbols::innermost;
use nexus_compiler::db::{Db, SourceFile, lowered};
use nexus_compiler::hir::{Expr, Span};
use nexus_compiler::ide::{Def, Resolver, Snapshot, occurrences, place_of, references};
use nexus_compiler::types::{Kind, schema::schema};
use nexus_grammar::{SyntaxKind as K, ast};
use std::collections::BTreeMap;

/// A function or a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Callable {
    /// Where its name is.
    pub at: FileRange,
    /// Its name.
    pub name: String,
    /// The whole definition.
    pub whole: Span,
    /// It is a task.
    pub is_task: bool,
}

/// The function or task that an offset is about.
pub fn prepare(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Callable> {
    let source = Source::new(snapshot, file);
    for occurrence in source.occurrences_at(offset) {
        for def in Resolver::new(source.db).mention(file, occurrence.mention) {
            if let Some(callable) = callable(snapshot, &through_inherit(source.db, def)) {
                return Some(callable);
            }
        }
    }
    None
}

/// What mentions a function or task, and where.
pub fn incoming(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Vec<(Callable, Vec<Span>)> {
    let source = Source::new(snapshot, file);
    let defs = super::refer::meant(&source, offset);
    let mut found: BTreeMap<Callable, Vec<Span>> = BTreeMap::new();
    for reference in references(source.db, &defs, &snapshot.files()) {
        if reference.binds {
            continue;
        }
        let other = Source::new(snapshot, reference.file);
        if let Some(user) = enclosing(snapshot, &other, reference.span) {
            found.entry(user).or_default().push(reference.span);
        }
    }
    found.into_iter().collect()
}

/// What a function or task mentions, and where.
pub fn outgoing(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Vec<(Callable, Vec<Span>)> {
    let source = Source::new(snapshot, file);
    let Some(own) = prepare(snapshot, file, offset) else {
        return Vec::new();
    };
    let mut found: BTreeMap<Callable, Vec<Span>> = BTreeMap::new();
    for occurrence in occurrences(source.db, file).iter() {
        let span = occurrence.span;
        if occurrence.binds || span.start < own.whole.start || own.whole.end < span.end {
            continue;
        }
        for def in Resolver::new(source.db).mention(file, occurrence.mention) {
            let def = through_inherit(source.db, def);
            if let Some(used) = callable(snapshot, &def)
                && used != own
            {
                found.entry(used).or_default().push(span);
            }
        }
    }
    found.into_iter().collect()
}

/// What something is, if it is a function or a task.
fn callable(snapshot: &Snapshot, def: &Def) -> Option<Callable> {
    let db = snapshot.db();
    let (file, is_task) = match def {
        Def::Local(file, local) => {
            let module = lowered(db, *file);
            let value = module.locals[local.index()].value?;
            let lambda = matches!(module.exprs[value.index()], Expr::Lambda { .. });
            lambda.then_some((*file, false))?
        }
        Def::Field(file, record, position) => {
            let module = lowered(db, *file);
            let Expr::Record(record) = &module.exprs[record.index()] else {
                return None;
            };
            let value = record.fields.get(*position as usize)?.value;
            match &module.exprs[value.index()] {
                Expr::Lambda { .. } => (*file, false),
                Expr::Record(value) if is_task(value) => (*file, true),
                _ => return None,
            }
        }
        _ => return None,
    };
    let (path, span) = place_of(db, def)?;
    let source = Source::new(snapshot, file);
    let binding = source
        .nodes_at(span.start)
        .into_iter()
        .find(|node| source.tree().kind(*node) == K::Binding)?;
    Some(Callable {
        at: FileRange { path, span },
        name: source.slice(span).trim_matches('"').to_owned(),
        whole: source.span(binding),
        is_task,
    })
}

fn is_task(record: &nexus_compiler::hir::Record) -> bool {
    match schema().named("Task").kind() {
        Kind::Record(task) => record
            .fields
            .iter()
            .any(|field| task.field(field.name).is_some()),
        _ => false,
    }
}

/// The innermost function or task around a span.
fn enclosing(snapshot: &Snapshot, source: &Source<'_>, span: Span) -> Option<Callable> {
    let tree = source.tree();
    let db: &dyn Db = source.db;
    for node in source.nodes_at(span.start) {
        if tree.kind(node) != K::Binding {
            continue;
        }
        let Some(binding) = ast::binding(tree, node) else {
            continue;
        };
        // From the last name of its path to the first: `tasks.a.run` is in the task `a`.
        for name in binding.path.iter().rev() {
            let at = to_span(tree.span(*name));
            for occurrence in source.occurrences_at(at.start) {
                if occurrence.span != at || !occurrence.binds {
                    continue;
                }
                for def in Resolver::new(db).mention(source.file, occurrence.mention) {
                    if let Some(mut user) = callable(snapshot, &def) {
                        user.whole = source.span(node);
                        return Some(user);
                    }
                }
            }
        }
        let value = innermost(tree, binding.value);
        // A value at the top of a file that is neither.
        let top = source
            .ancestors(node)
            .get(1)
            .is_some_and(|parent| matches!(tree.kind(*parent), K::Body | K::LetHead));
        if top && tree.kind(value) != K::Lambda {
            let name = *binding.path.first()?;
            return Some(Callable {
                at: FileRange {
                    path: source.path(),
                    span: to_span(tree.span(name)),
                },
                name: tree.text(name).to_owned(),
                whole: source.span(node),
                is_task: false,
            });
        }
    }
    None
}
