//! Ways to show a run. Each is a pure function of events: [`Renderer::event`] appends text, and
//! only [`reporter`] writes it somewhere.

pub mod ci;
pub mod exec;
pub mod failure;
pub mod forecast;
pub mod hosts;
pub mod json;
mod lines;
pub mod look;
pub mod progress;
pub mod quiet;
pub mod reason;
pub mod report;
pub mod reporter;
pub mod summary;
pub mod text;
pub mod trace;
mod track;
pub mod tree;
pub mod verbose;
mod waiting;
pub mod warning;
pub mod why;

#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;

use nexus_graph::{Event, TaskGraph};
use std::sync::Arc;

/// Turns the events of one run, in order, into text for standard output.
pub trait Renderer: Send {
    /// Tells what is going to run: places and limits are named when something fails. A run that
    /// needs outputs for its planning has several graphs, each with more than the one before.
    fn graph(&mut self, graph: Arc<TaskGraph>);

    /// Appends what `event` adds to the report; nothing when it adds nothing.
    fn event(&mut self, event: &Event, out: &mut String);
}
