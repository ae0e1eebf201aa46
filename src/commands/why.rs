//! `nexus why TASK`.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::render::why;
use crate::select;
use crate::session::Session;
use nexus_store::snapshot::Selection;
use std::time::{SystemTime, UNIX_EPOCH};

/// Arguments of `nexus why`.
#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// A task
    #[arg(value_name = "TASK")]
    pub task: String,
}

/// Says how a task stands and why it ran the last time.
///
/// # Errors
/// What is wrong with the project; NX0705 for an unknown task.
pub fn run(context: &Context, args: &WhyArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, &Selection::Named(std::slice::from_ref(&args.task)))?;
    let planned = session.plan()?;
    let Some(id) = planned.graph.find(&args.task) else {
        planned.note_missing(context);
        return Err(select::unknown(&planned.graph, &args.task));
    };
    let explanation = session.explain(&planned, id);
    let graph = &planned.graph;
    if context.json() {
        context.print_json(&why::json(graph, &args.task, &explanation))?;
    } else {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        context.print(&why::text(
            graph,
            &args.task,
            &explanation,
            now,
            &context.out,
        ))?;
    }
    Ok(Exit::Done)
}
