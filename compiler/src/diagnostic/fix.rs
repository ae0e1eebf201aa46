//! Applying fixes to texts.

use super::{Diagnostic, Fix};

/// The text after a fix; `None` when its ranges overlap or are not in the text, which is then not
/// the one the fix was made for.
pub fn apply(text: &str, fix: &Fix) -> Option<String> {
    let mut edits: Vec<_> = fix.edits.iter().collect();
    // Stable: what is inserted at one place stays in the order it was given.
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for (span, new) in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        if start < at || end < start {
            return None;
        }
        out += text.get(at..start)?;
        out += new;
        text.get(start..end)?;
        at = end;
    }
    out += text.get(at..)?;
    Some(out)
}

/// The certain fixes for one file that do not touch each other, in the order of the text. Of two
/// that do, the first one is taken: the next round sees what is left of the other.
pub fn certain<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    file: &std::path::Path,
) -> Vec<&'a Diagnostic> {
    let range = |fix: &Fix| {
        let start = fix.edits.iter().map(|(span, _)| span.start).min();
        let end = fix.edits.iter().map(|(span, _)| span.end).max();
        (start.unwrap_or(0), end.unwrap_or(0))
    };
    let mut found: Vec<(&Diagnostic, (u32, u32))> = diagnostics
        .into_iter()
        .filter_map(|diagnostic| {
            let fix = diagnostic.fix.as_ref()?;
            (fix.certain && *fix.file == *file && !fix.edits.is_empty())
                .then(|| (diagnostic, range(fix)))
        })
        .collect();
    found.sort_by_key(|(_, range)| *range);
    let mut end = None;
    found.retain(|(_, range)| {
        let free = end.is_none_or(|end| range.0 > end);
        if free {
            end = Some(range.1);
        }
        free
    });
    found
        .into_iter()
        .map(|(diagnostic, _)| diagnostic)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::registry::types::TYPE_MISMATCH;
    use crate::hir::Span;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Arc;

    fn fix(edits: &[(u32, u32, &str)]) -> Fix {
        Fix {
            title: "t".into(),
            file: Arc::from(Path::new("/a")),
            edits: edits
                .iter()
                .map(|(start, end, text)| {
                    let (start, end) = (*start, *end);
                    (Span { start, end }, (*text).to_owned())
                })
                .collect(),
            certain: true,
        }
    }

    #[test]
    fn edits_are_made_in_the_order_of_the_text() {
        let text = "run = f x;";
        let wrapped = apply(text, &fix(&[(9, 9, ")"), (6, 6, "(")]));
        assert_eq!(wrapped.as_deref(), Some("run = (f x);"));
        assert_eq!(apply(text, &fix(&[(0, 3, "a"), (2, 4, "b")])), None);
        assert_eq!(apply(text, &fix(&[(0, 99, "a")])), None);
        assert_eq!(apply("é", &fix(&[(1, 1, "a")])), None);
    }

    #[test]
    fn of_two_that_touch_the_first_is_taken() {
        let file: Arc<Path> = Arc::from(Path::new("/a"));
        let all: Vec<Diagnostic> = [(4, 6), (0, 2), (2, 3), (7, 7)]
            .into_iter()
            .map(|(start, end)| {
                let span = Span { start, end };
                let mut d = Diagnostic::error(TYPE_MISMATCH, file.clone(), span, "m");
                d.fix = Some(fix(&[(start, end, "")]));
                d
            })
            .collect();
        let chosen: Vec<u32> = certain(&all, &file)
            .iter()
            .map(|d| d.primary.span.start)
            .collect();
        assert_eq!(chosen, [0, 4, 7]);
    }

    proptest! {
        #[test]
        fn any_edits_of_any_text(text in "\\PC{0,20}", edits in proptest::collection::vec((0u32..24, 0u32..24, "[a-z]{0,3}"), 0..4)) {
            let edits: Vec<_> = edits.iter().map(|(a, b, t)| (*a, *b, t.as_str())).collect();
            if let Some(new) = apply(&text, &fix(&edits)) {
                let added: usize = edits.iter().map(|e| e.2.len()).sum();
                prop_assert!(new.len() <= text.len() + added);
            }
        }
    }
}
