//! A project as a document: what it is, its tasks, and the files it consists of.

use super::markdown::{heading, paragraph, quoted};
use super::{Page, markdown};
use nexus_graph::{TaskGraph, TaskKind};

/// What is said about a project, or about some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// The comment its main file begins with, in Markdown.
    pub summary: String,
    /// Its tasks.
    pub tasks: Vec<TaskEntry>,
    /// Its files.
    pub pages: Vec<Page>,
}

/// What is said about a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskEntry {
    /// Its path.
    pub path: String,
    /// Its description.
    pub description: String,
    /// The comment above it, in Markdown.
    pub doc: String,
    /// The tasks it needs.
    pub needs: Vec<String>,
    /// What it makes.
    pub makes: Vec<String>,
    /// Where it is defined: a file and a line.
    pub place: Option<(String, u32)>,
}

/// The tasks of a graph, by path; `comment` finds what stands above a line of a file.
pub fn tasks(
    graph: &TaskGraph,
    comment: &mut dyn FnMut(&str, u32) -> Option<String>,
) -> Vec<TaskEntry> {
    let mut all: Vec<_> = graph
        .ids()
        .map(|id| {
            let task = graph.task(id);
            let place = task.place.as_ref().map(|at| (at.file.clone(), at.line));
            let doc = place.as_ref().and_then(|(file, line)| comment(file, *line));
            let mut needs: Vec<_> = task
                .deps
                .iter()
                .map(|dep| graph.task(dep.task))
                .filter(|dep| dep.kind == TaskKind::Work || !dep.deps.is_empty())
                .map(|dep| dep.path.clone())
                .collect();
            needs.sort();
            needs.dedup();
            TaskEntry {
                path: task.path.clone(),
                description: task.description.clone().unwrap_or_default(),
                doc: doc.unwrap_or_default(),
                needs,
                makes: task.outputs.iter().map(|o| o.path.clone()).collect(),
                place,
            }
        })
        .collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

impl Document {
    /// The whole document as Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        heading(&mut out, 1, &self.title);
        paragraph(&mut out, &self.summary);
        if !self.tasks.is_empty() {
            heading(&mut out, 2, "Tasks");
        }
        for task in &self.tasks {
            heading(&mut out, 3, &quoted(&task.path));
            paragraph(&mut out, &task.description);
            paragraph(&mut out, &task.doc);
            let list = |names: &[String]| {
                let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
                names.join(", ")
            };
            if !task.needs.is_empty() {
                paragraph(&mut out, &format!("Needs {}.", list(&task.needs)));
            }
            if !task.makes.is_empty() {
                paragraph(&mut out, &format!("Makes {}.", list(&task.makes)));
            }
        }
        for page in &self.pages {
            out.push_str(&markdown::page(page, 2));
        }
        format!("{}\n", out.trim_end())
    }
}
