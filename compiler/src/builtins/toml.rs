//! `std.toml`

use super::data;
use super::declare::builtins;
use crate::diagnostic::registry::evaluation as codes;
use crate::symbol::Symbol;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};

builtins! {
    /// The record a TOML text stands for. Dates and times become strings.
    ///
    /// `from_toml "a = 1\n[b]\nc = [true, \"x\"]"` => `{ a = 1; b = { c = [ true "x" ]; }; }`
    ["std.toml.parse", "from_toml"] Function "String -> { [String] : Any }" = parse(Value);

    /// A record as TOML. Paths, durations and sizes become strings; TOML has no null.
    ///
    /// `to_toml { a = 1; b = { c = [ true "x" ]; }; }` => `"a = 1\n\n[b]\nc = [true, \"x\"]\n"`
    ["std.toml.print", "to_toml"] Function "{ [String] : Any } -> String" = print(Deep);
}

fn parse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "a TOML text")?;
    Ok(Step::Done(parse_text(vm, text)?))
}

/// The value of a TOML text. Strings in it mention what the text mentions.
pub(super) fn parse_text(vm: &mut Vm<'_>, text: Str) -> Result<Value, Raise> {
    let table: toml::Table = vm
        .heap
        .str(text)
        .parse()
        .map_err(|error: toml::de::Error| {
            let source = vm.heap.str(text);
            let line = error.span().map(|span| {
                1 + source.as_bytes()[..span.start.min(source.len())]
                    .iter()
                    .filter(|b| **b == b'\n')
                    .count()
            });
            let at = line.map_or(String::new(), |line| format!(" at line {line}"));
            let why = error.message().trim_end().replace('\n', "; ");
            let fault = Fault::new(
                codes::MALFORMED_TEXT,
                format!("The text is not TOML: {why}{at}"),
            );
            data::with_line(fault, source, line)
        })?;
    convert(vm, toml::Value::Table(table), text.context, 0)
}

fn convert(vm: &mut Vm<'_>, value: toml::Value, context: u32, depth: u32) -> Result<Value, Raise> {
    data::check_depth(depth, "TOML")?;
    Ok(match value {
        toml::Value::String(s) => Value::Str(vm.heap.new_str_in(&s, context)),
        toml::Value::Integer(i) => Value::Int(i),
        toml::Value::Float(f) => Value::Float(f),
        toml::Value::Boolean(b) => Value::Bool(b),
        toml::Value::Datetime(d) => Value::Str(vm.heap.new_str_in(&d.to_string(), context)),
        toml::Value::Array(items) => {
            let items = items.into_iter();
            let items: Result<Vec<_>, _> = items
                .map(|item| convert(vm, item, context, depth + 1))
                .collect();
            Value::List(vm.heap.list(&items?))
        }
        toml::Value::Table(fields) => {
            let mut entries = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                let value = convert(vm, value, context, depth + 1)?;
                entries.push((Symbol::new(&name), value));
            }
            vm.heap.record_from(entries, 0).value()
        }
    })
}

fn print(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (text, context) = write_toml(vm, args[0])?;
    vm.text(&text, context)
}

/// A computed record as TOML, and what its strings mention.
pub(crate) fn write_toml(vm: &mut Vm<'_>, value: Value) -> Result<(String, u32), Raise> {
    let no_form = |why: String| Raise::from(Fault::new(codes::NOT_JSON, why));
    let (json, context) = data::from_value(vm, value, "TOML")?;
    let serde_json::Value::Object(fields) = json else {
        let what = vm.capital(value);
        return Err(no_form(format!(
            "{what} has no form in TOML, only a record has"
        )));
    };
    let mut table = toml::Table::new();
    for (name, value) in fields {
        let mut path = name.clone();
        let value = to_toml(value, &mut path).map_err(no_form)?;
        table.insert(name, value);
    }
    let text = toml::to_string(&table)
        .map_err(|error| no_form(format!("The record has no form in TOML: {error}")))?;
    Ok((text, context))
}

/// As deep as [`data::from_value`] allows.
fn to_toml(value: serde_json::Value, path: &mut String) -> Result<toml::Value, String> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::Null => {
            return Err(format!("TOML has no null, but `{path}` is null"));
        }
        Json::Bool(b) => toml::Value::Boolean(b),
        Json::Number(n) => match n.as_i64() {
            Some(i) => toml::Value::Integer(i),
            None => toml::Value::Float(n.as_f64().unwrap_or(f64::INFINITY)),
        },
        Json::String(s) => toml::Value::String(s),
        Json::Array(items) => {
            let items = items.into_iter().enumerate();
            let items: Result<_, _> = items
                .map(|(i, item)| below(item, path, &format!("[{i}]")))
                .collect();
            toml::Value::Array(items?)
        }
        Json::Object(fields) => {
            let mut table = toml::Table::new();
            for (name, value) in fields {
                let value = below(value, path, &format!(".{name}"))?;
                table.insert(name, value);
            }
            toml::Value::Table(table)
        }
    })
}

fn below(value: serde_json::Value, path: &mut String, step: &str) -> Result<toml::Value, String> {
    let length = path.len();
    path.push_str(step);
    let value = to_toml(value, path)?;
    path.truncate(length);
    Ok(value)
}
