//! What the formats of data have in common: values as plain trees, and how deep these may be.

use crate::diagnostic::registry::evaluation as codes;
use crate::value::{Value, text};
use crate::vm::{Fault, Raise, Vm};
use serde_json::Value as Json;

/// Deeper data is refused; the same bound as that of the JSON parser.
pub(super) const DEEPEST: u32 = 128;

pub(super) fn check_depth(depth: u32, format: &str) -> Result<(), Raise> {
    if depth < DEEPEST {
        return Ok(());
    }
    let message =
        format!("The value is nested more than {DEEPEST} levels deep, too deep for {format}");
    Err(Fault::new(codes::NOT_JSON, message).into())
}

/// Shows the line that is wrong, counted from 1, if it is short.
pub(super) fn with_line(fault: Fault, source: &str, line: Option<usize>) -> Fault {
    let line = line.and_then(|line| source.lines().nth(line.saturating_sub(1)));
    match line.filter(|l| !l.is_empty() && l.len() <= 80) {
        Some(line) => fault.note(format!("that line is `{line}`")),
        None => fault,
    }
}

/// A computed value as a tree, and what its strings mention.
pub(super) fn from_value(
    vm: &mut Vm<'_>,
    value: Value,
    format: &str,
) -> Result<(Json, u32), Raise> {
    let mut context = 0;
    let tree = tree_of(vm, value, format, 0, &mut context)?;
    Ok((tree, context))
}

/// Recursion is bounded by [`DEEPEST`]; a value inside itself ends there as well.
fn tree_of(
    vm: &mut Vm<'_>,
    value: Value,
    format: &str,
    depth: u32,
    context: &mut u32,
) -> Result<Json, Raise> {
    check_depth(depth, format)?;
    let value = vm.heap.resolve(value);
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(b),
        Value::Int(i) => Json::from(i),
        Value::Float(f) if f.is_finite() => Json::from(f),
        Value::Str(s) => {
            *context = vm.heap.contexts.union(*context, s.context);
            Json::from(vm.heap.str(s))
        }
        Value::Path(p) => Json::from(vm.shown_path(p)),
        Value::Duration(d) => Json::from(text::duration(d)),
        Value::Size(s) => Json::from(text::size(s)),
        Value::List(list) => {
            let items = vm.heap.items(list).to_vec().into_iter();
            let items: Result<_, _> = items
                .map(|item| tree_of(vm, item, format, depth + 1, context))
                .collect();
            Json::Array(items?)
        }
        other => {
            let Some(record) = other.record() else {
                let what = vm.capital(other);
                let message = format!("{what} has no form in {format}");
                return Err(Fault::new(codes::NOT_JSON, message).into());
            };
            let mut fields = serde_json::Map::new();
            for (name, value) in vm.heap.entries_by_name(record) {
                let value = tree_of(vm, value, format, depth + 1, context)?;
                fields.insert(name.as_str().to_owned(), value);
            }
            Json::Object(fields)
        }
    })
}
