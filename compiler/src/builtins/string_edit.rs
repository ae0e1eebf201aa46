//! `std.string`: making new strings.

use super::declare::builtins;
use crate::value::{Str, Value};
use crate::vm::{Raise, Step, Vm};

builtins! {
    /// The strings of a list with a separator between them.
    ///
    /// `std.string.join ", " [ "a" "b" ]` => `"a, b"`
    ["std.string.join"] Function "String -> [String | Path] -> String" = join(Value, Items);

    /// The strings of a list, one after another.
    ///
    /// `std.string.concat [ "a" "b" ]` => `"ab"`
    ["std.string.concat"] Function "[String | Path] -> String" = concat(Items);

    /// Every occurrence of the first argument replaced by the second.
    ///
    /// `std.string.replace "." "_" "a.b.c"` => `"a_b_c"`
    ["std.string.replace"] Function "String -> String -> String -> String" = replace(Value, Value, Value);

    /// In capital letters.
    ///
    /// `std.string.to_upper "straße"` => `"STRASSE"`
    ["std.string.to_upper"] Function "String -> String" = to_upper(Value);

    /// In small letters.
    ///
    /// `std.string.to_lower "ABC"` => `"abc"`
    ["std.string.to_lower"] Function "String -> String" = to_lower(Value);

    /// A string several times.
    ///
    /// `std.string.repeat 3 "ab"` => `"ababab"`
    ["std.string.repeat"] Function "Int -> String -> String" = repeat(Value, Value);

    /// The characters in opposite order.
    ///
    /// `std.string.reverse "abc"` => `"cba"`
    ["std.string.reverse"] Function "String -> String" = reverse(Value);

    /// Filled at the start with copies of the second argument, up to a length.
    ///
    /// `std.string.pad_start 5 "0" "42"` => `"00042"`
    ["std.string.pad_start"] Function "Int -> String -> String -> String" = pad_start(Value, Value, Value);

    /// Filled at the end with copies of the second argument, up to a length.
    ///
    /// `std.string.pad_end 4 "." "ab"` => `"ab.."`
    ["std.string.pad_end"] Function "Int -> String -> String -> String" = pad_end(Value, Value, Value);

    /// Written so that a POSIX shell reads it as one word.
    ///
    /// `std.string.shell_quote "it's"` => `"'it'\\''s'"`
    /// `std.string.shell_quote "plain-1"` => `"plain-1"`
    ["std.string.shell_quote"] Function "String -> String" = shell_quote(Value);

    /// A scalar as text, as interpolation shows it.
    ///
    /// `to_string 1.5` => `"1.5"`
    /// `to_string 90s` => `"1m30s"`
    ["to_string"] Function "String | Int | Float | Bool | Path | Duration | Size -> String" = to_string(Value);
}

fn joined(vm: &mut Vm<'_>, separator: Option<Str>, list: Value) -> Result<Step, Raise> {
    let list = vm.need_list(list, "what to join")?;
    let mut parts = Vec::with_capacity(list.len());
    let mut total = 0;
    let mut context = separator.map_or(0, |s| s.context);
    for i in 0..list.len() {
        let part = match vm.heap.resolve(vm.heap.item(list, i)) {
            Value::Str(s) => s,
            path @ Value::Path(_) => vm.to_text(path)?,
            other => return Err(vm.wrong("a list of strings", other)),
        };
        context = vm.heap.contexts.union(context, part.context);
        total += part.len as usize + separator.map_or(0, |s| s.len as usize);
        parts.push(part);
    }
    vm.need_memory(total)?;
    let mark = vm.heap.text_mark();
    for (i, part) in parts.into_iter().enumerate() {
        if let Some(separator) = separator.filter(|_| i > 0) {
            vm.heap.push_str(separator);
        }
        vm.heap.push_str(part);
    }
    Ok(Step::Done(Value::Str(vm.heap.text_since(mark, context))))
}

fn join(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let separator = vm.need_str(args[0], "the separator")?;
    joined(vm, Some(separator), args[1])
}

fn concat(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    joined(vm, None, args[0])
}

fn replace(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let from = vm.need_str(args[0], "what to replace")?;
    let to = vm.need_str(args[1], "what to put there")?;
    let s = vm.need_str(args[2], "what to replace in")?;
    let text = vm.heap.str(s);
    let count = text.matches(vm.heap.str(from)).count();
    if count == 0 {
        return Ok(Step::Done(Value::Str(s)));
    }
    if !vm.heap.allows(count.saturating_mul(to.len as usize)) {
        return Err(vm.no_room());
    }
    let text = vm.heap.str(s).replace(vm.heap.str(from), vm.heap.str(to));
    let context = vm.heap.contexts.union(s.context, to.context);
    vm.text(&text, context)
}

fn to_upper(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to change")?;
    let text = vm.heap.str(s).to_uppercase();
    vm.text(&text, s.context)
}

fn to_lower(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to change")?;
    let text = vm.heap.str(s).to_lowercase();
    vm.text(&text, s.context)
}

fn repeat(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let count = vm.need_count(args[0], "a count")?;
    let s = vm.need_str(args[1], "what to repeat")?;
    vm.need_memory(count.saturating_mul(s.len as usize))?;
    let text = vm.heap.str(s).repeat(if s.len == 0 { 0 } else { count });
    vm.text(&text, s.context)
}

fn reverse(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to reverse")?;
    let text: String = vm.heap.str(s).chars().rev().collect();
    vm.text(&text, s.context)
}

/// What to add to reach the length, and all that is mentioned.
fn padding(vm: &mut Vm<'_>, args: &[Value]) -> Result<(String, Str, u32), Raise> {
    let length = vm.need_count(args[0], "a length")?;
    let fill = vm.need_str(args[1], "what to fill with")?;
    let s = vm.need_str(args[2], "what to fill")?;
    let missing = length.saturating_sub(vm.heap.str(s).chars().count());
    if missing > 0 && fill.len == 0 {
        return Err(vm.bad("needs something to fill with, not an empty string"));
    }
    vm.need_memory(missing.saturating_mul(4))?;
    let padding = vm.heap.str(fill).chars().cycle().take(missing).collect();
    Ok((padding, s, vm.heap.contexts.union(s.context, fill.context)))
}

fn pad_start(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (mut text, s, context) = padding(vm, args)?;
    text.push_str(vm.heap.str(s));
    vm.text(&text, context)
}

fn pad_end(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (padding, s, context) = padding(vm, args)?;
    let text = format!("{}{padding}", vm.heap.str(s));
    vm.text(&text, context)
}

fn shell_quote(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let s = vm.need_str(args[0], "what to quote")?;
    let text = vm.heap.str(s);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return Ok(Step::Done(Value::Str(s)));
    }
    let quoted = format!("'{}'", text.replace('\'', r"'\''"));
    vm.text(&quoted, s.context)
}

fn to_string(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Done(Value::Str(vm.to_text(args[0])?)))
}
