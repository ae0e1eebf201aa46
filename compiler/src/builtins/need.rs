//! What built-ins ask of their arguments.

use super::get;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{List, RecordView, Str, Value};
use crate::vm::{Failure, Fault, Raise, Step, Vm};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

impl Vm<'_> {
    /// The name of the built-in being run, as programs call it.
    pub(super) fn running_name(&self) -> &'static str {
        get(self.running_id())
            .names
            .last()
            .copied()
            .unwrap_or("tasks")
    }

    pub(super) fn wrong(&self, needs: &str, got: Value) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "`{}` needs {needs}, but is given {}",
                self.running_name(),
                self.describe(got)
            ),
        )
        .into()
    }

    pub(super) fn bad(&self, why: &str) -> Raise {
        Fault::new(
            codes::BAD_ARGUMENT,
            format!("`{}` {why}", self.running_name()),
        )
        .into()
    }

    pub(super) fn need_int(&self, value: Value, what: &str) -> Result<i64, Raise> {
        match self.heap.resolve(value) {
            Value::Int(i) => Ok(i),
            other => Err(self.wrong(&format!("an integer ({what})"), other)),
        }
    }

    /// A count: not negative.
    pub(super) fn need_count(&self, value: Value, what: &str) -> Result<usize, Raise> {
        let count = self.need_int(value, what)?;
        usize::try_from(count)
            .map_err(|_| self.bad(&format!("needs {what} of 0 or more, not {count}")))
    }

    pub(super) fn need_list(&self, value: Value, what: &str) -> Result<List, Raise> {
        match self.heap.resolve(value) {
            Value::List(list) => Ok(list),
            other => Err(self.wrong(&format!("a list ({what})"), other)),
        }
    }

    pub(super) fn need_str(&self, value: Value, what: &str) -> Result<Str, Raise> {
        match self.heap.resolve(value) {
            Value::Str(s) => Ok(s),
            other => Err(self.wrong(&format!("a string ({what})"), other)),
        }
    }

    pub(super) fn need_record(&self, value: Value, what: &str) -> Result<RecordView, Raise> {
        let value = self.heap.resolve(value);
        value
            .record()
            .ok_or_else(|| self.wrong(&format!("a record ({what})"), value))
    }

    pub(super) fn need_bool(&self, value: Value, name: &str) -> Result<bool, Raise> {
        match self.heap.resolve(value) {
            Value::Bool(b) => Ok(b),
            other => Err(Fault::new(
                codes::WRONG_TYPE,
                format!(
                    "The function given to `{name}` must answer with a boolean, but it gives {}",
                    self.describe(other)
                ),
            )
            .into()),
        }
    }

    /// A path or string as text, relative to the project where it is inside.
    pub(super) fn need_path_text(&self, value: Value) -> Result<(String, u32), Raise> {
        match self.heap.resolve(value) {
            Value::Str(s) => Ok((self.heap.str(s).to_owned(), s.context)),
            Value::Path(p) => Ok((self.shown_path(p), p.context)),
            other => Err(self.wrong("a path or a string", other)),
        }
    }

    /// An absolute path: strings start from the project's folder.
    pub(super) fn need_path(&self, value: Value) -> Result<(PathBuf, Str), Raise> {
        match self.heap.resolve(value) {
            Value::Str(s) => {
                let path = crate::world::paths::resolve(self.world.root, self.heap.str(s));
                Ok((path, s))
            }
            Value::Path(p) => Ok((PathBuf::from(self.heap.str(p)), p)),
            other => Err(self.wrong("a path or a string", other)),
        }
    }

    /// Memory for `bytes` more.
    pub(super) fn need_memory(&mut self, bytes: usize) -> Result<(), Raise> {
        if self.heap.allows(bytes) {
            return Ok(());
        }
        Err(self.no_room())
    }

    /// A string as the result.
    pub(super) fn text(&mut self, text: &str, context: u32) -> Result<Step, Raise> {
        self.need_memory(text.len())?;
        Ok(Step::Done(Value::Str(self.heap.new_str_in(text, context))))
    }

    /// A list as the result.
    pub(super) fn items(&mut self, items: &[Value]) -> Result<Step, Raise> {
        self.need_memory(items.len() * 16)?;
        Ok(Step::Done(Value::List(self.heap.list(items))))
    }
}

/// Part of a string, sharing its text.
pub(super) fn part(s: Str, start: usize, len: usize) -> Value {
    Value::Str(Str {
        start: s.start + start as u32,
        len: len as u32,
        context: s.context,
    })
}

/// Stops unless every task that `s` mentions has been built.
pub(super) fn require_realised(vm: &Vm<'_>, s: Str) -> Result<(), Raise> {
    let missing: BTreeSet<_> = vm
        .heap
        .context(s)
        .iter()
        .filter(|item| !(vm.world.realised)(&item.task))
        .map(|item| item.task.clone())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::NeedsTasks(Arc::new(missing)).into())
}
