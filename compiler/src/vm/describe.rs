//! Values in messages: short, on one line.

use super::Vm;
use crate::diagnostic::suggest::enumerate;
use crate::value::{Value, text};

/// Characters of a string shown in a message.
const MAX_SHOWN: usize = 40;

impl Vm<'_> {
    /// The value as a message names it: `the string "abc"`, `a list of 3 elements`.
    pub fn describe(&self, value: Value) -> String {
        match self.heap.resolve(value) {
            Value::Bool(b) => format!("the boolean {b}"),
            Value::Int(i) => format!("the integer {i}"),
            Value::Float(f) => format!("the float {}", text::float(f)),
            Value::Duration(d) => format!("the duration {}", text::duration(d)),
            Value::Size(s) => format!("the size {}", text::size(s)),
            Value::Str(s) => {
                let s = self.heap.str(s);
                match s.char_indices().nth(MAX_SHOWN) {
                    Some((cut, _)) => format!("the string {}…", text::quoted(&s[..cut])),
                    None => format!("the string {}", text::quoted(s)),
                }
            }
            Value::Path(p) => format!("the path `{}`", self.shown_path(p)),
            Value::List(l) if l.is_empty() => "an empty list".to_owned(),
            Value::List(l) if l.len() == 1 => "a list of one element".to_owned(),
            Value::List(l) => format!("a list of {} elements", l.len()),
            value => match value.record() {
                Some(record) => {
                    let fields = self.heap.entries_by_name(record);
                    match fields.len() {
                        0 => "an empty record".to_owned(),
                        1 => format!("a record with the field `{}`", fields[0].0),
                        _ => format!(
                            "a record with the fields {}",
                            enumerate(fields.iter().map(|f| f.0.as_str()), 4)
                        ),
                    }
                }
                None => value.kind().to_owned(),
            },
        }
    }

    /// The same at the beginning of a sentence.
    pub fn capital(&self, value: Value) -> String {
        let text = self.describe(value);
        let mut chars = text.chars();
        match chars.next() {
            Some(first) => first.to_uppercase().chain(chars).collect(),
            None => text,
        }
    }
}
