//! Writing JSON, with an explicit stack of what is open.

use crate::diagnostic::registry::evaluation as codes;
use crate::symbol::Symbol;
use crate::value::{Value, text};
use crate::vm::{Fault, Raise, Vm};
use rustc_hash::FxHashSet;
use std::fmt::Write;

/// A list or record being written.
struct Open {
    items: std::vec::IntoIter<(Option<Symbol>, Value)>,
    close: char,
    first: bool,
    /// What tells it apart from others, to notice a value inside itself.
    id: (u32, u32),
}

/// A computed value as JSON, and what its strings mention.
pub(crate) fn write_json(
    vm: &mut Vm<'_>,
    root: Value,
    pretty: bool,
) -> Result<(String, u32), Raise> {
    let mut out = String::new();
    let mut context = 0;
    let mut stack: Vec<Open> = Vec::new();
    let mut inside: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut next = Some(root);
    loop {
        if let Some(value) = next.take()
            && let Some(open) = begin(vm, value, &mut out, &mut context)?
        {
            if !inside.insert(open.id) {
                return Err(Fault::new(
                    codes::NOT_JSON,
                    "This value contains itself, so it has no form in JSON",
                )
                .into());
            }
            stack.push(open);
        }
        if !vm.heap.allows(out.len()) {
            return Err(vm.no_room());
        }
        let depth = stack.len();
        let Some(open) = stack.last_mut() else {
            return Ok((out, context));
        };
        let Some((name, value)) = open.items.next() else {
            if pretty && !open.first {
                indent(&mut out, depth - 1);
            }
            out.push(open.close);
            inside.remove(&open.id);
            stack.pop();
            continue;
        };
        if !open.first {
            out.push(',');
        }
        open.first = false;
        if pretty {
            indent(&mut out, depth);
        }
        if let Some(name) = name {
            string(&mut out, name.as_str());
            out.push_str(if pretty { ": " } else { ":" });
        }
        next = Some(value);
    }
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Writes a scalar, or begins a list or record.
fn begin(
    vm: &mut Vm<'_>,
    value: Value,
    out: &mut String,
    context: &mut u32,
) -> Result<Option<Open>, Raise> {
    let value = vm.heap.resolve(value);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if b { "true" } else { "false" }),
        Value::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Value::Float(f) if f.is_finite() => out.push_str(&text::float(f)),
        Value::Str(s) => {
            *context = vm.heap.contexts.union(*context, s.context);
            string(out, vm.heap.str(s));
        }
        Value::Path(p) => string(out, &vm.shown_path(p)),
        Value::Duration(d) => string(out, &text::duration(d)),
        Value::Size(s) => string(out, &text::size(s)),
        Value::List(list) if list.is_empty() => out.push_str("[]"),
        Value::List(list) => {
            out.push('[');
            let items: Vec<_> = vm.heap.items(list).iter().map(|v| (None, *v)).collect();
            return Ok(Some(Open {
                items: items.into_iter(),
                close: ']',
                first: true,
                id: (list.start, list.len),
            }));
        }
        other => {
            let Some(record) = other.record() else {
                return Err(Fault::new(
                    codes::NOT_JSON,
                    format!("{} has no form in JSON", vm.capital(other)),
                )
                .into());
            };
            if vm.heap.record_len(record) == 0 {
                out.push_str("{}");
                return Ok(None);
            }
            out.push('{');
            let fields: Vec<_> = vm
                .heap
                .entries_by_name(record)
                .into_iter()
                .map(|(name, value)| (Some(name), value))
                .collect();
            let id = match other {
                Value::Record(r) => (r.start, u32::MAX - r.shape),
                Value::Dict(d) => (d.root, u32::MAX),
                _ => (0, 0),
            };
            return Ok(Some(Open {
                items: fields.into_iter(),
                close: '}',
                first: true,
                id,
            }));
        }
    }
    Ok(None)
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => {
                out.push_str(&text[plain..at]);
                let _ = write!(out, "\\u{byte:04x}");
                plain = at + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escape);
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}
