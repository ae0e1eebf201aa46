//! Diagnostics for programs: a stable JSON form.

use super::render::position;
use super::{Diagnostic, Label};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// One diagnostic as JSON: code, name, severity, message, places with 1-based lines and columns
/// (in characters) and 0-based bytes, helps, notes, and the fix if there is one.
pub fn to_json(diagnostic: &Diagnostic, source: &dyn Fn(&Path) -> Option<Arc<str>>) -> Value {
    let mut value = json!({
        "code": diagnostic.code,
        "name": diagnostic.code.info().map(|info| info.name),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "primary": label(&diagnostic.primary, source),
        "secondary": diagnostic.secondary.iter().map(|l| label(l, source)).collect::<Vec<_>>(),
        "helps": diagnostic.helps,
        "notes": diagnostic.notes,
    });
    if let Some(fix) = &diagnostic.fix {
        value["fix"] = json!({
            "title": fix.title,
            "certain": fix.certain,
            "file": fix.file,
            "edits": fix.edits.iter().map(|(span, text)| json!({
                "start_byte": span.start,
                "end_byte": span.end,
                "text": text,
            })).collect::<Vec<_>>(),
        });
    }
    value
}

fn label(label: &Label, source: &dyn Fn(&Path) -> Option<Arc<str>>) -> Value {
    let mut value = json!({
        "file": label.file,
        "start_byte": label.span.start,
        "end_byte": label.span.end,
        "text": label.text,
    });
    if let Some(text) = source(&label.file) {
        let place = |byte| {
            let (line, column) = position(&text, byte);
            json!({ "line": line, "column": column })
        };
        value["start"] = place(label.span.start);
        value["end"] = place(label.span.end);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::registry::types::TYPE_MISMATCH;
    use crate::hir::Span;

    #[test]
    fn lines_and_columns_count_characters() {
        let file: Arc<Path> = Arc::from(Path::new("/p/a.nx"));
        let diagnostic =
            Diagnostic::error(TYPE_MISMATCH, file, Span { start: 5, end: 7 }, "m").help("h");
        let value = to_json(&diagnostic, &|_| Some("é\né x".into()));
        assert_eq!(value["code"], "NX0201");
        assert_eq!(value["name"], "type-mismatch");
        assert_eq!(value["primary"]["start"], json!({ "line": 2, "column": 2 }));
        assert_eq!(value["helps"], json!(["h"]));
    }
}
