//! Types as a person writes them.

use super::{Kind, RecordTy, Rest, Ty};
use std::fmt::Write;

/// Longer texts are cut.
const LONGEST: usize = 160;

/// The text of a type.
pub fn show(ty: &Ty) -> String {
    show_within(ty, LONGEST)
}

/// The text of a type, cut to about `longest` bytes.
pub fn show_within(ty: &Ty, longest: usize) -> String {
    let mut out = Text {
        text: String::new(),
        longest,
    };
    write(ty, Place::Top, &mut out);
    let mut out = out.text;
    if out.len() > longest {
        let mut end = longest;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        out.push('…');
    }
    out
}

/// A text that is long enough one day.
struct Text {
    text: String,
    longest: usize,
}

impl Text {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Place {
    Top,
    /// The result of a function.
    Result,
    /// A member of a union.
    Member,
    /// What a function takes.
    Parameter,
}

fn write(ty: &Ty, place: Place, out: &mut Text) {
    if out.text.len() > out.longest {
        return;
    }
    match ty.kind() {
        Kind::Any | Kind::Var(_) | Kind::Deferred(..) => out.push_str("Any"),
        Kind::Null => out.push_str("Null"),
        Kind::Bool => out.push_str("Bool"),
        Kind::Int => out.push_str("Int"),
        Kind::Float => out.push_str("Float"),
        Kind::String => out.push_str("String"),
        Kind::Path => out.push_str("Path"),
        Kind::Duration => out.push_str("Duration"),
        Kind::Size => out.push_str("Size"),
        Kind::TaskRef => out.push_str("TaskRef"),
        Kind::Text(text) => quote(text, &mut out.text),
        Kind::Number(number) => {
            let _ = write!(out.text, "{number}");
        }
        Kind::Alias(name, args) => {
            out.push_str(super::foreign::shown(*name));
            for arg in args {
                out.push(' ');
                let plain = !matches!(
                    arg.kind(),
                    Kind::Union(_) | Kind::Function(..) | Kind::Alias(..)
                );
                if plain {
                    write(arg, Place::Parameter, out);
                } else {
                    out.push('(');
                    write(arg, Place::Top, out);
                    out.push(')');
                }
            }
        }
        Kind::Tasks(path) => {
            out.push_str("tasks");
            for name in path.iter() {
                out.push('.');
                out.push_str(name.as_str());
            }
        }
        Kind::List(element) => {
            out.push('[');
            write(element, Place::Top, out);
            out.push(']');
        }
        Kind::Function(from, to) => {
            let wrap = place >= Place::Member;
            if wrap {
                out.push('(');
            }
            write(from, Place::Parameter, out);
            out.push_str(" -> ");
            write(to, Place::Result, out);
            if wrap {
                out.push(')');
            }
        }
        Kind::Union(members) => {
            let wrap = place == Place::Parameter;
            if wrap {
                out.push('(');
            }
            for (i, member) in members.iter().enumerate() {
                if i > 0 {
                    out.push_str(" | ");
                }
                write(member, Place::Member, out);
            }
            if wrap {
                out.push(')');
            }
        }
        Kind::Record(record) => write_record(record, out),
    }
}

fn write_record(record: &RecordTy, out: &mut Text) {
    if let Some(name) = record.name {
        out.push_str(name.as_str());
        return;
    }
    if let (Rest::Dict(ty), true) = (&record.rest, record.fields.is_empty()) {
        out.push_str("{ [String] : ");
        write(ty, Place::Top, out);
        out.push_str(" }");
        return;
    }
    out.push_str("{ ");
    for (i, field) in record.fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        name(field.name.as_str(), &mut out.text);
        out.push_str(if field.optional { " ? " } else { " : " });
        write(&field.ty, Place::Top, out);
    }
    if !matches!(record.rest, Rest::Exact) {
        out.push_str(if record.fields.is_empty() {
            "..."
        } else {
            ", ..."
        });
    }
    out.push_str(if record.fields.is_empty() && out.text.ends_with("{ ") {
        "}"
    } else {
        " }"
    });
}

/// A field's name, in quotes when it is not a plain name.
pub fn name(name: &str, out: &mut String) {
    let plain = name.chars().enumerate().all(|(i, c)| {
        c == '_'
            || c.is_ascii_alphabetic()
            || (i > 0 && (c.is_ascii_digit() || c == '-' || c == '\''))
    }) && !name.is_empty();
    if plain {
        out.push_str(name);
    } else {
        quote(name, out);
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' => out.push_str("\\$"),
            c => out.push(c),
        }
    }
    out.push('"');
}
