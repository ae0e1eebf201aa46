//! What is under the pointer.

use super::describe::{Description, computed, describe};
use super::source::Source;
use nexus_compiler::db::SourceFile;
use nexus_compiler::hir::{Expr, Span};
use nexus_compiler::ide::{
    Def, Mention, Resolver, Snapshot, expr_at, follow, type_of_expr, type_of_key,
};
use nexus_compiler::types::show::show_within;
use nexus_compiler::types::{Kind, Ty};

/// What is said about a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The stretch.
    pub span: Span,
    /// In Markdown.
    pub markdown: String,
}

/// What is to be said about an offset.
pub fn hover(snapshot: &Snapshot, file: SourceFile, offset: u32) -> Option<Hover> {
    let source = Source::new(snapshot, file);
    let mut all = Vec::new();
    let mut span = None;
    for occurrence in source.occurrences_at(offset) {
        // A field that something is expected of says what that is.
        if let Mention::Field(record, position) = occurrence.mention
            && let Some(declared) = declared(&source, record, position)
        {
            return Some(Hover {
                span: occurrence.span,
                markdown: declared.markdown(),
            });
        }
        let seen = match occurrence.mention {
            Mention::Local(_) if !occurrence.binds => expr_at(&source.module, &source.map, offset)
                .and_then(|id| type_of_expr(source.db, file, id)),
            Mention::Key(expr, index) => type_of_key(source.db, file, expr, index),
            _ => None,
        };
        let defs = Resolver::new(source.db).mention(file, occurrence.mention);
        for def in &defs {
            if let Some(mut description) = describe(snapshot, def, seen.clone()) {
                if description.value.is_none() {
                    description.value = computed(snapshot, def);
                }
                let text = description.markdown();
                if !all.contains(&text) {
                    all.push(text);
                }
                span = Some(occurrence.span);
            }
        }
        if defs.is_empty()
            && let Some(seen) = seen
        {
            let description = Description {
                code: format!(
                    "{} : {}",
                    source.slice(occurrence.span),
                    nexus_compiler::types::readable::show_scheme(&seen, 600)
                ),
                ..Description::default()
            };
            all.push(description.markdown());
            span = Some(occurrence.span);
        }
        if !all.is_empty() {
            break;
        }
    }
    match span {
        Some(span) => Some(Hover {
            span,
            markdown: all.join("\n\n---\n\n"),
        }),
        None => literal(&source, offset),
    }
}

/// What is declared about a field of a record literal, by the type the record is to have.
fn declared(
    source: &Source<'_>,
    record: nexus_compiler::hir::ExprId,
    position: u32,
) -> Option<Description> {
    let (wanted, name) = source.demanded(record, position)?;
    let field = wanted.field(name)?;
    if let Some(owner) = wanted.name
        && let Some(description) = describe(source.snapshot, &Def::SchemaField(owner, name), None)
    {
        return Some(description);
    }
    let sign = if field.optional { '?' } else { ':' };
    Some(Description {
        code: format!("{name} {sign} {}", show_within(&field.ty, 600)),
        ..Description::default()
    })
}

/// Durations and sizes in other units.
fn literal(source: &Source<'_>, offset: u32) -> Option<Hover> {
    let id = expr_at(&source.module, &source.map, offset)?;
    let span = *source.map.exprs.get(id.index())?;
    let written = source.slice(span);
    let text = match &source.module.exprs[id.index()] {
        Expr::Duration(nanoseconds) => duration(*nanoseconds),
        Expr::Size(bytes) => size(*bytes),
        _ => return None,
    };
    Some(Hover {
        span,
        markdown: format!("```nx\n{written}\n```\n\n{text}"),
    })
}

/// `1h30m` as "5,400 seconds".
fn duration(nanoseconds: i64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    let rest = nanoseconds % 1_000_000_000;
    if nanoseconds == 0 {
        return "nothing".into();
    }
    if seconds == 0 {
        return format!("{} nanoseconds", grouped(rest));
    }
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let before: i64 = match unit {
            "d" => i64::MAX,
            "h" => 86_400,
            "m" => 3_600,
            _ => 60,
        };
        let count = seconds % before / length;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    let fraction = match rest {
        0 => String::new(),
        rest => format!(".{}", format!("{rest:09}").trim_end_matches('0')),
    };
    format!(
        "{}{fraction} seconds ({})",
        grouped(seconds),
        parts.join(" ")
    )
}

/// `10MB` as "10,000,000 bytes (9.54 MiB)".
fn size(bytes: i64) -> String {
    let mut text = format!("{} bytes", grouped(bytes));
    let units = [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    if let Some((unit, length)) = units
        .iter()
        .find(|(_, length)| bytes.unsigned_abs() >= *length)
    {
        let count = bytes as f64 / *length as f64;
        let count = format!("{count:.2}");
        let count = count.trim_end_matches('0').trim_end_matches('.');
        text.push_str(&format!(" ({count} {unit})"));
    }
    text
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    if number < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What a type is called, if it has a name of its own.
pub(super) fn name_of_type(source: &Source<'_>, ty: &Ty) -> Option<Def> {
    for member in ty.members() {
        let name = match member.kind() {
            Kind::Alias(name, _) => Some(*name),
            _ => None,
        };
        let followed = follow(source.db, source.file, member);
        let name = name.or(match followed.kind() {
            Kind::Record(record) => record.name,
            _ => None,
        });
        if let Some(name) = name {
            let own = source.module.type_defs.iter();
            let own = own.clone().position(|def| def.name == name);
            return Some(match own {
                Some(position) => Def::Type(source.file, position as u32),
                None => Def::SchemaType(name),
            });
        }
        if let Kind::List(element) = followed.kind()
            && let Some(def) = name_of_type(source, element)
        {
            return Some(def);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_in_other_units() {
        let second = 1_000_000_000;
        for (nanoseconds, text) in [
            (90 * 60 * second, "5,400 seconds (1h 30m)"),
            (1_500_000_000, "1.5 seconds (1s)"),
            (500_000_000, "500,000,000 nanoseconds"),
            (0, "nothing"),
            (2 * 86_400 * second, "172,800 seconds (2d)"),
        ] {
            assert_eq!(duration(nanoseconds), text);
        }
        for (bytes, text) in [
            (10_000_000, "10,000,000 bytes (9.54 MiB)"),
            (4096, "4,096 bytes (4 KiB)"),
            (12, "12 bytes"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
