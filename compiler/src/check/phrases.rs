//! Types and values as the words of a message.

use super::context::Checker;
use crate::hir::{BinaryOp, Expr, ExprId, StrPart};
use crate::types::show::show;
use crate::types::{Kind, Ty};

/// How many parts of a sum of texts are written into one.
const MOST_PARTS: usize = 16;

/// A union as a person says it: "an Int or a Float", "\"dev\" or \"prod\"".
pub(super) fn either(members: &[Ty]) -> String {
    let words: Vec<String> = members.iter().map(member).collect();
    match words.as_slice() {
        [] => "a value".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What an interpolation takes.
pub(super) fn is_interpolable(members: &[Ty]) -> bool {
    let has = |kind: fn(&Kind) -> bool| members.iter().any(|m| kind(m.kind()));
    members.len() >= 6
        && has(|k| matches!(k, Kind::String))
        && has(|k| matches!(k, Kind::Bool))
        && has(|k| matches!(k, Kind::Duration))
        && has(|k| matches!(k, Kind::Path))
}

fn member(ty: &Ty) -> String {
    let text = show(ty);
    match ty.kind() {
        Kind::Text(_) | Kind::Number(_) | Kind::Null => match text.as_str() {
            "Null" => "null".into(),
            _ => text,
        },
        Kind::List(_) => format!("a list `{text}`"),
        Kind::Function(..) => format!("a function `{text}`"),
        Kind::Record(record) if record.name.is_none() => format!("a record `{text}`"),
        _ => with_article(&text),
    }
}

/// "an Int", "a String".
pub(super) fn with_article(name: &str) -> String {
    match name.starts_with(['A', 'E', 'I', 'O', 'U']) {
        true => format!("an {name}"),
        false => format!("a {name}"),
    }
}

impl Checker<'_> {
    /// A name, selection or plain literal as it is written; the rest of what can be written is
    /// known to the text alone.
    pub(super) fn spelled(&self, id: ExprId) -> Option<String> {
        let path = match self.expr(id) {
            Expr::Select {
                base,
                path,
                default: None,
            } => self.written_path(*base, path)?,
            Expr::Int(number) => return Some(number.to_string()),
            Expr::List(elements) if elements.len() <= 4 => {
                let elements: Option<Vec<_>> = elements.iter().map(|e| self.spelled(*e)).collect();
                return Some(format!("[ {} ]", elements?.join(" ")));
            }
            Expr::Text(_) | Expr::String(_) => {
                return Some(format!("\"{}\"", self.inside_of_text(id)?));
            }
            _ => self.written_path(id, &[])?,
        };
        Some(path.trim_matches('`').to_owned())
    }

    /// Texts joined with `+`, written as one: `"a ${b}"` for `"a " + b`.
    pub(super) fn as_one_text(&self, sum: ExprId) -> Option<String> {
        let mut parts = Vec::new();
        let mut open = vec![sum];
        while let Some(id) = open.pop() {
            match self.expr(id) {
                Expr::Binary(BinaryOp::Add, left, right) => open.extend([*right, *left]),
                Expr::Text(_) | Expr::String(_) => parts.push(self.inside_of_text(id)?),
                _ => parts.push(format!("${{{}}}", self.spelled(id)?)),
            }
            if parts.len() + open.len() > MOST_PARTS {
                return None;
            }
        }
        let text = parts.concat();
        (!text.contains('\n')).then(|| format!("\"{text}\""))
    }

    fn inside_of_text(&self, id: ExprId) -> Option<String> {
        // What is too long to be shown is cut.
        let quoted = |text: &str| {
            let quoted = show(&Ty::text(text));
            Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
        };
        let parts = match self.expr(id) {
            Expr::Text(text) => return quoted(text),
            Expr::String(parts) => parts,
            _ => return None,
        };
        let mut out = String::new();
        for part in parts {
            match part {
                StrPart::Text(text) => out += &quoted(text)?,
                StrPart::Expr(expr) => out += &format!("${{{}}}", self.spelled(*expr)?),
            }
        }
        Some(out)
    }
}
