//! `std.yaml`: YAML 1.2.

use super::data;
use super::declare::builtins;
use super::json::convert;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};
use serde_json::Value as Json;

builtins! {
    /// The value a YAML text stands for. Of several documents only the first may have content:
    /// `std.yaml.parse_all` reads them all.
    ///
    /// `from_yaml "a: 1\nb:\n  - yes\n  - 'x'"` => `{ a = 1; b = [ "yes" "x" ]; }`
    ["std.yaml.parse", "from_yaml"] Function "String -> Any" = parse(Value);

    /// The values of all documents of a YAML text.
    ///
    /// `std.yaml.parse_all "a: 1\n---\nb: 2"` => `[ { a = 1; } { b = 2; } ]`
    ["std.yaml.parse_all"] Function "String -> [Any]" = parse_all(Value);

    /// The value as YAML, fields sorted by name. Paths, durations and sizes become strings.
    ///
    /// `to_yaml { name = "a"; ports = [ 80 ]; }` => `"name: a\nports:\n- 80\n"`
    ["std.yaml.print", "to_yaml"] Function "Any -> String" = print(Deep);
}

fn parse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "a YAML text")?;
    Ok(Step::Done(parse_text(vm, text)?))
}

/// The value of a YAML text. Strings in it mention what the text mentions.
pub(super) fn parse_text(vm: &mut Vm<'_>, text: Str) -> Result<Value, Raise> {
    let tree: Json = serde_saphyr::from_str_with_options(vm.heap.str(text), options())
        .map_err(|error| malformed(vm, text, &error))?;
    Ok(convert(vm, &tree, text.context))
}

fn parse_all(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "a YAML text")?;
    let trees: Vec<Json> = serde_saphyr::from_multiple_with_options(vm.heap.str(text), options())
        .map_err(|error| malformed(vm, text, &error))?;
    let items: Vec<_> = trees
        .iter()
        .map(|tree| convert(vm, tree, text.context))
        .collect();
    vm.items(&items)
}

/// Only `true` and `false` are booleans, as YAML 1.2 has it, and messages stay one line long.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: data::DEEPEST as usize },
        strict_booleans: true,
        with_snippet: false,
    }
}

fn malformed(vm: &Vm<'_>, text: Str, error: &serde_saphyr::Error) -> Raise {
    let source = vm.heap.str(text);
    let line = error.location().map(|at| at.line() as usize);
    let why = error.to_string();
    let why = why.lines().next().unwrap_or("it cannot be read");
    // What the library's own users can do about it, nobody here can.
    let why = why
        .replace(", set DuplicateKeyPolicy in Options if acceptable", "")
        .replace(" rejected by the configured policy", " has no form here");
    let fault = Fault::new(
        codes::MALFORMED_TEXT,
        format!("The text is not YAML: {why}"),
    );
    data::with_line(fault, source, line).into()
}

fn print(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (text, context) = write_yaml(vm, args[0])?;
    vm.text(&text, context)
}

/// A computed value as YAML, and what its strings mention.
pub(crate) fn write_yaml(vm: &mut Vm<'_>, value: Value) -> Result<(String, u32), Raise> {
    let (tree, context) = data::from_value(vm, value, "YAML")?;
    let text = serde_saphyr::to_string(&tree).map_err(|error| {
        let message = format!("The value has no form in YAML: {error}");
        Raise::from(Fault::new(codes::NOT_JSON, message))
    })?;
    Ok((text, context))
}
