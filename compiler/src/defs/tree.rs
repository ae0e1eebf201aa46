//! The tasks of a project file by path: what is a task, what a namespace, what is computed.

use super::{Body, Definitions, Name, Namespaces, Root, Unit};
use crate::hir::{Expr, ExprId, Module, Record};
use crate::symbol::Symbol;
use crate::types::Kind;
use crate::types::schema::schema;
use std::sync::Arc;

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A record without a field of a task.
    Namespace,
    /// Another record.
    Record,
    /// `[ … ]`
    List,
    /// Anything else.
    Other,
}

/// The fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Their names and values.
    pub names: Vec<(Symbol, Form)>,
    /// There are others, whose names are computed.
    pub open: bool,
}

/// What is at a path below `tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A record with at least one field of a task, and its outputs where these are written as a
    /// record.
    Task(Arc<Fields>, Option<Arc<Fields>>),
    /// Any other record.
    Namespace(Arc<Fields>),
    /// The named outputs of a task.
    Outputs(Arc<Fields>),
    /// Something computed.
    Value,
}

/// What is at a path below `tasks`, in the body of a unit.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A record with at least one field of a task.
    Task(&'a Record),
    /// Any other record.
    Namespace(&'a Record),
    /// The named outputs of a task.
    Outputs(&'a Record),
    /// Something computed.
    Value(ExprId),
}

/// What is at a path; nothing when nothing is, or nobody knows.
pub fn shape(
    namespaces: &Namespaces,
    body: &dyn Fn(&Name) -> Option<Arc<Body>>,
    path: &[Symbol],
) -> Option<Shape> {
    if let Some(fields) = namespaces.get(path) {
        return Some(Shape::Namespace(fields.clone()));
    }
    let (name, length) = entrances(path).find_map(|(name, length)| Some((body(&name)?, length)))?;
    let (start, rest) = inside(&name, length, path)?;
    let module = &name.module;
    let fields = |record: &Record| Arc::new(fields(module, record));
    Some(match walk(module, start, rest)? {
        Node::Task(record) => {
            let outputs = walk(module, Node::Task(record), &[Symbol::new("outputs")]);
            let outputs = match outputs {
                Some(Node::Outputs(outputs)) => Some(fields(outputs)),
                _ => None,
            };
            Shape::Task(fields(record), outputs)
        }
        Node::Namespace(record) => Shape::Namespace(fields(record)),
        Node::Outputs(record) => Shape::Outputs(fields(record)),
        Node::Value(_) => Shape::Value,
    })
}

/// The unit in which something computed at a path stands, and the expression there: the value at
/// the path, or the field of a task.
pub fn find(
    body: &dyn Fn(&Name) -> Option<Arc<Body>>,
    path: &[Symbol],
) -> Option<(Arc<Body>, ExprId)> {
    let (unit, length) = entrances(path).find_map(|(name, length)| Some((body(&name)?, length)))?;
    let value = value_at(&unit, length, path)?;
    Some((unit, value))
}

fn value_at(unit: &Body, length: usize, path: &[Symbol]) -> Option<ExprId> {
    let (start, rest) = inside(unit, length, path)?;
    let module = &unit.module;
    if let Some(Node::Value(value)) = walk(module, start, rest) {
        return Some(value);
    }
    let (name, way) = rest.split_last()?;
    match walk(module, start, way)? {
        Node::Task(record) => Some(record.fields.iter().find(|f| f.name == *name)?.value),
        _ => None,
    }
}

/// What is computed first on the way along a path: its unit, the expression, and how many names
/// lead to it.
pub(super) fn resolve<'a>(
    definitions: &'a Definitions,
    path: &[Symbol],
) -> Option<(&'a Unit, ExprId, usize)> {
    let mut used = 0;
    while used < path.len() && definitions.namespaces.contains_key(&path[..used]) {
        used += 1;
    }
    let (unit, start, rest) = entry(definitions, &path[..used])?;
    let module = &unit.body.module;
    let mut at = start;
    used -= rest.len();
    loop {
        let record = match at {
            Node::Value(value) => return Some((unit, value, used)),
            Node::Outputs(_) => return None,
            Node::Task(record) | Node::Namespace(record) => record,
        };
        let name = path.get(used)?;
        let field = record.fields.iter().find(|f| f.name == *name)?;
        used += 1;
        at = match at {
            Node::Task(_) => match &module.exprs[field.value.index()] {
                // Their names are known without their types.
                Expr::Record(_) | Expr::List(_) if name.as_str() == "outputs" => return None,
                _ => Node::Value(field.value),
            },
            _ => node(module, field.value, false),
        };
    }
}

/// How a value is written.
pub(super) fn form(value: &Expr) -> Form {
    match value {
        Expr::Record(inner) if has_task_field(inner) => Form::Record,
        Expr::Record(_) => Form::Namespace,
        Expr::List(_) => Form::List,
        _ => Form::Other,
    }
}

/// The names of a record's fields.
pub(super) fn fields(module: &Module, record: &Record) -> Fields {
    let names = record.fields.iter();
    let names = names.map(|field| (field.name, form(&module.exprs[field.value.index()])));
    Fields {
        names: names.collect(),
        open: !record.dynamic.is_empty(),
    }
}

/// The unit a path leads into, what is there, and the rest of the path.
fn entry<'a, 'p>(
    definitions: &'a Definitions,
    path: &'p [Symbol],
) -> Option<(&'a Unit, Node<'a>, &'p [Symbol])> {
    let mut all = entrances(path);
    let (unit, length) = all.find_map(|(name, length)| Some((definitions.unit(&name)?, length)))?;
    let (start, rest) = inside(&unit.body, length, path)?;
    Some((unit, start, rest))
}

/// The units a path may lead into, the first that there is, with how many of its names lead there.
fn entrances(path: &[Symbol]) -> impl Iterator<Item = (Name, usize)> + '_ {
    let tasks = (1..=path.len()).rev();
    let tasks = tasks.map(|length| (Name::Task(path[..length].into()), length));
    let field = std::iter::once_with(|| (Name::Field(Symbol::new("tasks")), 0));
    tasks.chain(field).chain([(Name::Whole, 0)])
}

/// What is at the beginning of a unit, and the rest of the path that leads into it.
fn inside<'b, 'p>(
    body: &'b Body,
    length: usize,
    path: &'p [Symbol],
) -> Option<(Node<'b>, &'p [Symbol])> {
    let module = &*body.module;
    let (value, root) = match (&body.root, length) {
        (Root::Whole, _) => {
            let Expr::Record(record) = &module.exprs[innermost(module, module.root?).index()]
            else {
                return None;
            };
            let tasks = Symbol::new("tasks");
            let field = record.fields.iter().find(|field| field.name == tasks)?;
            (field.value, true)
        }
        (_, 0) => (only_value(body)?, true),
        (_, _) => (only_value(body)?, false),
    };
    Some((node(module, value, root), &path[length..]))
}

/// The value of the single field of a unit.
fn only_value(body: &Body) -> Option<ExprId> {
    let (Root::Project(record) | Root::Tasks(record)) = body.root else {
        return None;
    };
    match &body.module.exprs[record.index()] {
        Expr::Record(record) => Some(record.fields.first()?.value),
        _ => None,
    }
}

fn walk<'a>(module: &'a Module, start: Node<'a>, path: &[Symbol]) -> Option<Node<'a>> {
    let mut at = start;
    for name in path {
        at = match at {
            Node::Namespace(record) => {
                let field = record.fields.iter().find(|f| f.name == *name)?;
                node(module, field.value, false)
            }
            Node::Task(record) if name.as_str() == "outputs" => {
                let field = record.fields.iter().find(|f| f.name == *name)?;
                match &module.exprs[field.value.index()] {
                    Expr::Record(outputs) => Node::Outputs(outputs),
                    _ => Node::Value(field.value),
                }
            }
            _ => return None,
        };
    }
    Some(at)
}

fn node(module: &Module, id: ExprId, root: bool) -> Node<'_> {
    let inner = match &module.exprs[id.index()] {
        Expr::Let { .. } | Expr::WithScope { .. } | Expr::Assert { .. } => innermost(module, id),
        _ => id,
    };
    match &module.exprs[inner.index()] {
        Expr::Record(record) if root || !has_task_field(record) => Node::Namespace(record),
        Expr::Record(record) => Node::Task(record),
        _ => Node::Value(id),
    }
}

/// What an expression gives, behind parameters and `let … in`.
pub(super) fn innermost(module: &Module, id: ExprId) -> ExprId {
    let mut id = id;
    loop {
        match &module.exprs[id.index()] {
            Expr::Lambda { body, .. }
            | Expr::Let { body, .. }
            | Expr::WithScope { body, .. }
            | Expr::Assert { body, .. } => id = *body,
            _ => return id,
        }
    }
}

/// A record with at least one field of a task is a task.
pub(super) fn has_task_field(record: &Record) -> bool {
    match schema().named("Task").kind() {
        Kind::Record(task) => record.fields.iter().any(|f| task.field(f.name).is_some()),
        _ => false,
    }
}
