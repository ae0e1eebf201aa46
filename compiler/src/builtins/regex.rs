//! `std.regex`: regular expressions of the `regex` crate. Matching takes time linear in the text,
//! whatever the pattern. Parts of a text mention what the text mentions.

use super::declare::builtins;
use super::need::part;
use crate::symbol::Symbol;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};
use regex::{Captures, Regex};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

builtins! {
    /// Whether a pattern matches somewhere in the text; `^` and `$` tie it to the ends.
    ///
    /// `std.regex.matches "^v[0-9]+" "v12-rc"` => `true`
    ["std.regex.matches"] Function "String -> String -> Bool" = matches(Value, Value);

    /// The first part of the text that a pattern matches; may find nothing.
    ///
    /// `std.regex.find "[0-9]+" "a12b345"` => `"12"`
    /// `std.regex.find "[0-9]+" "abc" or "0"` => `"0"`
    ["std.regex.find"] Function "String -> String -> String" = find(Value, Value);

    /// All parts of the text that a pattern matches, one after another.
    ///
    /// `std.regex.find_all "[0-9]+" "a12b345"` => `[ "12" "345" ]`
    ["std.regex.find_all"] Function "String -> String -> [String]" = find_all(Value, Value);

    /// The first match with its groups: `groups` has them by number from the whole match on, null
    /// where one took no part, and `names` those with names, written `(?<name>…)`. May find
    /// nothing.
    ///
    /// `(std.regex.captures "(?<key>\\w+)=(\\w+)" "a=1").groups` => `[ "a=1" "a" "1" ]`
    /// `(std.regex.captures "(?<key>\\w+)=(\\w+)" "a=1").names` => `{ key = "a"; }`
    ["std.regex.captures"] Function "String -> String -> { groups : [String | Null], names : { [String] : String } }" = captures(Value, Value);

    /// All matches with their groups, as `std.regex.captures` gives them.
    ///
    /// `std.regex.captures_all "(\\w)=" "a=b=" |> map (m: std.list.elem_at m.groups 1)` => `[ "a" "b" ]`
    ["std.regex.captures_all"] Function "String -> String -> [{ groups : [String | Null], names : { [String] : String } }]" = captures_all(Value, Value);

    /// Every match replaced; `$1` and `${name}` in the replacement stand for groups, `$$` for `$`.
    ///
    /// `std.regex.replace "(\\w+)@(\\w+)" "$2 at $1" "a@b c@d"` => `"b at a d at c"`
    ["std.regex.replace"] Function "String -> String -> String -> String" = replace(Value, Value, Value);

    /// The parts of the text between matches.
    ///
    /// `std.regex.split "[,;] *" "a, b;c"` => `[ "a" "b" "c" ]`
    ["std.regex.split"] Function "String -> String -> [String]" = split(Value, Value);

    /// The pattern that matches exactly the text.
    ///
    /// `std.regex.escape "a.b"` => `"a\\.b"`
    ["std.regex.escape"] Function "String -> String" = escape(Value);
}

/// Patterns that are kept compiled.
const KEPT: usize = 64;

thread_local! {
    static COMPILED: RefCell<FxHashMap<String, Regex>> = RefCell::default();
}

fn compiled(vm: &Vm<'_>, pattern: Value) -> Result<Regex, Raise> {
    let pattern = vm.need_str(pattern, "a pattern")?;
    let text = vm.heap.str(pattern);
    COMPILED.with_borrow_mut(|known| {
        if let Some(regex) = known.get(text) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(text).map_err(|error| {
            // The message draws the pattern above its last line, which says what is wrong.
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default();
            let why = why.trim_start_matches("error: ");
            vm.bad(&format!(
                "cannot read the pattern {}: {why}",
                crate::value::text::quoted(text)
            ))
        })?;
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(text.to_owned(), regex.clone());
        Ok(regex)
    })
}

fn subject(vm: &Vm<'_>, value: Value) -> Result<Str, Raise> {
    vm.need_str(value, "what to look through")
}

fn nothing(vm: &Vm<'_>, text: Str) -> Raise {
    Fault::nothing(format!(
        "The pattern matches nowhere in {}",
        vm.describe(Value::Str(text))
    ))
    .help("say what else: put `or …` behind it")
    .into()
}

fn matches(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    let found = regex.is_match(vm.heap.str(text));
    Ok(Step::Done(Value::Bool(found)))
}

fn find(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    match regex.find(vm.heap.str(text)) {
        Some(found) => Ok(Step::Done(part(text, found.start(), found.len()))),
        None => Err(nothing(vm, text)),
    }
}

fn find_all(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    let found: Vec<_> = regex
        .find_iter(vm.heap.str(text))
        .map(|found| part(text, found.start(), found.len()))
        .collect();
    vm.items(&found)
}

/// Byte ranges of the groups, and which of them have names.
type Groups = (Vec<Option<(usize, usize)>>, Vec<(Symbol, usize)>);

fn groups(regex: &Regex, found: &Captures<'_>) -> Groups {
    let ranges = found.iter();
    let ranges = ranges.map(|group| group.map(|group| (group.start(), group.len())));
    let names = regex.capture_names().enumerate();
    let names = names.filter_map(|(i, name)| Some((Symbol::new(name?), i)));
    (ranges.collect(), names.collect())
}

fn record_of(vm: &mut Vm<'_>, text: Str, (ranges, names): Groups) -> Value {
    let value = |range: Option<(usize, usize)>| {
        range.map_or(Value::Null, |(start, len)| part(text, start, len))
    };
    let all: Vec<_> = ranges.iter().map(|range| value(*range)).collect();
    let named = names.into_iter();
    let named = named.filter_map(|(name, i)| Some((name, value(Some((*ranges.get(i)?)?)))));
    let named = vm.heap.record_from(named.collect(), 0).value();
    let groups = Value::List(vm.heap.list(&all));
    let fields = vec![
        (Symbol::new("groups"), groups),
        (Symbol::new("names"), named),
    ];
    vm.heap.record_from(fields, 0).value()
}

fn captures(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    let found = regex
        .captures(vm.heap.str(text))
        .map(|found| groups(&regex, &found));
    match found {
        Some(found) => Ok(Step::Done(record_of(vm, text, found))),
        None => Err(nothing(vm, text)),
    }
}

fn captures_all(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    let found: Vec<_> = regex
        .captures_iter(vm.heap.str(text))
        .map(|found| groups(&regex, &found))
        .collect();
    let items: Vec<_> = found
        .into_iter()
        .map(|found| record_of(vm, text, found))
        .collect();
    vm.items(&items)
}

fn replace(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let regex = compiled(vm, args[0])?;
    let replacement = vm.need_str(args[1], "the replacement")?;
    let text = subject(vm, args[2])?;
    let replaced = regex.replace_all(vm.heap.str(text), vm.heap.str(replacement));
    let replaced = replaced.into_owned();
    let context = vm.heap.contexts.union(text.context, replacement.context);
    vm.text(&replaced, context)
}

fn split(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (regex, text) = (compiled(vm, args[0])?, subject(vm, args[1])?);
    let mut parts = Vec::new();
    let mut start = 0;
    for found in regex.find_iter(vm.heap.str(text)) {
        parts.push(part(text, start, found.start() - start));
        start = found.end();
    }
    parts.push(part(text, start, text.len as usize - start));
    vm.items(&parts)
}

fn escape(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = vm.need_str(args[0], "what to match")?;
    let escaped = regex::escape(vm.heap.str(text));
    vm.text(&escaped, text.context)
}
