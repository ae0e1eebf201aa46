//! A document for programs.

use nexus_compiler::documentation::{Document, Entry};
use serde_json::{Value, json};

/// Everything a document says.
pub fn json(document: &Document) -> Value {
    let tasks = document.tasks.iter().map(|task| {
        json!({
            "task": task.path,
            "description": task.description,
            "doc": task.doc,
            "needs": task.needs,
            "makes": task.makes,
            "file": task.place.as_ref().map(|(file, _)| file),
            "line": task.place.as_ref().map(|(_, line)| line),
        })
    });
    let pages = document.pages.iter().map(|page| {
        json!({
            "title": page.title,
            "summary": page.summary,
            "types": page.types.iter().map(entry).collect::<Vec<_>>(),
            "entries": page.entries.iter().map(entry).collect::<Vec<_>>(),
        })
    });
    json!({
        "title": document.title,
        "summary": document.summary,
        "tasks": tasks.collect::<Vec<_>>(),
        "pages": pages.collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let examples = entry.examples.iter();
    let examples =
        examples.map(|(expression, value)| json!({ "expression": expression, "value": value }));
    json!({
        "name": entry.name,
        "aliases": entry.aliases,
        "type": entry.ty,
        "doc": entry.doc,
        "line": entry.line,
        "examples": examples.collect::<Vec<_>>(),
    })
}
