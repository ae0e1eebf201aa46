//! Reading the project's value: every task is forced field by field, and what is wrong with one
//! does not keep the others from being read.

use super::hosts::Hosts;
use super::raw::{At, DependencyName, RawTask, Text};
use crate::builtins::is_task;
use crate::diagnostic::{Code, Diagnostic, registry::project as codes};
use crate::hir::Span;
use crate::library;
use crate::symbol::Symbol;
use crate::value::{RecordView, TaskPath, TaskTag, Value};
use crate::vm::{Failure, Vm};
use nexus_graph::{OnFailure, Step, Strategy};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The steps of the first host, and those of each host when they differ.
type Steps = (Vec<Step>, Vec<Vec<Step>>);

/// Stops the reading of one task; what is wrong has been noted.
pub(super) struct Stop;

/// What has been read so far.
pub(super) struct Reader<'v, 'w> {
    pub(super) vm: &'v mut Vm<'w>,
    file: Arc<Path>,
    pub(super) tasks: Vec<RawTask>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Tasks whose outputs something needed to be read.
    pub(super) needs: BTreeSet<String>,
    /// The argument of `run` when it is a function.
    pub(super) target: Option<Value>,
    /// The machines of the project.
    pub(super) hosts: Hosts,
}

/// A record and the name of the task it belongs to, for messages.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) record: RecordView,
    pub(super) task: &'a str,
}

impl<'v, 'w> Reader<'v, 'w> {
    pub(super) fn new(vm: &'v mut Vm<'w>, file: &Path) -> Self {
        Reader {
            vm,
            file: Arc::from(file),
            tasks: Vec::new(),
            diagnostics: Vec::new(),
            needs: BTreeSet::new(),
            target: None,
            hosts: Hosts::default(),
        }
    }

    pub(super) fn force(&mut self, value: Value) -> Result<Value, Stop> {
        self.vm.force(value).map_err(|failure| self.fail(failure))
    }

    /// Applies a function and forces the result.
    pub(super) fn call(&mut self, func: Value, arg: Value) -> Result<Value, Stop> {
        let value = self
            .vm
            .call(func, &[arg])
            .map_err(|failure| self.fail(failure))?;
        self.force(value)
    }

    fn fail(&mut self, failure: Failure) -> Stop {
        match failure {
            Failure::Errors(errors) => self.diagnostics.extend(errors.iter().cloned()),
            Failure::NeedsTasks(tasks) => self
                .needs
                .extend(tasks.iter().map(|t| t.as_str().to_string())),
        }
        Stop
    }

    /// The place of a field, or of the record, or of the whole file.
    pub(super) fn at(&self, record: RecordView, field: Option<&str>) -> At {
        let place = field
            .and_then(|name| self.vm.place_of(record.value(), Some(Symbol::new(name))))
            .or_else(|| self.vm.place_of(record.value(), None));
        match place {
            Some((file, span)) => At { file, span },
            None => At {
                file: self.file.clone(),
                span: Span::default(),
            },
        }
    }

    pub(super) fn wrong(&mut self, owner: Owner, field: &str, code: Code, message: String) -> Stop {
        let at = self.at(owner.record, Some(field));
        self.diagnostics
            .push(Diagnostic::error(code, at.file, at.span, message));
        Stop
    }

    fn wrong_kind(&mut self, owner: Owner, field: &str, wanted: &str, found: Value) -> Stop {
        let message = format!(
            "`{field}` of task `{}` must be {wanted}, but it is {}",
            owner.task,
            found.kind()
        );
        self.wrong(owner, field, codes::WRONG_VALUE, message)
    }

    /// A field, forced; `None` when it is absent or null.
    pub(super) fn field(&mut self, record: RecordView, name: &str) -> Result<Option<Value>, Stop> {
        match self.vm.heap.get(record, Symbol::new(name)) {
            None => Ok(None),
            Some(value) => Ok(Some(self.force(value)?).filter(|v| !matches!(v, Value::Null))),
        }
    }

    fn text_of(&mut self, owner: Owner, field: &str, value: Value) -> Result<Text, Stop> {
        let value = self.force(value)?;
        match value {
            Value::Str(s) => Ok(Text {
                text: self.vm.heap.str(s).to_string(),
                context: self
                    .vm
                    .heap
                    .context(s)
                    .iter()
                    .map(|c| (c.task.as_str().to_string(), c.output))
                    .collect(),
            }),
            Value::Path(s) => Ok(Text {
                text: self.vm.shown_path(s),
                context: self
                    .vm
                    .heap
                    .context(s)
                    .iter()
                    .map(|c| (c.task.as_str().to_string(), c.output))
                    .collect(),
            }),
            found => Err(self.wrong_kind(owner, field, "a string", found)),
        }
    }

    /// A scalar as the text a program gets.
    pub(super) fn scalar(&mut self, owner: Owner, field: &str, value: Value) -> Result<Text, Stop> {
        let value = self.force(value)?;
        let text = match value {
            Value::Str(_) | Value::Path(_) => return self.text_of(owner, field, value),
            Value::Bool(b) => b.to_string(),
            Value::Int(n) => n.to_string(),
            Value::Float(n) => crate::value::text::float(n),
            Value::Duration(n) => crate::value::text::duration(n),
            Value::Size(n) => crate::value::text::size(n),
            found => {
                return Err(self.wrong_kind(
                    owner,
                    field,
                    "a string, a number or a boolean",
                    found,
                ));
            }
        };
        Ok(Text {
            text,
            context: Vec::new(),
        })
    }

    pub(super) fn string(&mut self, owner: Owner, field: &str) -> Result<Option<Text>, Stop> {
        match self.field(owner.record, field)? {
            Some(value) => self.text_of(owner, field, value).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn boolean(&mut self, owner: Owner, field: &str) -> Result<Option<bool>, Stop> {
        match self.field(owner.record, field)? {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(b)),
            Some(found) => Err(self.wrong_kind(owner, field, "true or false", found)),
        }
    }

    /// A duration in nanoseconds.
    pub(super) fn duration(&mut self, owner: Owner, field: &str) -> Result<Option<u64>, Stop> {
        match self.field(owner.record, field)? {
            None => Ok(None),
            Some(Value::Duration(n)) if n > 0 => Ok(Some(n as u64)),
            Some(Value::Duration(_)) => {
                let message = format!(
                    "`{field}` of task `{}` must be longer than nothing",
                    owner.task
                );
                Err(self.wrong(owner, field, codes::WRONG_VALUE, message))
            }
            Some(found) => Err(self.wrong_kind(owner, field, "a duration such as 30s", found)),
        }
    }

    pub(super) fn count(&mut self, owner: Owner, field: &str) -> Result<Option<u32>, Stop> {
        match self.field(owner.record, field)? {
            None => Ok(None),
            Some(Value::Int(n)) => match u32::try_from(n) {
                Ok(n) => Ok(Some(n)),
                Err(_) => {
                    let message = format!("`{field}` of task `{}` cannot be {n}", owner.task);
                    Err(self.wrong(owner, field, codes::WRONG_VALUE, message))
                }
            },
            Some(found) => Err(self.wrong_kind(owner, field, "a whole number", found)),
        }
    }

    /// The elements of a list field, not forced.
    pub(super) fn list(&mut self, owner: Owner, field: &str) -> Result<Vec<Value>, Stop> {
        match self.field(owner.record, field)? {
            None => Ok(Vec::new()),
            Some(Value::List(list)) => Ok(self.vm.heap.items(list).to_vec()),
            Some(found) => Err(self.wrong_kind(owner, field, "a list", found)),
        }
    }

    pub(super) fn strings(&mut self, owner: Owner, field: &str) -> Result<Vec<Text>, Stop> {
        let items = self.list(owner, field)?;
        items
            .into_iter()
            .map(|item| self.text_of(owner, field, item))
            .collect()
    }

    fn outputs(&mut self, owner: Owner) -> Result<Vec<(Option<String>, Text)>, Stop> {
        match self.field(owner.record, "outputs")? {
            None => Ok(Vec::new()),
            Some(Value::List(list)) => {
                let items = self.vm.heap.items(list).to_vec();
                items
                    .into_iter()
                    .map(|item| Ok((None, self.text_of(owner, "outputs", item)?)))
                    .collect()
            }
            Some(value) => match value.record() {
                Some(record) => {
                    let entries = self.vm.heap.entries_by_name(record);
                    let read = |(name, value): (Symbol, Value)| {
                        Ok((
                            Some(name.as_str().to_string()),
                            self.text_of(owner, "outputs", value)?,
                        ))
                    };
                    entries.into_iter().map(read).collect()
                }
                None => {
                    Err(self.wrong_kind(owner, "outputs", "a list or a record of paths", value))
                }
            },
        }
    }

    fn deps(&mut self, owner: Owner) -> Result<Vec<DependencyName>, Stop> {
        let items = self.list(owner, "deps")?;
        let mut names = Vec::new();
        for item in items {
            let value = self.force(item)?;
            self.dependency(owner, value, &mut names)?;
        }
        Ok(names)
    }

    fn dependency(
        &mut self,
        owner: Owner,
        value: Value,
        names: &mut Vec<DependencyName>,
    ) -> Result<(), Stop> {
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            let value = self.force(value)?;
            let tag = value
                .record()
                .and_then(|record| self.vm.heap.sites.tag(record.site()));
            match (tag, value) {
                (Some(TaskTag::Task(path)), _) => {
                    names.push(DependencyName::Task(path.as_str().to_string()))
                }
                (Some(TaskTag::Namespace(path)), _) => {
                    names.push(DependencyName::Namespace(path.as_str().to_string()));
                }
                // `deps = [ (std.record.values tasks.obj) ]`: the tasks inside are meant.
                (None, Value::List(list)) => pending.extend(self.vm.heap.items(list).iter().rev()),
                (None, found) => {
                    let message = format!(
                        "`deps` of task `{}` holds {}, which is not one of the project's tasks",
                        owner.task,
                        found.kind()
                    );
                    let at = self.at(owner.record, Some("deps"));
                    self.diagnostics.push(
                        Diagnostic::error(codes::UNKNOWN_DEPENDENCY, at.file, at.span, message)
                            .help("refer to a task as `tasks.name`"),
                    );
                    return Err(Stop);
                }
            }
        }
        Ok(())
    }

    /// What goes wrong inside a library while `work` reads a field is wrong with that field.
    fn blaming<T>(
        &mut self,
        owner: Owner,
        field: Option<&str>,
        work: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let before = self.diagnostics.len();
        let result = work(self);
        let at = self.at(owner.record, field);
        for diagnostic in &mut self.diagnostics[before..] {
            if library::at(&diagnostic.primary.file).is_some() {
                diagnostic.primary.file = at.file.clone();
                diagnostic.primary.span = at.span;
            }
        }
        result
    }

    /// `run`, for every host when it depends on the host: the steps of the first one, and those of
    /// all of them when they differ.
    fn steps(
        &mut self,
        owner: Owner,
        on: Option<&[u32]>,
        mentions: &mut Vec<(String, u32)>,
    ) -> Result<Option<Steps>, Stop> {
        let Some(run) = self.field(owner.record, "run")? else {
            return Ok(None);
        };
        let by_target = matches!(
            run,
            Value::Function(_) | Value::Partial(_) | Value::Primitive(_)
        );
        if !by_target {
            let steps = self.steps_of(owner, run, mentions)?;
            return Ok(Some((steps, Vec::new())));
        }
        let targets = match on {
            Some([]) | None => vec![self.target_here()],
            Some(hosts) => hosts.iter().map(|host| self.target_at(*host)).collect(),
        };
        let mut each = Vec::with_capacity(targets.len());
        for target in targets {
            let run = self.call(run, target)?;
            each.push(self.steps_of(owner, run, mentions)?);
        }
        let first = each.first().cloned().unwrap_or_default();
        if on.is_none() || each.iter().all(|steps| *steps == first) {
            each.clear();
        }
        Ok(Some((first, each)))
    }

    fn steps_of(
        &mut self,
        owner: Owner,
        run: Value,
        mentions: &mut Vec<(String, u32)>,
    ) -> Result<Vec<Step>, Stop> {
        let items = match run {
            Value::List(list) => self.vm.heap.items(list).to_vec(),
            single => vec![single],
        };
        let mut steps = Vec::with_capacity(items.len());
        for item in items {
            let value = self.force(item)?;
            steps.push(self.step(owner, value, mentions)?);
        }
        Ok(steps)
    }

    /// One task. The path is where it stands under `tasks`.
    pub(super) fn task(&mut self, path: &TaskPath, record: RecordView) -> Result<RawTask, Stop> {
        let owner = Owner {
            record,
            task: path.as_str(),
        };
        let mut task = RawTask {
            path: path.as_str().to_string(),
            at: Some(self.at(record, None)),
            has_deps: self.vm.heap.get(record, Symbol::new("deps")).is_some(),
            ..RawTask::default()
        };
        let mut mentions = Vec::new();
        task.description = self.string(owner, "description")?.map(|t| t.text);
        task.deps = self.deps(owner)?;
        task.on = self.blaming(owner, Some("on"), |r| r.on(owner))?;
        task.strategy = self.choice(owner, "strategy", &Strategy::NAMES)?;
        task.on_failure = self.choice(owner, "on_failure", &OnFailure::NAMES)?;
        let on = task.on.clone();
        let steps = self.blaming(owner, Some("run"), |r| {
            r.steps(owner, on.as_deref(), &mut mentions)
        });
        if let Some((steps, each)) = steps? {
            task.has_run = true;
            task.steps = steps;
            task.each = each;
        }
        task.inputs = self.strings(owner, "inputs")?;
        for (name, text) in self.outputs(owner)? {
            mentions.extend(
                text.context
                    .into_iter()
                    .filter(|(task, _)| task != path.as_str()),
            );
            task.outputs.push((name, text.text));
        }
        if let Some(env) = self.field(record, "env")? {
            let Some(env) = env.record() else {
                return Err(self.wrong_kind(owner, "env", "a record", env));
            };
            for (name, value) in self.vm.heap.entries_by_name(env) {
                let text = self.scalar(owner, "env", value)?;
                mentions.extend(text.context);
                task.env.insert(name.as_str().to_string(), text.text);
            }
        }
        if let Some(cwd) = self.string(owner, "cwd")? {
            mentions.extend(cwd.context);
            task.cwd = cwd.text;
        }
        task.tools = self
            .strings(owner, "tools")?
            .into_iter()
            .map(|t| t.text)
            .collect();
        task.cache = self.boolean(owner, "cache")?;
        task.editable = self.boolean(owner, "editable")?.unwrap_or(false);
        task.timeout = self.duration(owner, "timeout")?;
        self.resources(owner, &mut task)?;
        task.sandbox = self.boolean(owner, "sandbox")?;
        task.idempotent = self.boolean(owner, "idempotent")?;
        mentions.sort();
        mentions.dedup();
        task.mentions = mentions;
        Ok(task)
    }

    /// Everything below `tasks`. Iterative: namespaces may be nested as deep as one likes.
    pub(super) fn tasks(&mut self, tasks: Value) {
        let mut pending = vec![(TaskPath::new(""), tasks)];
        while let Some((path, value)) = pending.pop() {
            let Ok(value) = self.force(value) else {
                continue;
            };
            let Some(record) = value.record() else {
                // The checker has said so, unless the value came from outside.
                if matches!(value, Value::Null) {
                    continue;
                }
                let message = format!("`tasks.{path}` must be a task, but it is {}", value.kind());
                let at = At {
                    file: self.file.clone(),
                    span: Span::default(),
                };
                self.diagnostics.push(Diagnostic::error(
                    codes::WRONG_VALUE,
                    at.file,
                    at.span,
                    message,
                ));
                continue;
            };
            let is_task = !path.as_str().is_empty() && is_task(self.vm, record);
            if is_task {
                let owner = Owner {
                    record,
                    task: path.as_str(),
                };
                if let Ok(task) = self.blaming(owner, None, |r| r.task(&path, record)) {
                    self.tasks.push(task);
                }
            } else {
                let entries = self.vm.heap.entries_by_name(record);
                pending.extend(
                    entries
                        .into_iter()
                        .map(|(name, value)| (path.child(name.as_str()), value)),
                );
            }
        }
    }
}
