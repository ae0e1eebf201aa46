//! The events themselves, one JSON object a line, for programs.

use super::Renderer;
use nexus_graph::event::EventKind;
use nexus_graph::{Event, TaskGraph, TaskId};
use serde::Serialize;
use std::sync::Arc;

/// See `docs/reference/events.md` for the promise: fields and events are added, never changed.
#[derive(Default)]
pub struct Json {
    graph: Option<Arc<TaskGraph>>,
}

/// Whoever reads single lines does not know the numbers of tasks.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a str>,
}

impl Renderer for Json {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        self.graph = Some(graph);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        let graph = self.graph.as_deref();
        let task = number(&event.kind).and_then(|id| graph?.tasks.get(id.index()));
        let task = task.map(|task| task.path.as_str());
        // Events are plain data with string keys: nothing in them can fail to serialise.
        if let Ok(line) = serde_json::to_string(&Line { event, task }) {
            out.push_str(&line);
            out.push('\n');
        }
    }
}

/// The task of an event that has only its number.
fn number(kind: &EventKind) -> Option<TaskId> {
    match kind {
        EventKind::StepStarted { id, .. }
        | EventKind::StepSkipped { id, .. }
        | EventKind::Output { id, .. }
        | EventKind::StepFinished { id, .. }
        | EventKind::StepRetrying { id, .. } => Some(*id),
        _ => None,
    }
}
