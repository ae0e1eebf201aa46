//! What a session knows without executing anything: what a run would do, what tasks read, why they ran.

use super::{How, Planned, Session};
use crate::error::{CliError, Exit};
use crate::render::forecast;
use nexus_engine::{Explanation, Reads, RunOptions, Trace};
use nexus_graph::{TaskGraph, TaskId};
use nexus_store::Store;
use std::path::Path;
use std::sync::Arc;

impl Session<'_> {
    /// Shows what [`run`](Session::run) would do; nothing is executed.
    ///
    /// # Errors
    /// As for a run.
    pub fn forecast(
        &self,
        how: How,
        choose: impl Fn(&TaskGraph) -> Result<Vec<TaskId>, CliError>,
    ) -> Result<Exit, CliError> {
        let planned = self.plan()?;
        planned.note_missing(self.context);
        let targets = choose(&planned.graph)?;
        let context = self.engine_context(&planned, how);
        let mut options = self.options(&planned, how);
        options.force = how.force;
        let graph = crate::hosts::limited(&planned.graph, &self.hosts)?;
        let forecast = nexus_engine::forecast(&graph, &targets, &options, &context);
        if self.context.json() {
            self.context
                .print_json(&forecast::json(&graph, &forecast))?;
        } else {
            let text = forecast::text(&graph, &forecast, &self.context.out);
            self.context.print(&text)?;
        }
        Ok(Exit::Done)
    }

    /// What the task that was observed should declare, and the graph of the run; `None` when it did
    /// not run to its end.
    pub fn proposal(&self) -> Option<(Arc<TaskGraph>, Trace)> {
        let graph = self.ran.get()?;
        let options = RunOptions::new(&self.project.root);
        let context = nexus_engine::Context::new(Arc::new(Store::open(&self.cache)));
        let observer = self.observer.as_ref()?;
        Some((graph.clone(), observer.propose(graph, &options, &context)?))
    }

    /// What each task reads below `folder` besides what it declares.
    pub fn reads(&self, graph: &Arc<TaskGraph>, folder: &Path) -> Vec<Reads> {
        let options = RunOptions::new(&self.project.root);
        let mut context = nexus_engine::Context::new(Arc::new(Store::open(&self.cache)));
        context.digests = self.digests.clone();
        nexus_engine::reads(graph, folder, &options, &context)
    }

    /// Why a task would run or not, and why it ran the last time.
    pub fn explain(&self, planned: &Planned, task: TaskId) -> Explanation {
        let options = self.options(planned, How::default());
        let context = self.engine_context(planned, How::default());
        nexus_engine::explain(&planned.graph, task, &options, &context)
    }
}
