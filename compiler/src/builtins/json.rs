//! `std.json`

use super::declare::builtins;
use super::json_write::{Sink, write_json};
use crate::diagnostic::registry::evaluation as codes;
use crate::symbol::Symbol;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};
use serde_json::Value as Json;

builtins! {
    /// The value a JSON text stands for. Whole numbers beyond 64 bits become floats.
    ///
    /// `from_json "{\"a\": [1, 2.5, null]}"` => `{ a = [ 1 2.5 null ]; }`
    ["std.json.parse", "from_json"] Function "String -> Any" = parse(Value);

    /// The value as JSON, on one line, fields sorted by name. Paths, durations and sizes become
    /// strings.
    ///
    /// `to_json { b = [ 1 ]; a = null; }` => `"{\"a\":null,\"b\":[1]}"`
    ["std.json.print", "to_json"] Function "Any -> String" = print(Deep);

    /// The value as JSON, indented.
    ///
    /// `std.json.pretty { a = 1; }` => `"{\n  \"a\": 1\n}"`
    ["std.json.pretty"] Function "Any -> String" = pretty(Deep);
}

fn parse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "a JSON text")?;
    Ok(Step::Done(parse_text(vm, text)?))
}

/// The value of a JSON text. Strings in it mention what the text mentions.
pub(super) fn parse_text(vm: &mut Vm<'_>, text: Str) -> Result<Value, Raise> {
    let json: Json = serde_json::from_str(vm.heap.str(text)).map_err(|error| {
        let line = vm
            .heap
            .str(text)
            .lines()
            .nth(error.line().saturating_sub(1));
        let fault = Fault::new(
            codes::MALFORMED_TEXT,
            format!("The text is not JSON: {error}"),
        );
        match line.filter(|l| !l.is_empty() && l.len() <= 80) {
            Some(line) => fault.note(format!("that line is `{line}`")),
            None => fault,
        }
    })?;
    Ok(convert(vm, &json, text.context))
}

/// Recursion is bounded: the parser refuses texts nested deeper than 128.
pub(super) fn convert(vm: &mut Vm<'_>, json: &Json, context: u32) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Float(n.as_f64().unwrap_or(f64::INFINITY)),
        },
        Json::String(s) => Value::Str(vm.heap.new_str_in(s, context)),
        Json::Array(items) => {
            let items: Vec<Value> = items.iter().map(|i| convert(vm, i, context)).collect();
            Value::List(vm.heap.list(&items))
        }
        Json::Object(fields) => {
            let entries = fields
                .iter()
                .map(|(name, value)| (Symbol::new(name), convert(vm, value, context)))
                .collect();
            vm.heap.record_from(entries, 0).value()
        }
    }
}

fn print(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (text, context) = write_json(vm, args[0], false, Sink::Keep)?;
    vm.text(&text, context)
}

fn pretty(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (text, context) = write_json(vm, args[0], true, Sink::Keep)?;
    vm.text(&text, context)
}
