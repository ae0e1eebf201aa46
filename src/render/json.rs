//! The events themselves, one JSON object a line, for programs.

use super::Renderer;
use nexus_graph::{Event, TaskGraph};
use std::sync::Arc;

/// See `docs/reference/cli.md` for the promise: fields and events are added, never changed.
pub struct Json;

impl Renderer for Json {
    fn graph(&mut self, _graph: Arc<TaskGraph>) {}

    fn event(&mut self, event: &Event, out: &mut String) {
        // Events are plain data with string keys: nothing in them can fail to serialise.
        if let Ok(line) = serde_json::to_string(event) {
            out.push_str(&line);
            out.push('\n');
        }
    }
}
