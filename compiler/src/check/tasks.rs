//! `tasks` as a project file sees it: a tree of references, each of which knows its outputs.

use super::context::Checker;
use super::infer::did_you_mean;
use super::problem::{Place, Problem};
use super::select::Failure;
use crate::db::Role;
use crate::defs::{Fields, Form, Outer, Root, Shape};
use crate::diagnostic::registry::names::{UNKNOWN_OUTPUT, UNKNOWN_TASK};
use crate::diagnostic::registry::types::NO_SUCH_FIELD;
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::hir::{Expr, ExprId, LocalId};
use crate::symbol::Symbol;
use crate::types::schema::schema;
use crate::types::{FieldTy, Kind, RecordTy, Rest, Ty};
use std::sync::Arc;

impl Checker<'_> {
    /// The binder of the `tasks` of the file.
    pub(super) fn find_tasks(&self) -> Option<LocalId> {
        let outer = |outer: &Outer| matches!(outer, Outer::Tasks);
        if let Some(i) = self.body.outers.iter().position(outer) {
            return Some(LocalId(self.body.own_locals + i as u32));
        }
        let record = match self.body.root {
            Root::Whole => self.innermost(self.module.root?),
            Root::Project(record) => record,
            Root::Bindings { .. } | Root::Tasks(_) => return None,
        };
        let Expr::Record(record) = self.expr(record) else {
            return None;
        };
        let field = record.fields.iter().find(|f| f.name.as_str() == "tasks")?;
        field.local()
    }

    /// The record of a file, behind its parameters and `let … in`.
    fn innermost(&self, root: ExprId) -> ExprId {
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
    pub(super) fn tasks_shape(&self, path: &[Symbol]) -> Option<Arc<Shape>> {
        self.tasks_of_project()?;
        if let Some((name, task)) = path.split_last()
            && name.as_str() == "outputs"
            && let Shape::Task(_, Some(outputs)) = &*self.outside.task(&task.into())?
        {
            return Some(Arc::new(Shape::Outputs(outputs.clone())));
        }
        self.outside.task(&path.into())
    }

    /// The type of something computed that the schema says: of a field of a task.
    fn declared_task_type(&self, path: &[Symbol]) -> Ty {
        let shape = path
            .split_last()
            .and_then(|(_, task)| self.tasks_shape(task));
        match shape.as_deref() {
            Some(Shape::Task(..)) => declared_field(path),
            _ => Ty::any(),
        }
    }

    fn tasks_of_project(&self) -> Option<()> {
        (self.role == Role::Project).then_some(())
    }

    /// Selects from a reference.
    pub(super) fn select_task(
        &mut self,
        path: &Arc<[Symbol]>,
        name: Symbol,
        at: Place,
    ) -> Result<Ty, Failure> {
        let below: Arc<[Symbol]> = path.iter().copied().chain([name]).collect();
        // What is there is asked for first: it changes less often than the names around it. But
        // outputs are known from their task.
        let outputs = Symbol::new("outputs");
        if name != outputs
            && path.last() != Some(&outputs)
            && let Some(shape) = self.outside.task(&below)
        {
            return Ok(match &*shape {
                Shape::Value => self.task_type(&below),
                _ => Ty::new(Kind::Tasks(below)),
            });
        }
        let Some(shape) = self.tasks_shape(path) else {
            return Ok(Ty::any());
        };
        let failure = match &*shape {
            Shape::Task(_, Some(_)) if name == outputs => return Ok(Ty::new(Kind::Tasks(below))),
            Shape::Namespace(fields) | Shape::Task(fields, _) | Shape::Outputs(fields)
                if fields.open && !has(fields, name) =>
            {
                return Ok(Ty::any());
            }
            Shape::Namespace(fields) => self.unknown_task(path, name, at, fields),
            Shape::Task(fields, _) if has(fields, name) => return Ok(self.task_type(&below)),
            Shape::Task(fields, _) => self.no_task_field(path, name, at, fields),
            Shape::Outputs(fields) if has(fields, name) => return Ok(Ty::string()),
            Shape::Outputs(fields) => self.unknown_output(path, name, at, fields),
            Shape::Value => {
                let ty = self.task_type(path);
                return self.select(&ty, name, at, false);
            }
        };
        Err(Failure::Task(Box::new(failure)))
    }

    /// The type of a task, or of a field of one, that is computed.
    fn task_type(&mut self, path: &Arc<[Symbol]>) -> Ty {
        if !self.by_name {
            return self.declared_task_type(path);
        }
        let scheme = self.outside.task_type(path);
        self.import_scheme(&scheme)
    }

    /// Whether a reference leads to the record of a task's outputs.
    pub(super) fn is_outputs(&self, ty: &Ty) -> bool {
        matches!(ty.kind(), Kind::Tasks(path)
            if matches!(self.tasks_shape(path).as_deref(), Some(Shape::Outputs(_))))
    }

    /// The type of what a reference evaluates to.
    pub(super) fn tasks_type(&mut self, path: &[Symbol]) -> Ty {
        match self.tasks_shape(path).as_deref() {
            Some(Shape::Outputs(fields)) if !fields.open => {
                let fields = fields.names.iter().map(|(name, _)| FieldTy {
                    name: *name,
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
        match self.tasks_shape(path).as_deref() {
            Some(Shape::Outputs(_)) => format!(
                "the record of all outputs of `{}`",
                dotted(&path[..path.len().saturating_sub(1)])
            ),
            Some(Shape::Task(..)) => format!("the task `{}`", dotted(path)),
            _ if path.is_empty() => "the record of all tasks".into(),
            _ => format!("the namespace `{}` of tasks", dotted(path)),
        }
    }

    /// For a reference in a place where text is due: its outputs.
    pub(super) fn help_outputs(&self, problem: Problem, path: &[Symbol]) -> Problem {
        let full = full_path(path);
        let outputs = |path: &[Symbol]| match self.tasks_shape(path).as_deref() {
            Some(Shape::Outputs(fields)) => Some(fields.clone()),
            _ => None,
        };
        let found = match self.tasks_shape(path).as_deref() {
            Some(Shape::Outputs(fields)) => Some((full.clone(), fields.clone())),
            Some(Shape::Task(fields, _)) => {
                let name = Symbol::new("outputs");
                let inner: Vec<Symbol> = path.iter().copied().chain([name]).collect();
                match (has(fields, name), outputs(&inner)) {
                    (true, Some(fields)) => Some((format!("{full}.outputs"), fields)),
                    (true, None) => {
                        return problem.help(format!(
                            "refer to one of its outputs: `${{head {full}.outputs}}`"
                        ));
                    }
                    (false, _) => {
                        return problem.note(format!("`{}` declares no outputs", dotted(path)));
                    }
                }
            }
            _ => None,
        };
        match found {
            Some((full, fields)) if !fields.names.is_empty() => problem.help(format!(
                "refer to one of its outputs: `${{{full}.{}}}`",
                fields.names[0].0
            )),
            _ => problem,
        }
    }

    fn unknown_task(&self, path: &[Symbol], name: Symbol, at: Place, fields: &Fields) -> Problem {
        let wanted: Vec<Symbol> = path.iter().copied().chain([name]).collect();
        let problem = Problem::error(
            UNKNOWN_TASK,
            at,
            format!("there is no task `{}`", dotted(&wanted)),
        )
        .label("no such task");
        let names: Vec<_> = fields.names.iter().map(|(name, _)| name.as_str()).collect();
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
            let shape = self.tasks_shape(&path);
            let Some(Shape::Namespace(fields)) = shape.as_deref() else {
                continue;
            };
            for (field, form) in &fields.names {
                let mut inner: Vec<Symbol> = path.clone();
                inner.push(*field);
                if *field == name {
                    return Some(inner);
                }
                if *form == Form::Namespace {
                    queue.push(inner);
                }
            }
        }
        None
    }

    fn no_task_field(&self, path: &[Symbol], name: Symbol, at: Place, fields: &Fields) -> Problem {
        let task = dotted(path);
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
        let outputs: Vec<Symbol> = path
            .iter()
            .copied()
            .chain([Symbol::new("outputs")])
            .collect();
        if let Some(Shape::Outputs(outputs)) = self.tasks_shape(&outputs).as_deref()
            && has(outputs, name)
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
        let names: Vec<_> = fields.names.iter().map(|(name, _)| name.as_str()).collect();
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

    fn unknown_output(&self, path: &[Symbol], name: Symbol, at: Place, fields: &Fields) -> Problem {
        let task = dotted(&path[..path.len().saturating_sub(1)]);
        let names: Vec<_> = fields.names.iter().map(|(name, _)| name.as_str()).collect();
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

/// What the schema says about the field of a task at a path.
pub(super) fn declared_field(path: &[Symbol]) -> Ty {
    let task = schema().named("Task");
    match (task.kind(), path.last()) {
        (Kind::Record(task), Some(name)) => task.get(*name).unwrap_or_else(Ty::any),
        _ => Ty::any(),
    }
}

fn has(fields: &Fields, name: Symbol) -> bool {
    fields.names.iter().any(|(known, _)| *known == name)
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
