//! Pages as Markdown.

use super::{Entry, Page};
use std::fmt::Write;

/// A page with headings from `level` on (1 for a page of its own).
pub fn page(page: &Page, level: usize) -> String {
    let mut out = String::new();
    heading(&mut out, level, &page.title);
    paragraph(&mut out, &page.summary);
    for entry in &page.entries {
        self::entry(&mut out, entry, level + 1);
    }
    if !page.types.is_empty() {
        heading(&mut out, level + 1, "Types");
        for ty in &page.types {
            paragraph(&mut out, &ty.doc);
            code(&mut out, "nx", &ty.ty);
        }
    }
    out
}

/// One binding.
pub fn entry(out: &mut String, entry: &Entry, level: usize) {
    let aliases = entry.aliases.iter().map(|name| format!(" (`{name}`)"));
    let title = format!("`{}`{}", entry.name, aliases.collect::<String>());
    heading(out, level, &title);
    if !entry.ty.is_empty() {
        paragraph(out, &quoted(&entry.ty));
    }
    paragraph(out, &entry.doc);
    if !entry.examples.is_empty() {
        let lines = entry.examples.iter().map(|(expression, value)| {
            // A value stands below an expression that leaves no room beside it.
            match expression.len() + value.len() > 90 || expression.contains('\n') {
                true => format!("{expression}\n# => {value}\n"),
                false => format!("{expression}  # => {value}\n"),
            }
        });
        code(out, "nx", lines.collect::<String>().trim_end());
    }
}

/// A heading, with a blank line around it.
pub fn heading(out: &mut String, level: usize, title: &str) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{} {title}\n", "#".repeat(level.clamp(1, 6)));
}

/// A paragraph, when there is one.
pub fn paragraph(out: &mut String, text: &str) {
    if !text.trim().is_empty() {
        let _ = writeln!(out, "{}\n", text.trim());
    }
}

/// A block of code.
pub fn code(out: &mut String, language: &str, text: &str) {
    let fence = "`".repeat(3.max(longest_run(text) + 1));
    let _ = writeln!(out, "{fence}{language}\n{text}\n{fence}\n");
}

/// Code within a line, whatever is in it.
pub fn quoted(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}
