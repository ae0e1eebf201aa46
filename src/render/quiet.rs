//! `-q`: one line for each task that ran or failed, and the output of what failed. Nothing at all
//! when nothing was to be done.

use super::Renderer;
use super::failure::{Failure, ended_short};
use super::look::Look;
use super::text::duration;
use super::track::Track;
use nexus_graph::event::{EventKind, Outcome};
use nexus_graph::{Event, TaskGraph};
use std::sync::Arc;

/// See the module.
pub struct Quiet {
    look: Look,
    graph: Option<Arc<TaskGraph>>,
    track: Track,
    failures: Vec<Failure>,
}

impl Quiet {
    /// A quiet report.
    pub fn new(look: Look) -> Self {
        Quiet {
            look,
            graph: None,
            track: Track::with_lines(),
            failures: Vec::new(),
        }
    }
}

impl Renderer for Quiet {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        self.graph = Some(graph);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        self.track.note(event);
        let look = &self.look;
        match &event.kind {
            EventKind::TaskFinished {
                id,
                task,
                outcome,
                micros,
                idle,
                ..
            } => {
                let running = self.track.take(*id);
                let took = duration(*micros);
                match outcome {
                    // What ran or failed is told, and nothing ran.
                    Outcome::Succeeded if *idle => return,
                    Outcome::Succeeded => *out += &format!("{} {task} {took}\n", look.ok()),
                    Outcome::Failed { status, .. } => {
                        let how = ended_short(*status);
                        *out += &format!("{} {task} {how} after {took}\n", look.failed());
                    }
                    Outcome::Hosts { counts, .. } => {
                        *out += &format!("{} {task} {counts} after {took}\n", look.failed());
                    }
                    Outcome::Broken { code, .. } => {
                        *out += &format!("{} {task} {code} after {took}\n", look.failed());
                    }
                    Outcome::Skipped { .. } | Outcome::Cancelled => return,
                }
                if *outcome != Outcome::Succeeded {
                    let failure = Failure::new(task, outcome, *micros, running, false);
                    let graph = self.graph.as_deref();
                    self.failures.push(failure.declared_in(graph));
                }
            }
            EventKind::RunFinished { .. } => {
                for failure in self.failures.drain(..) {
                    out.push('\n');
                    failure.render(look, out);
                }
            }
            _ => {}
        }
    }
}
