//! Marking the tasks of a project. A project file's own references to `tasks` see records that
//! know their path, and outputs whose strings mention the task; everything stays lazy, so tasks
//! may refer to each other in any order.

use super::declare::builtins;
use super::record::apply_later;
use crate::symbol::Symbol;
use crate::value::{ContextItem, RecordView, Site, Str, TaskPath, Value};
use crate::vm::{Raise, Step, Vm};

builtins! {
    /// Marks the field `tasks` of a project.
    Function "a -> a" = tag_tasks(Value);

    /// Marks a member of `tasks` or of a group in it, given its path.
    Function "String -> a -> a" = tag_member(Value, Value);

    /// Marks the outputs of a task, given its path.
    Function "String -> a -> a" = tag_outputs(Value, Value);

    /// Marks one output of a task, given its path and position.
    Function "String -> Int -> a -> a" = tag_output(Value, Value, Value);

    /// Merges a field that two records have.
    Function "a -> b -> b" = merge_fields(Value, Value);
}

use super::record::merge_fields;

/// A record with one of these fields is a task; any other is a group of tasks.
const TASK_FIELDS: [&str; 13] = [
    "description",
    "deps",
    "run",
    "on",
    "inputs",
    "outputs",
    "env",
    "cwd",
    "tools",
    "cache",
    "editable",
    "sandbox",
    "timeout",
];

/// Whether a record below `tasks` is a task, not a group of tasks.
pub(crate) fn is_task(vm: &Vm<'_>, record: RecordView) -> bool {
    TASK_FIELDS
        .iter()
        .any(|field| vm.heap.get(record, Symbol::new(field)).is_some())
}

pub(super) fn tag_tasks(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let Some(record) = args[0].record() else {
        return Ok(Step::Done(args[0]));
    };
    let group = tag_group(vm, TaskPath::new(""), record);
    Ok(Step::Done(group))
}

fn tag_group(vm: &mut Vm<'_>, path: TaskPath, record: RecordView) -> Value {
    let mut entries = vm.heap.entries(record);
    let member = super::primitive(tag_member);
    for (name, value) in &mut entries {
        let path = path.child(name.as_str());
        let path = Value::Str(vm.heap.new_str(path.as_str()));
        *value = apply_later(vm, member, path, *value);
    }
    let site = vm.heap.sites.intern(Site::Namespace {
        path,
        written: record.site(),
    });
    vm.heap.record_from(entries, site).value()
}

fn path_of(vm: &Vm<'_>, value: Value) -> Result<TaskPath, Raise> {
    let path = vm.need_str(value, "a task's path")?;
    Ok(TaskPath::new(vm.heap.str(path)))
}

fn tag_member(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let path = path_of(vm, args[0])?;
    let Some(record) = args[1].record() else {
        return Ok(Step::Done(args[1]));
    };
    if !is_task(vm, record) {
        return Ok(Step::Done(tag_group(vm, path, record)));
    }
    let outputs = Symbol::new("outputs");
    let mark = super::primitive(tag_outputs);
    let mut entries = vm.heap.entries(record);
    for (name, value) in &mut entries {
        if *name == outputs {
            *value = apply_later(vm, mark, args[0], *value);
        }
    }
    let site = vm.heap.sites.intern(Site::Task {
        path,
        written: record.site(),
    });
    Ok(Step::Done(vm.heap.record_from(entries, site).value()))
}

/// A thunk of one marked output.
fn output_later(vm: &mut Vm<'_>, path: Value, index: usize, value: Value) -> Value {
    let func = super::primitive(tag_output);
    let start = vm.heap.slots_from(&[func, path, Value::Int(index as i64)]);
    let partial = Value::Partial(crate::value::Partial { start, args: 2 });
    let func = vm.heap.slot(partial);
    let arg = vm.heap.slot(value);
    vm.heap.thunk(crate::value::Thunk::Call { func, arg })
}

fn tag_outputs(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, outputs) = (args[0], args[1]);
    if let Value::List(list) = outputs {
        let items: Vec<Value> = (0..list.len())
            .map(|i| {
                let item = vm.heap.item(list, i);
                output_later(vm, path, i, item)
            })
            .collect();
        return vm.items(&items);
    }
    let Some(record) = outputs.record() else {
        return Ok(Step::Done(outputs));
    };
    let entries = vm
        .heap
        .entries_by_name(record)
        .into_iter()
        .enumerate()
        .map(|(i, (name, value))| (name, output_later(vm, path, i, value)))
        .collect();
    let marked = vm.heap.record_from(entries, record.site());
    Ok(Step::Done(marked.value()))
}

fn tag_output(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let task = path_of(vm, args[0])?;
    let output = vm.need_count(args[1], "a position")? as u32;
    let Value::Str(text) = args[2] else {
        return Ok(Step::Done(args[2]));
    };
    let own = vm.heap.contexts.single(ContextItem { task, output });
    // The output's own name may mention other tasks' outputs.
    let context = vm.heap.contexts.union(text.context, own);
    Ok(Step::Done(Value::Str(Str { context, ..text })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::schema::schema;

    #[test]
    fn the_fields_are_those_of_the_schema() {
        for field in TASK_FIELDS {
            let doc = schema().doc(Symbol::new("Task"), Some(Symbol::new(field)));
            assert!(
                doc.is_some(),
                "the schema's `Task` has no documented field `{field}`"
            );
        }
    }
}
