//! `std.string`: looking at strings and taking them apart. Positions and lengths count Unicode
//! scalar values. Parts keep what the whole mentions.

use super::declare::builtins;
use super::need::part;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};

builtins! {
    /// The number of characters.
    ///
    /// `std.string.length "häh"` => `3`
    ["std.string.length"] Function "String -> Int" = length(Value);

    /// Whether there are no characters.
    ///
    /// `std.string.is_empty ""` => `true`
    ["std.string.is_empty"] Function "String -> Bool" = is_empty(Value);

    /// The parts between separators; an empty separator gives the characters.
    ///
    /// `std.string.split "," "a,b,,c"` => `[ "a" "b" "" "c" ]`
    ["std.string.split"] Function "String -> String -> [String]" = split(Value, Value);

    /// The lines, without their ends; a last end of line begins no further line.
    ///
    /// `std.string.lines "a\nb\n"` => `[ "a" "b" ]`
    ["std.string.lines"] Function "String -> [String]" = lines(Value);

    /// The words: what is between blanks and ends of lines.
    ///
    /// `std.string.words " a  b "` => `[ "a" "b" ]`
    ["std.string.words"] Function "String -> [String]" = words(Value);

    /// The characters.
    ///
    /// `std.string.characters "ab"` => `[ "a" "b" ]`
    ["std.string.characters"] Function "String -> [String]" = characters(Value);

    /// Without blanks and ends of lines at both ends.
    ///
    /// `std.string.trim "  a b\n"` => `"a b"`
    ["std.string.trim"] Function "String -> String" = trim(Value);

    /// Without blanks and ends of lines at the start.
    ///
    /// `std.string.trim_start "  a "` => `"a "`
    ["std.string.trim_start"] Function "String -> String" = trim_start(Value);

    /// Without blanks and ends of lines at the end.
    ///
    /// `std.string.trim_end "  a "` => `"  a"`
    ["std.string.trim_end"] Function "String -> String" = trim_end(Value);

    /// Characters from a position on, at most as many as asked for.
    ///
    /// `std.string.substring 1 2 "abcd"` => `"bc"`
    ["std.string.substring"] Function "Int -> Int -> String -> String" = substring(Value, Value, Value);

    /// Whether the string starts with the first argument.
    ///
    /// `std.string.starts_with "ab" "abc"` => `true`
    ["std.string.starts_with"] Function "String -> String -> Bool" = starts_with(Value, Value);

    /// Whether the string ends with the first argument.
    ///
    /// `std.string.ends_with "bc" "abc"` => `true`
    ["std.string.ends_with"] Function "String -> String -> Bool" = ends_with(Value, Value);

    /// Whether the first argument occurs in the string.
    ///
    /// `std.string.contains "b" "abc"` => `true`
    ["std.string.contains"] Function "String -> String -> Bool" = contains(Value, Value);

    /// Where the first argument first occurs in the string; may find nothing.
    ///
    /// `std.string.index_of "c" "abc"` => `2`
    ["std.string.index_of"] Function "String -> String -> Int" = index_of(Value, Value);

    /// Without the first argument at the start, if it is there.
    ///
    /// `std.string.remove_prefix "v" "v1.2"` => `"1.2"`
    ["std.string.remove_prefix"] Function "String -> String -> String" = remove_prefix(Value, Value);

    /// Without the first argument at the end, if it is there.
    ///
    /// `std.string.remove_suffix ".c" "main.c"` => `"main"`
    ["std.string.remove_suffix"] Function "String -> String -> String" = remove_suffix(Value, Value);

    /// The whole number a string spells; finds nothing when it spells none.
    ///
    /// `std.string.to_int "42"` => `42`
    /// `std.string.to_int "x" or 0` => `0`
    ["std.string.to_int"] Function "String -> Int" = to_int(Value);

    /// The floating-point number a string spells; finds nothing when it spells none.
    ///
    /// `std.string.to_float "1.5"` => `1.5`
    ["std.string.to_float"] Function "String -> Float" = to_float(Value);
}

fn length(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to measure")?;
    Ok(Step::Done(
        Value::Int(vm.heap.str(s).chars().count() as i64),
    ))
}

fn is_empty(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to look at")?;
    Ok(Step::Done(Value::Bool(vm.heap.str(s).is_empty())))
}

/// The list of parts of `s`, given as byte ranges.
fn parts(vm: &mut Vm<'_>, s: Str, ranges: Vec<(usize, usize)>) -> Result<Step, Raise> {
    let items: Vec<Value> = ranges
        .into_iter()
        .map(|(start, len)| part(s, start, len))
        .collect();
    vm.items(&items)
}

/// Where a part of `text` is in it.
fn range_of(text: &str, part: &str) -> (usize, usize) {
    (part.as_ptr() as usize - text.as_ptr() as usize, part.len())
}

fn split(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let separator = vm.need_str(args[0], "the separator")?;
    let s = vm.need_str(args[1], "what to split")?;
    let text = vm.heap.str(s);
    if separator.len == 0 {
        return characters(vm, &args[1..]);
    }
    let ranges = text
        .split(vm.heap.str(separator))
        .map(|p| range_of(text, p))
        .collect();
    parts(vm, s, ranges)
}

fn lines(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to split")?;
    let text = vm.heap.str(s);
    let ranges = text.lines().map(|p| range_of(text, p)).collect();
    parts(vm, s, ranges)
}

fn words(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to split")?;
    let text = vm.heap.str(s);
    let ranges = text.split_whitespace().map(|p| range_of(text, p)).collect();
    parts(vm, s, ranges)
}

fn characters(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to split")?;
    let text = vm.heap.str(s);
    let ranges = text
        .char_indices()
        .map(|(at, c)| (at, c.len_utf8()))
        .collect();
    parts(vm, s, ranges)
}

fn trimmed(vm: &mut Vm<'_>, args: &[Value], trim: fn(&str) -> &str) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to trim")?;
    let text = vm.heap.str(s);
    let (start, len) = range_of(text, trim(text));
    Ok(Step::Done(part(s, start, len)))
}

fn trim(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    trimmed(vm, args, str::trim)
}

fn trim_start(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    trimmed(vm, args, str::trim_start)
}

fn trim_end(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    trimmed(vm, args, str::trim_end)
}

fn substring(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let from = vm.need_count(args[0], "a position")?;
    let count = vm.need_count(args[1], "a count")?;
    let s = vm.need_str(args[2], "what to cut")?;
    let text = vm.heap.str(s);
    let byte = |text: &str, chars: usize| {
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| at)
    };
    let start = byte(text, from);
    let len = byte(&text[start..], count);
    Ok(Step::Done(part(s, start, len)))
}

fn two(vm: &Vm<'_>, args: &[Value]) -> Result<(Str, Str), Raise> {
    Ok((
        vm.need_str(args[0], "what to look for")?,
        vm.need_str(args[1], "what to look into")?,
    ))
}

fn starts_with(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let found = vm.heap.str(s).starts_with(vm.heap.str(needle));
    Ok(Step::Done(Value::Bool(found)))
}

fn ends_with(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let found = vm.heap.str(s).ends_with(vm.heap.str(needle));
    Ok(Step::Done(Value::Bool(found)))
}

fn contains(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let found = vm.heap.str(s).contains(vm.heap.str(needle));
    Ok(Step::Done(Value::Bool(found)))
}

fn index_of(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let text = vm.heap.str(s);
    match text.find(vm.heap.str(needle)) {
        Some(at) => Ok(Step::Done(Value::Int(text[..at].chars().count() as i64))),
        None => Err(
            Fault::nothing("The string does not contain what is looked for")
                .help("say what else: put `or …` behind it")
                .into(),
        ),
    }
}

fn remove_prefix(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let text = vm.heap.str(s);
    let rest = text.strip_prefix(vm.heap.str(needle)).unwrap_or(text);
    let (start, len) = range_of(text, rest);
    Ok(Step::Done(part(s, start, len)))
}

fn remove_suffix(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (needle, s) = two(vm, args)?;
    let text = vm.heap.str(s);
    let rest = text.strip_suffix(vm.heap.str(needle)).unwrap_or(text);
    let (start, len) = range_of(text, rest);
    Ok(Step::Done(part(s, start, len)))
}

fn malformed(vm: &Vm<'_>, what: &str, s: Str) -> Raise {
    let mut fault = Fault::new(
        codes::MALFORMED_TEXT,
        format!("{} does not spell {what}", vm.capital(Value::Str(s))),
    );
    fault.nothing = true;
    fault.help("say what else: put `or …` behind it").into()
}

fn to_int(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to read")?;
    match vm.heap.str(s).trim().parse() {
        Ok(i) => Ok(Step::Done(Value::Int(i))),
        Err(_) => Err(malformed(vm, "a whole number of 64 bits", s)),
    }
}

fn to_float(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to read")?;
    match vm.heap.str(s).trim().parse::<f64>() {
        Ok(f) if f.is_finite() => Ok(Step::Done(Value::Float(f))),
        _ => Err(malformed(vm, "a number", s)),
    }
}
