//! What a task was seen to use, in words and for programs.

use super::look::{Look, Role};
use super::text::count;
use nexus_compiler::declare::Declarations;
use nexus_engine::{Remark, Trace};
use nexus_graph::Task;
use serde_json::{Value, json};

/// Remarks of one kind that are told one by one.
const NAMED: usize = 5;

/// After the declarations were added to `file`.
pub fn written(wanted: &Declarations, file: &str, look: &Look) -> String {
    let mut parts = Vec::new();
    for (n, word) in [
        (wanted.inputs.len(), "input"),
        (wanted.outputs.len(), "output"),
        (wanted.tools.len(), "tool"),
    ] {
        if n > 0 {
            parts.push(count(n, word));
        }
    }
    let dot = look.dot();
    format!("{} {file}{dot}{} added\n", look.ok(), parts.join(", "))
}

/// When nothing is missing.
pub fn complete(task: &Task, look: &Look) -> String {
    format!(
        "{} `{}` declares everything that it uses\n",
        look.ok(),
        task.path
    )
}

/// Before declarations that have to be written by a person.
pub fn by_hand(task: &Task) -> String {
    let place = task.place.as_ref();
    let place = place.map_or(String::new(), |p| format!(" at {}:{}", p.file, p.line));
    format!(
        "this has to be added to `{}` by hand, because of the way it is written{place}:\n",
        task.path
    )
}

/// What no declaration helps with, a line each.
pub fn remarks(trace: &Trace, look: &Look) -> String {
    let mut text = String::new();
    let mut shown: Option<(&str, usize)> = None;
    for remark in &trace.remarks {
        let (kind, path, words) = told(remark);
        let number = match shown {
            Some((last, number)) if last == kind => number + 1,
            _ => 1,
        };
        shown = Some((kind, number));
        if number > NAMED {
            continue;
        }
        let note = look.paint(Role::Literal, "note:");
        text += &match path {
            Some(path) => format!("{note} `{path}` {words}\n"),
            None => format!("{note} {words}\n"),
        };
        let of_kind = trace.remarks.iter().filter(|r| told(r).0 == kind).count();
        if number == NAMED && of_kind > NAMED {
            text += &format!("{note} and {} more like it\n", of_kind - NAMED);
        }
    }
    text
}

/// The kind of a remark, the path it is about, and what is to be said of it.
fn told(remark: &Remark) -> (&'static str, Option<&str>, &'static str) {
    match remark {
        Remark::ReadOutside(path) => (
            "read_outside",
            Some(path),
            "was read; it lies outside of the project, so it cannot be an input",
        ),
        Remark::WroteOutside(path) => (
            "wrote_outside",
            Some(path),
            "was written; it lies outside of the project, so it cannot be an output",
        ),
        Remark::Versions(path) => (
            "versions",
            Some(path),
            "was read; what version control keeps there differs from copy to copy, so let the plan read it (`std.git`)",
        ),
        Remark::Changed(path) => (
            "changed",
            Some(path),
            "was changed where it is; if it is an output that was there before, remove it and trace again",
        ),
        Remark::Removed(path) => (
            "removed",
            Some(path),
            "was removed; a task should leave alone what it has not made",
        ),
        Remark::Unused(path) => ("unused", Some(path), "is among the inputs and was not read"),
        Remark::MadeNothing => (
            "made_nothing",
            None,
            "it made nothing in the project; if its outputs were there before, remove them and trace again",
        ),
    }
}

/// Everything for programs.
pub fn json(
    task: &Task,
    trace: &Trace,
    wanted: &Declarations,
    patch: Option<String>,
    written: bool,
) -> Value {
    let inputs: Vec<Value> = wanted
        .inputs
        .iter()
        .map(|input| match &input.output {
            Some(output) => json!({
                "path": input.path, "task": output.task, "output": output.name,
            }),
            None => json!({ "path": input.path }),
        })
        .collect();
    let remarks: Vec<Value> = trace
        .remarks
        .iter()
        .map(|remark| {
            let (kind, path, _) = told(remark);
            json!({ "kind": kind, "path": path })
        })
        .collect();
    json!({
        "task": task.path,
        "inputs": inputs,
        "outputs": wanted.outputs,
        "tools": wanted.tools,
        "remarks": remarks,
        "written": written && patch.is_some(),
        "patch": patch,
    })
}
