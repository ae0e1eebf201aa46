//! Evaluation for the plan and the command line: values are computed as far as they are looked
//! at.

mod modules;
mod print;

pub use modules::SourceModules;
pub(crate) use print::print_flat;

use crate::builtins::{Sink, write_json};
use crate::diagnostic::Diagnostic;
use crate::hir::Span;
use crate::symbol::Symbol;
use crate::value::{ContextItem, TaskTag, Value};
use crate::vm::{DeepForce, Failure, Limits, Raise, Vm, World};
use std::path::Path;
use std::sync::Arc;

/// A string or path, and the task outputs it mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text; a path is relative to the project's folder when inside it.
    pub text: String,
    /// Sorted.
    pub context: Vec<ContextItem>,
}

/// One evaluation: the memory of all values it makes.
pub struct Evaluator<'w> {
    vm: Vm<'w>,
}

impl<'w> Evaluator<'w> {
    /// Nothing evaluated yet.
    pub fn new(world: World<'w>, limits: Limits) -> Self {
        Evaluator {
            vm: Vm::new(world, limits),
        }
    }

    /// The value of a file (absolute path) or of a loaded expression.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn eval_file(&mut self, path: &Path) -> Result<Value, Failure> {
        self.eval(path, false)
    }

    /// The value of a project file: its `tasks` know their paths, and their outputs carry
    /// context. A project with parameters is given an empty record.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn eval_project(&mut self, path: &Path) -> Result<Value, Failure> {
        let value = self.eval(path, true)?;
        if let Value::Function(_) = value {
            let nothing = self.vm.heap.record_from(Vec::new(), 0).value();
            return self.vm.call(value, &[nothing]);
        }
        Ok(value)
    }

    fn eval(&mut self, path: &Path, project: bool) -> Result<Value, Failure> {
        let value = self
            .vm
            .file(path, project)
            .map_err(|errors| Failure::Errors(errors.into()))?;
        self.vm.force(value)
    }

    /// The files read as source so far.
    pub fn files(&self) -> Vec<&Path> {
        self.vm.files()
    }

    /// Bytes of values made so far.
    pub fn memory(&self) -> usize {
        self.vm.heap.used()
    }

    /// Computes a value as far as its outermost constructor.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn force(&mut self, value: Value) -> Result<Value, Failure> {
        self.vm.force(value)
    }

    /// Computes a value and everything in it.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn force_deep(&mut self, value: Value) -> Result<Value, Failure> {
        self.vm.work(Box::new(DeepForce::new(value)))
    }

    /// Whether two values are equal, as `==` has it.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn equal(&mut self, a: Value, b: Value) -> Result<bool, Failure> {
        let (a, b) = (self.vm.force(a)?, self.vm.force(b)?);
        self.vm.equal(a, b)
    }

    /// Calls a function.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn call(&mut self, func: Value, args: &[Value]) -> Result<Value, Failure> {
        self.vm.call(func, args)
    }

    /// The fields of a record in the order of their names; `None` for anything else.
    ///
    /// # Errors
    /// As evaluation of the value itself fails.
    pub fn as_record(&mut self, value: Value) -> Result<Option<Vec<(Symbol, Value)>>, Failure> {
        let value = self.vm.force(value)?;
        Ok(value.record().map(|r| self.vm.heap.entries_by_name(r)))
    }

    /// A field of a record, computed; `None` when there is none, or the value is no record.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn field(&mut self, value: Value, name: &str) -> Result<Option<Value>, Failure> {
        let value = self.vm.force(value)?;
        let field = value
            .record()
            .and_then(|r| self.vm.heap.get(r, Symbol::new(name)));
        field.map(|field| self.vm.force(field)).transpose()
    }

    /// The elements of a list; `None` for anything else.
    ///
    /// # Errors
    /// As evaluation of the value itself fails.
    pub fn as_list(&mut self, value: Value) -> Result<Option<Vec<Value>>, Failure> {
        match self.vm.force(value)? {
            Value::List(list) => Ok(Some(self.vm.heap.items(list).to_vec())),
            _ => Ok(None),
        }
    }

    /// A string or path with what it mentions; `None` for anything else.
    ///
    /// # Errors
    /// As evaluation of the value itself fails.
    pub fn as_text(&mut self, value: Value) -> Result<Option<Text>, Failure> {
        let (text, at) = match self.vm.force(value)? {
            Value::Str(s) => (self.vm.heap.str(s).to_owned(), s),
            Value::Path(p) => (self.vm.shown_path(p), p),
            _ => return Ok(None),
        };
        Ok(Some(Text {
            text,
            context: self.vm.heap.context(at).to_vec(),
        }))
    }

    /// A scalar as interpolation shows it, with what it mentions; `None` for anything else.
    ///
    /// # Errors
    /// As evaluation of the value itself fails.
    pub fn to_text(&mut self, value: Value) -> Result<Option<Text>, Failure> {
        let value = self.vm.force(value)?;
        Ok(self.vm.to_text(value).ok().map(|s| Text {
            text: self.vm.heap.str(s).to_owned(),
            context: self.vm.heap.context(s).to_vec(),
        }))
    }

    /// Which task or group of tasks a record of a project's `tasks` is.
    ///
    /// # Errors
    /// As evaluation of the value itself fails.
    pub fn task_tag(&mut self, value: Value) -> Result<Option<TaskTag>, Failure> {
        let value = self.vm.force(value)?;
        Ok(value
            .record()
            .and_then(|r| self.vm.heap.sites.tag(r.site())))
    }

    /// Where a record was written.
    pub fn place(&self, value: Value) -> Option<(Arc<Path>, Span)> {
        self.vm.place_of(value, None)
    }

    /// Where a record's field was written.
    pub fn place_of_field(&self, value: Value, name: &str) -> Option<(Arc<Path>, Span)> {
        self.vm.place_of(value, Some(Symbol::new(name)))
    }

    /// A string value.
    pub fn string(&mut self, text: &str) -> Value {
        Value::Str(self.vm.heap.new_str(text))
    }

    /// A list value.
    pub fn list(&mut self, items: &[Value]) -> Value {
        Value::List(self.vm.heap.list(items))
    }

    /// A record value.
    pub fn record(&mut self, fields: Vec<(&str, Value)>) -> Value {
        let fields = fields
            .into_iter()
            .map(|(name, value)| (Symbol::new(name), value))
            .collect();
        self.vm.heap.record_from(fields, 0).value()
    }

    /// The value as a message names it: `the string "abc"`.
    pub fn describe(&self, value: Value) -> String {
        self.vm.describe(value)
    }

    /// The value, computed completely, as the language writes it; long ones on several lines.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn print(&mut self, value: Value) -> Result<String, Failure> {
        let value = self.force_deep(value)?;
        Ok(print::print_pretty(&self.vm, value))
    }

    /// The value, computed completely, as JSON.
    ///
    /// # Errors
    /// As evaluation fails, or when something in it has no form in JSON.
    pub fn to_json(&mut self, value: Value, pretty: bool) -> Result<String, Failure> {
        self.json(value, pretty, Sink::Keep)
    }

    /// The value, computed completely, as JSON, given to `sink` in portions. Nothing is given to
    /// it when evaluation fails; what was given is incomplete when something in a large value
    /// turns out to have no form in JSON.
    ///
    /// # Errors
    /// As [`Evaluator::to_json`].
    pub fn write_json(
        &mut self,
        value: Value,
        pretty: bool,
        sink: &mut dyn FnMut(&str),
    ) -> Result<(), Failure> {
        let rest = self.json(value, pretty, Sink::Pass(sink))?;
        sink(&rest);
        Ok(())
    }

    /// The value, computed completely, as TOML.
    ///
    /// # Errors
    /// As evaluation fails, or when it is no record or something in it has no form in TOML.
    pub fn to_toml(&mut self, value: Value) -> Result<String, Failure> {
        let value = self.force_deep(value)?;
        let written = crate::builtins::write_toml(&mut self.vm, value);
        self.written(value, written)
    }

    /// The value, computed completely, as YAML.
    ///
    /// # Errors
    /// As evaluation fails, or when something in it has no form in YAML.
    pub fn to_yaml(&mut self, value: Value) -> Result<String, Failure> {
        let value = self.force_deep(value)?;
        let written = crate::builtins::write_yaml(&mut self.vm, value);
        self.written(value, written)
    }

    fn json(&mut self, value: Value, pretty: bool, sink: Sink<'_>) -> Result<String, Failure> {
        let value = self.force_deep(value)?;
        let written = write_json(&mut self.vm, value, pretty, sink);
        self.written(value, written)
    }

    /// A text that was written, or why there is none.
    fn written<T>(
        &self,
        value: Value,
        written: Result<(String, T), Raise>,
    ) -> Result<String, Failure> {
        match written {
            Ok((text, _)) => Ok(text),
            Err(Raise::Failure(failure)) => Err(failure),
            Err(Raise::Fault(fault)) => {
                let (file, span) = self
                    .place(value)
                    .unwrap_or_else(|| (Arc::from(self.vm.world.root), Span::default()));
                let mut diagnostic = Diagnostic::error(fault.code, file, span, fault.message);
                diagnostic.notes = fault.notes;
                diagnostic.helps = fault.helps;
                Err(Failure::Errors(Arc::from([diagnostic])))
            }
        }
    }
}
