//! Writing JSON, with an explicit stack of what is open.

use crate::diagnostic::registry::evaluation as codes;
use crate::symbol::Symbol;
use crate::value::{Value, text};
use crate::vm::{Fault, Raise, Vm};
use rustc_hash::{FxHashMap, FxHashSet};
use std::fmt::Write;

/// So many bytes are passed on at a time.
const PORTION: usize = 1 << 18;
/// A value inside itself is looked for from this depth on: few values are as deep, and one that
/// holds itself is infinitely deep.
const SUSPICIOUS: usize = 256;

/// Where the text goes.
pub(crate) enum Sink<'a> {
    /// All of it is the result.
    Keep,
    /// It is passed on in portions; the result is what is left.
    Pass(&'a mut dyn FnMut(&str)),
}

/// The elements of a list or record that are still to be written.
enum Items {
    /// Slots.
    List { at: u32, end: u32 },
    /// The fields of a shape, by name; slots from `start` on.
    Record { shape: u32, start: u32, at: u32 },
    /// The fields of a tree.
    Dict(std::vec::IntoIter<(Symbol, Value)>),
}

/// A list or record being written.
struct Open {
    items: Items,
    close: char,
    first: bool,
    /// What tells it apart from others, to notice a value inside itself.
    id: (u32, u32),
}

struct Writer {
    out: String,
    pretty: bool,
    context: u32,
    stack: Vec<Open>,
    inside: FxHashSet<(u32, u32)>,
    /// Field names as they are written, with what follows.
    names: FxHashMap<Symbol, Box<str>>,
}

/// A computed value as JSON, and what its strings mention.
pub(crate) fn write_json(
    vm: &mut Vm<'_>,
    root: Value,
    pretty: bool,
    mut sink: Sink<'_>,
) -> Result<(String, u32), Raise> {
    let mut writer = Writer {
        out: String::new(),
        pretty,
        context: 0,
        stack: Vec::new(),
        inside: FxHashSet::default(),
        names: FxHashMap::default(),
    };
    writer.value(vm, root)?;
    loop {
        if writer.out.len() >= PORTION {
            match &mut sink {
                Sink::Keep if vm.heap.allows(writer.out.len()) => {}
                Sink::Keep => return Err(vm.no_room()),
                Sink::Pass(pass) => {
                    pass(&writer.out);
                    writer.out.clear();
                }
            }
        }
        if !writer.step(vm)? {
            return Ok((writer.out, writer.context));
        }
    }
}

impl Writer {
    /// Writes one more element; false when everything is written.
    fn step(&mut self, vm: &mut Vm<'_>) -> Result<bool, Raise> {
        let depth = self.stack.len();
        let Some(open) = self.stack.last_mut() else {
            return Ok(false);
        };
        let Some((name, value)) = open.items.next(vm) else {
            if self.pretty && !open.first {
                indent(&mut self.out, depth - 1);
            }
            self.out.push(open.close);
            if depth >= SUSPICIOUS {
                self.inside.remove(&open.id);
            }
            self.stack.pop();
            return Ok(true);
        };
        if !open.first {
            self.out.push(',');
        }
        open.first = false;
        if self.pretty {
            indent(&mut self.out, depth);
        }
        if let Some(name) = name {
            let pretty = self.pretty;
            let name = self.names.entry(name).or_insert_with(|| {
                let mut text = String::new();
                string(&mut text, name.as_str());
                text.push_str(if pretty { ": " } else { ":" });
                text.into()
            });
            self.out.push_str(name);
        }
        self.value(vm, value)?;
        Ok(true)
    }

    /// Writes a scalar, or opens a list or record.
    fn value(&mut self, vm: &mut Vm<'_>, value: Value) -> Result<(), Raise> {
        let value = vm.heap.resolve(value);
        let open = match value {
            Value::List(list) if !list.is_empty() => Open {
                items: Items::List {
                    at: list.start,
                    end: list.start + list.len,
                },
                close: ']',
                first: true,
                id: (list.start, list.len),
            },
            Value::Record(record) => Open {
                items: Items::Record {
                    shape: record.shape,
                    start: record.start,
                    at: 0,
                },
                close: '}',
                first: true,
                id: (record.start, u32::MAX - record.shape),
            },
            Value::Dict(dict) => {
                let fields = value.record().map(|r| vm.heap.entries_by_name(r));
                Open {
                    items: Items::Dict(fields.unwrap_or_default().into_iter()),
                    close: '}',
                    first: true,
                    id: (dict.root, u32::MAX),
                }
            }
            scalar => return self.scalar(vm, scalar),
        };
        self.out.push(if open.close == ']' { '[' } else { '{' });
        if self.stack.len() + 1 >= SUSPICIOUS && !self.inside.insert(open.id) {
            return Err(Fault::new(
                codes::NOT_JSON,
                "This value contains itself, so it has no form in JSON",
            )
            .into());
        }
        self.stack.push(open);
        Ok(())
    }

    fn scalar(&mut self, vm: &mut Vm<'_>, value: Value) -> Result<(), Raise> {
        let out = &mut self.out;
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(b) => out.push_str(if b { "true" } else { "false" }),
            Value::Int(i) => _ = write!(out, "{i}"),
            Value::Float(f) if f.is_finite() => out.push_str(&text::float(f)),
            Value::Str(s) => {
                self.context = vm.heap.contexts.union(self.context, s.context);
                string(out, vm.heap.str(s));
            }
            Value::Path(p) => string(out, &vm.shown_path(p)),
            Value::Duration(d) => string(out, &text::duration(d)),
            Value::Size(s) => string(out, &text::size(s)),
            Value::List(_) => out.push_str("[]"),
            other => {
                return Err(Fault::new(
                    codes::NOT_JSON,
                    format!("{} has no form in JSON", vm.capital(other)),
                )
                .into());
            }
        }
        Ok(())
    }
}

impl Items {
    fn next(&mut self, vm: &Vm<'_>) -> Option<(Option<Symbol>, Value)> {
        match self {
            Items::List { at, end } => {
                if at == end {
                    return None;
                }
                *at += 1;
                Some((None, vm.heap.slots[*at as usize - 1]))
            }
            Items::Record { shape, start, at } => {
                let shape = vm.heap.shapes.get(*shape);
                let index = *shape.by_name().get(*at as usize)?;
                *at += 1;
                let value = vm.heap.slots[(*start + index) as usize];
                Some((Some(shape.keys[index as usize]), value))
            }
            Items::Dict(fields) => fields.next().map(|(name, value)| (Some(name), value)),
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Whether one of eight bytes is a control character, a quote or a backslash. What matters is that
/// none is overlooked; bytes above a borrow may be reported in vain.
fn may_need_escape(bytes: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(bytes);
    let zero = |w: u64| w.wrapping_sub(ONES) & !w & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    let quote = zero(word ^ (ONES * u64::from(b'"')));
    let backslash = zero(word ^ (ONES * u64::from(b'\\')));
    (control | quote | backslash) != 0
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    // Most text is plain, and looked through in portions.
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let plain = eights.iter().all(|eight| !may_need_escape(*eight))
        && rest
            .iter()
            .all(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if plain {
        out.push_str(text);
    } else {
        escaped(out, text);
    }
    out.push('"');
}

fn escaped(out: &mut String, text: &str) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_are_as_another_library_writes_them(text in "([ -~]|[\"\\\\\u{0}-\u{1f}é€🎈\u{7f}]){0,40}") {
            let mut out = String::new();
            string(&mut out, &text);
            let read: String = serde_json::from_str(&out).unwrap();
            prop_assert_eq!(&read, &text);
        }
    }
}
