//! `nexus list`.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::select;
use crate::session;
use crate::show;
use nexus_graph::TaskGraph;
use std::collections::BTreeSet;

/// Arguments of `nexus list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only these tasks or namespaces
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Print nothing but names, one a line
    #[arg(long)]
    pub names: bool,
}

/// Prints the tasks of the project.
///
/// # Errors
/// NX0705 for an unknown task.
pub fn run(context: &Context, args: &ListArgs) -> Result<Exit, CliError> {
    let planned = session::planned(context)?;
    let graph: &TaskGraph = &planned.graph;
    let among: BTreeSet<_> = if args.tasks.is_empty() {
        graph.ids().collect()
    } else {
        select::tasks(graph, &args.tasks)?.into_iter().collect()
    };
    if args.names {
        context.print(&show::list::names(graph, &among))?;
    } else if context.json() {
        context.print_json(&show::json::tasks(graph, &among))?;
    } else if among.is_empty() {
        context.note("the project has no tasks yet\n");
    } else {
        context.print(&show::list::text(graph, &among, &context.out))?;
    }
    Ok(Exit::Done)
}
