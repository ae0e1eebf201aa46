//! `nexus graph`.

use crate::cli::Format;
use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::select;
use crate::session;
use crate::show;
use nexus_graph::TaskGraph;

/// Arguments of `nexus graph`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "`--format dot` draws for Graphviz, `--format mermaid` for Markdown pages; in both, arrows go from a task to those that need it."
)]
pub struct GraphArgs {
    /// Only these tasks or namespaces, and what they depend on
    #[arg(value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Show only this many levels of dependencies as text
    #[arg(long, value_name = "LEVELS")]
    pub depth: Option<usize>,
}

/// Draws the graph.
///
/// # Errors
/// NX0705 for an unknown task.
pub fn run(context: &Context, args: &GraphArgs) -> Result<Exit, CliError> {
    let planned = session::planned(context)?;
    let graph: &TaskGraph = &planned.graph;
    let chosen = select::tasks(graph, &args.tasks)?;
    let among = if args.tasks.is_empty() {
        graph.ids().collect()
    } else {
        graph.closure(&chosen)
    };
    match context.global.format {
        Format::Dot => context.print(&show::dot::text(graph, &among))?,
        Format::Mermaid => context.print(&show::mermaid::text(graph, &among))?,
        Format::Json => context.print_json(&show::json::tasks(graph, &among))?,
        Format::Text | Format::Html | Format::Markdown => {
            let roots = if args.tasks.is_empty() {
                show::roots(graph, &among)
            } else {
                chosen
            };
            context.print(&show::tree::text(graph, &roots, args.depth, &context.out))?;
        }
    }
    Ok(Exit::Done)
}
