//! `nexus list`.

use crate::affected::AffectedArgs;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::select;
use crate::session::Session;
use crate::show;
use nexus_graph::{TaskGraph, TaskId};
use nexus_store::snapshot::Selection;
use std::collections::{BTreeMap, BTreeSet};

/// Arguments of `nexus list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only these tasks or namespaces
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Print nothing but names, one a line
    #[arg(long)]
    pub names: bool,
    /// Which of them.
    #[command(flatten)]
    pub affected: AffectedArgs,
}

/// Prints the tasks of the project.
///
/// # Errors
/// NX0705 for an unknown task, NX0745 to NX0749 when git cannot say what has changed.
pub fn run(context: &Context, args: &ListArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, &Selection::Named(&[]))?;
    let since = args.affected.since(&session)?;
    let planned = session.plan()?;
    planned.note_missing(context);
    let graph: &TaskGraph = &planned.graph;
    let mut among: BTreeSet<_> = if args.tasks.is_empty() {
        graph.ids().collect()
    } else {
        select::tasks(graph, &args.tasks)?.into_iter().collect()
    };
    let mut because = BTreeMap::new();
    if let Some(since) = &since {
        let all = among.len();
        because = since.affected(&session, graph);
        among.retain(|id| because.contains_key(id));
        since.tell(context, among.len(), all);
    }
    if args.names {
        context.print(&show::list::names(graph, &among))?;
    } else if context.json() {
        let mut tasks = show::json::tasks(graph, &among);
        for (task, id) in tasks.as_array_mut().into_iter().flatten().zip(&among) {
            if let Some(because) = because.get(id) {
                task["affected"] = because.to_string().into();
            }
        }
        context.print_json(&tasks)?;
    } else if among.is_empty() && since.is_none() {
        context.note("the project has no tasks yet\n");
    } else {
        let about = |id: TaskId| because.get(&id).map(ToString::to_string);
        context.print(&show::list::text(graph, &among, &about, &context.out))?;
    }
    Ok(Exit::Done)
}
