//! Scalars as text, and text with context.

use super::{Fault, Raise, Vm};
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{Str, Value, text};
use std::path::Path;

impl Vm<'_> {
    /// Pops scalars and gives the text of all of them, with everything they mention.
    pub(super) fn interpolate(&mut self, count: usize) -> Result<Value, Raise> {
        let from = self.stack.len() - count;
        let mut context = 0;
        // A text that ends where the next begins is extended in place.
        let mut mark = self.heap.text_mark();
        let mut first = from;
        if let Some(&Value::Str(s)) = self.stack.get(from)
            && (s.start + s.len) as usize == mark
        {
            mark = s.start as usize;
            context = s.context;
            first += 1;
        }
        for i in first..self.stack.len() {
            let value = self.stack[i];
            let more = self.push_scalar(value)?;
            context = self.heap.contexts.union(context, more);
        }
        self.stack.truncate(from);
        Ok(Value::Str(self.heap.text_since(mark, context)))
    }

    /// Adds a scalar to the text being built; gives its context.
    fn push_scalar(&mut self, value: Value) -> Result<u32, Raise> {
        match value {
            Value::Str(s) => {
                self.heap.push_str(s);
                return Ok(s.context);
            }
            Value::Path(p) => {
                let shown = self.shown_path(p);
                self.heap.push_text(&shown);
                return Ok(p.context);
            }
            Value::Int(i) => {
                // Digits by hand: this is the commonest scalar, and formatting machinery costs
                // more than the rest of the interpolation.
                let mut digits = [0u8; 20];
                let mut at = digits.len();
                let mut rest = i.unsigned_abs();
                loop {
                    at -= 1;
                    digits[at] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                    if rest == 0 {
                        break;
                    }
                }
                if i < 0 {
                    at -= 1;
                    digits[at] = b'-';
                }
                self.heap
                    .push_text(std::str::from_utf8(&digits[at..]).unwrap_or_default());
            }
            Value::Float(f) => self.heap.push_text(&text::float(f)),
            Value::Bool(b) => self.heap.push_text(if b { "true" } else { "false" }),
            Value::Duration(d) => self.heap.push_text(&text::duration(d)),
            Value::Size(s) => self.heap.push_text(&text::size(s)),
            other => {
                let mut fault = Fault::new(
                    codes::WRONG_TYPE,
                    format!("{} cannot become part of a string", self.capital(other)),
                );
                fault = match other {
                    Value::List(_) => fault.help("join its elements: `std.string.join \" \" xs`"),
                    Value::Record(_) | Value::Dict(_) => {
                        fault.help("select one of its fields, or write it as JSON with `to_json`")
                    }
                    Value::Null => fault.help("give a default for it before using it"),
                    _ => fault,
                };
                return Err(fault.into());
            }
        }
        Ok(0)
    }

    /// A scalar as a string.
    ///
    /// # Errors
    /// When the value is not a scalar.
    pub fn to_text(&mut self, value: Value) -> Result<Str, Raise> {
        if let Value::Str(s) = value {
            return Ok(s);
        }
        let mark = self.heap.text_mark();
        let context = self.push_scalar(value)?;
        Ok(self.heap.text_since(mark, context))
    }

    /// A path as programs see it: relative to the project's folder when inside it.
    pub fn shown_path(&self, path: Str) -> String {
        let path = self.heap.str(path);
        match Path::new(path).strip_prefix(self.world.root) {
            Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
            Ok(inside) => inside.to_string_lossy().into_owned(),
            Err(_) => path.to_owned(),
        }
    }
}
