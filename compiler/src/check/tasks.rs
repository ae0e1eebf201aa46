//! `tasks` as a project file sees it: a tree of references, each of which knows its outputs.

use super::context::Checker;
use super::infer::did_you_mean;
use super::problem::{Place, Problem};
use super::select::Failure;
use crate::diagnostic::registry::names::{UNKNOWN_OUTPUT, UNKNOWN_TASK};
use crate::diagnostic::registry::types::NO_SUCH_FIELD;
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{Expr, ExprId, LocalId, Record};
use crate::symbol::Symbol;
use crate::types::{FieldTy, Kind, RecordTy, Rest, Ty};
use std::sync::Arc;

/// What is at a path below `tasks`.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    /// A record with at least one field of a task.
    Task(&'a Record),
    /// Any other record.
    Namespace(&'a Record),
    /// The named outputs of a task.
    Outputs(&'a Record),
    /// Something computed.
    Value(ExprId),
}

impl<'a> Checker<'a> {
    /// The `tasks` of the file: the binder, and the value.
    pub(super) fn find_tasks(&self) -> Option<(LocalId, ExprId)> {
        let root = self.body(self.module.root?);
        let Expr::Record(record) = self.expr(root) else {
            return None;
        };
        let field = record.fields.iter().find(|f| f.name.as_str() == "tasks")?;
        Some((field.local?, field.value))
    }

    /// The record of a file, behind its parameters and `let … in`.
    pub(super) fn body(&self, root: ExprId) -> ExprId {
        let mut id = root;
        loop {
            match self.expr(id) {
                Expr::Lambda { body, .. }
                | Expr::Let { body, .. }
                | Expr::WithScope { body, .. }
                | Expr::Assert { body, .. } => id = *body,
                _ => return id,
            }
        }
    }

    /// What is at a path; nothing when nothing is, or nobody knows.
    pub(super) fn task_node(&self, path: &[Symbol]) -> Option<Node<'a>> {
        let mut node = self.task_value(self.tasks?.1, true);
        for name in path {
            node = match node {
                Node::Namespace(record) => {
                    let field = record.fields.iter().find(|f| f.name == *name)?;
                    self.task_value(field.value, false)
                }
                Node::Task(record) if name.as_str() == "outputs" => {
                    let field = record.fields.iter().find(|f| f.name == *name)?;
                    match self.expr(field.value) {
                        Expr::Record(outputs) => Node::Outputs(outputs),
                        _ => Node::Value(field.value),
                    }
                }
                _ => return None,
            };
        }
        Some(node)
    }

    fn task_value(&self, id: ExprId, root: bool) -> Node<'a> {
        let inner = match self.expr(id) {
            Expr::Let { .. } | Expr::WithScope { .. } | Expr::Assert { .. } => self.body(id),
            _ => id,
        };
        match self.expr(inner) {
            Expr::Record(record) if root || !self.has_task_field(record) => Node::Namespace(record),
            Expr::Record(record) => Node::Task(record),
            _ => Node::Value(id),
        }
    }

    /// A record with at least one field of a task is a task.
    fn has_task_field(&self, record: &Record) -> bool {
        let ty = self.schema.named("Task");
        let Kind::Record(task) = ty.kind() else {
            return false;
        };
        record.fields.iter().any(|f| task.field(f.name).is_some())
    }

    /// Selects from a reference.
    pub(super) fn select_task(
        &mut self,
        path: &Arc<[Symbol]>,
        name: Symbol,
        at: Place,
    ) -> Result<Ty, Failure> {
        let below = || -> Arc<[Symbol]> { path.iter().copied().chain([name]).collect() };
        match self.task_node(path) {
            Some(Node::Namespace(record)) => {
                match record.fields.iter().find(|field| field.name == name) {
                    Some(field) => match self.task_value(field.value, false) {
                        Node::Value(value) => Ok(self.task_value_ty(value)),
                        _ => Ok(Ty::new(Kind::Tasks(below()))),
                    },
                    None if !record.dynamic.is_empty() => Ok(Ty::any()),
                    None => Err(Failure::Task(Box::new(
                        self.unknown_task(path, name, at, record),
                    ))),
                }
            }
            Some(Node::Task(record)) => {
                match record.fields.iter().find(|field| field.name == name) {
                    Some(field) if name.as_str() == "outputs" => match self.expr(field.value) {
                        Expr::Record(_) => Ok(Ty::new(Kind::Tasks(below()))),
                        Expr::List(_) => Ok(Ty::list(Ty::string())),
                        _ => Ok(self.task_value_ty(field.value)),
                    },
                    Some(field) => Ok(self.task_value_ty(field.value)),
                    None if !record.dynamic.is_empty() => Ok(Ty::any()),
                    None => Err(Failure::Task(Box::new(
                        self.no_task_field(path, name, at, record),
                    ))),
                }
            }
            Some(Node::Outputs(record)) => {
                match record.fields.iter().any(|field| field.name == name) {
                    true => Ok(Ty::string()),
                    false if !record.dynamic.is_empty() => Ok(Ty::any()),
                    false => Err(Failure::Task(Box::new(
                        self.unknown_output(path, name, at, record),
                    ))),
                }
            }
            Some(Node::Value(value)) => {
                let ty = self.task_value_ty(value);
                self.select(&ty, name, at, false)
            }
            None => Ok(Ty::any()),
        }
    }

    /// The type of a task, or of a field of one, that is computed.
    fn task_value_ty(&mut self, value: ExprId) -> Ty {
        match self.task_values.get(&value) {
            Some(Some(ty)) => return ty.clone(),
            // It refers to itself: lazily, or the evaluator will say so.
            Some(None) => return Ty::any(),
            None => {}
        }
        self.task_values.insert(value, None);
        let known = std::mem::take(&mut self.narrowed);
        let ty = self.infer_quietly(value);
        self.narrowed = known;
        let ty = self.known(&ty);
        self.task_values.insert(value, Some(ty.clone()));
        ty
    }

    /// Whether a reference leads to the record of a task's outputs.
    pub(super) fn is_outputs(&self, ty: &Ty) -> bool {
        matches!(ty.kind(), Kind::Tasks(path)
            if matches!(self.task_node(path), Some(Node::Outputs(_))))
    }

    /// The type of what a reference evaluates to.
    pub(super) fn tasks_type(&mut self, path: &[Symbol]) -> Ty {
        match self.task_node(path) {
            Some(Node::Outputs(record)) if record.dynamic.is_empty() => {
                let fields = record.fields.iter().map(|field| FieldTy {
                    name: field.name,
                    optional: false,
                    ty: Ty::string(),
                });
                Ty::record(RecordTy::new(fields.collect(), Rest::Exact))
            }
            _ => Ty::record(RecordTy::new(Vec::new(), Rest::Open)),
        }
    }

    /// The reference as a phrase.
    pub(super) fn describe_tasks(&self, path: &[Symbol]) -> String {
        match self.task_node(path) {
            Some(Node::Outputs(_)) => format!(
                "the record of all outputs of `{}`",
                dotted(&path[..path.len().saturating_sub(1)])
            ),
            Some(Node::Task(_)) => format!("the task `{}`", dotted(path)),
            _ if path.is_empty() => "the record of all tasks".into(),
            _ => format!("the namespace `{}` of tasks", dotted(path)),
        }
    }

    /// For a reference in a place where text is due: its outputs.
    pub(super) fn help_outputs(&self, problem: Problem, path: &[Symbol]) -> Problem {
        let full = full_path(path);
        let record = match self.task_node(path) {
            Some(Node::Outputs(record)) => Some((full.clone(), record)),
            Some(Node::Task(task)) => {
                let outputs = task.fields.iter().find(|f| f.name.as_str() == "outputs");
                match outputs.map(|field| self.expr(field.value)) {
                    Some(Expr::Record(record)) => Some((format!("{full}.outputs"), &**record)),
                    Some(_) => {
                        return problem.help(format!(
                            "refer to one of its outputs: `${{head {full}.outputs}}`"
                        ));
                    }
                    None => {
                        return problem.note(format!("`{}` declares no outputs", dotted(path)));
                    }
                }
            }
            _ => None,
        };
        match record.and_then(|(full, record)| Some((full, record.fields.first()?))) {
            Some((full, field)) => problem.help(format!(
                "refer to one of its outputs: `${{{full}.{}}}`",
                field.name
            )),
            None => problem,
        }
    }

    fn unknown_task(
        &self,
        path: &[Symbol],
        name: Symbol,
        at: Place,
        record: &'a Record,
    ) -> Problem {
        let wanted: Vec<Symbol> = path.iter().copied().chain([name]).collect();
        let problem = Problem::error(
            UNKNOWN_TASK,
            at,
            format!("there is no task `{}`", dotted(&wanted)),
        )
        .label("no such task");
        let names: Vec<_> = record.fields.iter().map(|f| f.name.as_str()).collect();
        if let Some(near) = nearest(name.as_str(), names.iter().copied()) {
            let full: Vec<Symbol> = path
                .iter()
                .copied()
                .chain([Symbol::new(near.name)])
                .collect();
            let mut problem = did_you_mean(problem, at, near);
            problem.helps = vec![format!("did you mean `{}`?", full_path(&full))];
            return problem;
        }
        if let Some(elsewhere) = self.find_task(name) {
            return problem.help(format!("did you mean `{}`?", full_path(&elsewhere)));
        }
        match (names.is_empty(), path.is_empty()) {
            (true, _) => problem.note("there are no tasks here"),
            (false, true) => problem.note(format!("the tasks are {}", enumerate(names, 12))),
            (false, false) => problem.note(format!(
                "the tasks in `{}` are {}",
                dotted(path),
                enumerate(names, 12)
            )),
        }
    }

    /// A task of that name in another namespace.
    pub(super) fn find_task(&self, name: Symbol) -> Option<Vec<Symbol>> {
        let mut queue = vec![Vec::new()];
        let mut looked_at = 0;
        while let Some(path) = queue.pop() {
            looked_at += 1;
            if looked_at > 1_000 {
                return None;
            }
            let Some(Node::Namespace(record)) = self.task_node(&path) else {
                continue;
            };
            for field in &record.fields {
                let mut inner: Vec<Symbol> = path.clone();
                inner.push(field.name);
                if field.name == name {
                    return Some(inner);
                }
                if let Node::Namespace(_) = self.task_value(field.value, false) {
                    queue.push(inner);
                }
            }
        }
        None
    }

    fn no_task_field(
        &self,
        path: &[Symbol],
        name: Symbol,
        at: Place,
        record: &'a Record,
    ) -> Problem {
        let task = dotted(path);
        let outputs = record.fields.iter().find(|f| f.name.as_str() == "outputs");
        if name.as_str() == "outputs" {
            return Problem::error(
                UNKNOWN_OUTPUT,
                at,
                format!("the task `{task}` declares no outputs"),
            )
            .label("no outputs")
            .help(format!(
                "name the files it makes, in `{task}`: `outputs = {{ bundle = \"dist.tar.gz\"; }};`"
            ));
        }
        if let Some(field) = outputs
            && let Expr::Record(outputs) = self.expr(field.value)
            && outputs.fields.iter().any(|f| f.name == name)
        {
            let full = format!("{}.outputs.{name}", full_path(path));
            return Problem::error(
                NO_SUCH_FIELD,
                at,
                format!("the task `{task}` has no field `{name}`"),
            )
            .label("no such field")
            .help(format!("`{name}` is one of its outputs: write `{full}`"))
            .fix(
                format!("Replace with `outputs.{name}`"),
                vec![(at, format!("outputs.{name}"))],
            );
        }
        let names: Vec<_> = record.fields.iter().map(|f| f.name.as_str()).collect();
        let problem = Problem::error(
            NO_SUCH_FIELD,
            at,
            format!("the task `{task}` has no field `{name}`"),
        )
        .label("no such field");
        match nearest(name.as_str(), names.iter().copied()) {
            Some(near) => did_you_mean(problem, at, near),
            None => problem.note(format!("it has {}", enumerate(names, 16))),
        }
    }

    fn unknown_output(
        &self,
        path: &[Symbol],
        name: Symbol,
        at: Place,
        record: &'a Record,
    ) -> Problem {
        let task = dotted(&path[..path.len().saturating_sub(1)]);
        let names: Vec<_> = record.fields.iter().map(|f| f.name.as_str()).collect();
        let problem = Problem::error(
            UNKNOWN_OUTPUT,
            at,
            format!("the task `{task}` has no output `{name}`"),
        )
        .label("no such output");
        match nearest(name.as_str(), names.iter().copied()) {
            Some(near) => did_you_mean(problem, at, near),
            None if names.is_empty() => problem.note("it declares none"),
            None => problem.note(format!("its outputs are {}", enumerate(names, 16))),
        }
    }
}

/// `a.b`
pub(super) fn dotted(path: &[Symbol]) -> String {
    let names: Vec<_> = path.iter().map(|name| name.as_str()).collect();
    names.join(".")
}

/// `tasks.a.b`, as it is to be written.
pub(super) fn full_path(path: &[Symbol]) -> String {
    let mut text = String::from("tasks");
    for name in path {
        text.push('.');
        crate::types::show::name(name.as_str(), &mut text);
    }
    text
}
